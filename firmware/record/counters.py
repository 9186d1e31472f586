"""The contactors' operation counters over restarts: what earlier lives counted goes into `asks` before the tick starts,
what this life adds is written back.

Two copies in turn, each with a checksum: a power cut while writing leaves the other. A memory that can't be read starts
them at none: they count wear and decide nothing.
"""

import struct
from array import array
from binascii import crc32

from micropython import const

_NAMES = ("K1_OPS", "K2_OPS", "KN_OPS", "K1_HOT", "K2_HOT")
_MAGIC = const(0x53504F4B)
_FORM = "<II5II"  # magic, sequence, counters, CRC32
_DATA = const(28)
_BYTES = const(32)
SIZE = const(64)
_WORKS = const(200)  # calls of work() between two writings, about ten seconds


class Counters:
    """`work()` from the background. device: read(at, buf), write(at, buf)."""

    def __init__(self, device, at, image, layout, asks):
        self._device, self._at, self._image = device, at, image
        self._left, self._sequence = _WORKS, 0
        self._slots = array("H", [layout.slot(name) for name in _NAMES])
        self._kept = array("I", bytes(4 * len(_NAMES)))
        for copy in (0, 1):
            self._read(copy)
        for i, name in enumerate(_NAMES):
            asks[layout.ask("KEPT_" + name)] = self._kept[i]

    def _read(self, copy):
        """Take a copy over if it is sound and newer."""
        data = bytearray(_BYTES)
        self._device.read(self._at + copy * _BYTES, data)
        found = struct.unpack(_FORM, data)
        sound = found[0] == _MAGIC and found[7] == crc32(memoryview(data)[:_DATA]) & 0xFFFFFFFF
        if sound and found[1] > self._sequence:
            self._sequence = found[1]
            for i in range(len(_NAMES)):
                self._kept[i] = found[2 + i]

    def work(self):
        """Every ten seconds, write if something has been counted."""
        self._left -= 1
        if self._left > 0:
            return
        self._left = _WORKS
        changed = False
        for i, slot in enumerate(self._slots):
            if self._kept[i] != self._image[slot]:
                self._kept[i] = self._image[slot]
                changed = True
        if changed:
            self._sequence += 1
            k = self._kept
            data = bytearray(_BYTES)
            struct.pack_into(_FORM, data, 0, _MAGIC, self._sequence, k[0], k[1], k[2], k[3], k[4], 0)
            struct.pack_into("<I", data, _DATA, crc32(memoryview(data)[:_DATA]) & 0xFFFFFFFF)
            self._device.write(self._at + (self._sequence & 1) * _BYTES, data)
