"""Runs under the real MicroPython: spoilt replies through the firmware's own master. Arguments: COUNT SEED.

Every request is really made; the reply is a right one with bits turned, bytes lost, added or changed, cut, doubled,
joined to another, or a whole frame with a right CRC that answers something else. What the master takes is judged by a
search of our own through the bytes that came (CRC by the textbook's loop): the registers asked for, in a frame that is
right in every field, or it is a wrong value. A spoilt frame whose CRC fits by chance (one in 65536) is such a frame; it
is counted apart.
"""

import gc
import json
import sys

from firmware.charger import rtu

COUNT, SEED = int(sys.argv[1]), int(sys.argv[2])


class Dice:
    """xorshift32: the same numbers on every interpreter."""

    def __init__(self, seed):
        self.x = (seed * 2654435761 + 1) & 0xFFFFFFFF or 1

    def below(self, n):
        x = self.x
        x ^= x << 13 & 0xFFFFFFFF
        x ^= x >> 17
        x ^= x << 5 & 0xFFFFFFFF
        self.x = x
        return (x >> 3) % n


class Clock:
    us = 0

    @classmethod
    def ticks_us(cls):
        return cls.us & 0x3FFFFFFF

    @classmethod
    def ticks_ms(cls):
        return cls.us // 1000 & 0x3FFFFFFF

    @staticmethod
    def ticks_diff(a, b):
        return ((a - b + 0x20000000) & 0x3FFFFFFF) - 0x20000000

    @classmethod
    async def sleep_ms(cls, ms):
        cls.us += 1000 * ms if ms > 0 else 100


class Uart:
    """Gives what it is told 25 ms after the request has left."""

    def __init__(self):
        self.pending, self.due = b"", 0

    def write(self, data):
        self.pending, self.due = self.answer(bytes(data)), Clock.us + 1042 * len(data) + 25000
        return len(data)

    def any(self):
        return len(self.pending) if Clock.us >= self.due else 0

    def readinto(self, buf):
        n = min(len(buf), self.any())
        buf[:n] = self.pending[:n]
        self.pending = self.pending[n:]
        return n


def crc_of(data):
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc


def framed(data):
    crc = crc_of(data)
    return bytes(data) + bytes((crc & 255, crc >> 8))


def right_reply(request, words):
    if request[1] in (3, 4):
        body = b"".join([bytes((w >> 8, w & 255)) for w in words])
        return framed(bytes((request[0], request[1], len(body))) + body)
    return framed(request[:6])


def another_answer(dice, request, reply):
    """A whole frame with a right CRC that is not an answer to this request."""
    kind = dice.below(6)
    body = bytearray(reply[:-2])
    if kind == 0:
        body[0] = (body[0] + 1 + dice.below(255)) & 255
    elif kind == 1:
        body[1] = (body[1] + 1 + dice.below(126)) & 127
    elif kind == 2 and request[1] in (3, 4):
        body[2] = (body[2] + 2 * (1 + dice.below(100))) & 255
    elif kind == 3 and request[1] in (3, 4):
        more = 2 * (1 + dice.below(4))
        body[2] = (body[2] + more) & 255
        body += bytes(more)
    elif kind == 4 and request[1] in (6, 16):
        at = 2 + dice.below(4)
        body[at] ^= 1 << dice.below(8)
    else:
        body = bytearray((request[0], request[1] | 0x80, 1 + dice.below(11)))
    return framed(body)


def spoil(dice, request, reply):
    kind = dice.below(12)
    if kind == 0:
        return another_answer(dice, request, reply)
    if kind == 1:
        return reply[: dice.below(len(reply))]
    if kind == 2:
        return request + (reply[: dice.below(len(reply))] if dice.below(2) else b"")
    if kind == 3:
        return bytes([dice.below(256) for _ in range(dice.below(40))])
    if kind == 4:
        return another_answer(dice, request, reply) + reply[: dice.below(len(reply) + 1)]
    if kind == 5:
        return bytes([dice.below(256) for _ in range(dice.below(12))]) + reply
    data = bytearray(reply)
    for _ in range(1 + dice.below(4)):
        at, how = dice.below(len(data)), dice.below(4)
        if how == 0:
            data[at] ^= 1 << dice.below(8)
        elif how == 1:
            data[at] = dice.below(256)
        elif how == 2 and len(data) > 1:
            data = data[:at] + data[at + 1 :]
        else:
            data = data[:at] + bytes((dice.below(256),)) + data[at:]
    return bytes(data)


def frames_within(data, request, count):
    """Every answer to this request that stands anywhere in these bytes, by its fields and its CRC."""
    found = []
    for start in range(len(data)):
        part = data[start:]
        if part[0] != request[0] or len(part) < 5 or part[1] != request[1]:
            continue
        size = 5 + 2 * count if request[1] in (3, 4) else 8
        if len(part) < size or (request[1] in (3, 4) and part[2] != 2 * count):
            continue
        if crc_of(part[: size - 2]) == part[size - 2] | part[size - 1] << 8:
            found.append(part[: size - 2])
    return found


def run(coroutine):
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    raise RuntimeError("the master waited for something that does not come")


def one(dice, uart, link, told):
    count, unit, function = 1 + dice.below(12), 1 + dice.below(247), (3, 4, 6, 16)[dice.below(4)]
    words = [dice.below(65536) for _ in range(count)]
    seen = []

    def answer(request):
        reply = spoil(dice, request, right_reply(request, words))
        seen.append((request, reply))
        return reply

    uart.answer = answer
    address = dice.below(65000)
    try:
        if function in (3, 4):
            got = run(link.read(unit, address, count, function))
        elif function == 6:
            got = run(link.write(unit, address, words[0]))
        else:
            got = run(link.write_many(unit, address, words))
    except rtu.ModbusError as why:
        told["refused"][rtu.KINDS[why.kind]] = told["refused"].get(rtu.KINDS[why.kind], 0) + 1
        return
    told["taken"] += 1
    request, reply = seen[-1]
    frames = frames_within(reply, request, count)
    if function in (3, 4):
        fits = [f for f in frames if [f[3 + 2 * i] << 8 | f[4 + 2 * i] for i in range(count)] == got]
        if not fits:
            told["wrong"] += 1
        elif got != words:
            told["crc_fits_by_chance"] += 1
    elif request[:6] not in [bytes(f) for f in frames]:
        told["wrong"] += 1


def main():
    dice, uart = Dice(SEED), Uart()
    link = rtu.Master(uart, Clock, 9600, reply_ms=40, tries=1)
    told = {"frames": COUNT, "taken": 0, "refused": {}, "wrong": 0, "crc_fits_by_chance": 0, "escaped": 0}
    before = 0
    for n in range(COUNT):
        try:
            one(dice, uart, link, told)
        except Exception as why:  # counted, and the first one shown
            told["escaped"] += 1
            told.setdefault("first", "frame %d: %r" % (n, why))
        if link.stats.units and len(link.stats.units) > 247:
            told["escaped"] += 1
        if n == min(COUNT // 2, 20000):
            gc.collect()
            before = gc.mem_alloc()
        if n and n % 10000 == 0:
            print("%d of %d replies" % (n, COUNT), file=sys.stderr)
    gc.collect()
    told["grown_bytes"] = gc.mem_alloc() - before
    print(json.dumps(told))


main()
