"""One cycle of every channel in running sums, and the phasors that come of them.

Each tick (four samples) gives a part for each channel: the sum, the squares, and both halves of the product with the
nominal wave. `parts` keeps the parts of 64 ticks; a cycle is L whole ticks and, at either end, one tick with half the
weight of the fraction that is left (w/32): weighing both ends alike keeps the middle in place, and what is left of the
mirror image is 1 part in 7,000. The length follows the frequency of its side.

Parts are stored with a bias (8192 on the sum, 2**24 on the products), so that no load is ever negative: ptr32 loads are
unsigned on a 64-bit host. Nothing here decides anything. Names of places: room.py.
"""

from array import array

import micropython
from micropython import const

from firmware.sense import room as places

_PLACE = const(0)
_PERIOD = const(1)
_STRIDE = const(2)
_MASK = const(3)
_N = const(4)
_LEGS = const(5)
_K = const(6)
_FIRST = const(7)
_V = const(26)
_BOX = const(42)
_BOX_SIZE = const(4)
_NEAR = const(52)
_NEAR_BAND = const(53)
_BLOCKS = const(54)
_SIZE = const(49)
_TABLE = const(348)
_S = const(1)
_Q = const(2)
_C = const(3)
_D = const(4)
_L = const(5)
_W2 = const(6)
_WANT = const(7)
_STUCK = const(8)
_CLIPPED = const(9)
_LAST = const(10)
_MEAN = const(11)
_SQUARE = const(12)
_N16 = const(13)
_EPS = const(48)
_RAILS = const(16515072)  # four samples within 16 counts of a rail: 63 << 18
_ENOUGH = const(1000)
_MANY = const(200)


@micropython.viper
def take(ring: ptr16, parts: ptr32, room: ptr32, newest: int) -> int:
    """The four frames before `newest` into the parts and the sums of every channel.

    Returns 1 when a grid leg's last sample lies near zero, or did a tick ago: the dead bands want to look.

    |sum| <= 8192, squares <= 2**24, products <= 4 * 2048 * 2048 = 2**24; over 55 ticks below 2**31 with their bias.
    """
    stride = room[_STRIDE]
    mask = room[_MASK]
    n4 = room[_N] << 2
    k = (room[_K] + 1) & 63
    room[_K] = k
    place = room[_PLACE] + 4
    if place >= room[_PERIOD]:
        place = 0
    room[_PLACE] = place
    room[_FIRST] = ((newest - 4) & 255) * stride
    w = k * n4
    before = ((k - 1) & 63) * n4
    b = _BLOCKS
    legs = b + room[_LEGS] * _SIZE
    near = 0
    while b < legs + room[_LEGS] * _SIZE:
        t = _TABLE + place + place
        at = room[_FIRST] + room[b]
        x = int(ring[at & mask]) - 2048
        s = x
        q = x * x
        re = x * room[t]
        im = x * room[t + 1]
        at += stride
        x = int(ring[at & mask]) - 2048
        s += x
        q += x * x
        re += x * room[t + 2]
        im += x * room[t + 3]
        at += stride
        x = int(ring[at & mask]) - 2048
        s += x
        q += x * x
        re += x * room[t + 4]
        im += x * room[t + 5]
        at += stride
        x = int(ring[at & mask]) - 2048
        s += x
        q += x * x
        parts[w] = s + 8192
        parts[w + 1] = q
        parts[w + 2] = re + x * room[t + 6] + 16777216
        parts[w + 3] = im + x * room[t + 7] + 16777216
        if q >= _RAILS:
            if room[b + _CLIPPED] < _MANY:
                room[b + _CLIPPED] = room[b + _CLIPPED] + 8
        elif room[b + _CLIPPED] > 0:
            room[b + _CLIPPED] = room[b + _CLIPPED] - 1
        # four samples that are all the last one, and so was the last of before
        if s == x << 2 and q == (x * x) << 2 and room[b + _LAST] == x + 2048:
            if room[b + _STUCK] < _ENOUGH:
                room[b + _STUCK] = room[b + _STUCK] + 1
        else:
            room[b + _STUCK] = 0
            room[b + _LAST] = x + 2048
        # the tick before this one is whole now; the ones beyond the cycle go
        ticks = room[b + _L] + 1
        s = room[b + _S] + parts[before]
        q = room[b + _Q] + parts[before + 1]
        re = room[b + _C] + parts[before + 2]
        im = room[b + _D] + parts[before + 3]
        while ticks > room[b + _WANT]:
            at = w + (((k - ticks) & 63) - k) * n4
            s -= parts[at]
            q -= parts[at + 1]
            re -= parts[at + 2]
            im -= parts[at + 3]
            ticks -= 1
        room[b + _L] = ticks
        room[b + _S] = s
        room[b + _Q] = q
        room[b + _C] = re
        room[b + _D] = im
        near |= 1 if b < legs and x < room[_NEAR_BAND] and x > 0 - room[_NEAR_BAND] else 0
        w += 4
        before += 4
        b += _SIZE
    k = room[_NEAR]
    room[_NEAR] = near
    return near | k


