"""The charger's device model: what it puts into `asks`, what it forgets, what it finds missing."""

import pytest

from firmware import image as layout
from firmware.charger import bits
from firmware.charger.device import NOT_SHOWN
from firmware.transfer import states
from host_tests.unit.charger.far_end import Case


def test_the_charger_speaks_from_the_second_reply_on_without_a_break():
    """The slow blocks are read in between: a word no older than 3 s is what the tick counts on."""
    case, told = Case(), []
    case.device.wish((0, 5000))
    for tick in range(40):
        case.image[layout.slot("TICK")] = tick
        case.poll(1)
        told.append(case.ask("CHARGER_BITS") & bits.FOLLOWING and tick == case.ask("CHARGER_TICK"))
    assert not told[0] and all(told[1:])


def test_nothing_is_said_before_every_quick_block_was_read():
    case = Case()
    case.poll(1)
    assert case.ask("CHARGER_TICK") == -1 and case.ask("CHARGER_BITS") == 0
    case.poll(1)
    assert case.ask("CHARGER_TICK") == 777
    assert case.ask("CHARGER_BITS") & bits.READY


def test_signs_and_unknowns():
    case = Case()
    case.link.put32(31502, 7000)  # into the car
    case.link.put32(30005, 8500)  # import
    case.link.put(31504, 734)
    case.poll()
    assert case.ask("CHARGER_W") == -7000 and case.ask("CAR_SOC_E1") == 734
    assert case.ask("HOUSE_W") == 1500
    assert case.ask("BATTERY_SOC_E1") == -1
    case.link.put(31504, 0)  # 0 is not known, not empty
    case.link.put(30004, 0)  # no meter: 30005 means nothing
    case.poll(9)
    assert case.ask("CAR_SOC_E1") == -1 and case.ask("HOUSE_W") == -1


@pytest.mark.parametrize(
    "state, off_grid, expected",
    [
        (3, 0, bits.READY | bits.FOLLOWING),
        (8, 1, bits.READY | bits.FORMING),
        (8, 2, bits.READY | bits.FORMING),
        (4, 0, bits.FAULT | bits.FOLLOWING | bits.STOPPED),
        (9, 0, bits.FAULT | bits.FOLLOWING | bits.STOPPED),
        (0, 0, bits.FOLLOWING | bits.STOPPED),
        (7, 0, bits.FOLLOWING | bits.STOPPED),
    ],
)
def test_what_the_states_mean(state, off_grid, expected):
    case = Case()
    case.link.put(31513, state)
    case.link.put(30009, off_grid)
    case.poll()
    assert case.ask("CHARGER_BITS") == expected


def test_a_lost_link_takes_every_value_with_it():
    case = Case()
    case.link.put(31504, 700)
    case.poll()
    case.link.dead = True
    case.image[layout.slot("TICK")] = 99999
    case.poll(8)
    assert case.ask("CHARGER_BITS") == 0 and case.ask("CAR_SOC_E1") == -1
    assert case.ask("CHARGER_TICK") == 777  # the age tells the tick's own check
    assert [told for told, _ in case.device.changes] == ["up", "lost"]


def test_a_charger_without_a_timeout_of_its_own_is_said_to_be_gone():
    """15 s without an answer, and never before the first one: then the contactor ends what it does."""
    case = Case()
    case.link.dead = True
    case.poll(40)
    assert case.ask("CHARGER_BITS") == 0  # it never answered: a contact may be all it has
    case.link.dead = False
    case.poll(4)
    case.link.dead = True
    case.poll(14)
    assert case.ask("CHARGER_BITS") == 0
    case.poll(6)
    assert case.ask("CHARGER_BITS") == bits.GONE
    case.link.dead = False
    case.poll(4)
    assert not case.ask("CHARGER_BITS") & bits.GONE and case.ask("CHARGER_BITS") & bits.READY


def test_values_that_are_too_old_are_gone():
    case = Case()
    case.poll(20)
    assert case.device.values["car_w"] == 0 and case.device.values["backup_soc_e1"] == 0
    case.link.dead = True
    case.image[layout.slot("UPTIME_S")] = 4711
    case.poll(8)
    assert "car_w" not in case.device.values and case.device.values["backup_soc_e1"] == 0  # slow ones live longer
    case.poll(110)
    assert case.device.values == {}
    assert case.device.link_up is False and case.device.since_s == 4711


