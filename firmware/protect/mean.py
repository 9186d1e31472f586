"""The mean of ten minutes of the highest leg, renewed every three seconds (a slow 59 in the codes of 50 Hz countries).

With one leg it is that leg's mean; with more it is never below any leg's. It must never count before ten minutes are
known: MEAN10_MV is 0 until then.
"""

from array import array

import micropython
from micropython import const

_SPANS = const(200)  # of 3 s
_READINGS = const(750)  # of 4 ms
_SLOT = const(0)
_SUM = const(1)
_N = const(2)
SIZE = const(3)


@micropython.viper
def add(image: ptr32, p: ptr32, room: ptr32) -> int:
    """One reading, every 4 ms; 1 = a span of 3 s is full. Largest sum 750 * 1e6 mV. Cost: a call and 40 cycles."""
    p[_SUM] = p[_SUM] + image[p[_SLOT]]
    n = p[_N] + 1
    p[_N] = n
    if n >= _READINGS:
        return 1
    return 0


class Spans:
    """The ring of spans."""

    def __init__(self, image, p, layout):
        self._image, self._p, self._out = image, p, layout.slot("MEAN10_MV")
        self._ring = array("i", bytes(4 * _SPANS))
        self._own = array("i", (0, 0, 0))  # place, sum of the ring, spans known

    @micropython.native
    def close(self):
        """(tick) A span is full: put it into the ring, write the mean."""
        p = self._p
        ring = self._ring
        own = self._own
        mean = p[_SUM] // _READINGS
        p[_SUM] = 0
        p[_N] = 0
        at = own[0]
        own[1] += mean - ring[at]
        ring[at] = mean
        at += 1
        if at >= _SPANS:
            at = 0
        own[0] = at
        if own[2] < _SPANS:
            own[2] += 1
        if own[2] >= _SPANS:
            self._image[self._out] = own[1] // _SPANS


def new(layout):
    """The kernel's array."""
    p = array("i", bytes(4 * SIZE))
    p[_SLOT] = layout.slot("GRID_MAX_MV")
    return p
