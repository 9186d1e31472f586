"""The one control tick: samples -> sense -> protect -> transfer -> outputs, at TICK_HZ, from a hard timer interrupt.

Everything that can open or close a contactor is decided in here. It allocates nothing, waits for nothing, raises
nothing.
A tick that does not find exactly the samples it expects still decides, but does not renew the permit: after a few such
ticks the permit dies and every coil falls.
"""

from array import array

import micropython
from micropython import const

from firmware.board.port import FRAMES_PER_TICK, OUT_PERMIT

_WRAP = const(0x1FFFFFFF)
_STRANGE = const(1 << 29)
_TICKS_S = const(2000)  # port.TICK_HZ, inlined; a test holds the two together
# The first slots of the image, written here alone; the same test holds them against image.ROWS.
_SEQ = const(0)
_TICK = const(1)
_UPTIME_S = const(2)
_UPTIME_MS = const(3)
_COST = const(4)
_COST_MAX = const(5)
_BAD = const(6)
_INPUTS = const(7)
_OUTPUTS = const(8)
# The tick's own memory.
_LAST_FRAME = const(0)
_SUB = const(1)  # ticks within this second
_STARTED = const(2)


@micropython.viper
def _begin(image: ptr32, own: ptr32, newest: int, wanted: int) -> int:
    """Open the image for writing; count time and samples.

    Returns the tick's number, plus bit 29 when the new frames are not exactly one tick's worth.
    """
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
def _end(image: ptr32, cost: int):
    """Close the image: it is whole again."""
    image[_COST] = cost
    if cost > image[_COST_MAX]:
        image[_COST_MAX] = cost
    image[_SEQ] = (image[_SEQ] + 1) & _WRAP


class Tick:
    """`step` is the tick, to be handed to the board. Every bound method is taken beforehand: taking one inside would
    allocate, and so would a closure over more than four names."""

    def __init__(self, board, image, sense, protect, transfer, tap):
        self._own = array("i", (board.frames() & _WRAP, 0, 0))
        self._image = image
        self._frames, self._inputs, self._outputs, self._cost = board.frames, board.inputs, board.outputs, board.cost
        self._sense, self._protect, self._transfer, self._tap = sense.step, protect.step, transfer.step, tap.step

    @micropython.native
    def step(self, timer=None):
        image = self._image
        began = self._cost()
        newest = self._frames()
        n = _begin(image, self._own, newest, FRAMES_PER_TICK)
        bits = self._inputs()
        image[_INPUTS] = bits
        whole = n < _STRANGE
        n &= _WRAP
        self._sense(newest, n)
        self._protect(n)
        out = self._transfer(n, bits)
        if not whole:
            out &= ~OUT_PERMIT
        self._outputs(out)
        image[_OUTPUTS] = out
        self._tap(n, newest)
        _end(image, (self._cost() - began) & _WRAP)
