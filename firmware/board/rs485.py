"""A UART behind an RS-485 driver. `write` takes the bus; the tick gives it back when the last stop bit has left.

The tick looks every 500 us, well inside the 1.75 ms of silence that Modbus grants the shortest turn-round.
Must never drop the driver before the frame's own time is over, nor keep it longer than one tick after it.
"""

import machine
from machine import Pin
from micropython import const

from firmware.board.port import TICK_HZ

_FLAGS = const(0x18)
_BUFFER = const(512)
_BITS = const(10)  # a character, 8N1
_LONG = const(1 << 20)  # ticks
_BASES = (0x40034000, 0x40038000)
# this module's part of the board's registers, for each UART
LEFT = const(0)  # ticks the frame still takes, 0 = the bus is not ours
FLAGS = const(1)  # address of the UART's flag register
DRIVER = const(2)  # mask of the DE pin
REGISTERS = const(3)


class Rs485:
    """any() -> int, readinto(buf) -> int, write(buf), txdone() -> bool, init(baud)."""

    def __init__(self, number, pins, driver, registers, at, baud=9600):
        self._number = number
        self._pins = pins
        self._driver = Pin(driver, Pin.OUT, value=0)
        self._registers = registers
        self._at = at
        registers[at + LEFT] = 0
        registers[at + FLAGS] = _BASES[number] + _FLAGS
        registers[at + DRIVER] = 1 << driver
        self._uart = None
        self.init(baud)

    def init(self, baud):
        """Set the rate; 8N1."""
        tx, rx = self._pins
        self.baud = baud
        self._uart = machine.UART(
            self._number, baud, tx=Pin(tx), rx=Pin(rx), timeout=0, timeout_char=0, rxbuf=_BUFFER, txbuf=_BUFFER
        )

    def any(self):
        return self._uart.any()

    def readinto(self, buf):
        count = min(self._uart.any(), len(buf))
        return (self._uart.readinto(buf, count) or 0) if count else 0

    def write(self, buf):
        """Take the bus and begin to send. A frame longer than the buffer waits for room."""
        registers, left = self._registers, self._at + LEFT
        before = registers[left]
        registers[left] = _LONG  # the tick must not give the bus back between these lines
        self._driver(1)
        count = self._uart.write(buf)
        registers[left] = before + 1 + len(buf) * _BITS * TICK_HZ // self.baud
        return count

    def txdone(self):
        """The last stop bit has left and the driver is off the bus."""
        return self._registers[self._at + LEFT] == 0
