"""A pseudo-terminal that other programs may open, and that never holds the simulation up."""

import contextlib
import os
import pty
import time
import tty
from pathlib import Path

KEPT = 65536  # bytes kept for a reader in this process
POLL_EVERY = 4  # takes: nobody feels the 8 ms, and a block that has nothing to ask the kernel for is cheaper
PATIENCE_S = 1.0  # real time: a reader that took nothing for so long is none


class Terminal:
    """`link` points at the terminal. What a slow reader has not taken yet waits for it, as on USB; without a reader it
    is dropped when the terminal's own buffer is full."""

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
        self._unsent, self._taken_at = bytearray(), 0.0
        self._until_poll = 1

    def send(self, data):
        """From this process, as if typed."""
        self._in += data

    def take(self, most):
        """What was typed, here or at the terminal, at most so many bytes."""
        if self._unsent:
            self._offer()
        self._until_poll -= 1
        if not self._until_poll:
            self._poll()
        if not self._in:
            return b""
        part, self._in = bytes(self._in[:most]), self._in[most:]
        return part

    def _poll(self):
        """What was typed at the terminal; while somebody types, every take looks."""
        self._until_poll = POLL_EVERY
        with contextlib.suppress(BlockingIOError, OSError):
            self._in += os.read(self._master, 4096)
            self._until_poll = 1

    def show(self, data):
        """What the firmware said: to the terminal and to `read`."""
        if not data:
            return
        self._out = (self._out + data)[-KEPT:]
        if not self._unsent:
            self._taken_at = time.monotonic()
        self._unsent += data
        self._offer()

    def _offer(self):
        """To the terminal, as much as it takes."""
        if not self._unsent:
            return
        now = time.monotonic()
        with contextlib.suppress(BlockingIOError, OSError):
            taken = os.write(self._master, self._unsent)
            del self._unsent[:taken]
            self._taken_at = now
        if now - self._taken_at > PATIENCE_S or len(self._unsent) > KEPT:
            self._unsent.clear()

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
