"""CORDIC against libm."""

import math
import random
from array import array

import pytest

from firmware.sense import cordic
from firmware.sense import room as places

AT = 26  # any two words of a room


def polar(x, y):
    """(length, angle) by the kernel."""
    room = array("i", [0] * 32)
    room[AT], room[AT + 1] = x, y
    cordic.turn(room, AT, cordic.ATAN)
    return room[places.LENGTH], room[places.ANGLE]


def away(angle, true):
    return abs((angle - true + cordic.TURN / 2) % cordic.TURN - cordic.TURN / 2)


def test_the_table_is_atan_of_the_halves():
    assert list(cordic.ATAN) == [round(math.atan(2.0**-i) / (2 * math.pi) * cordic.TURN) for i in range(16)]


def test_angle_and_length_of_vectors_over_five_decades():
    dice = random.Random(1)
    for _ in range(3000):
        size, angle = 10 ** dice.uniform(3.6, 8.6), dice.uniform(0, 2 * math.pi)
        x, y = round(size * math.cos(angle)), round(size * math.sin(angle))
        length, turned = polar(x, y)
        assert away(turned, math.atan2(y, x) % (2 * math.pi) / (2 * math.pi) * cordic.TURN) <= 5
        assert length == pytest.approx(math.hypot(x, y), rel=3e-4)


@pytest.mark.parametrize("x, y, turn", [(5000, 0, 0), (0, 5000, 0.25), (-5000, 0, 0.5), (0, -5000, 0.75)])
def test_the_axes(x, y, turn):
    length, turned = polar(x, y)
    assert away(turned, turn * cordic.TURN) <= 5
    assert length == pytest.approx(5000, rel=1e-3)


def test_nothing_has_no_length():
    assert polar(0, 0)[0] == 0


@pytest.mark.parametrize("x, y", [(1, 1), (-1, 1), (-1, -1), (1, 0), (0, -1)])
def test_the_largest_vector_stays_inside_int32(x, y):
    x, y = x * ((1 << 29) - 1), y * ((1 << 29) - 1)
    assert polar(x, y)[0] == pytest.approx(math.hypot(x, y), rel=1e-3)


@pytest.mark.parametrize("degrees", range(-720, 720, 7))
def test_sines(degrees):
    true = math.sin(math.radians(degrees))
    assert abs(cordic.sine(degrees * cordic.TURN // 360) - 1024 * true) < 0.6
    assert abs(cordic.sine_24(degrees * cordic.TURN // 360) - 2**24 * true) < 2**24 * 5e-5
