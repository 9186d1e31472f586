"""Frequency, its rate of change and phase jumps of one source, from the turning of its phasor.

The one-cycle sums are a first boxcar; a second boxcar of a cycle over them takes out what the first leaves of the
mirror
image and the harmonics. The angle of the result turns with the difference to nominal. Over 8 ms that is the frequency
"over 2 cycles" (two boxcars), over 64 ms the one "over 6".

Everything is in units of cordic.TURN (1/576,000 of a circle) and steps of 4 ms: 1 unit a step = 1000 / 2304 mHz.
"""

from array import array

import micropython
from micropython import const

from firmware.sense import cordic

_TURN = const(576000)
_HALF = const(288000)
_SLOTS = const(40)  # second boxcar, entries of one tick
# One block of state a source, for the second boxcar.
_A = const(0)  # channel
_B = const(1)  # channel to subtract, or the same as _A for none
_LENGTH = const(2)  # entries in the second boxcar
_AT = const(3)
_RE = const(4)
_IM = const(5)
_RING = const(6)
_SIZE = const(86)
_CHANNEL_SIZE = const(10)
_COS = const(2)
_SIN = const(3)

_FASTEST = const(40000)  # 17 Hz from nominal; keeps every product below 2**30
_STEPS_100 = const(25)
_STEPS_500 = const(125)
_STEPS_6 = const(16)
_HISTORY = const(128)
_READY_2 = const(14)  # steps after the line came alive: both boxcars full, and 8 ms
_READY_6 = const(30)


@micropython.viper
def second(sums: ptr32, p: ptr32, sources: int):
    """The second boxcar of every source, once a tick. |difference| <= 840e6, >> 7 = 6.6e6, times 40 = 262e6."""
    one = 1
    h = one << 31
    s = 0
    while s < sources:
        at = s * _SIZE
        a = p[at + _A] * _CHANNEL_SIZE
        b = p[at + _B] * _CHANNEL_SIZE
        re = (sums[a + _COS] ^ h) - h
        im = (sums[a + _SIN] ^ h) - h
        if a != b:
            re -= (sums[b + _COS] ^ h) - h
            im -= (sums[b + _SIN] ^ h) - h
        re = re >> 7
        im = im >> 7
        k = p[at + _AT]
        w = at + _RING + k + k
        p[at + _RE] = ((p[at + _RE] ^ h) - h) + re - ((p[w] ^ h) - h)
        p[at + _IM] = ((p[at + _IM] ^ h) - h) + im - ((p[w + 1] ^ h) - h)
        p[w] = re
        p[w + 1] = im
        k += 1
        if k >= p[at + _LENGTH]:
            k = 0
        p[at + _AT] = k
        s += 1


def new_boxes(nominal_hz, pairs):
    """The second boxcars of sources given as (channel, channel to subtract)."""
    p = array("i", bytes(4 * _SIZE * len(pairs)))
    for s, (a, b) in enumerate(pairs):
        p[s * _SIZE + _A], p[s * _SIZE + _B] = a, b
        p[s * _SIZE + _LENGTH] = (2000 + nominal_hz // 2) // nominal_hz
    return p


class Frequency:
    """`step(live)` every 4 ms. Results in `out`: 2-cycle mHz, 6-cycle mHz, ROCOF 100 ms, ROCOF 500 ms, jump in cdeg."""

    def __init__(self, boxes, source, nominal_hz):
        self._boxes, self._at = boxes, source * _SIZE
        self._nominal = nominal_hz * 1000
        self.out = array("i", (0, 0, 0, 0, 0))
        self._polar = array("i", (0, 0))
        self._turns = array("i", bytes(4 * _HISTORY))  # angle turned in each step
        self._past = array("i", bytes(4 * _HISTORY))  # 2-cycle frequency of each step
        self._m = array("i", (0, 0, 0, 0))  # steps alive, last angle, place, sum of the last 16 turns

    @micropython.native
    def step(self, live):
        m, out = self._m, self.out
        turns, past = self._turns, self._past
        if not live:
            m[0] = 0
            out[0] = out[1] = out[2] = out[3] = out[4] = 0
            return
        boxes, at = self._boxes, self._at
        cordic.polar(boxes[at + _RE], 0 - boxes[at + _IM], self._polar, cordic.ATAN)
        angle = self._polar[1]
        turned = angle - m[1]
        if turned > _HALF:
            turned -= _TURN
        elif turned < -_HALF:
            turned += _TURN
        m[1] = angle
        if turned > _FASTEST:
            turned = _FASTEST
        elif turned < -_FASTEST:
            turned = -_FASTEST
        if m[0] == 0:
            turned = 0
            m[3] = 0
        k = m[2]
        if m[0] < 1000:
            m[0] += 1
        alive = m[0]
        m[3] += turned
        if alive > _STEPS_6:
            m[3] -= turns[(k - _STEPS_6) & 127]
        turns[k] = turned
        if alive >= _READY_2:
            out[0] = self._nominal + (turned + turns[(k - 1) & 127]) * 1000 // 4608
        past[k] = out[0]
        if alive >= _READY_6:
            out[1] = self._nominal + m[3] * 1000 // (2304 * _STEPS_6)
        if alive >= _READY_2 + _STEPS_100:
            out[2] = (out[0] - past[(k - _STEPS_100) & 127]) * 10
            # the angle turned in the last 64 ms against what the frequency before that promised
            before = past[(k - 24) & 127] - self._nominal
            jump = m[3] - before * 2304 * _STEPS_6 // 1000
            out[4] = jump // 16
        if alive >= _READY_2 + _STEPS_500:
            out[3] = (out[0] - past[(k - _STEPS_500) & 127]) * 2
        m[2] = (k + 1) & 127