@micropython.viper
def vectors(parts: ptr32, room: ptr32, boxes: ptr32, tick: int):
    """Phasors of one side (the grid in ticks 0 and 4 of the eight, the house in 2 and 6), second boxcar over its line.

    The line of a split phase is L1 less L2, which keeps turning when one leg is lost. A boxcar of a cycle over the
    one-cycle phasors takes out what these leave of the mirror image; it takes one of them every 2 ms.
    """
    one = 1
    h = one << 31
    k = room[_K]
    n4 = room[_N] << 2
    legs = room[_LEGS]
    side = (tick >> 1) & 1
    i = legs if side else 0
    end = i + legs
    line_re = 0
    line_im = 0
    n16 = 0
    while i < end:
        b = _BLOCKS + i * _SIZE
        w2 = room[b + _W2]
        n16 = (room[b + _L] << 4) + w2
        new = k * n4 + (i << 2)
        old = ((k - room[b + _L] - 1) & 63) * n4 + (i << 2)
        # with both ends; 512 and 2**20 are the biases by the sixteenth of a tick
        s = room[b + _S] + (((parts[new] + parts[old]) * w2) >> 5) - n16 * 512
        re = room[b + _C] + (((parts[new + 2] + parts[old + 2]) * w2) >> 5) - (n16 << 20) - (s << 10)
        im = (s << 10) - room[b + _D] - (((parts[new + 3] + parts[old + 3]) * w2) >> 5) + (n16 << 20)
        room[b + _MEAN] = s
        room[b + _SQUARE] = room[b + _Q] + (((parts[new + 1] + parts[old + 1]) * w2) >> 5)
        room[b + _N16] = n16
        # the mirror image: eps times the phasor's reflection about the window's middle, place - 2 L - 1/2
        at = room[_PLACE] - (room[b + _L] << 1)
        at = (at + at - 1 + room[_PERIOD]) % room[_PERIOD]
        at = _TABLE + at + at
        s = room[at] - 1024
        new = room[at + 1] - 1024
        eps = (room[b + _EPS] ^ h) - h
        old = (((re >> 12) * s - (im >> 12) * new) >> 10) * eps
        im += (((re >> 12) * new + (im >> 12) * s) >> 10) * eps
        re -= old
        room[_V + i + i] = re
        room[_V + i + i + 1] = im
        i += 1
        if i == end - legs + 1:
            line_re = re
            line_im = im
        elif legs == 2:
            line_re -= re
            line_im -= im
    p = _BOX + side * _BOX_SIZE
    base = side << 6
    k = (room[p + 3] + 1) & 31
    room[p + 3] = k
    old = base + (((k - 1) & 31) << 1)
    ticks = room[p + 2] + 1
    s = room[p] + boxes[old]
    re = room[p + 1] + boxes[old + 1]
    while ticks > n16 >> 6:
        old = base + (((k - ticks) & 31) << 1)
        s -= boxes[old]
        re -= boxes[old + 1]
        ticks -= 1
    room[p] = s
    room[p + 1] = re
    room[p + 2] = ticks
    new = base + (k << 1)
    boxes[new] = (line_re >> 7) + 8388608
    boxes[new + 1] = (line_im >> 7) + 8388608
    if tick & 4:  # the line is turned in the fifth and the seventh tick
        old = base + (((k - ticks - 1) & 31) << 1)
        w2 = (n16 >> 2) & 15
        n16 = ((ticks << 4) + w2) << 19
        i = _V + 12 + side + side
        room[i] = s + (((boxes[new] + boxes[old]) * w2) >> 5) - n16
        room[i + 1] = re + (((boxes[new + 1] + boxes[old + 1]) * w2) >> 5) - n16


def memory(room):
    """(parts, boxes): both empty, which means full of biases; the sums in the room to match."""
    n = room[places.N]
    parts, boxes = array("i", bytes(4 * 256 * n)), array("i", bytes(4 * 128))
    for i in range(0, len(parts), 4):
        parts[i] = 8192
        parts[i + 2] = parts[i + 3] = 16777216
    for i in range(len(boxes)):
        boxes[i] = 8388608
    for i in range(n):
        b = places.BLOCKS + i * places.SIZE
        room[b + places.N16] = 16 * room[b + places.L] + room[b + places.W2]
        room[b + places.S] = room[b + places.L] * 8192
        room[b + places.C] = room[b + places.D] = room[b + places.L] * 16777216
    for box in (places.BOX, places.BOX + places.BOX_SIZE):
        room[box] = room[box + 1] = room[box + 2] * 8388608
    return parts, boxes
