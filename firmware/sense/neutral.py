"""The voltage between neutral and earth, where the board has a channel for it (a single-phase site's second).

RMS over whole cycles without the mean, every 20 ms at 50 Hz and every 50 ms at 60 Hz. It says whether the neutral of an
island is earthed, which no contact of a relay can. Its own few numbers, apart from the room's: a site without such a
channel pays nothing.
"""

from array import array

import micropython
from micropython import const

_LEFT = const(0)  # samples until the window is full
_SUM = const(1)
_SQUARES = const(2)
_WINDOW = const(3)
_SCALE = const(4)  # uV per count / 16
_OUT = const(5)
SIZE = const(6)
_CHANNEL = const(1)


@micropython.viper
def watch(ring: ptr16, p: ptr32, image: ptr32, newest: int):
    """The four frames before `newest`. Squares of 400 samples at a rail: 400 * 2048**2 = 1.68e9."""
    one = 1
    h = one << 31
    total = (p[_SUM] ^ h) - h
    squares = p[_SQUARES]
    at = ((newest - 4) & 255) * 4 + _CHANNEL
    k = 0
    while k < 4:
        x = int(ring[at & 1023]) - 2048
        total += x
        squares += x * x
        at += 4
        k += 1
    left = p[_LEFT] - 4
    if left <= 0:
        n = p[_WINDOW]
        mean = (total << 4) // n  # sixteenths of a count, as the mean square in 256ths below
        whole = squares // n
        rest = (whole << 8) + ((squares - whole * n) << 8) // n - mean * mean
        if rest < 0:
            rest = 0
        bit = one << 28
        while bit > rest:
            bit = bit >> 2
        r = 0
        while bit != 0:
            if rest >= r + bit:
                rest -= r + bit
                r = (r >> 1) + bit
            else:
                r = r >> 1
            bit = bit >> 2
        image[p[_OUT]] = r * p[_SCALE] // 1000
        left = n
        total = 0
        squares = 0
    p[_LEFT] = left
    p[_SUM] = total
    p[_SQUARES] = squares


def new(settings, layout):
    """The kernel's array for this site."""
    p = array("i", bytes(4 * SIZE))
    p[_LEFT] = p[_WINDOW] = 400 if settings["nominal_hz"] == 60 else 160  # 3 cycles, 1 cycle of 8 kS/s
    p[_SCALE], p[_OUT] = settings["g2_uv_per_count"] // 16, layout.slot("NE_MV")
    return p


def after(step, ring, image, p):
    """The room's step with this one behind it. Five names and arguments are the most that a closure may have."""
    fixed = (watch, ring, p, image)

    @micropython.native
    def both(newest, tick):
        step(newest, tick)
        kernel, samples, own, to = fixed
        kernel(samples, own, to, newest)

    return both
