"""Oscillography: the samples and digital bits around an event, kept in permanent memory and read out over the console.

A record is a number of ticks (2 kHz). Each tick holds four frames (8 kS/s) of four raw converter counts, and 32 bits.

    wave list json         one JSON object a record, oldest first; wave list is the same for people
    wave get N             record N, whole
    wave get N from FRAME  the same from a frame on, to go on after a break; FRAME is rounded down to its block

Read-out, format 1: lines of ASCII that end in CR LF. Lines that do not fit this form (echo, prompt) are to be skipped.
Every line ends in a blank and eight lower-case hex digits: the CRC32 (zlib's) of all the characters before that blank.

    wave {JSON} CRC        head: see below
    FRAME BASE64 CRC       one block; FRAME is the number of its first frame, counted from 0
    end FRAMES CRC         last line: FRAMES is the number of frames of the whole record

The head's JSON: wave (number), format (1), frames, trigger_frame (frames before the tick that triggered), sample_hz
(8000), tick_frames (4), block_frames (40; the last block may be shorter, always whole ticks), channels (names, e.g.
G1 G2 H1 H2), uv_per_count (one a channel: volts = (count - mid) * uv_per_count / 1e6), mid (2048), skew_ns (channel c
is sampled c * skew_ns after channel 0), digital (names of the bits, bit 0 first; the last five before the flags are
the state's number), state_bit (the lowest of these five), nominal_mv, nominal_hz, start (starts of the controller,
modulo 256), uptime_s and tenths (time of the trigger since that start: seconds, tenths of a millisecond), clock_s
(the same by the clock, seconds of 1970 UTC; 0 = the clock was not set), cause (names of what triggered), short (1: the
record ended early because the memory did not keep up), crc (CRC32 of the whole record's ticks as stored: for each tick
sixteen u16 counts, frame by frame, then one u32 of bits; little-endian; 36 bytes a tick).

A block, decoded from base64, stands by itself. n = frames in it, t = n / 4 ticks. For each of the four channels:

    1 byte   order * 16 + width, order 0..2, width 0..15
    3 bytes  little-endian: x[0] | x[1] << 12, the first two counts
    ...      n - 2 residuals of `width` bits each, low bit first, in bytes padded with zeros: (2 * width 0 = nothing)
             r = (u >> 1) ^ -(u & 1)
             order 0: x[i] = x[0] + r      order 1: x[i] = x[i-1] + r      order 2: x[i] = 2 x[i-1] - x[i-2] + r

and then the digital bits as runs: 1 byte number of runs (>= 1), and for each 1 byte tick (0..t-1, rising, the first is
0) and 4 bytes of bits little-endian, which hold until the next run.

This file keeps the records. The tick's side is record/tap.py, the read-out record/readout.py. Never from the tick.
"""

import struct
from binascii import crc32

from micropython import const

from firmware.record import wavetap

_MAGIC = const(0x45564157)
# magic, number, uptime s, clock s, tenths, cause, ticks, pre, start, flags, hertz, nominal mV, four uV per count,
# CRC of the data, CRC of all that
_HEAD = "<IIIIHHHHBBHIIIIIII"
_HEAD_BYTES = const(64)
_SUM_AT = const(52)
_BURST = const(64)  # ticks copied at a time: 2304 bytes, about 3 ms of the bus
_SHORT = const(1)
_LESSER = const(48)  # K1_TOLD | PERSON: where there is one record only, these do not take a trip's place
_WRAP = const(0x1FFFFFFF)
TICK_BYTES = const(36)
_GAINS = ("g1_uv_per_count", "g2_uv_per_count", "h1_uv_per_count", "h2_uv_per_count")


