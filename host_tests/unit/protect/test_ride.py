"""The ride-through mode word: regions, least times, sets. Figures of IEEE 1547-2018 Cat I, II, III typed again."""

import pytest

from firmware import grid_codes
from firmware.protect import elements, presence, ride
from host_tests.unit.protect.bench import Bench, caught

CONTINUOUS, MANDATORY, PERMISSIVE, CESSATION, CEASE, UNDEFINED = range(6)
FAR = {"uv1_trip_ms": 21000, "uv2_trip_ms": 2000}


def mode(bench):
    return bench.get("RIDE_MODE") & ride.MODE_MASK


def may_trip(bench):
    return bool(bench.get("RIDE_MODE") & ride.MAY_TRIP)


def sets(bench):
    return bench.get("RIDE_MODE") >> ride.SETS_SHIFT


def at(code, *pu_e3, mhz=60000):
    return Bench(grid_code=code).grid(*pu_e3, mhz=mhz).run(8)


REGIONS = {  # category: (pu * 1000, mode); just inside, at, just outside each edge
    1: ((1201, CEASE), (1200, PERMISSIVE), (1101, PERMISSIVE), (1100, CONTINUOUS), (880, CONTINUOUS), (879, MANDATORY),
        (700, MANDATORY), (699, PERMISSIVE), (500, PERMISSIVE), (499, CEASE), (0, CEASE)),
    2: ((1201, CEASE), (1200, PERMISSIVE), (1101, PERMISSIVE), (1100, CONTINUOUS), (880, CONTINUOUS), (879, MANDATORY),
        (650, MANDATORY), (649, PERMISSIVE), (450, PERMISSIVE), (449, PERMISSIVE), (300, PERMISSIVE), (299, CEASE)),
    3: ((1201, CEASE), (1200, CESSATION), (1101, CESSATION), (1100, CONTINUOUS), (880, CONTINUOUS), (879, MANDATORY),
        (700, MANDATORY), (699, MANDATORY), (500, MANDATORY), (499, CESSATION), (0, CESSATION)),
}  # fmt: skip


def every_region():
    for code, cases in REGIONS.items():
        for pu, expected in cases:
            assert mode(at(code, pu, pu)) == expected, (code, pu)


def a_code_of_type_a_asks_for_the_mildest_mode_on_either_side():
    """G98: connected from 0.80 to 1.14 pu of 230 V, and beyond that nothing but the relay's own times."""
    for pu, expected in ((1141, MANDATORY), (1140, CONTINUOUS), (800, CONTINUOUS), (799, MANDATORY)):
        bench = Bench(grid_code=6, nominal_hz=50, nominal_mv=230000, legs=1).grid(pu).run(8)
        assert mode(bench) == expected, pu


def the_worse_of_two_legs():
    assert mode(at(2, 800, 1000)) == MANDATORY
    assert mode(at(2, 800, 1150)) == PERMISSIVE
    assert mode(at(3, 800, 1110)) == CESSATION
    assert mode(at(2, 200, 1110)) == CEASE


def frequency():
    for mhz, expected in (
        (58800, CONTINUOUS), (58799, MANDATORY), (57000, MANDATORY), (56999, UNDEFINED),
        (61200, CONTINUOUS), (61201, MANDATORY), (61800, MANDATORY), (61801, UNDEFINED),
    ):  # fmt: skip
        assert mode(at(3, 1000, 1000, mhz=mhz)) == expected, mhz
    assert mode(at(3, 800, 800, mhz=56000)) == UNDEFINED
    assert mode(at(3, 400, 400, mhz=58000)) == CESSATION
    assert mode(at(3, 1000, 1000, mhz=0)) == CONTINUOUS


TIMES = (  # category, pu * 1000, least ms by the standard's table
    (1, 1180, 200), (1, 1160, 500), (1, 1120, 1000), (1, 600, 160), (1, 800, 1100), (1, 700, 700),
    (2, 600, 320), (2, 400, 160), (2, 650, 3000), (2, 800, 4305), (2, 850, 4740),
    (3, 400, 1000), (3, 600, 10000),
)  # fmt: skip


def the_least_times():
    for code, pu, ms in TIMES:
        bench = Bench(grid_code=code).grid(1000, 1000).run(8).grid(pu, pu)
        n = 0
        while not may_trip(bench) and n < ms + 50:
            bench.run(4)
            n += 4
        assert ms <= n <= ms + 9, (code, pu, n)


def once_free_to_trip_it_stays_so_for_the_disturbance():
    bench = Bench(grid_code=3).grid(1000, 1000).run(8).grid(400, 400).run(1100)
    assert may_trip(bench)
    assert may_trip(bench.grid(800, 800).run(100)) and not may_trip(bench.grid(1000, 1000).run(8))
    assert not may_trip(bench.grid(800, 800).run(100))


def to_cease_is_not_to_be_free():
    for code, pu in ((1, 400), (2, 200), (3, 1250)):
        assert not may_trip(Bench(grid_code=code).grid(pu, pu).run(3000))


