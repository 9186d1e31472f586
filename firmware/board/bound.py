"""The tick's first and last acts, made of a board's single calls: for boards without kernels of their own for it.

The chip's own are in kernels_rp2040.py and do the same; host_tests/emulator/test_bound.py holds the two together.
"""

from array import array

import micropython
from micropython import const

from firmware.board.port import FRAMES_PER_TICK

_WRAP = const(0x1FFFFFFF)
_STRANGE = const(1 << 29)
_TICKS_S = const(2000)  # port.TICK_HZ, inlined; a test holds the two together
# The first slots of the image, written by the tick itself; the same test holds them against image.ROWS.
_SEQ = const(0)
_TICK = const(1)
_UPTIME_S = const(2)
_UPTIME_MS = const(3)
_COST = const(4)
_COST_MAX = const(5)
_BAD = const(6)
_INPUTS = const(7)
_OUTPUTS = const(8)
# Its own memory; the first item is what `position` shows.
_LAST_FRAME = const(0)
_SUB = const(1)  # ticks within this second
_STARTED = const(2)
_BEGAN = const(3)


@micropython.viper
def _begin(image: ptr32, own: ptr32, newest: int, wanted: int) -> int:
    """Open the image for writing; count time and samples."""
    image[_SEQ] = (image[_SEQ] + 1) & _WRAP
    n = (image[_TICK] + 1) & _WRAP
    image[_TICK] = n
    sub = own[_SUB] + 1
    if sub >= _TICKS_S:
        sub = 0
        image[_UPTIME_S] = (image[_UPTIME_S] + 1) & _WRAP
    own[_SUB] = sub
    image[_UPTIME_MS] = sub >> 1
    fresh = (newest - own[_LAST_FRAME]) & _WRAP
    own[_LAST_FRAME] = newest
    if fresh == wanted:
        own[_STARTED] = 1
        return n
    if own[_STARTED] == 1:  # the very first tick may find any number
        image[_BAD] = (image[_BAD] + 1) & _WRAP
    own[_STARTED] = 1
    return n | _STRANGE


@micropython.viper
def _close(image: ptr32, cost: int):
    """Close the image: it is whole again."""
    image[_COST] = cost
    if cost > image[_COST_MAX]:
        image[_COST_MAX] = cost
    image[_SEQ] = (image[_SEQ] + 1) & _WRAP


class Bound:
    """`begin`, `drive`, `close`: see port.Port.bind. Every bound method of the board is taken beforehand: taking one in
    the tick would allocate."""

    def __init__(self, board, image):
        self.position = array("i", (board.frames() & _WRAP, 0, 0, 0))
        self._image = image
        self._frames, self._inputs, self._outputs, self._cost = board.frames, board.inputs, board.outputs, board.cost

    @micropython.native
    def begin(self):
        """The tick's number, plus bit 29 when the new frames are not exactly one tick's worth."""
        own = self.position
        own[_BEGAN] = self._cost()
        n = _begin(self._image, own, self._frames(), FRAMES_PER_TICK)
        self._image[_INPUTS] = self._inputs()
        return n

    @micropython.native
    def drive(self, bits):
        """Drive OUT_* bits."""
        self._outputs(bits)
        self._image[_OUTPUTS] = bits

    @micropython.native
    def close(self):
        """The image is whole again, the tick's cost in it."""
        _close(self._image, (self._cost() - self.position[_BEGAN]) & _WRAP)
