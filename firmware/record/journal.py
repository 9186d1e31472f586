"""Numbered records of fixed size in a ring of permanent memory (or RAM), found again after a restart.

A record carries its own number and checksum, and number n always lies at place n modulo the ring's length: there is no
head to keep, so a power cut in the middle of a write spoils that one record and nothing else. Never from the tick.
"""

import struct
from binascii import crc32

from micropython import const

RECORD = const(64)
PAYLOAD = const(44)
_HEAD = "<IIIHBB"  # number, uptime s, clock s (0 = the clock was not set), tenths of a ms and quality, code, start
_HEAD_BYTES = const(16)
_SUM_AT = const(60)
_PAGE = const(32)
_TENTHS = const(0x3FFF)  # the two bits above are the quality of the clock
_QUALITY = const(14)


class Journal:
    """`put()` appends, `get(number)` reads. `device`: read(at, buf), write(at, buf)."""

    def __init__(self, device, at, size):
        self._device, self._at, self.records = device, at, size // RECORD
        self._buf = bytearray(RECORD)
        self.number = 0  # of the newest record; 0 = none yet
        self.start = 0  # starts of the controller, modulo 256
        self._find()

    def put(self, code, uptime_s, tenths, clock_s, payload, quality=0):
        """Append one record; its number."""
        number = self.number + 1
        buf = self._buf
        struct.pack_into(_HEAD, buf, 0, number, uptime_s, clock_s, tenths | quality << _QUALITY, code, self.start)
        n = min(len(payload), PAYLOAD)
        for i in range(PAYLOAD):
            buf[_HEAD_BYTES + i] = payload[i] if i < n else 0
        struct.pack_into("<I", buf, _SUM_AT, _sum(buf))
        self._device.write(self._at + (number % self.records) * RECORD, buf)
        self.number = number
        return number

    def get(self, number):
        """(number, uptime s, clock s, tenths, code, start, payload, quality of the clock), or None: made room for
        newer, or spoiled."""
        if not 0 < number <= self.number or number <= self.number - self.records:
            return None
        found = self._read(number % self.records)
        return found if found and found[0] == number else None

    def oldest(self):
        """Number of the oldest record that can still be there."""
        return max(1, self.number - self.records + 1)

    def _read(self, place):
        buf = self._buf
        self._device.read(self._at + place * RECORD, buf)
        if _sum(buf) != struct.unpack_from("<I", buf, _SUM_AT)[0]:
            return None
        found = struct.unpack_from(_HEAD, buf)
        if found[0] == 0 or found[0] % self.records != place:
            return None
        number, uptime_s, clock_s, tenths, code, start = found
        quality, tenths = tenths >> _QUALITY, tenths & _TENTHS
        return number, uptime_s, clock_s, tenths, code, start, bytes(buf[_HEAD_BYTES:_SUM_AT]), quality

    def _find(self):
        """The newest record: the newest page by the first good record of each, then that page whole.

        Places are written in order, so after one that never was the page has no more (but place 0, which is written
        first when the ring comes round): an empty memory is searched in a tenth of a second, not in two.
        """
        newest, page = None, 0
        for first in range(0, self.records, _PAGE):
            for place in range(first, min(first + _PAGE, self.records)):
                found = self._read(place)
                if found:
                    if newest is None or found[0] > newest[0]:
                        newest, page = found, first
                    break
                if place and self._blank():
                    break
        if newest is None:
            return
        for place in range(page, min(page + _PAGE, self.records)):
            found = self._read(place)
            if found and found[0] > newest[0]:
                newest = found
        self.number, self.start = newest[0], (newest[5] + 1) & 0xFF

    def _blank(self):
        """Was the place that was read last never written?"""
        first = self._buf[0]
        return first in (0, 0xFF) and all(byte == first for byte in self._buf)


def _sum(buf):
    return crc32(memoryview(buf)[:_SUM_AT]) & 0xFFFFFFFF
