"""81R: rate of change of frequency, five consecutive windows of 100 ms, all beyond the setting, of one sign.

A plain slope over 500 ms trips on every phase jump of 60 degrees; five windows of one sign do not. The five are
looked for anew every 4 ms, so a trip does not wait for a fixed raster. It must never act without voltage or without a
frequency.

Source: the project's detection study (0 of 300 jumps, 0 of 100 at 0.9 Hz/s, 1.25 Hz/s in 500..530 ms at a setting of
1 Hz/s).
"""

from array import array

import micropython
from micropython import const

_SLOT = const(0)
LIMIT = const(1)
_LIMIT = const(1)  # mHz/s, 0 = off
_AT = const(2)
_COUNTS = const(3)  # windows in a row so far, one count for each of the 25 places of the raster; below zero: falling
_PLACES = const(25)  # 100 ms of 4 ms
_WINDOWS = const(5)
WINDOWS_MS = const(500)
SIZE = const(28)
_WORD = const(26)  # presence
_BITS = const(27)
_GRID_LIVE = const(1 << 0)  # transfer.facts
_BIT_NO_F = const(2)  # elements


@micropython.viper
def watch(image: ptr32, r: ptr32, p: ptr32) -> int:
    """1 = five windows. Called every 4 ms; mHz/s within +-2**20. Cost on the RP2040: a call and about 150 cycles."""
    one = 1
    h = one << 31
    at = r[_AT]
    n = (r[_COUNTS + at] ^ h) - h
    rate = (image[r[_SLOT]] ^ h) - h
    limit = r[_LIMIT]
    if limit == 0 or p[_WORD] & _GRID_LIVE == 0 or p[_BITS] & _BIT_NO_F != 0:
        n = 0
    elif rate > limit:
        if n < 0:
            n = 0
        n += 1
        if n > _WINDOWS:
            n = _WINDOWS
    elif rate < 0 - limit:
        if n > 0:
            n = 0
        n -= 1
        if n < 0 - _WINDOWS:
            n = 0 - _WINDOWS
    else:
        n = 0
    r[_COUNTS + at] = n
    at += 1
    if at >= _PLACES:
        at = 0
    r[_AT] = at
    if n == _WINDOWS or n == 0 - _WINDOWS:
        return 1
    return 0


def new(limit_mhz_s, layout):
    """The kernel's array; 0 switches the element off."""
    p = array("i", bytes(4 * SIZE))
    p[_SLOT], p[_LIMIT] = layout.slot("GRID_ROCOF_MHZ_S"), limit_mhz_s
    return p
