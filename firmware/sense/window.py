"""One cycle of every channel: its mean, its square and both parts of its fundamental, kept as running totals.

Every tick the four new samples of a channel become one block: their sum, the sum of their squares, and the sum turned
back by the nominal frequency. Each is added to a total that only grows, modulo 2**30, and the totals of the last 64
blocks are kept. A window is the difference of two totals, so nothing drifts, and its length may be a fraction of a block:
the edge block counts in part. It follows the frequency without a memory of its own.

Counts are centred on mid-scale (raw - 2048). Nothing here decides anything.
"""

from array import array

import micropython
from micropython import const

from firmware.sense import cordic

# The array: a head, both sides' windows, the tables, then a block of state for each channel.
_NOW = const(0)  # newest block, 0..63
_PLACE = const(1)  # its place in the tables
_PERIOD = const(2)  # blocks after which the nominal frequency repeats: 100 at 60 Hz, 40 at 50 Hz
_CHANNELS = const(3)
_STRIDE = const(4)  # channels in a frame of the ring
_HOUSE = const(5)  # the first channel of the house
SIDES = const(8)
_SIDES = const(8)
SIDE_SIZE = const(4)
_SIDE_SIZE = const(4)
_RMS_LENGTH = const(0)  # a cycle, in 1/256 block
_FUND_LENGTH = const(1)  # two turns of the mirror image, in 1/256 block (tune.py)
RMS_UNIT = const(2)  # 2**20 / length in blocks
FUND_UNIT = const(3)
_TABLES = const(16)  # 1024 * cos, then 1024 * sin
FIRST = const(216)
_FIRST = const(216)
SIZE = const(272)
_SIZE = const(272)
# A channel's block.
STUCK = const(0)  # blocks in a row that did not move, saturating
_STUCK = const(0)
CLIPPED = const(1)  # blocks that touched a rail, leaking away
_CLIPPED = const(1)
_HIGH = const(2)  # of the newest block, raw
_LOW = const(3)
MEAN = const(4)  # channel.py: 1/16 count
SLOW = const(5)  # channel.py: slow offset, 1/1024 count
RMS = const(6)  # channel.py: 1/16 count
FUND = const(7)  # channel.py: 1/16 count RMS
ANGLE = const(8)  # channel.py: cordic units, skew and calibration taken out
SUM = const(9)  # of the window, by collect(); four in a row
_SUM = const(9)
_RINGS = const(16)  # totals of sum, squares, cos, sin: 64 each
_MASK = const(63)
_WRAP = const(0x3FFFFFFF)
_SIGN = const(1 << 29)
_MID = const(2048)
_RAIL = const(2)
_SATURATE = const(1 << 20)
_CLIP_MOST = const(400)


@micropython.viper
def take(ring: ptr16, p: ptr32, newest: int):
    """Four new frames of every channel, one block. Sums: 4 * 2048; squares: 4 * 2048**2 = 2**24; turned: 2**23 >> 4."""
    one = 1
    h = one << 31
    stride = p[_STRIDE]
    frame = ((newest - 4) & 255) * stride
    end = stride << 8
    before = p[_NOW]
    now = (before + 1) & _MASK
    p[_NOW] = now
    place = p[_PLACE] + 1
    if place == p[_PERIOD]:
        place = 0
    p[_PLACE] = place
    cosine = (p[_TABLES + place] ^ h) - h
    sine = (p[_TABLES + p[_PERIOD] + place] ^ h) - h
    at = _FIRST
    last = frame + p[_CHANNELS]
    while frame < last:
        i = frame
        s = 0
        q = 0
        high = 0
        low = 4095
        n = 4
        while n > 0:
            raw = int(ring[i])
            if raw > high:
                high = raw
            if raw < low:
                low = raw
            raw -= _MID
            s += raw
            q += raw * raw
            i += stride
            if i >= end:
                i -= end
            n -= 1
        stuck = 0
        if high == low and high == p[at + _HIGH] and high == p[at + _LOW]:
            stuck = p[at + _STUCK] + 1
        p[at + _STUCK] = stuck & (_SATURATE - 1)
        clipped = p[at + _CLIPPED]
        if high > 4095 - _RAIL or low < _RAIL:
            if clipped < _CLIP_MOST:
                clipped += 4
        if clipped > 0:
            clipped -= 1
        p[at + _CLIPPED] = clipped
        p[at + _HIGH] = high
        p[at + _LOW] = low
        i = at + _RINGS
        p[i + now] = (p[i + before] + s) & _WRAP
        p[i + now + 64] = (p[i + before + 64] + q) & _WRAP
        p[i + now + 128] = (p[i + before + 128] + (s * cosine >> 4)) & _WRAP
        p[i + now + 192] = (p[i + before + 192] + (s * sine >> 4)) & _WRAP
        at += _SIZE
        frame += 1


@micropython.viper
def collect(p: ptr32, unused: ptr32, image: ptr32):
    """The windows of every channel at this moment, so that all angles are of one time.

    Of 48 blocks: sum 2**19, squares 2**29.6 (never negative), turned 2**25. Edge times 255: 2**21, (2**24 >> 8) * 255, 2**27.
    """
    now = p[_NOW]
    c = 0
    at = _FIRST
    while c < p[_CHANNELS]:
        side = _SIDES
        if c >= p[_HOUSE]:
            side += _SIDE_SIZE
        quantity = 0
        ring = at + _RINGS
        while quantity < 4:
            length = p[side + (quantity >> 1)]
            old = (now - (length >> 8)) & _MASK
            older = (old - 1) & _MASK
            whole = (p[ring + now] - p[ring + old]) & _WRAP
            edge = (p[ring + old] - p[ring + older]) & _WRAP
            if quantity == 1:
                whole += (edge >> 8) * (length & 255)
            else:
                whole = (whole ^ _SIGN) - _SIGN
                edge = (edge ^ _SIGN) - _SIGN
                whole += edge * (length & 255) >> 8
            p[at + _SUM + quantity] = whole
            ring += 64
            quantity += 1
        at += _SIZE
        c += 1


def new(channels, stride, house, nominal_hz):
    """The array, with empty windows of a nominal cycle. Made once, not in the tick."""
    p = array("i", bytes(4 * (_FIRST + channels * _SIZE)))
    period, turns = (100, 3) if nominal_hz == 60 else (40, 1)
    p[_PERIOD], p[_CHANNELS], p[_STRIDE], p[_HOUSE] = period, channels, stride, house
    for i in range(period):
        # The middle of the block's four samples is 1.5 samples after its first: a constant, the same for all.
        p[_TABLES + i] = cordic.sine(i * turns * cordic.TURN // period + cordic.TURN // 4)
        p[_TABLES + period + i] = cordic.sine(i * turns * cordic.TURN // period)
    return p
