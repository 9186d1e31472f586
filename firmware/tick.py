"""The one control tick: samples -> sense -> protect -> transfer -> outputs, at TICK_HZ, from a hard timer interrupt.

Everything that can open or close a contactor is decided in here. It allocates nothing, waits for nothing, raises
nothing.
A tick that does not find exactly the samples it expects still decides, but does not renew the permit: after a few such
ticks the permit dies and every coil falls.
"""

import micropython
from micropython import const

from firmware.board.port import OUT_PERMIT

_WRAP = const(0x1FFFFFFF)
_STRANGE = const(1 << 29)  # port.Port.bind
_INPUTS = const(7)  # slot of the image; a test holds it against image.ROWS


class Tick:
    """`step` is the tick, to be handed to the board. Every bound method is taken beforehand: taking one inside would
    allocate, and so would a closure over more than four names."""

    def __init__(self, board, image, sense, protect, transfer, tap):
        self._image = image
        self._begin, self._drive, self._close, self._position = board.bind(image)
        self._sense, self._protect, self._transfer, self._tap = sense.step, protect.step, transfer.step, tap.step

    @micropython.native
    def step(self, timer=None):
        strange = self._begin()
        n = strange & _WRAP
        newest = self._position[0]
        self._sense(newest, n)
        self._protect(n)
        out = self._transfer(n, self._image[_INPUTS])
        if strange >= _STRANGE:
            out &= ~OUT_PERMIT
        self._drive(out)
        self._tap(n, newest)
        self._close()
