"""Ends of ranges and second times: timers that stand at their longest, a trip within a trip, what is left to wait."""

import pytest

from firmware import image as layout
from firmware.protect import presence, ride, rocof, trips
from firmware.protect.protect import Protect
from host_tests.unit.protect.bench import Bench

LONGEST = 1 << 28  # ticks: a day and a half; kernels keep within +-2**30
MAY_TRIP = 16


def test_what_is_left_of_the_shorter_delay_stays_at_nought():
    bench = Bench(es_delay_ms=1000, reclose_delay_ms=4000).grid(1000, 1000).run(2500)
    assert bench.get("ES_LEFT_MS") == 0
    assert 1000 < bench.get("RECLOSE_LEFT_MS") < 2000


def test_three_legs_have_six_channels_grid_first():
    assert presence.masks(3) == (0b000111, 0b111000)
    assert presence.masks(2) == (0b0011, 0b1100)
    assert presence.masks(1) == (0b0001, 0b0100)


def test_a_layout_may_be_given():
    bench = Bench(protect=lambda settings, image, asks: Protect(settings, image, asks, layout=layout))
    assert "GRID_LIVE" in bench.grid(1000, 1000).run(100).facts


def worded(bench):
    return bench.get("RIDE_MODE")


@pytest.mark.parametrize(("pu", "timer"), [(600, ride._T_LOW), (1150, ride._T_HIGH)])
def test_the_time_of_an_excursion_by_voltage_ends_at_its_longest(pu, timer):
    bench = Bench().grid(1000, 1000).run(50)
    p = next(own for own in bench.own if own is not None and len(own) == ride.SIZE)
    bench.grid(pu, pu).run(8)
    p[timer] = LONGEST
    bench.run(16)
    assert p[timer] == LONGEST and worded(bench) & MAY_TRIP


def test_the_time_of_an_excursion_by_frequency_frees_the_source_and_ends_at_its_longest():
    """IEEE 1547-2018 6.5.2: mandatory operation below 58.8 Hz for 299 s; after that the source may trip."""
    bench = Bench(nominal_hz=60).grid(1000, 1000).run(50).grid(1000, 1000, mhz=58000).run(50)
    p = next(own for own in bench.own if own is not None and len(own) == ride.SIZE)
    assert not worded(bench) & MAY_TRIP
    p[ride._T_F] = 299 * 2000 + 2000
    bench.run(16)
    assert worded(bench) & MAY_TRIP
    p[ride._T_F] = LONGEST
    bench.run(16)
    assert p[ride._T_F] == LONGEST and worded(bench) & MAY_TRIP


def rocof_bench():
    return Bench(grid_code=6, nominal_hz=50, nominal_mv=230000).grid(1000, 1000).run(12)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_rate_of_the_other_sign_begins_at_once_and_not_below_nought(sign):
    """Four windows one way, then the other way: five more are needed, not nine and not one."""
    bench = rocof_bench().put(GRID_ROCOF_MHZ_S=2000 * sign).run(390)
    assert "GRID_TRIP" not in bench.facts
    bench.put(GRID_ROCOF_MHZ_S=-2000 * sign)
    assert bench.until("GRID_TRIP", 600) == pytest.approx(400, abs=110)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_rate_that_lasts_is_counted_to_five_windows_and_no_further(sign):
    """So that the other sign, or a reading inside, begins anew from a small number."""
    bench = rocof_bench().put(GRID_ROCOF_MHZ_S=2000 * sign).run(1500)
    p = next(own for own in bench.own if own is not None and len(own) == rocof.SIZE)
    counts = list(p[rocof._COUNTS : rocof._COUNTS + rocof._PLACES])
    assert counts == [5 * sign] * rocof._PLACES


def test_a_rate_within_the_episode_of_another_trip_is_not_a_second_one():
    bench = Bench(grid_code=6, nominal_hz=50, nominal_mv=230000, rocof_trip_mhz_s=1000).grid(1000, 1000).run(12)
    bench.grid(1000, 1000, mhz=44000).run(3000)
    assert "GRID_TRIP" in bench.facts
    first, count = bench.trip, bench.get("TRIP_COUNT")
    bench.put(GRID_ROCOF_MHZ_S=3000).run(900)
    assert (bench.trip, bench.get("TRIP_COUNT")) == (first, count)


def test_a_loss_that_the_bank_did_not_see_has_no_time_since_it_did():
    bench = Bench(seamless=1).grid(1000, 1000).run(100)
    bench.put(LOSS_BANK=0)
    bench.protect.trips.lost(bench.tick)
    assert bench.trip[4] == 0


def test_backfeed_is_told_once():
    bench = Bench().grid(1000, 1000).run(100)
    for _ in range(2):
        bench.protect.trips.found(bench.tick, trips._BACKFEED, 1)
        assert bench.get("TRIP_COUNT") == 1
