"""Where events and 86 are kept: 512 KB of FRAM on SPI, or a little RAM when none answers.

FRAM takes a byte as fast as the bus brings it, and for ever; a flash erase would stop the processor for tens of ms.
Must never be used from the tick: a transfer waits for the bus.
"""

from micropython import const

_WREN = b"\x06"
_WRDI = b"\x04"
_READ = const(0x03)
_WRITE = const(0x02)
_STATUS = b"\x05\x00"
_LATCH = const(2)  # write enable latch in the status register
SIZE = const(512 * 1024)
RAM_SIZE = const(4096)


class Fram:
    """`read(at, buf)`, `write(at, buf)`, `size`; `permanent` says whether a power failure spares it."""

    permanent = True
    size = SIZE

    def __init__(self, spi, select):
        self._spi = spi
        self._select = select
        self._head = bytearray(4)
        select(1)

    def answers(self):
        """The write enable latch can be set and cleared: a live part, not a floating bus."""
        self._command(_WREN)
        latched = self._status()
        self._command(_WRDI)
        return bool(latched & _LATCH) and latched != 0xFF and not self._status() & _LATCH

    def read(self, at, buf):
        self._begin(_READ, at, len(buf))
        self._spi.readinto(buf)
        self._select(1)

    def write(self, at, buf):
        self._command(_WREN)
        self._begin(_WRITE, at, len(buf))
        self._spi.write(buf)
        self._select(1)

    def _begin(self, command, at, count):
        _check(at, count, SIZE)
        head = self._head
        head[0], head[1], head[2], head[3] = command, at >> 16, (at >> 8) & 0xFF, at & 0xFF
        self._select(0)
        self._spi.write(head)

    def _command(self, command):
        self._select(0)
        self._spi.write(command)
        self._select(1)

    def _status(self):
        answer = bytearray(2)
        self._select(0)
        self._spi.write_readinto(_STATUS, answer)
        self._select(1)
        return answer[1]


class Ram:
    """The same calls over a little RAM: what is in it is gone with the power."""

    permanent = False

    def __init__(self, size=RAM_SIZE):
        self.size = size
        self._bytes = bytearray(size)

    def read(self, at, buf):
        _check(at, len(buf), self.size)
        buf[:] = memoryview(self._bytes)[at : at + len(buf)]

    def write(self, at, buf):
        _check(at, len(buf), self.size)
        memoryview(self._bytes)[at : at + len(buf)] = buf


def _check(at, count, size):
    if at < 0 or at + count > size:
        raise ValueError("store: %d bytes at %d; allowed 0..%d" % (count, at, size))


def make_store(spi, select):
    """The FRAM if one answers, else the RAM."""
    fram = Fram(spi, select)
    return fram if fram.answers() else Ram()
