"""A pseudo-terminal that other programs may open, and that never holds the simulation up."""

import contextlib
import os
import pty
import tty
from pathlib import Path

KEPT = 65536  # bytes kept for a reader in this process


class Terminal:
    """`link` points at the terminal; without a reader what is written to it is dropped when its buffer is full."""

    def __init__(self, link):
        self.link = Path(link)
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.link.parent.mkdir(parents=True, exist_ok=True)
        self.link.unlink(missing_ok=True)
        self.link.symlink_to(os.ttyname(self._slave))
        self._in = bytearray()
        self._out = bytearray()

    def send(self, data):
        """From this process, as if typed."""
        self._in += data

    def take(self, most):
        """What was typed, here or at the terminal, at most so many bytes."""
        with contextlib.suppress(BlockingIOError, OSError):
            self._in += os.read(self._master, 4096)
        part, self._in = bytes(self._in[:most]), self._in[most:]
        return part

    def show(self, data):
        """What the firmware said: to the terminal and to `read`."""
        if not data:
            return
        self._out = (self._out + data)[-KEPT:]
        with contextlib.suppress(BlockingIOError, OSError):
            os.write(self._master, data)

    def read(self):
        """All the firmware has said since the last call."""
        data, self._out = bytes(self._out), bytearray()
        return data

    def close(self):
        if self._master < 0:
            return
        self.link.unlink(missing_ok=True)
        os.close(self._master)
        os.close(self._slave)
        self._master = -1
