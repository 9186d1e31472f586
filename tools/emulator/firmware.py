"""The firmware on the emulated chip in the place of the simulated board: the same plant, the same scenarios, lock step.

tools/plant/world.py takes it as `make_firmware`. Samples go into the converter one conversion at a time, contacts to
the pins, bytes to the UARTs at their baud rate; what comes back is read off the pins, the wire, and the process image
in RAM.
"""

from pathlib import Path
from typing import Any

import numpy as np

from firmware.board import port
from tools.emulator import deployed
from tools.plant import protocol
from tools.plant.firmware import FirmwareDied
from tools.plant.names import IMAGE_LEN, SLOTS

TICK_S = 500e-6
BOOT_S = 15.0  # longest start that is waited for
SRAM = 0x20000000
COILS = 3  # GPIO of the first coil
PERMIT_HOLD_S = 4.1e-3
# (port bit, GPIO); closed = low
CONTACTS = tuple(zip(range(5), range(11, 16), strict=True)) + tuple(zip(range(5, 9), range(22, 26), strict=True))
KEYS = ((port.IN_SERVICE_KEY, 5), (port.IN_RESET_BUTTON, 6))  # pins of the expander


class EmulatedFirmware:
    """`exchange` a block of four ticks; `stop`. The chip's own measurements stay in `chip`."""

    def __init__(self, run_dir: Path | str, settings_path: Path | str, image_dir: Path) -> None:
        settings = Path(settings_path).read_bytes() if Path(settings_path).is_file() else b"{}"
        self.chip = deployed.chip(image_dir, settings)
        self.samples: list[int] = []
        self._shown = 0
        self._sent: tuple[list[tuple[float, int]], list[tuple[float, int]]] = ([], [])
        self.block_s = 0.0
        self.boot_s = 0.0
        self.starved = self._owed = 0
        self._last = [2048] * port.CHANNELS
        self.chip.analog = self._idle
        self._conversions = 0
        for number, sent in enumerate(self._sent):
            self.chip.mcu.uart[number].on_byte = self._noter(number, sent)

    def _noter(self, number: int, sent: list[tuple[float, int]]) -> Any:
        uart = self.chip.mcu.uart[number]
        return lambda byte: sent.append((self.chip.now_s - uart.byte_ns * 1e-9, byte))

    def _idle(self, channel: int, time_s: float) -> int:
        self._conversions = channel + 1
        return 2048

    def _next(self, channel: int, time_s: float) -> int:
        if not self.samples:  # a conversion a hair before its block: the channel's last value, and the block owes one
            self.starved += 1
            self._owed += 1
            return self._last[channel]
        self._last[channel] = self.samples.pop(0)
        return self._last[channel]

    def _boot(self, inputs: int) -> None:
        """To the first tick, with dead lines and the first block's contacts; then to the end of a frame, where that
        block begins."""
        chip = self.chip
        self._contacts(inputs)
        if not chip.run_until(lambda: self._image()[SLOTS["TICK"]] > 0, BOOT_S, 0.001):
            said = chip.console.decode(errors="replace")[-600:]
            raise FirmwareDied("no tick within %.0f s of power-up; the console says:\n%s" % (BOOT_S, said))
        self.boot_s = chip.now_s
        while self._conversions != port.CHANNELS:
            chip.run(5e-6)
        chip.analog = self._next

    def exchange(self, data: bytes, block: int) -> protocol.Answer:
        """One block: n ticks of samples, inputs and bytes in; outputs, image and bytes out."""
        head = protocol.HEAD.unpack_from(data)
        ticks, frames, n_console, n_a, n_b = head[2:7]
        at = protocol.HEAD.size
        self.samples.extend(np.frombuffer(data, "<u2", frames * port.CHANNELS, at).tolist())
        at += 2 * frames * port.CHANNELS
        inputs = np.frombuffer(data, "<u4", ticks, at).tolist()
        at += 4 * ticks
        if not self.boot_s:
            self._boot(inputs[0])
        words = np.frombuffer(data, "<u4", n_a + n_b, at).tolist()
        while self._owed and self.samples:
            self.samples.pop(0)
            self._owed -= 1
        self.block_s = self.chip.now_s
        for number, mine in ((0, words[:n_a]), (1, words[n_a:])):
            for word in mine:
                self._deliver(number, (word >> 8) * 1e-6, word & 0xFF)
        if n_console:
            self.chip.send(data[at + 4 * (n_a + n_b) :])
        outputs = [self._tick(bits, self.block_s + (i + 1) * TICK_S) for i, bits in enumerate(inputs)]
        return self._answer(block, outputs)

    def _deliver(self, number: int, offset_s: float, byte: int) -> None:
        uart = self.chip.mcu.uart[number]
        start = offset_s - uart.byte_ns * 1e-9
        self.chip.at(max(start, 0.0), lambda: uart.feed((byte,)))

    def _contacts(self, bits: int) -> None:
        for bit, pin in CONTACTS:
            self.chip.drive(pin, not bits >> bit & 1)
        keys = sum(1 << pin for bit, pin in KEYS if bits & bit)
        self.chip.expander.pins_in = 0xFF & ~keys

    def _tick(self, bits: int, end_s: float) -> int:
        self._contacts(bits)
        self.chip.run(max(end_s - self.chip.now_s, 1e-7))
        return self._outputs()

    def _outputs(self) -> int:
        """What the coils get: nothing without a living permit."""
        renewed = bool(self.chip.renewals) and self.chip.now_s - self.chip.renewals[-1] < PERMIT_HOLD_S
        coils = sum(1 << i for i in range(4) if self.chip.level(COILS + i))
        slow = (self.chip.expander.outputs & 0x1F) << 4
        return coils | slow | (port.OUT_PERMIT if renewed else 0)

    def _answer(self, block: int, outputs: list[int]) -> protocol.Answer:
        chip = self.chip
        image = self._image()
        sent = []
        for line in self._sent:
            sent.append([(max(0, round((time_s - self.block_s) * 1e6)), byte) for time_s, byte in line])
            line.clear()
        text = bytes(chip.console[self._shown :])
        self._shown += len(text)
        outputs_array = np.array(outputs, np.uint32)
        return protocol.Answer(block, outputs_array, image, sent[0], sent[1], text[: protocol.MOST_CONSOLE])

    def _image(self) -> np.ndarray:
        """The process image, where the firmware said it lies; zeros before it did."""
        at = self.chip.mcu.watchdog.scratch_data[2] - SRAM
        if not 0 <= at < 0x40000:
            return np.zeros(IMAGE_LEN, np.int32)
        return np.frombuffer(bytes(self.chip.mcu.sram[at : at + 4 * IMAGE_LEN]), "<i4").astype(np.int32)

    def stop(self) -> None:
        """Nothing runs outside this process."""
