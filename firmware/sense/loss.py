"""The fast detector: is the grid gone? Two integer tests on every sample of every grid leg.

Dead band: |x| below a quarter of the nominal peak for 3.1 ms. A wave that lives crosses its own dead band in 1.3 ms
at 0.5 pu, so only
a dead line stays in it. Half-cycle mean: the mean of |x| over half a cycle, below 0.25 pu (RIDE_THROUGH, immune to a
jump of
60 degrees) or 0.60 pu (SEAMLESS, where the loads would notice).

It only sets a flag, LOSS_BANK; whether the flag opens K1 is the table's affair. It is armed after a second of
healthy grid, so a
line that was never alive is not "lost". It says the grid is back after 100 ms above 0.7 pu on every leg.
"""

from array import array

import micropython
from micropython import const

_MID = const(2048)
_FRAMES = const(4)
# One block a leg.
_RUN = const(0)  # samples in a row inside the dead band
_HALF = const(1)  # sum of |x| over half a cycle: <= 2048 * 100 = 204,800
_COUNT = const(2)
_OFFSET = const(3)  # mid-scale of this channel, counts
_SIZE = const(4)
# Shared.
_CHANNEL = const(0)  # the leg's first channel
_LEGS = const(1)
_BAND = const(2)  # counts
_LONG = const(3)  # samples
_WANTED = const(4)  # samples in half a cycle
_LOW_RIDE = const(5)  # sums of |x|
_LOW_SEAMLESS = const(6)
_BACK = const(7)
_HEALTHY = const(8)  # ticks in a row above _BACK on every leg, saturating
_ARMED = const(9)
_LOST = const(10)
_ARM_TICKS = const(11)
_BACK_TICKS = const(12)
_STRIDE = const(13)
_SHARED = const(16)
_SATURATE = const(1 << 20)
_STIR = const(2)  # counts the offset may be off before the sums are begun anew


@micropython.viper
def watch(ring: ptr16, p: ptr32, frame: int, seamless: int) -> int:
    """Four new frames beginning with `frame`. Returns 1 while the grid is lost. About 100 cycles a sample and leg."""
    legs = p[_LEGS]
    stride = p[_STRIDE]
    floor = p[_LOW_SEAMLESS] if seamless else p[_LOW_RIDE]
    gone = 0
    good = 1
    leg = 0
    while leg < legs:
        at = _SHARED + leg * _SIZE
        c = p[_CHANNEL] + leg
        mid = p[at + _OFFSET]
        run = p[at + _RUN]
        half = p[at + _HALF]
        count = p[at + _COUNT]
        k = 0
        while k < _FRAMES:
            x = int(ring[((frame + k) & 255) * stride + c]) - mid
            if x < 0:
                x = 0 - x
            if x < p[_BAND]:
                if run < _SATURATE:
                    run += 1
            else:
                run = 0
            half += x
            if count < p[_WANTED]:
                count += 1
            else:
                x = int(ring[((frame + k - count) & 255) * stride + c]) - mid
                if x < 0:
                    x = 0 - x
                half -= x
            k += 1
        if half < 0:  # the offset has moved by a count meanwhile: begin anew
            half = 0
            count = 0
        if run >= p[_LONG] or (count == p[_WANTED] and half < floor):
            gone = 1
        if count == p[_WANTED] and half < p[_BACK]:  # a sum that fills anew says nothing either way
            good = 0
        p[at + _RUN] = run
        p[at + _HALF] = half
        p[at + _COUNT] = count
        leg += 1
    healthy = p[_HEALTHY]
    if good:
        if healthy < _SATURATE:
            healthy += 1
    else:
        healthy = 0
    p[_HEALTHY] = healthy
    if healthy >= p[_ARM_TICKS]:
        p[_ARMED] = 1
    if gone and p[_ARMED]:
        p[_LOST] = 1
        p[_ARMED] = 0
    elif p[_LOST] and healthy >= p[_BACK_TICKS]:
        p[_LOST] = 0
    return p[_LOST]


@micropython.viper
def recentre(p: ptr32, leg: int, mid: int):
    """A new mid-scale for a leg (from its mean over a cycle); the half-cycle sum begins anew."""
    at = _SHARED + leg * _SIZE
    moved = p[at + _OFFSET] - mid
    if moved > _STIR or moved < 0 - _STIR:
        p[at + _OFFSET] = mid
        p[at + _HALF] = 0
        p[at + _COUNT] = 0


def new(settings, legs, stride):
    """The detector's array. Peak of the nominal wave in counts: nominal_mv * 1.41421 * 1000 / uv_per_count."""
    p = array("i", bytes(4 * (_SHARED + 3 * _SIZE)))
    peak = settings["nominal_mv"] * 1414 // settings["g1_uv_per_count"]
    half = 8000 // settings["nominal_hz"] // 2
    mean = peak * half * 7 // 11  # 2 / pi
    p[_LEGS], p[_STRIDE] = legs, stride
    p[_BAND] = peak // 4
    p[_LONG] = 25
    p[_WANTED] = half
    p[_LOW_RIDE], p[_LOW_SEAMLESS], p[_BACK] = mean // 4, mean * 6 // 10, mean * 7 // 10
    p[_ARM_TICKS], p[_BACK_TICKS] = 2000, 200
    for leg in range(3):
        p[_SHARED + leg * _SIZE + _OFFSET] = _MID
    return p
