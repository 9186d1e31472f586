"""CORDIC and the integer root against libm."""

import math
import random
from array import array

import pytest

from firmware.sense import cordic


def test_the_table_is_atan_of_the_halves():
    assert list(cordic.ATAN) == [round(math.atan(2.0**-i) / (2 * math.pi) * cordic.TURN) for i in range(16)]


def test_angle_and_length_of_vectors_over_five_decades():
    dice, out = random.Random(1), array("i", (0, 0))
    for _ in range(3000):
        length, angle = 10 ** dice.uniform(3.6, 8.4), dice.uniform(0, 2 * math.pi)
        x, y = round(length * math.cos(angle)), round(length * math.sin(angle))
        cordic.polar(x, y, out, cordic.ATAN)
        true = math.atan2(y, x) % (2 * math.pi) / (2 * math.pi) * cordic.TURN
        assert abs((out[1] - true + cordic.TURN / 2) % cordic.TURN - cordic.TURN / 2) <= 8
        assert out[0] == pytest.approx(math.hypot(x, y), rel=1e-3)


@pytest.mark.parametrize("x, y, turn", [(5000, 0, 0), (0, 5000, 0.25), (-5000, 0, 0.5), (0, -5000, 0.75)])
def test_the_axes(x, y, turn):
    out = array("i", (0, 0))
    cordic.polar(x, y, out, cordic.ATAN)
    assert abs((out[1] - turn * cordic.TURN + cordic.TURN / 2) % cordic.TURN - cordic.TURN / 2) <= 8
    assert out[0] == pytest.approx(5000, rel=1e-3)


def test_nothing_has_no_length():
    out = array("i", (7, 7))
    cordic.polar(0, 0, out, cordic.ATAN)
    assert out[0] == 0


def test_the_largest_vector_stays_inside_int32():
    out = array("i", (0, 0))
    for x, y in ((1 << 28, 1 << 28), (-(1 << 28), 1 << 28), (-(1 << 28), -(1 << 28))):
        cordic.polar(x, y, out, cordic.ATAN)
        assert out[0] == pytest.approx(math.hypot(x, y), rel=1e-3)


def test_root_is_the_integer_root():
    dice = random.Random(2)
    for n in [0, 1, 2, 3, 4, (1 << 30) - 1, *(dice.randrange(1 << 30) for _ in range(2000))]:
        assert cordic.root(n) == math.isqrt(n)


@pytest.mark.parametrize("count, turns", [(400, 3), (160, 1)])
def test_the_tables_are_sines(count, turns):
    table = cordic.sine_table(count, turns, 0)
    for n in range(count):
        assert abs(table[n] - 1024 * math.sin(2 * math.pi * turns * n / count)) < 0.6
