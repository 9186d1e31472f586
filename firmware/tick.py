"""The one control tick: samples -> sense -> protect -> transfer -> outputs, at TICK_HZ, from a hard timer interrupt.

Everything that can open or close a contactor is decided in here. It allocates nothing, waits for nothing, raises nothing.
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


def make_tick(board, image, sense, protect, transfer, tap):
    """The tick as one callable, every bound method taken beforehand: taking one inside would allocate."""
    own = array("i", (board.frames() & _WRAP, 0, 0))
    frames, inputs, outputs, cost = board.frames, board.inputs, board.outputs, board.cost
    sense_step, protect_step, transfer_step, tap_step = sense.step, protect.step, transfer.step, tap.step

    @micropython.native
    def tick(timer=None):
        began = cost()
        newest = frames()
        n = _begin(image, own, newest, FRAMES_PER_TICK)
        bits = inputs()
        image[_INPUTS] = bits
        whole = n < _STRANGE
        n &= _WRAP
        sense_step(newest, n)
        protect_step(n)
        out = transfer_step(n, bits)
        if not whole:
            out &= ~OUT_PERMIT
        outputs(out)
        image[_OUTPUTS] = out
        tap_step(n)
        _end(image, (cost() - began) & _WRAP)

    return tick
