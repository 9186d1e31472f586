"""Loads in the island: shed by stage on low frequency and on overload, restored one by one, the guilty one kept off."""

from array import array

import pytest

from firmware.board import port
from firmware.transfer import facts, places
from host_tests.unit.transfer.bench import DEAD_HOUSE, GOOD, STEADY, House

STAGES = (port.OUT_SHED_1, port.OUT_SHED_2, port.OUT_SHED_3)
ALL = sum(STAGES)
FORMING, READY = 4, 1


def island(**settings):
    """An island after a black start with every stage already restored."""
    house = House(restore_s=2, **settings).in_an_island()
    house.see(HOUSE_MHZ=60000)
    house.run(7000)
    assert house.state == "ISLAND" and house.get("SHED") == 0
    return house


def relays(house):
    return [i + 1 for i, bit in enumerate(STAGES) if house.out & bit]


def test_a_black_start_begins_with_every_stage_off_and_brings_them_back_one_by_one():
    house = House(restore_s=2)
    house.see(HOUSE_MHZ=60000)
    house.v = facts.V_GRID_DEAD | DEAD_HOUSE | facts.V_SENSING_OK
    house.until("DARK", 100)
    house.run(10)
    assert house.out & ALL == 0  # nothing to be gained in the dark, and the relays would use up the supply
    house.until("STARTING", 2000)
    assert relays(house) == [1, 2, 3]
    house.v = facts.V_GRID_DEAD | STEADY | facts.V_SENSING_OK
    house.run(1900)
    assert house.state == "ISLAND" and relays(house) == [1, 2, 3] and house.alarm(facts.A_SHED)
    seen = []
    for _ in range(3):
        house.run(2000)
        seen.append(relays(house))
    assert seen == [[1, 2], [1], []]
    house.run(10)
    assert not house.alarm(facts.A_SHED)


def test_an_island_taken_over_without_a_gap_keeps_its_loads():
    house = House().on_the_grid()
    house.v = facts.V_GRID_LOST | facts.V_GRID_TRIP | facts.V_HOUSE_LIVE | facts.V_SENSING_OK
    house.run(60)
    assert house.path[-3:] == ["OPENING", "BONDING", "STARTING"] and relays(house) == []


@pytest.mark.parametrize(("mhz", "shed"), [(59500, []), (59499, [1])])
def test_a_stage_is_shed_below_the_frequency_only(mhz, shed):
    """shed_df_mhz 500 below 60 Hz, for shed_ms 200."""
    house = island()
    house.see(HOUSE_MHZ=mhz)
    house.run(190)
    assert relays(house) == []
    house.run(20)
    assert relays(house) == shed


def test_stage_follows_stage_while_the_frequency_stays_low_and_a_moment_is_not_enough():
    house = island()
    for _ in range(5):
        house.see(HOUSE_MHZ=59000).run(150)
        house.see(HOUSE_MHZ=60000).run(50)
    assert relays(house) == []
    house.see(HOUSE_MHZ=59000)
    counts = []
    for _ in range(5):
        house.run(205)
        counts.append(len(relays(house)))
    assert counts == [1, 2, 3, 3, 3]


def test_nothing_is_restored_while_the_frequency_is_between():
    house = island()
    house.see(HOUSE_MHZ=59400).run(250)
    house.see(HOUSE_MHZ=59749).run(5000)  # above the limit, below half of it
    assert relays(house) == [1]
    house.see(HOUSE_MHZ=59750).run(2050)
    assert relays(house) == []


def test_an_unmeasurable_frequency_neither_sheds_nor_restores():
    house = island()
    house.see(HOUSE_MHZ=59400).run(250)
    house.see(HOUSE_MHZ=0).run(5000)
    assert relays(house) == [1]


@pytest.mark.parametrize(("setting", "watts", "shed"), [(0, 25000, []), (0, 25001, [1]), (9000, 9001, [1])])
def test_overload_sheds_after_two_seconds(setting, watts, shed):
    """shed_w 0 is the charger's rating, 25 kW."""
    house = island(shed_w=setting)
    for ms in (1000, 900, 300):
        house.says(FORMING, CHARGER_W=watts)
        house.run(ms)
        assert relays(house) == ([] if ms != 300 else shed)


def test_a_load_is_not_restored_above_four_fifths_of_the_power():
    house = island(shed_w=10000)
    house.see(HOUSE_MHZ=59400).run(250)
    house.see(HOUSE_MHZ=60000)
    for _ in range(4):
        house.says(FORMING, CHARGER_W=8001).run(1000)
    assert relays(house) == [1]
    for _ in range(3):
        house.says(FORMING, CHARGER_W=8000).run(1000)
    assert relays(house) == []


def test_a_stale_figure_of_the_power_and_a_negative_one_are_no_overload():
    house = island(shed_w=5000)
    house.says(FORMING, CHARGER_W=-20000).run(2900)
    assert relays(house) == []
    house.says(FORMING, CHARGER_W=20000).run(100)
    house.ask(CHARGER_TICK=(house.tick - 7000) & 0x1FFFFFFF).run(5000)
    assert relays(house) == []


def collapse(house):
    """The island's own protection trips, and the next start comes up again, its pause over."""
    house.v = facts.V_ISLAND_TRIP | facts.V_SENSING_OK | facts.V_GRID_DEAD
    house.run(10)
    assert house.state == "DARK"
    house.put("PAUSE", 1).in_an_island()
    assert house.state == "ISLAND"


