"""The ride-through tests of IEEE 1547.1: what must not trip. One class a test, its steps lettered, the loss bank on.

Vectors: sandialabs/svp_1547.1, nominal points kept 0.02 pu inside where they sit on the limit. As in IEEE 1547.1 the
trip settings of Cat II stand at their widest (its UV2, 0.45 pu 0.16 s, is shorter than the vector spends below it); Cat
III is run with the factory's.
"""

import pytest

from firmware.protect import ride
from host_tests.clause.runner import Trace, play

WIDEST_2 = {"uv1_trip_ms": 21000, "uv2_trip_ms": 2000, "ov1_trip_ms": 13000}
CONTINUOUS, MANDATORY, PERMISSIVE, CESSATION, CEASE = range(5)


def rides(tmp_path, trace):
    """The steps, none of which tripped."""
    steps = play(tmp_path, [trace.job])[0]
    assert [i for i, step in enumerate(steps) if step["at_ms"] is not None or "GRID_TRIP" in step["facts"]] == []
    assert all(step["TRIP_COUNT"] == 0 for step in steps)
    return steps


def modes(steps):
    return [step["mode"] for step in steps]


class TestLvrtCat2:
    """a 0.94 pu 10 s, b 0.28 0.16 s, c 0.43 0.16 s, d 0.65 2.68 s (or 0.69, 7.68 s), e 0.88 2 s, f 0.94 120 s."""

    @pytest.mark.parametrize(("d_pu", "d_s"), [(0.65, 2.68), (0.67, 2.68), (0.69, 2.68)])
    def test_steps_a_to_f(self, tmp_path, d_pu, d_s):
        trace = Trace(grid_code=2, **WIDEST_2).pu(10, 0.94).pu(0.16, 0.28, bank=1).pu(0.16, 0.43).pu(d_s, d_pu)
        steps = rides(tmp_path, trace.pu(2, 0.88).pu(120, 0.94))
        assert modes(steps) == [CONTINUOUS, CEASE, PERMISSIVE, MANDATORY, CONTINUOUS, CONTINUOUS]

    def test_the_alternative_d(self, tmp_path):
        rides(
            tmp_path,
            Trace(grid_code=2, **WIDEST_2).pu(10, 0.94).pu(0.16, 0.28).pu(0.16, 0.43).pu(7.68, 0.69).pu(2, 0.88),
        )

    def test_with_the_factorys_uv2_the_same_vector_trips(self, tmp_path):
        job = Trace(grid_code=2).pu(10, 0.94).pu(0.16, 0.28).pu(0.16, 0.43).job
        assert play(tmp_path, [job])[0][-1]["element"] == "27-2"


class TestLvrtCat3:
    """a 0.94 pu 5 s, b 0.03 pu 1 s, c 0.50 pu 9 s (kept at 0.52; or 0.54), d 0.70 pu 10 s, e 0.94 pu 120 s."""

    @pytest.mark.parametrize("c_pu", [0.52, 0.54])
    def test_steps_a_to_e(self, tmp_path, c_pu):
        trace = Trace(grid_code=3).pu(5, 0.94).pu(1, 0.03).pu(9, c_pu).pu(10, 0.70).pu(120, 0.94)
        steps = rides(tmp_path, trace)
        assert modes(steps) == [CONTINUOUS, CESSATION, MANDATORY, MANDATORY, CONTINUOUS]
        assert "GRID_LOST" in steps[1]["facts"]  # the bank said so, the curve decided
        assert not steps[1]["RIDE_MODE"] & ride.MAY_TRIP

    def test_at_0_48_with_uv2_at_its_widest(self, tmp_path):
        trace = Trace(grid_code=3, uv2_trip_ms=21000, uv1_trip_ms=50000)
        rides(tmp_path, trace.pu(5, 0.94).pu(1, 0.03).pu(9, 0.48).pu(10, 0.70).pu(120, 0.94))

    def test_one_leg_only(self, tmp_path):
        rides(
            tmp_path,
            Trace(grid_code=3).pu(5, 0.94).pu(1, 0.03, 0.94).pu(9, 0.52, 0.94).pu(10, 0.70, 0.94).pu(120, 0.94),
        )