def test_a_car_that_goes_takes_its_history_along():
    case = Case()
    case.device.wish((0, 5000))
    case.link.put(31513, 8)
    case.link.put32(31502, -4000)
    case.poll(8)
    assert case.device.gave_w == 4000
    case.link.put(31513, 0)
    case.link.put32(31502, 0)
    case.poll(4)
    assert case.device.gave_w == 0 and case.device.memory == {}


def test_in_handback_the_grid_block_comes_first():
    case = Case(states.HANDBACK)
    case.poll(3)
    assert [first for first, _ in case.link.reads] == [30003, 30003, 30003]


V29 = range(31514, 31527)


def test_version_2_8_is_told_by_its_missing_registers_and_its_block_is_whole_again():
    case = Case(missing=[*V29, 41004, 41005])
    case.device.wish((0, 5000))
    case.poll(60)
    assert case.device.version == "V2.8" and case.device.link_up
    assert case.device.values["state"] == 3 and "car_w" in case.device.values
    late = case.link.reads[-12:]
    assert (31500, 14) in late
    assert not any(set(range(first, first + count)) & set(V29) for first, count in late)
    assert all(address != 41004 for _, address, _ in case.link.writes)
    new = Case()
    new.poll(8)
    assert new.device.version == "V2.9"


def test_one_missing_register_does_not_lose_the_block():
    case = Case(missing=[30028])
    case.poll(40)
    assert case.device.absent == ["pcs_alarm2"]
    assert {"grid_w", "battery_w", "off_grid", "gateway_alarm"} <= set(case.device.values)
    assert case.ask("CHARGER_BITS") & bits.FOLLOWING
    late = sorted({r for r in case.link.reads[-12:] if 30003 <= r[0] < 30040})
    assert late == [(30003, 25), (30037, 2)]  # as few as can be


def test_a_register_that_was_refused_once_is_found_again():
    case = Case(missing=[30005])
    case.poll(30)
    assert case.device.absent == ["grid_w"] and case.ask("HOUSE_W") == -1
    case.link.missing = set()
    case.poll(140)
    assert case.device.absent == [] and case.device.values["grid_w"] == 0 and case.ask("HOUSE_W") == 0
    assert sorted({r for r in case.link.reads[-10:] if 30003 <= r[0] < 30040}) == [(30003, 36)]


def test_a_device_that_refuses_everything_is_asked_again_later():
    case = Case(missing=range(30000, 42000))
    case.poll(120)
    assert case.device.link_up and case.ask("CHARGER_BITS") == 0 and case.device.blocks == []
    case.link.missing = set()
    case.clock.us += 31_000_000
    case.poll(12)
    assert case.ask("CHARGER_BITS") & bits.READY


def test_an_unplugged_car_that_takes_its_registers_along_is_found_again():
    """Older devices answer the whole group with an exception while no car is there."""
    case = Case(missing=range(31500, 31527))
    case.poll(12)
    assert case.device.link_up and "state" in case.device.absent
    assert case.ask("CHARGER_BITS") == bits.FOLLOWING | bits.STOPPED and case.ask("CAR_SOC_E1") == -1
    assert sum(31500 <= first < 31527 for first, _ in case.link.reads) <= 3
    case.link.missing = set()
    case.poll(45)
    assert case.device.values["state"] == 3 and case.device.absent == []


def test_a_standing_order_is_written_on_change_only_and_said_when_it_is_not_shown():
    case = Case()
    case.link.put(40046, 300)
    case.device.order("backup_soc_e1", 300)
    case.poll(20)
    assert case.link.writes == []
    case.device.order("backup_soc_e1", 450)
    case.poll(40)
    assert case.link.writes == [(247, 40046, 450)] and NOT_SHOWN not in case.device.notes
    case.link.put(40046, 300)  # somebody else's hand
    case.poll(90)
    assert case.link.writes.count((247, 40046, 450)) == 2 and NOT_SHOWN in case.device.notes


def test_an_order_for_a_register_the_device_does_not_have_is_no_order():
    case = Case()
    case.device.order("no_such_register", 300)
    case.poll(20)
    assert case.link.writes == [] and case.device.link_up


def test_nothing_that_was_written_is_taken_for_standing_after_the_link_was_lost():
    case = Case()
    case.device.wish((7000, 0))
    case.poll(12)
    case.link.dead = True
    case.poll(3)
    case.link.dead = False
    case.link.put32(41002, 11000)
    case.link.writes.clear()
    case.poll(30)
    assert (1, 41002, 7000) in case.link.writes and (1, 41000, 0) in case.link.writes
