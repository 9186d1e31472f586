"""Angles and square roots in integers: CORDIC both ways.

Angles are in sixteenths of a hundredth of a degree: TURN = 576,000 to the circle. Errors: angle within 4 units (0.0025
degrees) for vectors longer than 4,000, length within 1 part in 5,000 (host_tests/unit/sense/test_cordic.py, against
libm).
"""

from array import array

import micropython
from micropython import const

TURN = const(576000)
_TURN = const(576000)
_HALF = const(288000)
_QUARTER = const(144000)
_STEPS = const(16)
_TURNS = const(8)  # steps of `turn`; a division does the rest
_LENGTH = const(8)  # places in room.py
_ANGLE = const(9)
# atan(2**-i) in units of a TURN, from the series; a test computes them again.
ATAN = array(
    "i", (72000, 42504, 22458, 11400, 5722, 2864, 1432, 716, 358, 179, 90, 45, 22, 11, 6, 3)
)  # fmt: skip
# 1 / 1.646743507 (the growth of 8 steps) in 2**14: 9949
_UNGROW = const(9949)


@micropython.viper
def turn(room: ptr32, at: int, atan: ptr32):
    """Length and angle (0 <= angle < TURN) of the vector at room[at], room[at + 1]; both within +-2**29.

    Eight steps bring the vector within 1/128 of the axis; what is left of the angle is y / x.
    """
    one = 1
    h = one << 31
    x = (room[at] ^ h) - h
    y = (room[at + 1] ^ h) - h
    angle = 0
    if x < 0:
        x = 0 - x
        y = 0 - y
        angle = _HALF
    m = x | (y if y >= 0 else 0 - y)
    shift = 0  # into 2**20 .. 2**27, so that the steps keep their bits and the growth of 2.33 fits
    if m >= 134217728:
        x = x >> 3
        y = y >> 3
        shift = 3
    while m < 1048576 and shift > -12:
        x = x << 4
        y = y << 4
        m = m << 4
        shift -= 4
    i = 0
    while i < _TURNS:
        dx = x >> i
        if y >= 0:  # y = 0 too: the vector has to grow by the same factor every time
            x += y >> i
            y -= dx
            angle += atan[i]
        else:
            x -= y >> i
            y += dx
            angle -= atan[i]
        i += 1
    if x >= 1024:  # |y| <= x / 128 <= 2**22; a unit is 1 / 91,673 rad
        angle += (((y << 8) // (x >> 10)) * 91673) >> 18
    if angle < 0:
        angle += _TURN
    if angle >= _TURN:
        angle -= _TURN
    room[_ANGLE] = angle
    # x <= 2**29; (x >> 14) * 9949 <= 2**15 * 9,949 = 326e6
    x = (x >> 14) * _UNGROW + (((x & 16383) * _UNGROW) >> 14)
    room[_LENGTH] = x << 3 if shift > 0 else x >> (0 - shift)


def sine(angle):
    """1024 * sin(angle), angle in units of a TURN; by CORDIC rotation. For tables, not for the tick."""
    return (sine_24(angle) + (1 << 13)) >> 14


def sine_24(angle):
    """The same times 2**24, good to 5 digits."""
    return _rotate(angle, ATAN)


@micropython.viper
def _rotate(angle: int, atan: ptr32) -> int:
    angle %= _TURN
    sign = 1
    if angle >= _HALF:
        angle -= _HALF
        sign = -1
    if angle > _QUARTER:
        angle = _HALF - angle
    x = 9949 << 10
    y = 0
    z = angle
    for i in range(_STEPS):
        dx = x >> i
        if z >= 0:
            x -= y >> i
            y += dx
            z -= atan[i]
        else:
            x += y >> i
            y -= dx
            z += atan[i]
    return sign * y
