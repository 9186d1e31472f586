"""One cycle of every channel, kept as running sums: mean, square, and both parts of the fundamental.

The ring of the board is the memory: a sample that leaves the window is read from it once more, so a sum is exact for
ever.
The window's length follows the frequency; it grows by keeping old samples and shrinks by dropping them sooner.

Counts are centred on mid-scale (raw - 2048). Nothing here decides anything.
"""

from array import array

import micropython
from micropython import const

# One block of state a channel.
SUM = const(0)  # <= 2048 * 200 = 409,600
SQUARES = const(1)  # <= 2048**2 * 200 = 838,860,800
COS = const(2)  # |.| <= 2048 * 1024 * 200 = 419,430,400
SIN = const(3)
COUNT = const(4)  # samples in the window
WANTED = const(5)  # samples it should have, <= 200
STUCK = const(6)  # samples in a row that did not move, saturating
CLIPPED = const(7)  # samples at a rail, leaking away one every tick
LAST = const(8)
SIZE = const(10)

_SUM = const(0)
_SQUARES = const(1)
_COS = const(2)
_SIN = const(3)
_COUNT = const(4)
_WANTED = const(5)
_STUCK = const(6)
_CLIPPED = const(7)
_LAST = const(8)
_SIZE = const(10)
# Shared, after the channels: [0] = first word of the shared part.
_MID = const(2048)
_FRAMES = const(4)
_RAIL = const(3)
_SATURATE = const(1 << 20)


@micropython.viper
def take(ring: ptr16, sums: ptr32, tables: ptr32, at: ptr32):
    """Four new frames of every channel into the sums.

    at = [oldest new frame & 255, channels, its place in the tables, length of the tables, stride of the ring].
    tables: 1024 * cos, then 1024 * sin, each of that length.
    Cost on the RP2040: docs/timing.md.
    """
    one = 1
    h = one << 31
    channels = at[1]
    period = at[3]
    stride = at[4]
    c = 0
    while c < channels:
        p = c * _SIZE
        s = (sums[p + _SUM] ^ h) - h
        q = sums[p + _SQUARES]
        re = (sums[p + _COS] ^ h) - h
        im = (sums[p + _SIN] ^ h) - h
        count = sums[p + _COUNT]
        wanted = sums[p + _WANTED]
        stuck = sums[p + _STUCK]
        clipped = sums[p + _CLIPPED]
        last = sums[p + _LAST]
        frame = at[0]
        place = at[2]
        k = 0
        while k < _FRAMES:
            raw = int(ring[(frame & 255) * stride + c])
            if raw == last:
                if stuck < _SATURATE:
                    stuck += 1
            else:
                stuck = 0
                last = raw
            if raw < _RAIL or raw > 4095 - _RAIL:
                clipped += 1
            x = raw - _MID
            s += x
            q += x * x
            re += x * ((tables[place] ^ h) - h)  # 2048 * 1024 = 2,097,152
            im += x * ((tables[period + place] ^ h) - h)
            count += 1
            while count > wanted:
                back = count - 1
                x = int(ring[((frame - back) & 255) * stride + c]) - _MID
                old = place - back
                if old < 0:
                    old += period
                if old < 0:
                    old += period
                s -= x
                q -= x * x
                re -= x * ((tables[old] ^ h) - h)
                im -= x * ((tables[period + old] ^ h) - h)
                count -= 1
            frame += 1
            place += 1
            if place == period:
                place = 0
            k += 1
        if clipped > 0:
            clipped -= 1
        if clipped > 400:
            clipped = 400
        sums[p + _SUM] = s
        sums[p + _SQUARES] = q
        sums[p + _COS] = re
        sums[p + _SIN] = im
        sums[p + _COUNT] = count
        sums[p + _STUCK] = stuck
        sums[p + _CLIPPED] = clipped
        sums[p + _LAST] = last
        c += 1
    place = at[2] + _FRAMES
    if place >= period:
        place -= period
    at[2] = place
    at[0] = (at[0] + _FRAMES) & 255


def new(channels, wanted):
    """Sums of `channels` empty windows of `wanted` samples."""
    sums = array("i", bytes(4 * channels * SIZE))
    for c in range(channels):
        sums[c * SIZE + WANTED] = wanted
    return sums