def test_the_load_that_collapsed_the_island_five_times_stays_off_until_a_person_resets_it():
    house = House(restore_s=2).in_an_island()
    house.see(HOUSE_MHZ=60000)
    for times in range(5):
        assert house.get("SHED") >> 3 == 0, times
        house.run(2010)
        assert relays(house) == [1, 2]  # stage 3 came back last ...
        collapse(house)  # ... and took the island with it
    assert house.get("SHED") == 0b100111
    house.run(12000)
    assert relays(house) == [3] and house.alarm(facts.A_SHED)
    house.see(HOUSE_MHZ=59400).run(250)
    assert relays(house) == [1, 3]
    house.see(HOUSE_MHZ=60000)
    house.inputs |= port.IN_RESET_BUTTON
    house.run(1100)
    house.inputs &= ~port.IN_RESET_BUTTON
    house.run(6000)
    assert relays(house) == [] and house.get("SHED") == 0


@pytest.mark.parametrize("state", ["ISLAND", "SYNCHRONISING", "UNBONDING"])
def test_a_load_is_to_blame_whether_the_island_was_on_its_way_back_or_not(state):
    """Stage 3 came back last; the third of the three counts is its own."""
    house = House(restore_s=2, bond_required=1).in_an_island()
    house.see(HOUSE_MHZ=60000).run(2010)
    assert relays(house) == [1, 2]
    if state != "ISLAND":
        house.v = GOOD | STEADY
        house.until("SYNCHRONISING", 100)
    if state == "UNBONDING":
        house.v |= facts.V_IN_STEP
        house.until("UNBONDING", 100)
    house.v |= facts.V_ISLAND_TRIP
    house.until("DARK", 10)
    house.run(10)
    assert house.path[-2] == state
    assert list(house.room.memory[places.COLLAPSES : places.COLLAPSES + 3]) == [0, 0, 1]


@pytest.mark.parametrize(("stage", "others"), [(1, [2, 3]), (2, [3])])
def test_each_stage_has_its_own_count(stage, others):
    house = House(restore_s=2).in_an_island()
    house.see(HOUSE_MHZ=60000)
    for _ in range(5):
        house.run(2010 * (len(others) + (1 if stage == 1 else 1)))
        assert relays(house) == list(range(1, stage))
        collapse(house)
    assert house.get("SHED") >> 3 == 1 << (stage - 1)
    house.inputs |= port.IN_RESET_BUTTON
    house.run(1100)
    house.inputs &= ~port.IN_RESET_BUTTON
    house.run(2010 * len(others) + 2010)
    collapse(house)
    assert house.get("SHED") >> 3 == 0  # counted from nothing again


@pytest.mark.parametrize(("ms", "count"), [(9900, 1), (10100, 0)])
def test_a_load_that_came_back_within_ten_seconds_of_the_collapse_is_to_blame(ms, count):
    house = House(restore_s=2).in_an_island()
    house.see(HOUSE_MHZ=60000)
    while not house.place("RESTORED"):
        house.run(4)
    house.see(HOUSE_MHZ=59700).run(ms)  # too low for another one to come back
    assert relays(house) == [1, 2]
    house.v |= facts.V_ISLAND_TRIP
    assert house.run(10).place("COLLAPSES") == 0 and house.room.memory[places.COLLAPSES + 2] == count


def test_a_reset_on_site_forgets_all_three_counts():
    house = House().run(100)
    counts = slice(places.COLLAPSES, places.COLLAPSES + 3)
    house.room.memory[counts] = array("i", [4, 3, 2])
    house.inputs |= port.IN_RESET_BUTTON
    house.run(990)
    assert list(house.room.memory[counts]) == [4, 3, 2]
    house.run(30)
    assert list(house.room.memory[counts]) == [0, 0, 0]


def test_a_collapse_long_after_a_load_came_back_blames_nobody():
    house = House(restore_s=2).in_an_island()
    house.see(HOUSE_MHZ=60000)
    for _ in range(6):
        house.run(6100 + 10050)
        assert relays(house) == []
        collapse(house)
    assert house.get("SHED") >> 3 == 0


def test_on_the_grid_everything_is_on():
    house = island()
    house.see(HOUSE_MHZ=59000).run(900)
    assert len(relays(house)) == 3
    house.v = GOOD | STEADY | facts.V_IN_STEP
    house.says(READY | FORMING)
    house.until("CLOSING", 500)
    house.run(8)
    assert house.state == "CLOSING" and len(relays(house)) == 3
    house.until("HANDBACK", 500)
    house.run(10)
    assert relays(house) == [] and house.get("SHED") == 0


def test_the_ceiling_for_local_pv_is_said_and_taken_back_when_it_is_calm():
    """pv_df_mhz 1000: said above 61 Hz for 0.2 s, taken back below 60.5 Hz."""
    house = island()
    house.see(HOUSE_MHZ=61000).run(500)
    assert not house.alarm(facts.A_PV)
    house.see(HOUSE_MHZ=61001).run(190)
    assert not house.alarm(facts.A_PV)
    house.run(30)
    assert house.alarm(facts.A_PV) and house.get("SHED") == 1 << 6
    house.see(HOUSE_MHZ=60500).run(500)
    assert house.alarm(facts.A_PV)
    house.see(HOUSE_MHZ=60499).run(20)
    assert not house.alarm(facts.A_PV)
