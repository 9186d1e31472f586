"""Can a channel be believed? A bad one is never used for "healthy", and is named.

A dead line is not a fault: it shows mid-scale and the converter's own noise. A channel that does not move at all,
sits at a rail, has lost its bias, carries more distortion than fundamental, or says something else than the other side
of a closed K1, is not showing a line. Names of places: room.py.
"""

from array import array

import micropython
from micropython import const

from firmware.board.port import IN_K1_52A, IN_K1_52B

WHY_OK = const(0)
WHY_STUCK = const(1)
WHY_CLIPPED = const(2)
WHY_NO_BIAS = const(3)
WHY_NOISE = const(4)
WHY_PATHS = const(5)
WHY_NAMES = ("plausible", "stuck: the converter's reading does not move", "clipped: the reading sits at a rail",
             "no bias: the mean is far from mid-scale", "noise: more distortion than fundamental",
             "two paths: grid and house differ across a closed K1")  # fmt: skip

_WHY_STUCK = const(1)
_WHY_CLIPPED = const(2)
_WHY_NO_BIAS = const(3)
_WHY_NOISE = const(4)
_WHY_PATHS = const(5)
_LEGS = const(5)
_N = const(4)
_BLOCKS = const(54)
_SIZE = const(49)
_STUCK = const(8)
_CLIPPED = const(9)
_MEAN16 = const(14)
_W_RMS = const(20)
_W_THD = const(23)
_HOLD = const(24)
_NOISY = const(25)
_APART = const(26)
_STUCK_TICKS = const(100)  # 50 ms without a single count of noise
_CLIPPED_SAMPLES = const(40)
_BIAS_X16 = const(6400)  # 400 counts
_NOISE_E2 = const(10000)  # 100 %
_NOISE_STEPS = const(25)  # 100 ms, of bias too: a line that comes alive or dies shows a torn window for less
_APART_STEPS = const(50)  # 200 ms
_GOOD_STEPS = const(50)  # 200 ms good before a channel is believed again
# Own memory: slots, then numbers.
_BAD = const(0)
_WHY = const(1)
_INPUTS = const(2)
_CLOSED = const(3)  # bits of K1's proof: 52a, 52b
_PAIR = const(4)
_LIMIT = const(5)  # mV


def new(settings, layout):
    """Own memory; two paths may differ by 0.15 pu."""
    slots = [layout.slot(name) for name in ("BAD_CHANNELS", "BAD_WHY", "INPUTS")]
    return array("i", slots + [IN_K1_52A, IN_K1_52A | IN_K1_52B, settings["nominal_mv"] * 15 // 100])


@micropython.viper
def judge(image: ptr32, p: ptr32, room: ptr32):
    """Every channel, every 4 ms: BAD_CHANNELS and BAD_WHY (the first reason found)."""
    one = 1
    h = one << 31
    closed = 1 if (image[p[_INPUTS]] & p[_PAIR]) == p[_CLOSED] else 0
    legs = room[_LEGS] * _SIZE
    end = _BLOCKS + room[_N] * _SIZE
    bad = 0
    first = 0
    b = _BLOCKS
    while b < end:
        mean = (room[b + _MEAN16] ^ h) - h
        away = 1 if mean > _BIAS_X16 or mean < 0 - _BIAS_X16 else 0
        noisy = 0
        if away or image[room[b + _W_THD]] > _NOISE_E2:
            noisy = room[b + _NOISY]
            if noisy < _NOISE_STEPS:
                noisy += 1
        room[b + _NOISY] = noisy
        if closed and b < _BLOCKS + legs:
            apart = image[room[b + _W_RMS]] - image[room[b + legs + _W_RMS]]
            if apart < p[_LIMIT] and apart > 0 - p[_LIMIT]:
                room[b + _APART] = 0
            elif room[b + _APART] < _APART_STEPS:
                room[b + _APART] = room[b + _APART] + 1
            room[b + legs + _APART] = room[b + _APART]
        elif closed == 0:
            room[b + _APART] = 0
        why = 0
        if room[b + _STUCK] >= _STUCK_TICKS:
            why = _WHY_STUCK
        elif room[b + _CLIPPED] >= _CLIPPED_SAMPLES:
            why = _WHY_CLIPPED
        elif noisy >= _NOISE_STEPS:
            why = _WHY_NO_BIAS if away else _WHY_NOISE
        elif room[b + _APART] >= _APART_STEPS:
            why = _WHY_PATHS
        if why:
            room[b + _HOLD] = _GOOD_STEPS
            if first == 0:
                first = why
        elif room[b + _HOLD]:
            room[b + _HOLD] = room[b + _HOLD] - 1
        if room[b + _HOLD]:
            bad |= one << room[b]
        b += _SIZE
    image[p[_BAD]] = bad
    if first:
        image[p[_WHY]] = first
    elif bad == 0:
        image[p[_WHY]] = 0