def either_leg_may_free_it():
    """Both at once: 0.60 pu must be ridden through for 0.32 s, 1.18 pu for 0.2 s, and either is permissive."""
    bench = Bench(grid_code=2).grid(600, 1180).run(190)
    assert mode(bench) == PERMISSIVE and not may_trip(bench)
    assert may_trip(bench.run(30)) and mode(bench) == PERMISSIVE


def without_a_code_everything_is_continuous():
    bench = Bench(grid_code=3, nominal_hz=50)  # refused: the code is of 60 Hz
    assert bench.protect.code is None
    for edge in (ride._F_IN_HIGH, ride._F_HIGH):
        assert bench.own[4][edge] > 1_000_000  # mHz; a number below nought would be one on a chip alone
    for mhz in (1, 50000, 60000, 90000):
        assert bench.grid(1000, 300, mhz=mhz).run(16).get("RIDE_MODE") == 0, mhz


def back_inside_counts_anew():
    bench = Bench(grid_code=3).grid(1000, 1000).run(8).grid(400, 400).run(900).grid(1000, 1000).run(8)
    bench.grid(400, 400).run(900)
    assert not may_trip(bench)
    bench.run(120)
    assert may_trip(bench)


def sets_are_counted_by_their_distance():
    bench = Bench(grid_code=3, **FAR).grid(1000, 1000).run(8)  # three sets, five seconds apart
    for expected in (1, 2, 3):
        bench.grid(600, 600).run(20).grid(1000, 1000).run(500).grid(600, 600).run(20)
        assert (sets(bench), may_trip(bench)) == (expected, False)
        bench.grid(1000, 1000).run(8)
        quiet = bench.own[4]
        quiet[ride._T_QUIET] = 9984  # 16 ticks short of five seconds
        assert sets(bench.run(12)) == expected
    bench.grid(600, 600).run(20)
    assert (sets(bench), may_trip(bench)) == (4, True)
    assert not may_trip(bench.grid(1000, 1000).run(20))


CHECKS = (
    every_region,
    a_code_of_type_a_asks_for_the_mildest_mode_on_either_side,
    the_worse_of_two_legs,
    frequency,
    once_free_to_trip_it_stays_so_for_the_disturbance,
    to_cease_is_not_to_be_free,
    either_leg_may_free_it,
    without_a_code_everything_is_continuous,
    back_inside_counts_anew,
    sets_are_counted_by_their_distance,
    the_least_times,  # the longest: last, so that most broken copies never come to it
)


@pytest.mark.parametrize("check", CHECKS)
def test_ride(check):
    check()


FAULTS = (
    ("if low < p[at]:", "if low <= p[at]:"),
    ("if high > p[at]:", "if high >= p[at]:"),
    ("(low - p[at + 4]) * p[at + 3]", "low * 0"),
    ("        if t > need:\n            mode", "        if t > need + 40:\n            mode"),
    ("        if t > need:\n            above", "        if t > need + 40:\n            above"),
    ("if above & 15 > mode & 15:", "if 0:"),
    ("        p[_T_LOW] = 0\n", "        p[_T_LOW] = p[_T_LOW]\n"),
    ("(f < p[_F_IN_LOW] or", "(f <= p[_F_IN_LOW] or"),
    ("or f > p[_F_IN_HIGH])", "or f >= p[_F_IN_HIGH])"),
    ("if f < p[_F_LOW] or", "if f <= p[_F_LOW] or"),
    ("or f > p[_F_HIGH]:", "or f >= p[_F_HIGH]:"),
    ("elif mode == 0:", "else:"),
    ("if room[_BITS] & _BLIND == 0 and", "if"),
    ("if quiet >= p[_SETS_TICKS]", "if quiet >= 0"),
    ("    may |= p[_MAY]", "    may |= 0"),
    ("    if mode == 0:\n        may = 0\n", ""),
    ("p[_SETS] > p[_SETS_MOST]", "p[_SETS] >= p[_SETS_MOST]"),
)


@pytest.mark.parametrize("fault", FAULTS, ids=[new.strip() for _, new in FAULTS])
def test_a_broken_copy_is_caught(fault, tmp_path, monkeypatch):
    assert caught(ride, fault, CHECKS, tmp_path, monkeypatch), "survived: %s" % fault[1]


def test_the_count_is_forgotten_after_an_hour():
    assert ride._HOUR == 60 * 60 * 2000
    bench = Bench(grid_code=3).grid(600, 600).run(20).grid(1000, 1000).run(8)
    p = bench.own[4]
    p[ride._T_QUIET] = ride._HOUR - 16
    assert sets(bench.run(4)) == 1
    assert sets(bench.run(8)) == 0


def test_the_modes_are_those_of_the_table():
    modes = (grid_codes.CONTINUOUS, grid_codes.MANDATORY, grid_codes.PERMISSIVE)
    assert modes + (grid_codes.CESSATION, grid_codes.CEASE, grid_codes.UNDEFINED) == tuple(range(6))
    assert len(ride.MODE_NAMES) == 6 and (ride._MANDATORY, ride._UNDEFINED) == (1, 5)
    assert ride._BITS == presence.BITS and ride._BLIND == elements.BIT_LOW | elements.BIT_NO_F
