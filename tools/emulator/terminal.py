"""The emulated chip's USB console on a pseudo-terminal, so that the real mpremote finds a board there."""

import contextlib
import os
import pty
import subprocess
import time
import tty
from collections.abc import Sequence

from tools.emulator.chip import Chip

STEP_S = 0.001


class Terminal:
    """`path` is the port. `serve` lets emulated time pass and carries bytes both ways."""

    def __init__(self, chip: Chip) -> None:
        self.chip = chip
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path = os.ttyname(self._slave)
        self._sent = len(chip.console)
        self._waiting = b""

    def serve(self, seconds: float = STEP_S) -> None:
        for _ in range(max(1, int(seconds / STEP_S))):
            with contextlib.suppress(BlockingIOError):
                self._waiting += os.read(self._master, 4096)
            self._give()
            self.chip.run(STEP_S)
            self._take()

    def _give(self) -> None:
        """As much as the host's buffer takes; the rest stays, as on a real bus."""
        cdc = self.chip.device.cdc
        while self._waiting and not cdc.tx_fifo.full:
            cdc.send_serial_byte(self._waiting[0])
            self._waiting = self._waiting[1:]
        cdc.flush()

    def _take(self) -> None:
        fresh = bytes(self.chip.console[self._sent :])
        self._sent += len(fresh)
        while fresh:
            with contextlib.suppress(BlockingIOError):
                fresh = fresh[os.write(self._master, fresh) :]

    def serve_while(self, command: Sequence[str], limit_s: float, kill_after_s: float | None = None) -> tuple[int, str]:
        """Run a program that talks to the port: (exit code, what it said). `kill_after_s` ends it half way."""
        program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        began = time.monotonic()
        while program.poll() is None:
            self.serve()
            spent = time.monotonic() - began
            if spent > limit_s or (kill_after_s is not None and spent > kill_after_s):
                program.kill()
        said = program.stdout.read() if program.stdout else ""
        return program.wait(), said

    def close(self) -> None:
        os.close(self._master)
        os.close(self._slave)
