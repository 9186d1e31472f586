"""The transfer room as a whole: what it drives and what it says, from a start to the grid, an island, a lockout."""

import pytest

from firmware import image as layout
from firmware.board import port
from firmware.transfer import facts, places, reasons, table
from host_tests.unit.transfer.bench import DEAD_HOUSE, GOOD, House


@pytest.mark.parametrize("first_tick", [0, (1 << 29) - 1000])
def test_a_start_ends_on_the_grid_with_sources_permitted(first_tick):
    house = House(first_tick).on_the_grid()
    assert house.path == ["OUT_OF_SERVICE", "DARK", "OPEN_TRANSITION", "RECLOSING", "GRID", "PARALLEL"]
    assert house.out & ~port.OUT_HOLD == port.OUT_PERMIT | port.OUT_K1 | port.OUT_K2 | port.OUT_KN
    assert house.get("RUN_PERMIT") == 1


def test_a_blackout_ends_in_an_island_behind_a_k1_proven_open():
    house = House().on_the_grid()
    house.path.clear()
    house.v = facts.V_GRID_LOST | facts.V_GRID_TRIP | facts.V_SENSING_OK
    house.run(50)
    house.in_an_island()
    assert house.path == ["OPENING", "DARK", "BONDING", "STARTING", "ISLAND"]
    assert house.out & port.OUT_ISLAND_REQUEST and not house.out & port.OUT_K1


def test_the_arc_of_k1_is_out_before_the_island_is_asked_for():
    """52b may close while the current still flows through the arc, to its next zero: half a cycle, 10 ms at 50 Hz."""
    house = House().on_the_grid()
    house.v = facts.V_GRID_LOST | facts.V_GRID_TRIP | facts.V_SENSING_OK | facts.V_HOUSE_LIVE
    house.until("BONDING", 100)
    assert house.until("STARTING", 100) >= 10


def test_a_house_that_was_steady_on_the_grid_is_not_taken_for_an_island_of_its_own():
    """A planned island: the house reads steady from the grid for a while after K1 has opened, then it dies."""
    house = House().on_the_grid()
    house.v = GOOD | facts.V_HOUSE_LIVE | facts.V_HOUSE_STEADY
    house.ask(ASK_ISLAND=house.tick or 1).until("STARTING", 200)
    house.run(100)
    house.v = GOOD | DEAD_HOUSE
    house.run(150)
    assert house.state == "STARTING"
    house.v = GOOD | facts.V_HOUSE_LIVE | facts.V_HOUSE_STEADY
    house.until("ISLAND", 200)


def test_opening_and_closing_times_are_learned():
    house = House()
    house.k1.ticks = 44  # 22 ms
    house.on_the_grid()
    first = house.get("K1_CLOSE_MS_X10")
    assert 210 <= first <= 250  # a quarter of the way from 25 ms towards 22 ms
    assert house.get("K1_OPS") == 1


def test_a_k1_that_will_not_open_withdraws_the_permit_and_locks_out():
    house = House().on_the_grid()
    house.k1.stuck = True
    house.v = facts.V_GRID_TRIP | facts.V_SENSING_OK
    house.run(59)
    assert house.state == "OPENING"
    house.run(10)
    assert house.state == "LOCKOUT_86" and house.out == 0
    assert table.REASONS[house.get("CAUSE_86")] == "K1 would not open"


def test_the_emergency_stop_wins_in_every_state():
    for prepare in (House.on_the_grid, House.in_an_island, lambda house: house.run(10)):
        house = House()
        prepare(house)
        house.inputs &= ~port.IN_E_STOP_OK
        house.run(3)
        assert house.state == "LOCKOUT_86" and house.out == 0
        assert table.REASONS[house.get("CAUSE_86")] == table.STOP


def test_only_a_person_on_site_resets_86_and_only_with_everything_open():
    house = House().on_the_grid()
    house.inputs &= ~port.IN_E_STOP_OK
    house.run(200)
    house.inputs |= port.IN_E_STOP_OK
    house.asks[layout.ask("ASK_RESET_86")] = 1  # asked for over a wire, no key
    house.run(3000)
    assert house.state == "LOCKOUT_86"
    house.asks[layout.ask("ASK_RESET_86")] = 0
    house.inputs |= port.IN_RESET_BUTTON
    house.run(900)
    assert house.state == "LOCKOUT_86"
    house.run(200)
    assert house.state != "LOCKOUT_86" and house.get("CAUSE_86") == 0


