"""The console on the chip's USB. Reading never waits; writing waits half a second at most when nobody reads."""

import select
import sys


class UsbConsole:
    """any() -> int (0 or 1: the port tells no more), read(n) -> bytes, write(bytes)."""

    def __init__(self):
        self._poll = select.poll()
        self._poll.register(sys.stdin, select.POLLIN)
        self._in = sys.stdin.buffer
        self._out = sys.stdout.buffer

    def any(self):
        return 1 if self._poll.poll(0) else 0

    def read(self, n):
        got = bytearray()
        while len(got) < n and self._poll.poll(0):
            got += self._in.read(1)
        return bytes(got)

    def write(self, data):
        return self._out.write(data)
