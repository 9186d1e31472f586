"""The ESP32 board: it measures, and drives no contactor.

MicroPython has no hard timer and no converter with DMA here, so the tick is a soft one: it waits for whatever the
interpreter is doing. Its jitter is measured all the time; `claim_ms` says by how much a protection's time must be taken
as longer, and a jitter past the limit is refused service. Has not run on hardware.

Must never drive a coil: has_permit and drives_contactors are False, and outputs() keeps every pin low.
"""

import time
from array import array

import machine
from machine import ADC, Pin
from micropython import const

from firmware.board.port import CHANNELS, FRAMES_PER_TICK, RING_FRAMES, TICK_HZ, Port

_PERIOD_US = 1000000 // TICK_HZ
_JITTER_LIMIT_US = const(250)  # half a period: beyond it a tick no longer belongs to its samples
_JITTER_DECAY = const(13)  # the largest jitter is forgotten by 1/8192 a tick
_ADC_PINS = (36, 37, 38, 39)
_COIL_PINS = (25, 26, 27, 14)
_INPUT_PINS = (16, 17, 18, 19, 21, 22, 23, 32, 33)  # in the order of port.IN_*, closed = low
_WRAP = const(0x1FFFFFFF)


class Esp32Board(Port):
    """Samples are taken in the tick itself: one frame, written four times, so that the rest of the tick finds its
    four."""

    name = "esp32"

    def __init__(self):
        self._coils = [Pin(pin, Pin.OUT, value=0) for pin in _COIL_PINS]
        self._inputs = [Pin(pin, Pin.IN) for pin in _INPUT_PINS]
        self._adcs = [ADC(Pin(pin), atten=ADC.ATTN_11DB) for pin in _ADC_PINS]
        self.ring = array("H", bytes(2 * RING_FRAMES * CHANNELS))
        self._timer = machine.Timer(0)
        self._tick = None
        self._newest = 0
        self._last_us = 0
        self.jitter_us = 0  # largest of late, slowly forgotten
        self.late = 0  # ticks past the limit

    def start(self, tick):
        self._tick = tick
        self._last_us = time.ticks_us()
        self._timer.init(freq=TICK_HZ, mode=machine.Timer.PERIODIC, callback=self._soft)

    def _soft(self, timer):
        self._measure()
        self._sample()
        self._tick()

    def _measure(self):
        now = time.ticks_us()
        off = abs(time.ticks_diff(now, self._last_us) - _PERIOD_US)
        self._last_us = now
        self.jitter_us = max(off, self.jitter_us - (self.jitter_us >> _JITTER_DECAY) - 1)
        if off > _JITTER_LIMIT_US:
            self.late += 1

    def _sample(self):
        at = (self._newest % RING_FRAMES) * CHANNELS
        for channel in range(CHANNELS):
            raw = self._adcs[channel].read_u16() >> 4
            for frame in range(FRAMES_PER_TICK):
                self.ring[at + frame * CHANNELS + channel] = raw
        self._newest = (self._newest + FRAMES_PER_TICK) & _WRAP

    @property
    def may_serve(self):
        """False once the tick was later than the samples allow."""
        return self.jitter_us <= _JITTER_LIMIT_US

    def claim_ms(self, time_ms):
        """What a protection's time must be called on this board: its own, two ticks, and the jitter seen."""
        return time_ms + (2 * _PERIOD_US + self.jitter_us + 999) // 1000

    def all_off(self):
        for coil in self._coils:
            coil(0)

    def frames(self):
        return self._newest

    def inputs(self):
        bits = 0
        for i, pin in enumerate(self._inputs):
            if not pin():
                bits |= 1 << i
        return bits

    def cost(self):
        return time.ticks_us() & _WRAP

    def ticks_ms(self):
        return time.ticks_ms()

    def ticks_us(self):
        return time.ticks_us()

    def unique_id(self):
        return machine.unique_id()

    def reset_cause(self):
        causes = {machine.PWRON_RESET: "power on", machine.WDT_RESET: "watchdog", machine.SOFT_RESET: "restart"}
        return causes.get(machine.reset_cause(), "unknown")

    def stored_settings(self):
        """None: this board is put in service by nobody."""

    def watch(self, image):
        """Of use to the simulation only."""
