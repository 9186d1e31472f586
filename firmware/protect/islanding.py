"""Unintentional island: does the frequency answer the reactive power that the charger was asked for?

The grid upstream may open while the car exports just what the neighbourhood draws: voltage and frequency stay, and no
passive element sees it. So the energy room asks the charger for a little reactive power, of one sign and then of the
other, 200 ms each. On a grid nothing answers; in an island the frequency does, by f0 / (2 Qf P) a var. Here the
frequency is correlated with the signs that were really sent, for delays of 100..480 ms at once.

Two stages: an answer raises a suspicion, and the energy room asks for more; only the answer to that, on fresh data,
trips. It must never trip on one stage alone, nor on a dither that stands still.

Readings are the mean of 20 ms; an answer is a reading less the one half a period before, which a drift passes as a
constant that the signs cancel. Sources: the project's detection study (two stages, thresholds); docs/islanding.md has
what was measured of this.
"""

from array import array

import micropython
from micropython import const

OFF = const(0)  # nothing is being sent
_OFF = const(0)
WATCHING = const(1)
_WATCHING = const(1)
SUSPECT = const(2)
_SUSPECT = const(2)
TRIPPED = const(3)
_TRIPPED = const(3)
STAGES = ("off", "watching", "SUSPECT", "TRIPPED")

HALF_MS = const(200)  # half a period of the dither: the energy room's too
TRIP_MHZ = const(100)
_TRIP_MHZ = const(100)
SUSPECT_MHZ = const(40)
_SUSPECT_MHZ = const(40)
_READINGS = const(5)  # of 4 ms: a step of 20 ms
_HALF = const(10)  # steps
_WINDOW = const(75)  # steps, 1.5 s
_FRESH = const(40)  # steps, 0.8 s: as long as the second stage lasts
_LAGS = const(20)
_FIRST_LAG = const(5)  # steps: nothing answers sooner than 100 ms
_STANDS = const(15)  # steps of one sign: it is no dither any more
_CLIP_MHZ = const(500)  # a phase jump is a reading of several hertz
_MASK = const(127)

_MHZ = const(0)  # slots
_STAGE = const(1)
_VALUE = const(2)
_SENT = const(3)  # of asks
_SUM = const(4)
_N = const(5)
_BLIND = const(6)  # one of the readings was none
_AT = const(7)
_SIGN = const(8)
_STOOD = const(9)
_SINCE = const(10)  # steps in the second stage
_SUMS = const(12)  # one a delay
_F = const(32)  # the last 16 readings
_G = const(48)  # the last 128 answers
_S = const(176)  # and signs
SIZE = const(304)
_WORD = const(26)  # presence
_BITS = const(27)
_GRID_LIVE = const(1 << 0)  # transfer.facts
_BIT_NO_F = const(2)  # elements


@micropython.viper
def read(image: ptr32, r: ptr32, p: ptr32) -> int:
    """One reading, every 4 ms; 1 = a step of 20 ms is full. mHz below 2**17. Cost: a call and 60 cycles."""
    f = image[r[_MHZ]]
    r[_SUM] = r[_SUM] + f
    if f == 0 or p[_WORD] & _GRID_LIVE == 0 or p[_BITS] & _BIT_NO_F != 0:
        r[_BLIND] = 1
    n = r[_N] + 1
    r[_N] = n
    if n >= _READINGS:
        return 1
    return 0


@micropython.viper
def correlate(image: ptr32, r: ptr32, asks: ptr32) -> int:
    """A step of 20 ms: its reading and the sign that was sent go into all sums; the largest of them, steps times mHz.

    Sums stay within 75 * 500. Cost on the RP2040: a call and about 3000 cycles.
    """
    one = 1
    h = one << 31
    at = (r[_AT] + 1) & _MASK
    r[_AT] = at
    f = r[_SUM] // _READINGS
    if r[_BLIND]:
        f = 0
    r[_SUM] = 0
    r[_N] = 0
    r[_BLIND] = 0
    before = r[_F + ((at - _HALF) & 15)]
    r[_F + (at & 15)] = f
    g = 0
    if f != 0 and before != 0:
        g = f - before
        if g > _CLIP_MHZ:
            g = _CLIP_MHZ
        elif g < 0 - _CLIP_MHZ:
            g = 0 - _CLIP_MHZ
    sent = (asks[r[_SENT]] ^ h) - h
    s = 0
    if sent > 0:
        s = 1
    elif sent < 0:
        s = 0 - 1
    stood = r[_STOOD]
    if s != (r[_SIGN] ^ h) - h:
        stood = 0
    elif stood < _STANDS:
        stood += 1
    r[_SIGN] = s
    r[_STOOD] = stood
    old = (at - _WINDOW) & _MASK
    gone = (r[_G + old] ^ h) - h
    r[_G + at] = g
    r[_S + at] = s
    best = 0
    j = 0
    while j < _LAGS:
        lag = j + _FIRST_LAG
        total = (r[_SUMS + j] ^ h) - h
        total += g * ((r[_S + ((at - lag) & _MASK)] ^ h) - h)
        total -= gone * ((r[_S + ((old - lag) & _MASK)] ^ h) - h)
        r[_SUMS + j] = total
        if total < 0:
            total = 0 - total
        if total > best:
            best = total
        j += 1
    return best


@micropython.viper
def judge(image: ptr32, r: ptr32, best: int) -> int:
    """The stage this step's largest sum leads to; 1 = trip. Cost: a call and 60 cycles, 2500 where a stage begins."""
    stage = image[r[_STAGE]]
    still = r[_STOOD] >= _STANDS
    since = r[_SINCE]
    anew = 0
    mhz = best // (2 * _WINDOW)
    if stage == _SUSPECT:
        mhz = best // (2 * _FRESH)
        since += 1
        if since >= _FRESH:
            stage = _WATCHING
            anew = 1
        if mhz >= _TRIP_MHZ:
            stage = _TRIPPED
    elif stage == _WATCHING and mhz >= _SUSPECT_MHZ:
        stage = _SUSPECT
        since = 0
        anew = 1
    elif stage == _OFF and not still:
        stage = _WATCHING
        anew = 1
    fired = 0
    if stage == _TRIPPED and image[r[_STAGE]] == _SUSPECT:
        fired = 1
    if still:
        stage = _OFF
    if anew:  # sums, readings and answers; what was sent stays
        i = _SUMS
        while i < _S:
            r[i] = 0
            i += 1
    r[_SINCE] = since
    image[r[_VALUE]] = mhz
    image[r[_STAGE]] = stage
    return fired


def new(layout):
    """The kernels' array."""
    r = array("i", bytes(4 * SIZE))
    r[_MHZ], r[_STAGE], r[_VALUE] = layout.slot("GRID_MHZ"), layout.slot("UI_STAGE"), layout.slot("UI_MHZ")
    r[_SENT] = layout.ask("SENT_VAR")
    r[_STOOD] = _STANDS
    return r
