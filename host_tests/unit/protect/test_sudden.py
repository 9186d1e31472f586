"""81R by five windows of one sign; 78 blocked below 80 % and for 3 s. G98: 81R at 1 Hz/s, 78 never."""

import pytest

from firmware.protect import rocof, vector_shift
from host_tests.unit.protect.bench import Bench, caught

G98 = {"grid_code": 6, "nominal_hz": 50, "nominal_mv": 230000}


def rate(mhz_s, ms, bench=None):
    """Time to a trip with this reading on the slot, or None."""
    bench = bench or Bench(**G98).grid(1000, 1000).run(12)
    return bench.put(GRID_ROCOF_MHZ_S=mhz_s).until("GRID_TRIP", ms)


def five_windows_are_500_ms_less_the_first_reading():
    for sign in (1, -1):
        assert rate(1001 * sign, 600) == pytest.approx(400, abs=8)
        assert rate(1000 * sign, 1200) is None


def four_windows_are_not_enough():
    bench = Bench(**G98).grid(1000, 1000).run(12)
    assert rate(1500, 390, bench) is None
    assert rate(0, 200, bench) is None
    assert rate(1500, 390, bench) is None


def one_sign_only():
    bench = Bench(**G98).grid(1000, 1000).run(12)
    for _ in range(4):
        assert rate(2000, 250, bench) is None
        assert rate(-2000, 250, bench) is None


def a_gap_of_one_window_begins_anew():
    bench = Bench(**G98).grid(1000, 1000).run(12)
    assert rate(1500, 300, bench) is None
    assert rate(900, 100, bench) is None
    assert rate(1500, 380, bench) is None
    assert rate(1500, 100, bench) is not None


def never_without_voltage_or_frequency():
    bench = Bench(**G98).grid(790, 1000).run(12)
    assert rate(1500, 900, bench) is None
    bench = Bench(**G98).grid(1000, 1000, mhz=0).run(8)
    assert rate(1500, 900, bench) is None
    assert rate(1500, 900, Bench(**G98).grid(1000, 1000).run(12).put(BAD_CHANNELS=1)) is None


def off_where_the_code_demands_immunity():
    assert rate(5000, 900, Bench().grid(1000, 1000).run(12)) is None
    assert rate(5000, 900, Bench(rocof_trip_mhz_s=3000).grid(1000, 1000).run(12)) is not None


ROCOF = (
    five_windows_are_500_ms_less_the_first_reading,
    four_windows_are_not_enough,
    one_sign_only,
    a_gap_of_one_window_begins_anew,
    never_without_voltage_or_frequency,
    off_where_the_code_demands_immunity,
)


def shifter(arm_ms=1000, **more):
    return Bench(vs_trip_cdeg=6500, vs_arm_ms=arm_ms, **more).grid(1000, 1000)


def armed_after_3_s():
    bench = shifter(3000).run(2900).put(GRID_JUMP_CDEG=9000).run(200)
    assert "GRID_TRIP" not in bench.facts
    bench.put(GRID_JUMP_CDEG=9001).run(8)
    assert "GRID_TRIP" in bench.facts and bench.trip == ("78", 0, 9001, 6500, 0)


def strict_either_way():
    for cdeg, trips in ((6500, False), (-6500, False), (6501, True), (-6501, True)):
        bench = shifter().run(1100).put(GRID_JUMP_CDEG=cdeg).run(8)
        assert ("GRID_TRIP" in bench.facts) == trips


def one_jump_trips_once():
    bench = shifter(reclose_delay_ms=1000).run(1100).put(GRID_JUMP_CDEG=7000).run(8)
    assert "GRID_TRIP" in bench.facts
    bench.run(2200)
    assert "GRID_TRIP" not in bench.facts and bench.get("TRIP_COUNT") == 1


def blocked_below_80_percent_and_3_s_after():
    bench = shifter().run(1100).grid(1000, 790).ticks(8).put(GRID_JUMP_CDEG=7000).run(50)
    assert "GRID_TRIP" not in bench.facts
    bench.grid(1000, 1000).run(900).put(GRID_JUMP_CDEG=8000).run(50)
    assert "GRID_TRIP" not in bench.facts


def off_by_default():
    bench = Bench(vs_arm_ms=1000).grid(1000, 1000).run(1100).put(GRID_JUMP_CDEG=17000).run(50)
    assert "GRID_TRIP" not in bench.facts


SHIFT = (
    armed_after_3_s,
    strict_either_way,
    one_jump_trips_once,
    blocked_below_80_percent_and_3_s_after,
    off_by_default,
)


@pytest.mark.parametrize("check", ROCOF + SHIFT)
def test_sudden(check):
    check()


ROCOF_FAULTS = (
    ("elif rate > limit:", "elif rate >= limit:"),
    ("elif rate < 0 - limit:", "elif rate <= 0 - limit:"),
    ("        if n < 0:\n            n = 0\n", ""),
    ("        if n > 0:\n            n = 0\n", ""),
    ("    else:\n        n = 0\n", ""),
    (" or p[_WORD] & _GRID_LIVE == 0", ""),
    (" or p[_BITS] & _BIT_NO_F != 0", ""),
    ("if limit == 0 or p", "if p"),
    ("_WINDOWS = const(5)", "_WINDOWS = const(4)"),
    ("_WINDOWS = const(5)", "_WINDOWS = const(6)"),
    ("_PLACES = const(25)", "_PLACES = const(20)"),
    ("    rate = (image[r[_SLOT]] ^ h) - h", "    rate = image[r[_SLOT]]"),
)
SHIFT_FAULTS = (
    ("if jump > v[_LIMIT]", "if jump >= v[_LIMIT]"),
    ("jump < 0 - v[_LIMIT]", "jump <= 0 - v[_LIMIT]"),
    (" and jump != last", ""),
    ("v[_LIMIT] != 0 and", "1 and"),
    ("    t = 0\n    fired", "    t = v[_TIME]\n    fired"),
    ("elif v[_LIMIT]", "if v[_LIMIT]"),
)


@pytest.mark.parametrize("fault", ROCOF_FAULTS, ids=[new.strip() or "left out" for _, new in ROCOF_FAULTS])
def test_a_broken_rocof_is_caught(fault, tmp_path, monkeypatch):
    assert caught(rocof, fault, ROCOF, tmp_path, monkeypatch), "survived: %s" % fault[1]


@pytest.mark.parametrize("fault", SHIFT_FAULTS, ids=[new.strip() or "left out" for _, new in SHIFT_FAULTS])
def test_a_broken_vector_shift_is_caught(fault, tmp_path, monkeypatch):
    assert caught(vector_shift, fault, SHIFT, tmp_path, monkeypatch), "survived: %s" % fault[1]
