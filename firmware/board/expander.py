"""The slow signals on an I2C port expander: load-shed relays, lamps, service key, reset button.

All its pins are inputs at power-up, and the relay drivers pull down: nothing is shed and no lamp is lit until told.
Must never be used from the tick, and nothing that can open or close a contactor may hang on it.
"""

from micropython import const

ADDRESS = const(0x20)
_INPUT = const(0)
_OUTPUT = const(1)
_CONFIG = const(3)  # 1 = input
_OUTPUTS = const(0x1F)  # shed 1..3, lamp live, lamp alarm on pins 0..4, in the order of port.OUT_SHED_1..
_KEY_SHIFT = const(5)  # service key and reset button on pins 5 and 6, closed = low
_KEYS = const(3)


class Expander:
    """`exchange(outputs)` writes the five outputs and returns the two inputs, 1 = closed."""

    def __init__(self, bus, address=ADDRESS):
        self._bus = bus
        self._address = address
        self._in = bytearray(1)
        self._out = bytearray(1)
        self._driven = -1
        self.there = False
        self.faults = 0

    def exchange(self, outputs):
        """Bits of the inputs; 0 (open) when it does not answer, and `there` says so."""
        try:
            if not self.there:
                self._put(_OUTPUT, outputs)
                self._put(_CONFIG, 0xFF ^ _OUTPUTS)
            elif outputs != self._driven:
                self._put(_OUTPUT, outputs)
            self._driven = outputs
            self._bus.readfrom_mem_into(self._address, _INPUT, self._in)
        except OSError:
            self.faults += self.there
            self.there = False
            return 0
        self.there = True
        return ~(self._in[0] >> _KEY_SHIFT) & _KEYS

    def _put(self, register, value):
        self._out[0] = value & 0xFF
        self._bus.writeto_mem(self._address, register, self._out)
