"""Edges that operator mutants showed nobody looked at: limits from the other side, second legs, words that keep their
other bits, what happens after a very long time."""

import pytest

from firmware import image as layout
from firmware.protect import curves, elements, enter_service, presence, ride, sync_check, trips
from firmware.transfer import facts
from host_tests.unit.protect.bench import BEFORE_WRAP, Bench

# The codes that records, console and the site's energy manager carry: never to be given anew.
CODES = {
    1: "LOSS bank", 2: "LOSS 27", 11: "27-1", 12: "27-2", 13: "27-3", 16: "59-1", 17: "59-2", 18: "59-3", 19: "59 mean",
    21: "81U-1", 22: "81U-2", 26: "81O-1", 27: "81O-2", 29: "81 unknown", 30: "81R", 31: "78", 32: "SENSING",
    33: "unintentional island",
    40: "island 59-2", 41: "island 59-1", 42: "island 27-2", 43: "island 27-1", 44: "island open neutral",
    45: "island 81U", 46: "island 81O", 47: "island SENSING", 48: "BACKFEED",
}  # fmt: skip


def test_the_codes_of_elements_stay_what_they_are():
    assert {code: name for code, name, _ in elements.NAMES} == CODES
    assert (elements.NONE, elements.E27, elements.E59, elements.E81U, elements.E81O) == (0, 10, 15, 20, 25)
    assert elements.name(0) == ("none", "") and elements.name(99) == ("element 99", "")


@pytest.mark.parametrize(("grid", "fact"), [(1040, True), (960, True), (1041, False), (959, False)])
def test_linked_has_the_same_limit_on_either_side(grid, fact):
    """linked_mv_e3 0.04 of nominal: 4.8 V of 120 V are allowed, a millivolt more is not."""
    bench = Bench(linked_mv_e3=40, live_mv_e3=800).house(1000, 1000).grid(grid, grid)
    limit = bench.settings["linked_mv_e3"] * bench.pu // 1000
    assert limit == 4800
    if not fact:
        over = limit + 1 if grid > 1000 else -limit - 1
        bench.grid_mv(bench.pu + over, bench.pu + over)
    bench.run(2000)
    assert ("LINKED" in bench.facts) is fact


@pytest.mark.parametrize("over", [1, -1])
def test_apart_begins_a_millivolt_beyond_its_limit_on_either_side(over):
    bench = Bench().house(1000, 1000)
    limit = bench.settings["apart_mv_e3"] * bench.pu // 1000
    bench.grid_mv(bench.pu + over * limit, bench.pu + over * limit).run(2000)
    assert "APART" not in bench.facts
    bench.grid_mv(bench.pu + over * (limit + 1), bench.pu + over * (limit + 1)).run(2000)
    assert "APART" in bench.facts


@pytest.mark.parametrize(("pu_e3", "live"), [(800, True), (799, False)])
def test_live_is_at_its_limit_of_four_fifths(pu_e3, live):
    assert ("GRID_LIVE" in Bench().grid(pu_e3, 1000).run(100).facts) is live


@pytest.mark.parametrize(("mv", "dead"), [(11999, True), (12000, False)])
def test_dead_is_below_its_limit_of_a_tenth(mv, dead):
    """Of 120 V."""
    assert ("GRID_DEAD" in Bench().grid_mv(mv, 0).run(700).facts) is dead


def test_a_loss_forgets_no_other_fact_of_the_reading():
    """Two channels of the house are not believed while the fast detector speaks: they stay so within the 4 ms."""
    bench = Bench().grid(1000, 1000).house(1000, 1000).put(BAD_CHANNELS=0b1100).run(200)
    assert bench.room[presence.WORD] & presence.BAD_HOUSE
    while bench.tick & 7 != 0:  # the timed facts are made in the last tick of eight
        bench.ticks(1)
    bench.put(LOSS_BANK=1).ticks(2)
    assert bench.room[presence.WORD] & presence.BAD_HOUSE


def test_ride_counts_up_to_255_sets():
    bench = Bench().grid(1000, 1000).run(10)
    p = next(own for own in bench.own if own is not None and len(own) == ride.SIZE)
    p[ride._SETS], p[ride._SETS_TICKS] = 253, 0  # every reading outside counts as a set of its own
    bench.grid(600, 600).run(80)
    assert bench.get("RIDE_MODE") >> ride.SETS_SHIFT == 255


@pytest.mark.parametrize("number", [5, 6, 7, 8])
def test_the_mean_of_ten_minutes_names_a_trip_last(number):
    """The stage that is fastest comes first; the codes of 50 Hz countries have the mean besides."""
    bench = Bench(nominal_hz=50, nominal_mv=230000, grid_code=number, legs=1)
    rows = curves.voltage_rows(bench.protect.code, bench.settings, layout)
    codes = [row[elements.CODE] for row in rows]
    assert elements.MEAN10 not in codes[:-1]


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_the_stage_that_is_fastest_stands_first_and_names_the_trip(number):
    bench = Bench(grid_code=number)
    for rows in (curves.voltage_rows, curves.frequency_rows):
        times = [row[elements.PICKUP] for row in rows(bench.protect.code, bench.settings, layout)]
        times = times[:-1] if rows is curves.frequency_rows else times  # the last one is for no frequency at all
        assert len(times) > 3 and times == sorted(times)


