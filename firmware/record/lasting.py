"""What must outlive a power failure besides settings and events: the lockout 86, and how often we have started lately.

Each lies twice, with a checksum. A memory that was never written is clear; one that can't be read is not: the
controller then stays out of service until a person on site resets 86. Must never clear a lockout that the tick has not
released.
"""

import struct
from binascii import crc32

from micropython import const

_MAGIC = const(0x5453414C)
_FORM = "<IIII"  # magic, sequence, value, CRC32
_BYTES = const(16)
SIZE = const(64)  # two words, two copies each
_QUIET_S = const(600)  # a start that lives this long was a good one


class Word:
    """A number kept twice. `value` is None when no copy can be read, or one can't and the other says 0."""

    def __init__(self, device, at):
        self._device, self._at = device, at
        good = [copy for copy in (self._read(0), self._read(1)) if copy]
        self._sequence, self.value = max(good) if good else (0, None)
        if len(good) == 1 and self.value == 0:
            self.value = None  # perhaps the other one was just being written, and not as 0

    def write(self, value):
        """Both copies, one after the other; True when both read back as written."""
        self._sequence = (self._sequence + 1) & 0x3FFFFFFF
        data = struct.pack("<III", _MAGIC, self._sequence, value)
        data += struct.pack("<I", crc32(data) & 0xFFFFFFFF)
        for copy in (0, 1):
            self._device.write(self._at + copy * _BYTES, data)
        held = self._read(0) == self._read(1) == (self._sequence, value)
        if held:
            self.value = value
        return held

    def _read(self, copy):
        data = bytearray(_BYTES)
        self._device.read(self._at + copy * _BYTES, data)
        magic, sequence, value, told = struct.unpack(_FORM, data)
        if magic in (0, 0xFFFFFFFF) and data == bytes(data[:1]) * _BYTES:
            return 0, 0  # never written
        if magic != _MAGIC or crc32(memoryview(data)[:12]) & 0xFFFFFFFF != told:
            return None
        return sequence, value


class Lasting:
    """`work()` from the background. device: read(at, buf), write(at, buf)."""

    def __init__(self, device, at, image, layout, asks):
        self._image, self._asks = image, asks
        self._cause, self._uptime = layout.slot("CAUSE_86"), layout.slot("UPTIME_S")
        self._latched, self._done = layout.ask("FRAM_86"), layout.ask("FRAM_86_DONE")
        self.latch, self._starts = Word(device, at), Word(device, at + 2 * _BYTES)
        self.cause = self.latch.value  # of a lockout that was there before this start
        self._seen = self.cause == 0  # the tick has taken the lockout over, or there was none
        asks[self._latched] = -1 if self.cause is None else 1 if self.cause else 0
        starts = self._starts.value or 0
        asks[layout.ask("RESTARTS")] = starts
        self._starts.write(min(starts + 1, 1000))
        self._young = True

    def work(self):
        """Keep what the tick says of 86; forget the starts once we have lived long enough."""
        cause, stored = self._image[self._cause], self.latch.value
        if cause:
            self._seen = True
            if stored == 0 or stored is None:
                if self.latch.write(cause):
                    self._asks[self._latched] = 1
            if self.latch.value:
                self._asks[self._done] = cause
        elif self._seen and stored:
            if self.latch.write(0):
                self._asks[self._latched] = self._asks[self._done] = 0
        if self._young and self._image[self._uptime] >= _QUIET_S:
            self._young = False
            self._starts.write(0)

    def forgive(self):
        """A person on site: the memory is written anew where it could not be read, the starts are forgotten."""
        if self.latch.value is None and self.latch.write(0):
            self._asks[self._latched] = 0
            self._seen = True
        self.forgive_starts()

    def forgive_starts(self):
        """A restart that a person ordered does not count."""
        self._starts.write(0)