class Waves:
    """`work()` from the background, often; `heads()` and `read()` for whoever looks.

    tap: tap.EventTap. store: (device, at, size). ticks, pre: length of a record and how much of it precedes the
    trigger. done(number, cause): told of each record kept.
    """

    def __init__(self, tap, store, ticks, pre, settings, clock_s=None, start=0, done=None):
        self._device, self._at, size = store
        self.slot_bytes = _HEAD_BYTES + ticks * TICK_BYTES
        self.slots = size // self.slot_bytes
        self._tap, self._ticks, self._pre = tap, ticks, pre
        self._settings, self._clock_s, self._start, self._done = settings, clock_s, start, done
        self.number = self.unkept = 0
        self._open = False
        self._next = self._place = self._left = self._written = self._crc = self._before = self._clock = 0
        for slot in range(self.slots):
            head = self._head(slot)
            if head and head[1] > self.number:
                self.number = head[1]

    def ask(self):
        """A person wants a record from now."""
        self._tap.m[wavetap.ASKED] = wavetap.PERSON

    def missed(self):
        """Ticks that found the ring full since the start."""
        return self._tap.m[wavetap.MISSED]

    def ring_ticks(self):
        """How much the tick's ring holds."""
        return len(self._tap.buffer) // TICK_BYTES

    def work(self):
        """Copy what is due, one burst at most; True when there is more already."""
        p = self._tap.m
        if not self._open:
            if p[wavetap.STATE] == 0 or not self._begin():
                return False
        stopped = p[wavetap.STATE] == 2
        due = min((p[wavetap.COUNT] - self._next) & _WRAP, self._left)
        length = len(self._tap.buffer) // TICK_BYTES
        n = min(due, _BURST, length - self._place)
        if n:
            part = memoryview(self._tap.buffer)[self._place * TICK_BYTES : (self._place + n) * TICK_BYTES]
            self._device.write(self._data_at(self.number + 1) + self._written * TICK_BYTES, part)
            self._crc = crc32(part, self._crc)
            self._place = (self._place + n) % length
            self._next = (self._next + n) & _WRAP
            p[wavetap.KEEP] = self._next
            self._written += n
            self._left -= n
        if not self._left or stopped and n == due:
            self._finish()
        return n < due

    def heads(self):
        """Heads of the records, oldest first: (magic, number, ...), see _HEAD."""
        for number in range(max(1, self.number - self.slots + 1), self.number + 1):
            head = self.head(number)
            if head:
                yield head

    def head(self, number):
        """Head of a record, or None where it made room, was spoiled or never was."""
        if not 0 < number <= self.number:
            return None
        head = self._head(number % self.slots)
        return head if head and head[1] == number else None

    def read(self, number, tick, buf):
        """Fill buf with a record's ticks from one on; False when the record is no longer there."""
        self._device.read(self._data_at(number) + tick * TICK_BYTES, buf)
        return self.head(number) is not None

    def _data_at(self, number):
        return self._at + (number % self.slots) * self.slot_bytes + _HEAD_BYTES

    def _begin(self):
        """A trigger: make room. False when there is one place and what lies there counts more."""
        p = self._tap.m
        if self.slots == 1 and p[wavetap.CAUSE] & ~_LESSER == 0:
            there = self._head(0)
            if there and there[5] & ~_LESSER:
                self.unkept += 1
                p[wavetap.STATE] = 0
                return False
        while True:  # a tick may come between the two
            count, place = p[wavetap.COUNT], p[wavetap.PLACE]
            if count == p[wavetap.COUNT]:
                break
        self._next = p[wavetap.KEEP]
        self._before = (p[wavetap.AT] - self._next) & _WRAP
        self._place = (place - ((count - self._next) & _WRAP)) % (len(self._tap.buffer) // TICK_BYTES)
        self._clock = self._clock_s(p[wavetap.TIME_S]) if self._clock_s else 0
        self._left, self._written, self._crc, self._open = self._before + self._ticks - self._pre, 0, 0, True
        self._device.write(self._data_at(self.number + 1) - _HEAD_BYTES, bytes(_HEAD_BYTES))
        return True

    def _finish(self):
        """The head comes last: until then the record does not exist."""
        p, settings = self._tap.m, self._settings
        cause, number = p[wavetap.CAUSE], self.number + 1
        head = bytearray(_HEAD_BYTES)
        gains = [settings[name] for name in _GAINS]
        struct.pack_into(
            _HEAD, head, 0, _MAGIC, number, p[wavetap.TIME_S], self._clock,
            p[wavetap.TENTHS], cause, self._written, self._before, self._start, _SHORT if self._left else 0,
            settings["nominal_hz"], settings["nominal_mv"], gains[0], gains[1], gains[2], gains[3], self._crc, 0,
        )  # fmt: skip
        struct.pack_into("<I", head, _SUM_AT, crc32(memoryview(head)[:_SUM_AT]) & 0xFFFFFFFF)
        self._device.write(self._data_at(number) - _HEAD_BYTES, head)
        self.number, self._open = number, False
        p[wavetap.STATE] = 0
        if self._done:
            self._done(number, causes(cause))

    def _head(self, slot):
        buf = bytearray(_HEAD_BYTES)
        self._device.read(self._at + slot * self.slot_bytes, buf)
        head = struct.unpack_from(_HEAD, buf)
        if head[0] != _MAGIC or head[-1] != crc32(memoryview(buf)[:_SUM_AT]) & 0xFFFFFFFF:
            return None
        return head if head[1] % self.slots == slot and 0 < head[6] <= self._ticks else None


def causes(bits):
    """Names of what triggered."""
    return [wavetap.CAUSES[i] for i in range(len(wavetap.CAUSES)) if bits >> i & 1]
