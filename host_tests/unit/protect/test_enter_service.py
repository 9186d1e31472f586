"""Enter service, reclosing, a steady island: limits inclusive, any excursion restarts, nothing on an unknown frequency.

Figures typed again: IEEE 1547-2018 Cat III, 120 V: 0.917 pu = 110.04 V, 1.05 pu = 126 V, 59.5 and 60.1 Hz.
"""

import pytest

from firmware.protect import enter_service
from host_tests.unit.protect.bench import Bench, caught

QUICK = {"es_delay_ms": 2000, "reclose_delay_ms": 1000}


def quick(**more):
    return Bench(**{**QUICK, **more}).grid(1000, 1000).run(8)


def counts_down_and_gives_both():
    bench = Bench(**QUICK)
    assert (bench.get("ES_LEFT_MS"), bench.get("RECLOSE_LEFT_MS")) == (2000, 1000)
    bench.grid(1000, 1000)
    assert bench.until("GRID_GOOD", 1100) == 1007  # live after 4 ms, read in the sixth of the next eight ticks
    assert "ENTER_SERVICE" not in bench.facts and bench.get("RECLOSE_LEFT_MS") == 0
    assert bench.get("ES_LEFT_MS") == pytest.approx(1000, abs=9)
    assert bench.until("ENTER_SERVICE", 1100) == pytest.approx(1000, abs=5)
    assert bench.get("ES_LEFT_MS") == 0 and "GRID_GOOD" in bench.facts


def never_before_the_whole_delay():
    bench = Bench(**QUICK).grid(1000, 1000)
    bench.run(1000)
    assert "GRID_GOOD" not in bench.facts
    bench.run(1000)
    assert "ENTER_SERVICE" not in bench.facts


def the_codes_own_delay_stands_without_a_setting():
    bench = Bench()
    assert (bench.get("ES_LEFT_MS"), bench.get("RECLOSE_LEFT_MS")) == (300000, 10000)


def the_window_is_inclusive():
    for legs, mhz, fine in (
        ((110040, 126000), 60000, True),
        ((110039, 120000), 60000, False),
        ((120000, 110039), 60000, False),
        ((120000, 126001), 60000, False),
        ((126001, 120000), 60000, False),
        ((120000, 120000), 59500, True),
        ((120000, 120000), 59499, False),
        ((120000, 120000), 60100, True),
        ((120000, 120000), 60101, False),
        ((120000, 120000), 0, False),
    ):
        bench = Bench(**QUICK).grid_mv(*legs, mhz=mhz).run(12)
        assert ("GRID_IN_WINDOW" in bench.facts) == fine, (legs, mhz)


def any_excursion_restarts():
    bench = quick().run(900)
    bench.grid(1000, 900).run(8)
    assert (bench.get("ES_LEFT_MS"), bench.get("RECLOSE_LEFT_MS")) == (2000, 1000)
    bench.grid(1000, 1000).run(990)
    assert not bench.facts & {"GRID_GOOD", "ENTER_SERVICE"}
    bench.run(20)
    assert "GRID_GOOD" in bench.facts


def a_lost_grid_or_a_bad_channel_restarts():
    for slot, value in (("LOSS_BANK", 1), ("BAD_CHANNELS", 0b0001)):
        bench = quick().run(1100)
        assert "GRID_GOOD" in bench.facts
        bench.put(**{slot: value}).ticks(8)
        assert not bench.facts & {"GRID_GOOD", "ENTER_SERVICE", "GRID_IN_WINDOW"}
        bench.put(**{slot: 0}).ticks(1)
        assert bench.run(900).tick and "GRID_GOOD" not in bench.facts
        bench.run(400)
        assert "GRID_GOOD" in bench.facts
    bench.put(LOSS_BANK=1).ticks(1).put(LOSS_BANK=0).run(1000)  # one tick that no reading of the window sees
    assert "GRID_GOOD" not in bench.facts


def a_dead_leg_is_outside_every_window():
    bench = Bench(grid_code=8, nominal_hz=50, nominal_mv=230000, es_v_low_mv=138000, reclose_delay_ms=1000)
    assert "GRID_IN_WINDOW" not in bench.grid(700, 700).run(100).facts  # 0.60 pu is allowed, but 0.70 is not live
    assert "GRID_IN_WINDOW" in bench.grid(800, 800).run(100).facts


