"""The RS-485 line in simulated time: bytes leave the firmware one after the other at the baud rate, and every
exchange is judged as it passes: answered whole, in time, with a right CRC."""

import math

BITS = 10  # 8N1


def crc16(data):
    """Modbus CRC, low byte first on the wire."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc


# Ways in which a reply may be wrong: a bit turned, another unit, another function, cut, late noise, nothing at all.
SPOIL = (
    lambda reply: bytes((*reply[:-1], reply[-1] ^ 1)),
    lambda reply: framed(bytes((reply[0] ^ 3, *reply[1:-2]))),
    lambda reply: framed(bytes((reply[0], reply[1] ^ 7, *reply[2:-2]))),
    lambda reply: reply[: len(reply) // 2],
    lambda reply: bytes(len(reply)),
    lambda reply: b"",
    lambda reply: framed(bytes((reply[0], reply[1] | 0x80, 4))),
)


def framed(data):
    """With its CRC behind it."""
    crc = crc16(data)
    return bytes(data) + bytes((crc & 255, crc >> 8))


class Line:
    """Serialises what the firmware writes: `send(t_us, byte)` gives the time at which the byte has wholly arrived."""

    def __init__(self, baud):
        self.char_us = BITS * 1e6 / baud
        self._end_us = 0.0

    def send(self, t_us):
        self._end_us = max(float(t_us), self._end_us) + self.char_us
        return self._end_us


class Exchanges:
    """Requests and replies as they were on the wire; `stats()` counts and times them."""

    def __init__(self, baud):
        self.char_us = BITS * 1e6 / baud
        self.requests = self.ok = self.errors = 0
        self._times = []  # (whole exchange in ms, wire time of the same bytes in ms)
        self._request = bytearray()
        self._reply = bytearray()
        self._began = self._sent = self._replied = 0.0

    def sent(self, end_us, byte):
        """A byte of the firmware's has arrived at the far end."""
        if self._request and (self._reply or end_us - self._sent > 4.5 * self.char_us):
            self.finish()
        if not self._request:
            self._began = end_us - self.char_us
        self._request.append(byte)
        self._sent = end_us

    def received(self, t_us, byte):
        """A byte of the charger's has arrived at the firmware."""
        self._reply.append(byte)
        self._replied = t_us

    def finish(self):
        """Judge the exchange under way."""
        request, reply = self._request, self._reply
        self._request, self._reply = bytearray(), bytearray()
        if len(request) < 4 or request[0] == 0:  # noise, or a broadcast that nobody answers
            return
        self.requests += 1
        right = len(reply) >= 5 and crc16(reply[:-2]) == reply[-2] | reply[-1] << 8
        if not right or reply[0] != request[0] or reply[1] != request[1]:
            self.errors += 1
            return
        self.ok += 1
        wire = (len(request) + len(reply) + 3.5) * self.char_us
        self._times.append(((self._replied - self._began) / 1e3, wire / 1e3))

    def stats(self):
        """Counts, the 99th percentile of the answered exchanges and the least the wire allows for that exchange."""
        pending = bool(self._request) and bool(self._reply)
        if pending:
            self.finish()
        slow, limit = None, None
        if self._times:
            ordered = sorted(self._times)
            slow, limit = ordered[min(len(ordered) - 1, math.ceil(0.99 * len(ordered)) - 1)]
        return {
            "requests": self.requests,
            "ok": self.ok,
            "errors": self.errors,
            "p99_ms": None if slow is None else round(slow, 2),
            "wire_limit_ms": None if limit is None else round(limit, 2),
        }
