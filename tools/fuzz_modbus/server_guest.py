"""Runs under the real MicroPython: spoilt and hostile requests through the firmware's own server. COUNT SEED.

Right requests of every kind, the same spoilt, and noise. What a request may do is judged from outside: nothing in the
image or the asks changes, no draft is made while nobody has unlocked, a refused write leaves the map as it was,
every reply is whole, and what is asked of the energy room stays within the rating and ends.
"""

import gc
import json
import sys

from firmware import image as layout
from firmware.server import wiring
from firmware.settings import Settings
from firmware.transfer import states

COUNT, SEED = int(sys.argv[1]), int(sys.argv[2])
RATED_W = 11000


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


class Context:
    version, unlocked_s = "0.9.8", 0


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


INTERESTING = (0, 1, 2, 3, 0x7FFF, 0x8000, 0xFFFF, 0xFFFE)


def request(dice, server):
    """A right frame: a read, a write, or something else, mostly where something is."""
    kind, unit = dice.below(10), server.unit if dice.below(20) else dice.below(256)
    models = (703, 704, 704, 704, 715, 715, 707, 709, 701, 1)
    model = models[dice.below(len(models))]
    address = 40000 + server._chain.at[model] + dice.below(70) if dice.below(8) else dice.below(65536)
    if model == 704 and dice.below(2):
        address = 40000 + server._chain.at[704] + (14, 22, 24, 31)[dice.below(4)]
    head = bytes((unit, 3, address >> 8, address & 255))
    if kind < 3:
        count = dice.below(130)
        return framed(head + bytes((0, count)))
    if kind < 5:
        value = INTERESTING[dice.below(8)] if dice.below(2) else dice.below(65536)
        return framed(bytes((unit, 6)) + head[2:] + bytes((value >> 8, value & 255)))
    if kind < 9:
        count = 1 + dice.below(12)
        body = b""
        for _ in range(count):
            value = INTERESTING[dice.below(8)] if dice.below(2) else dice.below(12000)
            body += bytes((value >> 8, value & 255))
        return framed(bytes((unit, 16)) + head[2:] + bytes((0, count, 2 * count)) + body)
    return framed(bytes((unit, dice.below(256))) + bytes([dice.below(256) for _ in range(dice.below(20))]))


def spoil(dice, frame):
    """As it is, spoilt, or spoilt with the CRC made right again: what a hostile master would send."""
    how = dice.below(4)
    if how == 0:
        return frame
    data = bytearray(frame)
    for _ in range(1 + dice.below(3)):
        at = dice.below(len(data))
        what = dice.below(4)
        if what == 0:
            data[at] ^= 1 << dice.below(8)
        elif what == 1:
            data[at] = dice.below(256)
        elif what == 2 and len(data) > 2:
            data = data[:at] + data[at + 1 :]
        else:
            data = data[:at] + bytes((dice.below(256),)) + data[at:]
    return framed(data[:-2]) if how > 1 and len(data) > 2 else bytes(data)


def reply_is_whole(reply, frame):
    if reply[0] != frame[0] or crc_of(reply[:-2]) != reply[-2] | reply[-1] << 8 or len(reply) > 256:
        return False
    if reply[1] & 0x80:
        return len(reply) == 5 and reply[1] == frame[1] | 0x80 and reply[2] in (1, 2, 3, 6)
    if reply[1] == 3:
        return len(reply) == 5 + reply[2]
    return reply[1] in (6, 16) and bytes(reply[2:6]) == bytes(frame[2:6])


def one(dice, server, now_s, told, still):
    frame = spoil(dice, request(dice, server))
    before = bytes(server._chain.data)
    server.requests.pass_time(now_s)
    passed = bytes(server._chain.data)
    reply = server.answer(frame, now_s)
    image, asks, draft = still
    if list(server.image_of_test) != image or list(server.asks_of_test) != asks or draft:
        told["operated"] += 1
    if reply:
        told["taken"] += 1
        told["wrong"] += not reply_is_whole(reply, frame)
        if (reply[1] & 0x80 or reply[1] == 3) and bytes(server._chain.data) != passed:
            told["wrong"] += 1
    elif bytes(server._chain.data) != passed:
        told["wrong"] += 1
    watts, limit = server.requests.power_w(), server.requests.limit_w()
    if watts is not None and not -RATED_W <= watts <= RATED_W:
        told["wrong"] += 1
    if limit is not None and not 0 <= limit <= RATED_W:
        told["wrong"] += 1
    told["asked"] += watts is not None
    return before


def main():
    image, asks = layout.new_image(), layout.new_asks()
    image[layout.slot("STATE")] = states.LOCKOUT_86
    context = Context()
    context.settings = Settings({"site_server": 1, "site_unit": 7, "in_service": 1, "charger_rated_w": RATED_W})
    context.asks, context.draft = asks, {}
    server = wiring.make(None, None, layout, image, context)
    server.image_of_test, server.asks_of_test = image, asks
    still = (list(image), list(asks), context.draft)
    told = {"frames": COUNT, "taken": 0, "wrong": 0, "escaped": 0, "operated": 0, "asked": 0}
    dice, held = Dice(SEED), 0
    for n in range(COUNT):
        try:
            one(dice, server, n // 3, told, still)
        except Exception as why:  # counted, and the first one shown
            told["escaped"] += 1
            told.setdefault("first", "frame %d: %r" % (n, why))
        while server.requests.events:
            server.requests.events.pop(0)
        if n == min(COUNT // 2, 20000):
            gc.collect()
            held = gc.mem_alloc()
        if n and n % 10000 == 0:
            print("%d of %d requests" % (n, COUNT), file=sys.stderr)
    for now_s in (COUNT // 3 + 100_000, COUNT // 3 + 200_000):
        server.requests.pass_time(now_s)
    if not server.requests.hold and (server.requests.power_w() is not None or server.requests.limit_w() is not None):
        told["wrong"] += 1  # a request that never ends
    told["answered"], told["refused"], told["broken"] = server.answered, server.refused, server.broken
    gc.collect()
    told["grown_bytes"] = gc.mem_alloc() - held
    print(json.dumps(told))


main()