def test_a_broken_bypass_wire_reads_as_bypassed():
    house = House().in_an_island()
    house.inputs &= ~port.IN_BYPASS_OFF
    house.run(30)
    assert house.state == "BYPASSED" and house.out == 0


def test_no_island_without_the_charger_and_none_on_a_stale_word():
    house = House()
    house.inputs &= ~port.IN_CHARGER_READY
    house.asks[layout.ask("CHARGER_TICK")] = 1
    house.asks[layout.ask("CHARGER_BITS")] = 1
    house.v = facts.V_GRID_DEAD | DEAD_HOUSE | facts.V_SENSING_OK
    house.tick = 1 + 6001
    house.run(5000)
    assert house.state == "DARK"
    house.asks[layout.ask("CHARGER_TICK")] = house.tick
    house.run(100)
    assert house.state == "STARTING"


def test_a_charger_that_is_lost_and_goes_on_by_itself_is_parted_and_still_good_for_an_island():
    """Its READY contact stays closed: no way back to PARALLEL until it answers, but an island by the contact."""
    house = House().on_the_grid()
    assert house.state == "PARALLEL"
    house.asks[layout.ask("CHARGER_BITS")] = 32
    house.run(500)
    assert house.state == "GRID" and house.reason() == "the charger is lost and would go on by itself"
    assert not house.out & port.OUT_K2 and house.out & port.OUT_K1
    house.run(5000)
    assert house.state == "GRID" and house.path.count("PARALLEL") == 1
    house.v = facts.V_GRID_TRIP | facts.V_GRID_DEAD | DEAD_HOUSE | facts.V_SENSING_OK
    house.run(500)
    house.in_an_island()
    assert house.state == "ISLAND"
    house = House().on_the_grid()
    house.asks[layout.ask("CHARGER_BITS")] = 32
    house.run(500)
    house.asks[layout.ask("CHARGER_BITS")] = 0
    house.run(500)
    assert house.state == "PARALLEL"


def test_a_start_that_fails_is_paused_longer_each_time():
    house = House(start_max_ms=1000)
    house.v = facts.V_GRID_DEAD | DEAD_HOUSE | facts.V_SENSING_OK
    memory = house.room.memory
    for tried, minutes in enumerate((10, 20, 40, 120, 120), 1):
        house.run(2500)
        assert house.path[-1] == "DARK" and house.get("STARTS_TRIED") == tried
        left_s = memory[places.PAUSE] / 250
        assert minutes * 60 - 2.5 < left_s <= minutes * 60
        house.path.clear()
        house.run(1000)
        assert house.path == ["DARK"]
        memory[places.PAUSE] = 2  # the rest of the pause has passed


def test_unreadable_memory_of_86_is_out_of_service():
    house = House()
    house.asks[layout.ask("FRAM_86")] = -1
    house.v = GOOD | DEAD_HOUSE
    house.run(5000)
    assert house.path == ["OUT_OF_SERVICE"] and house.out == 0


def test_an_impossible_pair_of_contacts_bars_the_island_but_leaves_the_house_on_the_grid():
    house = House().on_the_grid()
    house.k1.stuck, house.k1.a = True, 0
    house.run(400)
    assert house.state == "PARALLEL" and house.get("ALARMS") & facts.A_PROOF
    assert not house.get("O_FACTS") & facts.O_MAY_ISLAND


def test_every_reason_has_its_number_and_none_is_left_over():
    latched_by_themselves = {reasons.STOP, reasons.RESTARTED, reasons.TOO_OFTEN, reasons.WELDED}
    used = {row[2] for row in table.ROWS} | latched_by_themselves | {"start"}
    assert set(reasons.REASONS) == used and len(reasons.REASONS) == len(used)
    assert reasons.REASONS[0] == "start"  # what a fresh image says
