"""The simulated board: the firmware on the unix interpreter, in lock step with a plant in another process.

The plant sends a block of samples and inputs, the board runs its ticks and, between them, whatever background task is
due, and answers with the outputs of each tick. Simulated time stands still while either side computes. The tick runs
with the heap locked, so an allocation in it ends the run as it would end the tick on the chip.

Block format: tools/plant/protocol.py. This file and its two neighbours (sim_parts, sim_time) are the only ones that
differ from what runs on the chip.
"""

import os
import sys
import time as host_time  # taken before simulated time stands in for it: only to say what a tick costs this machine
from array import array
from struct import pack_into, unpack_from

import micropython
from micropython import const

from firmware.board import sim_time
from firmware.board.fram import Ram
from firmware.board.port import CHANNELS, FRAMES_PER_TICK, RING_FRAMES, TICK_HZ, Port
from firmware.board.sim_parts import FileMemory, SimConsole, SimUart

_TO_BOARD = const(0x4B4C4231)
_FROM_BOARD = const(0x4B4C4232)
_HEAD = "<IIHHHHHHI"
_HEAD_BYTES = const(24)
_TICK_US = 1000000 // TICK_HZ
_MAX_TICKS = const(64)
_TICK_HALVES = FRAMES_PER_TICK * CHANNELS  # 16-bit samples of a tick
_USUAL_TICKS = const(4)
_USUAL_BYTES = _HEAD_BYTES + _USUAL_TICKS * (2 * _TICK_HALVES + 4)
_SPINS = const(64)  # passes without a sleep after which a background that never sleeps is charged one tick


@micropython.viper
def _copy(ring: ptr16, at: int, block: ptr16, start: int, count: int):
    i = 0
    while i < count:
        ring[at + i] = block[start + i]
        i += 1


@micropython.viper
def _copy_words(to: ptr32, at: int, words: ptr32, count: int):
    i = 0
    while i < count:
        to[at + i] = words[i]
        i += 1


@micropython.viper
def _word(block: ptr32, at: int) -> int:
    return block[at]


