"""The emulated chip's USB console on a pseudo-terminal, so that the real mpremote finds a board there."""

import contextlib
import os
import pty
import signal
import subprocess
import termios
import time
import tty
from collections.abc import Callable, Sequence

from tools.emulator.chip import Chip

STEP_S, IDLE_S = 0.001, 0.0005


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
            if not self._take() and not self._waiting and self.chip.mcu.core.waiting:
                time.sleep(IDLE_S)  # leave the processor to the program at the other end

    def _give(self) -> None:
        """As much as the host's buffer takes; the rest stays, as on a real bus."""
        cdc = self.chip.device.cdc
        while self._waiting and not cdc.tx_fifo.full:
            cdc.send_serial_byte(self._waiting[0])
            self._waiting = self._waiting[1:]
        cdc.flush()

    def _take(self) -> int:
        fresh = bytes(self.chip.console[self._sent :])
        self._sent += len(fresh)
        count = len(fresh)
        while fresh:
            with contextlib.suppress(BlockingIOError):
                fresh = fresh[os.write(self._master, fresh) :]
        return count

    def serve_while(
        self, command: Sequence[str], limit_s: float, kill_when: Callable[[], bool] = lambda: False
    ) -> tuple[int, str]:
        """Run a program that talks to the port: (exit code, what it said). `kill_when` ends it half way."""
        program = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
        )
        began = time.monotonic()
        while program.poll() is None:
            self.serve()
            if kill_when() or time.monotonic() - began > limit_s:
                os.killpg(program.pid, signal.SIGKILL)  # with the mpremote it started, as Ctrl-C would
        said = program.stdout.read() if program.stdout else ""
        code = program.wait()
        if code < 0:
            self.forget()
        return code, said

    def forget(self) -> None:
        """A port that is closed takes what was still on its way with it."""
        self._waiting = b""
        with contextlib.suppress(BlockingIOError):
            while os.read(self._master, 4096):
                pass
        self._sent = len(self.chip.console)
        termios.tcflush(self._slave, termios.TCIOFLUSH)

    def close(self) -> None:
        os.close(self._master)
        os.close(self._slave)
