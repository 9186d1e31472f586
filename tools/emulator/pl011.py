"""The chip's UART with its real timing: FIFOs, levels, receive time-out, and a shift register that takes its time.

The emulator's own model sends a byte in no time and interrupts at levels the PL011 does not have; MicroPython's driver,
and the turn-round of an RS-485 driver, depend on both.
"""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from rp2040py.peripherals.uart import RPUART

PERI_HZ = 48_000_000  # MicroPython runs clk_peri from the USB PLL
BASES = (0x40034, 0x40038)
DEPTH = 32
LEVELS = (4, 8, 16, 24, 28)
RX, TX, TIMEOUT = 1 << 4, 1 << 5, 1 << 6
BUSY, RX_EMPTY, TX_FULL, RX_FULL, TX_EMPTY = 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7
DR, FR, IFLS, RSR, DMACR = 0x00, 0x18, 0x34, 0x04, 0x48


class Pl011(RPUART):
    """`on_byte(b)` is called when the stop bit has left the pin; `feed(bytes)` arrives at the guest's baud rate."""

    def __init__(self, old: Any) -> None:
        super().__init__(old.rp2040, old.name, old.irq, old.dreq)
        clock = old.rp2040.clock
        self.on_byte: Callable[[int], None] | None = None
        self.overruns = 0
        self._ifls = 0x12
        self._queue: deque[int] = deque()
        self._shift: int | None = None
        self._line: deque[int] = deque()
        self._line_busy = False
        self._sent = clock.create_alarm(self._on_sent)
        self._came = clock.create_alarm(self._on_came)
        self._quiet = clock.create_alarm(self._on_quiet)

    @property
    def byte_ns(self) -> float:
        bits = 10 + bool(self._line_ctrl_register & 8) + bool(self._line_ctrl_register & 2)
        divider = self._int_divisor + self._frac_divisor / 64
        return bits * 16 * divider / PERI_HZ * 1e9 if divider else 1e5

    @property
    def flags(self) -> int:
        return (
            (0 if self._queue else TX_EMPTY)
            | (RX_FULL if self.rx_fifo.full else 0)
            | (TX_FULL if len(self._queue) >= DEPTH else 0)
            | (RX_EMPTY if self.rx_fifo.empty else 0)
            | (BUSY if self._shift is not None or self._queue else 0)
        )

    def reset(self) -> None:
        super().reset()
        self._queue.clear()
        self._line.clear()
        self._shift, self._line_busy = None, False
        for alarm in (self._sent, self._came, self._quiet):
            alarm.cancel()

    def check_interrupts(self) -> None:
        self.rp2040.set_interrupt(self.irq, bool(self._interrupt_status & self._interrupt_mask))

    def feed(self, data: Iterable[int]) -> None:
        """Bytes on the wire towards the guest, one after the other without a gap."""
        self._line.extend(data)
        if self._line and not self._line_busy:
            self._line_busy = True
            self._came.schedule(self.byte_ns)

    def _start(self) -> None:
        self._shift = self._queue.popleft()
        self._sent.schedule(self.byte_ns)
        if len(self._queue) == LEVELS[min(self._ifls & 7, 4)]:
            self._interrupt_status |= TX
        self.check_interrupts()

    def _on_sent(self) -> None:
        byte, self._shift = self._shift, None
        if self._queue:
            self._start()
        else:
            self._interrupt_status |= TX
            self.check_interrupts()
        if self.on_byte and byte is not None:
            self.on_byte(byte)

    def _on_came(self) -> None:
        byte = self._line.popleft()
        self._line_busy = bool(self._line)
        if self._line_busy:
            self._came.schedule(self.byte_ns)
        if not (self.enabled and self.rx_enabled):
            return
        if self.rx_fifo.full:
            self.overruns += 1
            return
        self.rx_fifo.push(byte)
        if self.rx_fifo.item_count >= self._rx_level():
            self._interrupt_status |= RX
        self._quiet.schedule(self.byte_ns * 3.2)
        self.check_interrupts()

    def _on_quiet(self) -> None:
        if not self.rx_fifo.empty:
            self._interrupt_status |= TIMEOUT
            self.check_interrupts()

    def _rx_level(self) -> int:
        return LEVELS[min((self._ifls >> 3) & 7, 4)] if self.fifos_enabled else 1

    def read_uint32(self, offset: int) -> int:
        if offset == DR:
            byte = self.rx_fifo.pull()
            if self.rx_fifo.item_count < self._rx_level():
                self._interrupt_status &= ~RX
            if self.rx_fifo.empty:
                self._interrupt_status &= ~TIMEOUT
            self.check_interrupts()
            return int(byte)
        if offset == IFLS:
            return self._ifls
        return 0 if offset in (RSR, DMACR) else int(super().read_uint32(offset))

    def write_uint32(self, offset: int, value: int) -> None:
        if offset == DR:
            if len(self._queue) < DEPTH:
                self._queue.append(value & 0xFF)
            self._interrupt_status &= ~TX
            if self._shift is None:
                self._start()
        elif offset == IFLS:
            self._ifls = value & 0x3F
        elif offset not in (RSR, DMACR):
            super().write_uint32(offset, value)


def install(mcu: Any) -> None:
    """Both UARTs of a chip, before it is booted."""
    mcu.clk_peri = PERI_HZ
    for number, base in enumerate(BASES):
        uart = Pl011(mcu.uart[number])
        mcu.uart[number] = uart
        mcu.peripherals[base] = uart