def test_clearing_times_have_the_measurements_lag_taken_off():
    """The reading that finds it is half a millisecond old at the least."""
    for number, clearing in ((3, True), (7, False)):
        changes = {} if number == 3 else {"nominal_hz": 50, "nominal_mv": 230000, "legs": 1}
        bench = Bench(grid_code=number, v_lag_ms=17, f_lag_ms=70, **changes)
        assert bool(bench.protect.code.clearing) == clearing
        for row in curves.voltage_rows(bench.protect.code, bench.settings, layout):
            assert row[4] == (1 + 2 * 17 if clearing else 0)
        for row in curves.frequency_rows(bench.protect.code, bench.settings, layout)[:-1]:
            assert row[4] == (1 + 2 * 70 if clearing else 0)


def test_without_a_fitting_code_every_frequency_is_ridden_through():
    bench = Bench(nominal_hz=50)
    assert bench.protect.code is None
    assert bench.grid(1000, 1000, mhz=50000).run(100).get("RIDE_MODE") == 0
    assert bench.grid(1000, 1000, mhz=70000).run(100).get("RIDE_MODE") == 0


def test_the_time_within_a_window_ends_at_the_longer_delay():
    bench = Bench().grid(1000, 1000).run(100)
    window = bench.protect.window
    longest = max(window[enter_service._TICKS_A], window[enter_service._TICKS_B])
    window[enter_service._TIME] = longest + 3
    bench.run(4)
    assert window[enter_service._TIME] == longest


def test_the_time_in_step_is_not_counted_for_ever():
    """Weeks in PARALLEL are weeks in step: a count without an end would wrap into a step that is lost."""
    bench = Bench().grid(1000, 1000).house(1000, 1000).run(2000)
    own = next(own for own in bench.own if own is not None and len(own) == sync_check.SIZE)
    own[sync_check._TIME] = own[sync_check._TICKS] + 3
    bench.run(20)
    assert own[sync_check._TIME] == own[sync_check._TICKS] + 3


def test_the_bank_is_told_with_the_time_since_it_began():
    """Ten ticks of 0.5 ms."""
    bench = Bench(seamless=1).grid(1000, 1000).run(200)
    bench.put(LOSS_BANK=1, LOSS_BANK_TICK=(bench.tick - 10) & 0x1FFFFFFF).ticks(1)
    assert bench.trip[0] == "LOSS bank" and bench.trip[4] == 5


def test_the_second_leg_that_follows_at_an_angle_is_fed():
    """8 degrees, within the 10 of a dead leg that follows, and they stay 8: no drift."""
    bench = Bench(backfeed_cdeg=1000).state("ISLAND").grid(0, 0).house(1000, 1000).run(800)
    bench.grid(0, 500, mhz=60000).angle(0, 800).run(60)
    assert "BACKFEED" in bench.facts and bench.get("TRIP_LEG") == 2
    assert bench.get("TRIP_TICK") - BEFORE_WRAP & 0x1FFFFFFF > 0 and facts.V_BACKFEED


def test_the_kernels_array_of_trips_is_as_long_as_what_it_holds():
    assert trips.SIZE == trips._AT_ANSWER + 4


def test_a_trip_writes_its_own_slots_and_no_other_ones():
    """By a loss and by a row: the tick it was found in, and nothing besides."""
    own = {"TRIP_" + x for x in ("ELEMENT", "LEG", "VALUE", "LIMIT", "TIME_MS", "TICK", "COUNT")}
    for bank in (1, 0):
        bench = Bench(seamless=1).grid(1000, 1000).house(1000, 1000).run(20)
        if bank:
            bench.put(LOSS_BANK=1, LOSS_BANK_TICK=(bench.tick - 10) & 0x1FFFFFFF)
        else:
            bench.grid(1250, 1250)
        before = list(bench.image)
        for _ in range(800):
            began = bench.tick
            bench.ticks(1)
            if bench.get("TRIP_ELEMENT"):
                break
        assert bench.get("TRIP_TICK") == began and bench.get("TRIP_COUNT") == 1
        written = {layout.ROWS[i] for i, x in enumerate(before) if bench.image[i] != x}
        assert own - {"TRIP_TIME_MS", "TRIP_VALUE"} <= written
        assert not written - own - {"V_FACTS", "RIDE_MODE", "ES_LEFT_MS", "RECLOSE_LEFT_MS", "SYNC_WHY"}, written
