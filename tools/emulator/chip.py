"""One emulated RP2040 with MicroPython, its file system and the parts around it, in lock step with the host.

Emulated time stands still between calls of `run`. Two runs of the same program are identical to the cycle.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tools.emulator import image, native

FS_BLOCK = 4096
SYSTICK_CVR = 0x18
PIO0, PIO_TXF0 = 0x50200, 0x10


def littlefs(files: Mapping[str, bytes], blocks: int) -> bytes:
    """A file system image of so many blocks: {path: content}, folders made as needed."""
    from littlefs import LittleFS, UserContext

    context = UserContext(buffsize=FS_BLOCK * blocks)
    fs = LittleFS(context=context, block_size=FS_BLOCK, block_count=blocks, prog_size=256, disk_version=0x00020000)
    for name, content in sorted(files.items()):
        folder = name.rpartition("/")[0]
        if folder:
            fs.makedirs(folder, exist_ok=True)
        with fs.open(name, "wb") as file:
            file.write(content)
    fs.unmount()
    return bytes(context.buffer)


class Chip:
    """A chip just switched on. `analog(channel, time_s) -> counts` is asked at the start of every conversion.

    `files` go into its file system, `slots` (ROMFS images for slot a and b) where its image keeps them.
    """

    def __init__(
        self, files: Mapping[str, bytes] | None = None, uf2: Path | None = None, slots: Sequence[bytes] = ()
    ) -> None:
        native.use()
        from rp2040py.boards import BOARDS, resolve_firmware
        from rp2040py.device import MicroPythonDevice
        from rp2040py.memory_map import FLASH_START_ADDRESS
        from rp2040py.peripherals.adc import CS_AINSEL_MASK, CS_AINSEL_SHIFT, RPADC

        from tools.emulator import core_clock, fixes, parts, pl011

        fixes.round_robin(RPADC, CS_AINSEL_MASK, CS_AINSEL_SHIFT)
        uf2 = uf2 or image.path()
        self.layout = image.layout(uf2)
        board = resolve_firmware(BOARDS["pico"], "micropython", str(uf2))
        self.device: Any = MicroPythonDevice(board=board)
        self.mcu: Any = self.device.mcu
        self.clock = self.mcu.clock
        fixes.calm_usb(self.device.cdc)
        self.core = core_clock.CoreClock(self.mcu)
        fixes.pace_pio(self.mcu, lambda: self.core.hz)
        fixes.loop_outputs_back(self.mcu)
        pl011.install(self.mcu)
        self.fram = parts.Fram(self.mcu, select_pin=17)
        self.expander = parts.Expander(self.mcu)
        self.console = bytearray()
        self.analog: Callable[[int, float], int] = lambda channel, time_s: 2048
        self.edges: list[tuple[float, int, int | None]] = []
        self.flash_writes: list[tuple[float, int]] = []
        self.resets: list[float] = []
        self.systick_reads: list[float] | None = None
        self.renewals: list[float] = []
        self._wire()
        if files is not None:
            self._burn(self.layout.files_at, littlefs(files, self.layout.files_blocks))
        for number, slot in enumerate(slots):
            self._burn(self.layout.slots_at + number * image.SLOT_BYTES, slot)
        self.mcu.core.pc = FLASH_START_ADDRESS

    def _burn(self, at: int, content: bytes) -> None:
        self.mcu.flash[at : at + len(content)] = content

    # time

    @property
    def now_s(self) -> float:
        return float(self.clock.nanos) * 1e-9

    def at(self, delay_s: float, call: Callable[[], None]) -> Any:
        """Call once after so much emulated time; the alarm can be scheduled again (nanoseconds)."""
        alarm = self.clock.create_alarm(call)
        alarm.schedule(delay_s * 1e9)
        return alarm

    def run(self, seconds: float) -> None:
        """Let so much emulated time pass."""
        simulator = self.device.simulator
        self.at(seconds, lambda: setattr(simulator, "stopped", True))
        self.core.take()
        simulator.stopped = False
        while not simulator.stopped:
            simulator._execute_batch()

    def run_until(self, done: Callable[[], bool], limit_s: float, step_s: float = 0.01) -> bool:
        """Run until `done()`, looked at every `step_s`; False if the limit passed first."""
        for _ in itertools.takewhile(lambda _: not done(), range(int(limit_s / step_s) + 1)):
            self.run(step_s)
        return done()

    def wait_for(self, text: str, limit_s: float) -> bool:
        """Run until the console has shown this text."""
        return self.run_until(lambda: text.encode() in self.console, limit_s)

    # what is wired to it

    def send(self, text: str | bytes) -> None:
        """Type on the console. The host's buffer takes 512 bytes at a time."""
        for byte in text.encode() if isinstance(text, str) else text:
            while self.device.cdc.tx_fifo.full:
                self.device.cdc.flush()
                self.run(0.0005)
            self.device.cdc.send_serial_byte(byte)
        self.device.cdc.flush()

    def drive(self, pin: int, level: bool) -> None:
        self.mcu.gpio[pin].set_input_value(level)

    def level(self, pin: int) -> int | None:
        """1 or 0 as driven by the chip, None when the chip leaves the pin alone."""
        return self._level(self.mcu.gpio[pin].value)

    def changes(self, pin: int, since_s: float = 0.0) -> list[tuple[float, int | None]]:
        """(time, level) of a pin's writes that changed it."""
        return [(time_s, level) for time_s, number, level in self.edges if number == pin and time_s >= since_s]

    @staticmethod
    def _level(state: Any) -> int | None:
        from rp2040py.gpio_pin import GPIOPinState

        return {GPIOPinState.HIGH: 1, GPIOPinState.LOW: 0}.get(state)

    def _wire(self) -> None:
        mcu = self.mcu
        self.device.cdc.on_serial_data = self.console.extend
        for number, pin in enumerate(mcu.gpio):
            pin.add_listener(self._edge(number))
        convert = mcu.adc._default_on_adc_read

        def read(channel: int) -> None:
            if channel < 4:
                mcu.adc.channel_values[channel] = self.analog(channel, self.clock.nanos * 1e-9)
            convert(channel)

        mcu.adc.on_adc_read = read
        self._watch_flash()
        self._watch_systick()
        self._watch_resets()
        self._watch_permit()

    def _edge(self, number: int) -> Callable[[Any, Any], None]:
        edges, clock, level = self.edges, self.clock, self._level
        return lambda new, old: edges.append((clock.nanos * 1e-9, number, level(new)))

    def _watch_flash(self) -> None:
        """Every erase and program of the flash, with its time and address."""
        ssi = self.mcu.ssi
        apply = ssi._apply_command

        def applied() -> None:
            if ssi._tx_buffer and ssi._write_enabled and ssi._tx_buffer[0] in (0x02, 0x20, 0xD8):
                self.flash_writes.append((self.now_s, ssi._address_from_buffer()))
            apply()

        ssi._apply_command = applied

    def _watch_systick(self) -> None:
        """The guest reads SysTick as its tick begins and ends: the host sees when. `systick_reads = []` starts it."""
        ppb, clock = self.mcu.ppb, self.clock
        read_register = ppb.read_uint32

        def read(offset: int) -> int:
            if offset == SYSTICK_CVR and self.systick_reads is not None:
                self.systick_reads.append(clock.nanos * 1e-9)
            return int(read_register(offset))

        ppb.read_uint32 = read

    def _watch_resets(self) -> None:
        """A reset releases every pin; the emulator tells no listener, so it is written down here."""
        watchdog = self.mcu.watchdog
        trigger = watchdog.on_watchdog_trigger

        def fired() -> None:
            self.resets.append(self.now_s)
            before = [self.level(pin) for pin in range(len(self.mcu.gpio))]
            trigger()
            for pin, level in enumerate(before):
                if self.level(pin) != level:
                    self.edges.append((self.now_s, pin, self.level(pin)))

        watchdog.on_watchdog_trigger = fired

    def _watch_permit(self) -> None:
        """Every word put into the permit's state machine, with its time."""
        renewals, clock = self.renewals, self.clock

        class Noted:
            """The PIO block, as the bus sees it."""

            def __init__(self, pio: Any) -> None:
                self._pio = pio

            def __getattr__(self, name: str) -> Any:
                return getattr(self._pio, name)

            def write_uint32_atomic(self, offset: int, value: int, kind: int) -> None:
                if offset == PIO_TXF0:
                    renewals.append(clock.nanos * 1e-9)
                self._pio.write_uint32_atomic(offset, value, kind)

        self.mcu.peripherals[PIO0] = Noted(self.mcu.peripherals[PIO0])
