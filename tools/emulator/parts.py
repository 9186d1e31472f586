"""The parts around the chip on the reference board: FRAM on SPI, port expander on I2C."""

from typing import Any

FRAM_BYTES = 512 * 1024
WREN, WRDI, RDSR, READ, WRITE = 0x06, 0x04, 0x05, 0x03, 0x02
BUS_HZ = 48_000_000


class Fram:
    """512 KB on SPI0. `absent` answers with a floating bus. A write needs its enable first, as in the part."""

    def __init__(self, mcu: Any, select_pin: int) -> None:
        self.memory = bytearray(FRAM_BYTES)
        self.absent = False
        self.writes = 0
        self._enabled = False
        self._said: list[int] = []
        self._spi = mcu.spi[0]
        self._answer = 0xFF
        self._alarm = mcu.clock.create_alarm(lambda: self._spi.complete_transmit(self._answer))
        self._select = mcu.gpio[select_pin]
        self._select.add_listener(self._selected)
        self._spi.on_transmit = self._byte

    def _selected(self, new: Any, _old: Any) -> None:
        from rp2040py.gpio_pin import GPIOPinState

        if self._said and self._said[0] == WRITE and new != GPIOPinState.LOW:
            self._enabled = False
        self._said = []

    def _byte(self, value: int) -> None:
        self._answer = 0xFF if self.absent else self._talk(value)
        self._alarm.schedule(8e9 / self._spi.clock_frequency if self._spi.clock_frequency else 1000)

    def _talk(self, value: int) -> int:
        said = self._said
        said.append(value)
        command = said[0]
        if len(said) == 1:
            self._enabled = command == WREN or (self._enabled and command != WRDI)
            return 0xFF
        if command == RDSR:
            return 2 if self._enabled else 0
        if len(said) <= 4:
            return 0xFF
        at = ((said[1] << 16 | said[2] << 8 | said[3]) + len(said) - 5) % FRAM_BYTES
        if command == READ:
            return self.memory[at]
        if command == WRITE and self._enabled:
            self.memory[at] = value
            self.writes += 1
        return 0xFF


class Expander:
    """Eight pins on I2C0: input, output, polarity, configuration (1 = input). All inputs at power-up."""

    def __init__(self, mcu: Any, address: int = 0x20) -> None:
        self.registers = [0xFF, 0xFF, 0x00, 0xFF]
        self.pins_in = 0xFF  # pulled up: no contact closed
        self.absent = False
        self._address = address
        self._pointer: int | None = None
        self._at = 0
        self._bus = mcu.i2c[0]
        self._bus.on_connect = self._connect
        self._bus.on_write_byte = self._write
        self._bus.on_read_byte = self._read

    @property
    def outputs(self) -> int:
        """Pins driven high."""
        return self.registers[1] & ~self.registers[3] & 0xFF

    def _connect(self, address: int, mode: Any) -> None:
        self._pointer = None
        self._bus.complete_connect(address == self._address and not self.absent)

    def _write(self, value: int) -> None:
        if self._pointer is None:
            self._pointer = self._at = value & 3
        elif self._at:
            self.registers[self._at] = value
        self._bus.complete_write(True)

    def _read(self, _ack: bool) -> None:
        value = self.registers[self._at]
        if self._at == 0:
            driven = ~self.registers[3] & 0xFF
            value = (self.registers[1] & driven) | (self.pins_in & ~driven & 0xFF)
        self._bus.complete_read(value)
