"""Angles and square roots in integers: CORDIC both ways, and an integer root.

Angles are in sixteenths of a hundredth of a degree: TURN = 576,000 to the circle. Errors: angle within 8 units (0.005
degrees) for vectors longer than 4,000, magnitude within 1 part in 1,000
(host_tests/unit/sense/test_cordic.py, against libm).
"""

from array import array

import micropython
from micropython import const

TURN = const(576000)
_TURN = const(576000)
_HALF = const(288000)
_QUARTER = const(144000)
_STEPS = const(16)
# atan(2**-i) in units of a TURN, from the series; a test computes them again.
ATAN = array(
    "i", (72000, 42504, 22458, 11400, 5722, 2864, 1432, 716, 358, 179, 90, 45, 22, 11, 6, 3)
)  # fmt: skip
# 1 / 1.646760258 (the growth of 16 steps) in 2**14: 9949
_UNGROW = const(9949)


@micropython.viper
def polar(x: int, y: int, out: ptr32, atan: ptr32):
    """out[0] = length of (x, y), out[1] = its angle, 0 <= angle < TURN. |x|, |y| <= 2**28.

    Cost on the RP2040: about 16 * 45 cycles and a call.
    """
    angle = 0
    if x < 0:
        x = 0 - x
        y = 0 - y
        angle = _HALF
    shift = 0  # small vectors are enlarged first, so that the shifts keep their bits
    while x < 8388608 and y < 8388608 and y > -8388608 and shift < 14:
        x = x << 1
        y = y << 1
        shift += 1
    i = 0
    while i < _STEPS:
        dx = x >> i
        dy = y >> i
        if y >= 0:  # y = 0 too: the vector has to grow by the same factor every time
            x += dy
            y -= dx
            angle += atan[i]
        else:
            x -= dy
            y += dx
            angle -= atan[i]
        i += 1
    if angle < 0:
        angle += _TURN
    if angle >= _TURN:
        angle -= _TURN
    out[1] = angle
    # x <= 2**28 * 1.414 * 1.647 = 625e6; (x >> 14) * 9949 <= 38,147 * 9,949 = 380e6
    out[0] = ((x >> 14) * _UNGROW + (((x & 16383) * _UNGROW) >> 14)) >> shift


@micropython.viper
def root(n: int) -> int:
    """Integer square root of 0 <= n < 2**30, rounded down. 16 passes."""
    bit = 1 << 28
    r = 0
    while bit > n:
        bit = bit >> 2
    while bit != 0:
        if n >= r + bit:
            n -= r + bit
            r = (r >> 1) + bit
        else:
            r = r >> 1
        bit = bit >> 2
    return r


def sine_table(count, turns, lead):
    """array('i') of 1024 * sin(2 pi turns n / count + lead), n = 0..count-1, by CORDIC rotation. Made once, not in
    the tick.

    lead in units of a TURN; TURN // 4 makes a cosine.
    """
    table = array("i")
    for n in range(count):
        table.append(_sine((n * turns * _TURN // count + lead) % _TURN))
    return table


def _sine(angle):
    sign = 1
    if angle >= _HALF:
        angle, sign = angle - _HALF, -1
    if angle > _QUARTER:
        angle = _HALF - angle
    x, y, z = 9949 << 10, 0, angle
    for i in range(_STEPS):
        if z >= 0:
            x, y, z = x - (y >> i), y + (x >> i), z - ATAN[i]
        else:
            x, y, z = x + (y >> i), y - (x >> i), z + ATAN[i]
    return sign * ((y + (1 << 13)) >> 14)