class SimBoard(Port):
    """See the module. Environment: ISLANDER_SIM, a folder with the two pipes; ISLANDER_SETTINGS, a JSON file;
    ISLANDER_FRAM, a file that stands for the permanent memory (without it there is none)."""

    name = "sim"
    cost_unit = "us of this machine"
    has_hard_tick = True
    has_permit = True
    drives_contactors = True

    def __init__(self):
        folder = os.getenv("ISLANDER_SIM")
        if not folder:
            raise RuntimeError("the simulated board needs its plant: start it with `make run`, not by itself")
        self.ring = array("H", bytes(2 * RING_FRAMES * CHANNELS))
        self.now_us = 0
        self.block_us = 0
        self.uart_a = SimUart(self)
        self.uart_b = SimUart(self)
        self.console = SimConsole()
        memory = os.getenv("ISLANDER_FRAM")
        self.store = FileMemory(memory) if memory else Ram()
        self.has_fram = self.store.permanent
        self._tick = None
        self._image = None
        self._out = 0
        self._in = 0
        self._ticks = 0  # ticks run since the start
        self._left = 0  # ticks left in this block
        self._block = -1
        self._block_ticks = 0
        self._spins = 0
        self._newest = 0
        # Made once: an exchange that took from the heap every 2 ms would spend the run collecting it.
        self._came = b""
        self._make_room(_USUAL_BYTES)
        self._inputs_at = 0  # words before the inputs in what came
        self._outputs = array("I", bytes(4 * _MAX_TICKS))
        self._reply = bytearray(0)
        self._reply_view = memoryview(self._reply)
        if "lib" not in sys.path:
            sys.path.append("lib")
        sim_time.install(self)
        self._rx = open(folder + "/to_board", "rb")
        self._tx = open(folder + "/from_board", "wb")

    # the port

    def start(self, tick):
        self._tick = tick

    def watch(self, image):
        """Simulation only: the process image that every answer to the plant carries."""
        self._image = image

    def frames(self):
        return self._newest

    def inputs(self):
        return self._in

    def outputs(self, bits):
        self._out = bits

    def all_off(self):
        self._out = 0

    def cost(self):
        return host_time.ticks_us() & 0x1FFFFFFF

    def ticks_ms(self):
        return (self.now_us // 1000) & (sim_time.PERIOD - 1)

    def ticks_us(self):
        return self.now_us & (sim_time.PERIOD - 1)

    def seconds(self):
        """Whole simulated seconds since the start; the clock has not been set."""
        return self.now_us // 1000000

    def unique_id(self):
        return b"simulated"

    def reset_cause(self):
        return "power on"

    def stored_settings(self):
        """Text of the stored settings, or None for the factory set."""
        path = os.getenv("ISLANDER_SETTINGS")
        if not path:
            return None
        with open(path) as f:
            return f.read()

    # simulated time

    def idle_ms(self, dt):
        """The background sleeps for `dt` ms (0: something is due; -1: nothing ever is): let the world go on."""
        if dt == 0:
            self._spins += 1
            if self._spins < _SPINS:
                return
            dt = 1
        self._spins = 0
        end = self.now_us + 1000 * max(dt, 1)
        # A millisecond clock: the task is due at the first tick at which ticks_ms has advanced by dt.
        end -= end % 1000
        while self.now_us < end:
            self._one_tick()

    def block_ms(self, ms):
        """The background blocks the CPU: the ticks go on, as interrupts do."""
        end = self.now_us + 1000 * ms
        while self.now_us < end:
            self._one_tick()

    def _one_tick(self):
        if not self._left:
            if self._block >= 0:
                self._answer()
            self._receive()
        index = self._block_ticks - self._left
        at = (self._newest % RING_FRAMES) * CHANNELS
        _copy(self.ring, at, self._came, _HEAD_BYTES // 2 + index * _TICK_HALVES, _TICK_HALVES)
        self._newest = (self._newest + FRAMES_PER_TICK) & 0x1FFFFFFF
        self._in = _word(self._came, self._inputs_at + index)
        self.now_us += _TICK_US
        self._ticks += 1
        self._left -= 1
        if self._tick is not None:
            micropython.heap_lock()
            try:
                self._tick()
            finally:
                micropython.heap_unlock()
        self._outputs[index] = self._out

    def _receive(self):
        self._read(self._head)
        magic, block, ticks, frames, n_console, n_a, n_b, flags, _ = unpack_from(_HEAD, self._came)
        if magic != _TO_BOARD or block != self._block + 1 or ticks > _MAX_TICKS or frames != ticks * FRAMES_PER_TICK:
            raise RuntimeError(
                "block %d from the plant is malformed: magic %08x, number %d, %d ticks, %d frames"
                % (self._block + 1, magic, block, ticks, frames)
            )
        self._block = block
        self.block_us = self.now_us
        self._inputs_at = (_HEAD_BYTES + 2 * frames * CHANNELS) // 4
        at = 4 * (self._inputs_at + ticks)
        self._body(at + 4 * (n_a + n_b) + n_console)
        if n_a or n_b or n_console:
            self._bytes_in(self.uart_a, at, n_a)
            self._bytes_in(self.uart_b, at + 4 * n_a, n_b)
            at += 4 * (n_a + n_b)
            self.console.rx.extend(self._came[at : at + n_console])
        self._block_ticks = self._left = ticks
        if flags & 1:
            raise SystemExit(0)

    def _bytes_in(self, uart, at, n):
        for i in range(at // 4, at // 4 + n):
            word = _word(self._came, i)
            uart.deliver(word >> 8, word & 0xFF)

    def _answer(self):
        a, b, text = self.uart_a.tx, self.uart_b.tx, self.console.tx
        ticks = self._block_ticks
        words = 0 if self._image is None else len(self._image)
        size = _HEAD_BYTES + 4 * (ticks + words)
        if size != len(self._reply):
            self._reply = bytearray(size)
            self._reply_view = memoryview(self._reply)
        pack_into(_HEAD, self._reply, 0, _FROM_BOARD, self._block, ticks, words, len(text), len(a), len(b), 0, 0)
        _copy_words(self._reply, _HEAD_BYTES // 4, self._outputs, ticks)
        if words:
            _copy_words(self._reply, _HEAD_BYTES // 4 + ticks, self._image, words)
        if not (a or b or text):
            self._tx.write(self._reply_view)
            return
        self.uart_a.tx, self.uart_b.tx, self.console.tx = [], [], bytearray()
        self._tx.write(b"".join((self._reply, bytes(array("I", a)), bytes(array("I", b)), bytes(text))))

    def _body(self, end):
        """The block's bytes behind its header. One that brings UART or console bytes is longer than usual."""
        if end > len(self._came):
            self._make_room(end)
        self._read(self._usual if end == _USUAL_BYTES else memoryview(self._came)[_HEAD_BYTES:end])

    def _make_room(self, size):
        longer = bytearray(size)
        longer[: len(self._came)] = self._came
        self._came = longer
        self._head = memoryview(longer)[:_HEAD_BYTES]
        self._usual = memoryview(longer)[_HEAD_BYTES:_USUAL_BYTES]

    def _read(self, view):
        got = 0
        while got < len(view):
            n = self._rx.readinto(view[got:] if got else view)
            if not n:
                raise RuntimeError("the plant closed its pipe: the simulation is over")
            got += n