def a_trip_inside_the_window_restarts():
    bench = Bench(grid_code=6, nominal_hz=50, nominal_mv=230000, reclose_delay_ms=1000).grid(1000, 1000).run(1100)
    assert "GRID_GOOD" in bench.facts
    bench.put(GRID_ROCOF_MHZ_S=1200).until("GRID_TRIP", 600)
    assert bench.trip[0] == "81R"
    bench.put(GRID_ROCOF_MHZ_S=0).run(900)
    assert "GRID_GOOD" not in bench.facts and "GRID_IN_WINDOW" in bench.facts
    assert "GRID_GOOD" in bench.run(200).facts


def a_trip_restarts():
    bench = quick().run(1100)
    bench.grid(1000, 1210).run(160).grid(1000, 1000).run(8)
    assert "GRID_TRIP" in bench.facts and "GRID_GOOD" not in bench.facts
    assert bench.get("RECLOSE_LEFT_MS") > 980
    bench.run(980)
    assert "GRID_TRIP" in bench.facts
    bench.run(30)
    assert "GRID_TRIP" not in bench.facts and "GRID_GOOD" in bench.facts


def an_island_is_steady_after_500_ms_within_limits():
    for legs, mhz, steady in (
        ((880, 1100), 59000, True),
        ((879, 1000), 60000, False),
        ((1000, 1101), 60000, False),
        ((1000, 1000), 61000, True),
        ((1000, 1000), 61001, False),
        ((1000, 1000), 58999, False),
        ((1000, 1000), 0, False),
    ):
        bench = Bench().house(*legs, mhz=mhz).run(490)
        assert "HOUSE_STEADY" not in bench.facts
        bench.run(30)
        assert ("HOUSE_STEADY" in bench.facts) == steady, (legs, mhz)
    bench = Bench().house(1000, 1000).run(600)
    assert "HOUSE_STEADY" not in bench.house(700, 1000).ticks(8).facts
    bench = Bench().house(1000, 1000).run(600).put(BAD_CHANNELS=0b0100).ticks(8)
    assert "HOUSE_STEADY" not in bench.facts


CHECKS = (
    the_window_is_inclusive,
    counts_down_and_gives_both,
    never_before_the_whole_delay,
    the_codes_own_delay_stands_without_a_setting,
    any_excursion_restarts,
    a_dead_leg_is_outside_every_window,
    a_trip_inside_the_window_restarts,
    a_lost_grid_or_a_bad_channel_restarts,
    a_trip_restarts,
    an_island_is_steady_after_500_ms_within_limits,
)


@pytest.mark.parametrize("check", CHECKS)
def test_enter_service(check):
    check()


FAULTS = (
    ("image[w[_MIN]] >= w[_V_LOW]", "image[w[_MIN]] > w[_V_LOW]"),
    ("image[w[_MAX]] <= w[_V_HIGH]", "image[w[_MAX]] < w[_V_HIGH]"),
    ("and f >= w[_F_LOW]", "and f > w[_F_LOW]"),
    ("and f <= w[_F_HIGH]", "and f < w[_F_HIGH]"),
    ("word & w[_NEEDS] == w[_NEEDS]", "1"),
    ("word & w[_BARS] == 0", "1"),
    ("and w[_RESTART] == 0", ""),
    ("    w[_RESTART] = 0\n", ""),
    ("        if w[_INSIDE]:  # the first", "        if 1:  # the first"),
    ("    t = 0\n    if good", "    t = w[_TIME]\n    if good"),
    ("if t >= w[_TICKS_A]:", "if t + 8 >= w[_TICKS_A]:"),
    ("if t >= w[_TICKS_B]:", "if t > w[_TICKS_B]:"),
    ("if w[_TICKS_B] > longest:", "if w[_TICKS_B] < longest:"),
)


@pytest.mark.parametrize("fault", FAULTS, ids=[new.strip() or old.strip() + " left out" for old, new in FAULTS])
def test_a_broken_copy_is_caught(fault, tmp_path, monkeypatch):
    assert caught(enter_service, fault, CHECKS, tmp_path, monkeypatch), "survived: %s" % fault[1]


def test_settings_that_do_not_fit_the_code_never_enter_service():
    bench = Bench(nominal_hz=50).grid(1000, 1000, mhz=50000).run(1500)
    assert bench.protect.code is None and not bench.facts & {"GRID_IN_WINDOW", "GRID_GOOD", "ENTER_SERVICE"}