class TestHvrtCat2:
    """a 1.00 pu 10 s, b 1.18 pu 0.2 s, c 1.175 pu 0.3 s, d 1.15 pu 0.5 s, e 1.00 pu 120 s."""

    def test_steps_a_to_e(self, tmp_path):
        trace = Trace(grid_code=2).pu(10, 1.0).pu(0.2, 1.18).pu(0.3, 1.175).pu(0.5, 1.15).pu(120, 1.0)
        assert modes(rides(tmp_path, trace)) == [CONTINUOUS, PERMISSIVE, PERMISSIVE, PERMISSIVE, CONTINUOUS]


class TestHvrtCat3:
    """a 1.05 pu 5 s, b 1.18 pu 12 s (or 1.12), c 1.05 pu 120 s; three times."""

    @pytest.mark.parametrize("b_pu", [1.18, 1.12])
    def test_steps_a_to_c_three_times(self, tmp_path, b_pu):
        steps = rides(tmp_path, Trace(grid_code=3, times=3).pu(5, 1.05).pu(12, b_pu).pu(120, 1.05))
        assert modes(steps) == [CONTINUOUS, CESSATION, CONTINUOUS] * 3
        assert [step["RIDE_MODE"] >> ride.SETS_SHIFT for step in steps] == [0, 1, 1, 1, 2, 2, 2, 3, 3]


class TestFrt:
    """299 s at 57.0 Hz and at 61.8 Hz, three times each."""

    @pytest.mark.parametrize("mhz", [57000, 61800])
    def test_three_times(self, tmp_path, mhz):
        steps = rides(tmp_path, Trace(grid_code=3, times=3).pu(2, 1.0).pu(299, 1.0, mhz=mhz))
        assert modes(steps) == [CONTINUOUS, MANDATORY] * 3

    def test_300_s_trips(self, tmp_path):
        step = play(tmp_path, [Trace(grid_code=3).pu(2, 1.0).pu(300, 1.0, mhz=61800).job])[0][1]
        assert step["element"] == "81O-1" and step["at_ms"] > 299000


class TestPhaseJump:
    """60 degrees on one phase, 20 on all: a frequency that reads 5 Hz off for 50 ms, a rate beyond any setting."""

    @pytest.mark.parametrize("mhz", [55000, 65000])
    def test_the_reading_of_a_jump(self, tmp_path, mhz):
        rides(tmp_path, Trace(grid_code=3, times=20).pu(0.5, 1.0).pu(0.05, 1.0, mhz=mhz, GRID_JUMP_CDEG=6000))


class TestRocof:
    """Immunity of 3.0 Hz/s (Cat III): from 60 Hz to 57.6 Hz and back; G98: 0.95 Hz/s must not trip."""

    def test_3_hz_s(self, tmp_path):
        trace = Trace(grid_code=3).pu(1, 1.0)
        for n in range(20):
            trace.pu(0.04, 1.0, mhz=60000 - 120 * n, GRID_ROCOF_MHZ_S=-3000)
        rides(tmp_path, trace.pu(5, 1.0, mhz=57600, GRID_ROCOF_MHZ_S=0))

    @pytest.mark.parametrize("rate", [950, -950])
    def test_g98_0_95_hz_s(self, tmp_path, rate):
        rides(tmp_path, Trace(grid_code=6).pu(1, 1.0).pu(3, 1.0, GRID_ROCOF_MHZ_S=rate))

    @pytest.mark.parametrize("cdeg", [5000, -5000])
    def test_g98_50_degrees(self, tmp_path, cdeg):
        rides(tmp_path, Trace(grid_code=6).pu(4, 1.0).pu(1, 1.0, GRID_JUMP_CDEG=cdeg))


class TestSeamless:
    """In pure backup nobody asks for the ride-through: the bank is the trip, and is told as lost."""

    def test_the_bank_is_the_trip(self, tmp_path):
        trace = Trace(grid_code=3, seamless=1, stop="GRID_LOST").pu(5, 0.94).pu(0.2, 0.03)
        steps = play(tmp_path, [trace.job])[0]
        assert steps[1]["at_ms"] == 0.5 and steps[1]["element"] == "LOSS bank" and "GRID_TRIP" not in steps[1]["facts"]
