"""Stored settings: two copies, of which one is always whole; text in, a whole checked set out, or the reason why not.

It must never hand on half a set: one bad name or value refuses all of it. A power cut at any byte of a write leaves the
old set or the new one. With both copies bad the factory set is in force, out of service, and the problem is said.
"""

import json
import struct
from binascii import crc32

from micropython import const

from firmware.chosen import SettingError, Settings

LONGEST = 16384
VERSION = const(1)  # of the names and units in settings.py; raise it with an entry in RENAMED when they change
COPY = const(8192)  # bytes a copy may take
SIZE = const(16384)
_MAGIC = const(0x54455349)
_HEAD = "<IHHII"  # magic, version, length of the text, sequence, CRC32 of all but itself
_HEAD_BYTES = const(16)
# {version: {name then: name now, or None where it is gone}}: what a set stored by an older firmware needs.
RENAMED = {}


class StoreError(Exception):
    """The set could not be stored; the one stored before stands."""


def parse(text):
    """The whole set described by a JSON object {name: whole number}. SettingError says what is wrong and where."""
    if len(text) > LONGEST:
        raise SettingError("settings: %d characters; allowed up to %d" % (len(text), LONGEST))
    try:
        values = json.loads(text)
    except ValueError:
        raise SettingError(
            "settings: not a whole JSON object (%d characters, cut short or damaged)" % len(text)
        ) from None
    if not isinstance(values, dict):
        raise SettingError("settings: a JSON object {name: number} was expected, not a %s" % type(values).__name__)
    return Settings(values)


def load(text, last_good=None):
    """(settings, problem): the stored set and None, or the last good set (else the factory's, no service) and why."""
    if text is None:
        return Settings(), None
    try:
        return parse(text), None
    except SettingError as why:
        return last_good or Settings(), str(why)


class Store:
    """`load()` at the start, `save(settings)` out of service. `device`: read(at, buf), write(at, buf)."""

    def __init__(self, device, at=0):
        self._device, self._at = device, at
        self.any_time = not isinstance(device, Files)  # flash is written only with every coil off
        self._newest, self._sequence = 1, 0
        self.note = ""  # what a technician should know though nothing is wrong

    def load(self):
        """(settings, problem), the settings None where nothing was ever stored."""
        copies = [self._read(0), self._read(1)]
        good = [i for i in (0, 1) if copies[i][0] is not None]
        if not good:
            blank = all(why == "blank" for _, why in copies)
            return (None, None) if blank else (Settings(), "settings: both copies are damaged (A %s, B %s)" % (
                copies[0][1], copies[1][1]))  # fmt: skip
        newest = good[-1]
        if len(good) == 2 and (copies[0][0] - copies[1][0]) & 0xFFFFFFFF < 1 << 31:
            newest = 0
        if len(good) == 1 and copies[1 - newest][1] != "blank":
            self.note = "copy %s of the settings is %s; copy %s is in force" % (
                "AB"[1 - newest], copies[1 - newest][1], "AB"[newest])  # fmt: skip
        self._newest, self._sequence = newest, copies[newest][0]
        try:
            return self._settings(*copies[newest][1]), None
        except SettingError as why:
            return Settings(), str(why)

    def save(self, settings):
        """Write the older copy, read it back; StoreError if it did not hold."""
        text = json.dumps(settings.changed()).encode()
        if len(text) > COPY - _HEAD_BYTES:
            raise StoreError("settings: %d bytes; a copy takes %d" % (len(text), COPY - _HEAD_BYTES))
        target, sequence = 1 - self._newest, (self._sequence + 1) & 0xFFFFFFFF
        head = struct.pack("<IHHI", _MAGIC, VERSION, len(text), sequence)
        head += struct.pack("<I", _sum(head, text))
        self._device.write(self._at + target * COPY, head + text)
        if self._read(target) != (sequence, (VERSION, text)):
            raise StoreError("settings: copy %s did not read back as written; the set before stands" % "AB"[target])
        self._newest, self._sequence = target, sequence

    def _read(self, copy):
        """(sequence, (version, text)) of a good copy, else (None, what is wrong with it)."""
        head = bytearray(_HEAD_BYTES)
        at = self._at + copy * COPY
        self._device.read(at, head)
        magic, version, length, sequence, told = struct.unpack(_HEAD, head)
        if magic in (0, 0xFFFFFFFF) and head == bytes(head[:1]) * _HEAD_BYTES:
            return None, "blank"
        if magic != _MAGIC or length > COPY - _HEAD_BYTES:
            return None, "damaged"
        text = bytearray(length)
        self._device.read(at + _HEAD_BYTES, text)
        if _sum(head[:12], text) != told:
            return None, "damaged"
        return sequence, (version, bytes(text))

    def _settings(self, version, text):
        if version > VERSION:
            raise SettingError("settings: stored by a newer firmware (%d, this one knows %d)" % (version, VERSION))
        values = json.loads(text)
        for step in range(version, VERSION):
            for then, now in RENAMED.get(step, {}).items():
                if then in values:
                    value = values.pop(then)
                    if now:
                        values[now] = value
        return Settings(values)


def _sum(head, text):
    return crc32(text, crc32(head)) & 0xFFFFFFFF


class Files:
    """Two files where there is no FRAM, one a copy: the file system keeps the old one until the new one is closed.

    Writing a file stops the chip for tens of ms: never with a coil energised.
    """

    permanent = True

    def __init__(self, name="/settings"):
        self._name = name

    def _path(self, at):
        return "%s.%s" % (self._name, "ab"[at // COPY])

    def read(self, at, buf):
        """What the file has not is 0xFF."""
        for i in range(len(buf)):
            buf[i] = 0xFF
        try:
            with open(self._path(at), "rb") as file:
                file.seek(at % COPY)
                file.readinto(buf)
        except OSError:
            return

    def write(self, at, buf):
        """A whole copy."""
        with open(self._path(at), "wb") as file:
            file.write(buf)
