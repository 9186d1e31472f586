"""Runs under MicroPython: the console fed with noise, the event tap with the heap locked, the store on files.

argv: part, seed, number of lines.
"""

import asyncio
import gc
import os
import sys
from array import array
from binascii import crc32

import micropython

from firmware import image as layout
from firmware import log, store
from firmware.board import port
from firmware.board.fram import Ram
from firmware.board.port import CHANNELS, RING_FRAMES
from firmware.charger.profiles import sigen
from firmware.console import commands
from firmware.console.console import Console
from firmware.protect import elements, ride, sync_check  # noqa: F401 - see RESIDENT
from firmware.record import kept, places, readout, watches  # noqa: F401
from firmware.record.clock import Clock
from firmware.sense import plausible  # noqa: F401
from firmware.settings import Settings

# RESIDENT: modules with kernels that commands load for their words. On this machine a native function never gives
# back its page and 24 bytes of heap: loading them anew each time would look like a leak.

part, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


class Dice:
    """The same numbers on every interpreter."""

    def __init__(self, seed):
        self.x = seed * 2 + 1

    def below(self, n):
        self.x = (self.x * 1103515245 + 12345) & 0x7FFFFFFF
        return (self.x >> 12) % n


class Stream:
    """A terminal that types `lines` and keeps the last of what it sees."""

    def __init__(self, lines):
        self.lines, self.typed, self.seen, self.wrote = lines, b"", b"", 0

    def more(self, count):
        """Some lines at once, as from a paste; False when there are none left."""
        for _ in range(count):
            self.typed += next(self.lines, b"")
        return bool(self.typed)

    def any(self):
        return 1 if self.typed else 0

    def read(self, n):
        part, self.typed = self.typed[:n], self.typed[n:]
        return part

    def write(self, data):
        self.wrote += len(data)
        self.seen = (self.seen + data)[-4000:]
        if b" failed: " in self.seen:
            raise SystemExit("a command failed: %r" % self.seen)
        return len(data)


class Statistics:
    def as_dict(self):
        return {"requests": 1, "ok": 1, "errors": 0, "retries": 0, "junk_bytes": 0, "last_ms": 98, "p99_ms": 118,
                "by_kind": {"timeout": 0}, "by_unit": {1: {"ok": 1, "errors": 0}}, "echo_bytes": 0,
                "last_error": ""}  # fmt: skip


class Device:
    stats, link_up, values, asked = Statistics(), True, {"state": 3}, None
    profile, version, notes, absent, sent_w, since_s = sigen, "V2.9", [0], ["x"], 0, 0


class Board:
    """What the commands look at of a board; the memory is all there, in RAM."""

    name, files, has_fram, restarts, tick_cost = "guest", None, True, 0, 100000

    def __init__(self):
        self.ring = array("H", bytes(2 * RING_FRAMES * CHANNELS))
        self.store = Ram(places.SIZE)

    def unique_id(self):
        return b"guest"

    def stored_settings(self):
        return None

    def restart(self, maintenance=False):
        self.restarts += 1


board = Board()
image, asks = layout.new_image(), layout.new_asks()
stored, settings, problem = kept.settings(board)
lasting = kept.lasting(board, image, layout, asks)
tap = kept.tap(board, image, layout)
clock = Clock(image, layout)
events = kept.events(board, tap, image, layout, clock)
waves = kept.waves(board, tap, settings, clock, events)


def new_context():
    context = commands.Context(
        layout, layout.Snapshot(image), asks, settings, events, Device(), "9.9", log.RING, "cycles", image, board
    )
    context.store, context.secret, context.lasting = stored, kept.secret(board), lasting
    context.waves, context.clock = waves, clock
    return context


def typed(lines, heap=False, context=None):
    """Feed the console; memory free at the end."""
    stream = Stream(lines)
    context = context or new_context()
    free = array("i", bytes(4 * (count + 1) if heap else 0))
    turn = [0]

    async def sleep_ms(ms):
        if ms >= 10 and not stream.any():
            if heap:
                gc.collect()
                free[turn[0]] = gc.mem_free()
                turn[0] += 1
            if not stream.more(1 if heap else 7):
                raise EOFError

    console = Console(stream, context, sleep_ms)
    try:
        asyncio.run(console.run())
    except EOFError:
        return stream, list(free[: turn[0]])


def memory_part():
    every = list(commands.names())
    lines = (("%s\r" % every[n % len(every)]).encode() for n in range(count))
    _, free = typed(lines, heap=True)
    rounds = len(every)
    first, last = min(free[2 * rounds : 4 * rounds]), min(free[-2 * rounds :])
    print("memory", first, last, min(free), [min(free[i : i + rounds]) for i in range(0, len(free), 10 * rounds)])
    assert first - last < 1024, "the heap shrinks: %d -> %d" % (first, last)


def fuzz_line(dice, words):
    """One line of an attack: noise, commands that are nearly right, pastes, escape sequences, half lines, answers."""
    kind = dice.below(8)
    end = (b"\r", b"\n", b"\r\n", b"\x03", b"\x03\r", b"\r")[dice.below(6)]
    if kind == 0:
        return bytes([dice.below(256) for _ in range(dice.below(120))]) + end
    if kind == 1:
        return b"a" * dice.below(400) + end
    if kind == 2:
        return b"\x1b[" + bytes([32 + dice.below(96) for _ in range(dice.below(20))]) + end
    line = b" ".join([words[dice.below(len(words))] for _ in range(1 + dice.below(4))])
    if kind == 3 and line:
        at = dice.below(len(line))
        line = line[:at] + bytes([dice.below(256)]) + line[at + dice.below(3) :]
    elif kind == 4:
        line += end + words[dice.below(len(words))] + end + b"yes" + end + words[dice.below(len(words))]
    elif kind == 5:
        line = line[: dice.below(len(line) + 1)]
        end = b""  # torn off
    return line + end


def fuzz_words():
    words = [name.encode() for name in commands.names()] * 3 + [name.encode() for name in settings_names()]
    words += (
        b"json csv 99 -1 1e9 \x00\xff %s%n now 86 yes in out list get from follow all force set island wave memory 0 1 "
        b"3 5 9999999999999999999999 {} [] ' \" ; --help 2026-11-23 14:05:00 reset return restart out in 4711 g1 H2"
    ).split()
    return words


def settings_names():
    from firmware.settings import NAMES

    return [NAMES[i] for i in range(0, len(NAMES), 5)]


def fuzz_part():
    """Many lines, locked; the heap, what is asked and what is stored are looked at every hundredth of the way."""
    context, dice, words = new_context(), Dice(seed), fuzz_words()
    inputs, uptime = layout.slot("INPUTS"), layout.slot("UPTIME_S")
    image[inputs] = port.IN_SERVICE_KEY
    typed(iter((b"passcode\r4711-42\r4711-42\r",)), context=context)
    image[inputs] = 0
    asked, kept_then, set_then = list(asks), crc32(memoryview(board.store._bytes)[: places.EVENTS]), context.settings
    step, done = max(1, count // 100), 0
    free = array("i", bytes(4 * ((count + step - 1) // step)))
    wrote, wrong = 0, 0
    while done < count:
        n = min(step, count - done)
        image[uptime] += n
        stream, _ = typed((fuzz_line(dice, words) for _ in range(n)), context=context)
        typed(iter((b"\x03\r\x03\rrevert\r",)), context=context)
        done += n
        wrote += stream.wrote
        wrong = max(wrong, context.wrong_codes)
        assert list(asks) == asked, "something was asked for: %r" % stream.seen
        assert crc32(memoryview(board.store._bytes)[: places.EVENTS]) == kept_then, "stored: %r" % stream.seen
        assert context.settings is set_then and not board.restarts and not context.unlocked_s, stream.seen
        gc.collect()
        at = (done - 1) // step
        free[at] = gc.mem_free()
        print("%d of %d lines, %d bytes answered, %d bytes free" % (done, count, wrote, free[at]))
    tenth = max(1, len(free) // 10)  # means, for the collector now and then takes a stale word for a pointer
    first, last = sum(free[tenth : 2 * tenth]) // tenth, sum(free[len(free) - tenth :]) // tenth
    print("fuzz %d lines: no exception, nothing operated or stored, %d wrong codes in a row at most; heap free "
          "%d bytes early, %d at the end" % (count, wrong, first, last))  # fmt: skip
    assert first - last < 8192, "the heap shrinks: %d -> %d" % (first, last)


def operate_part():
    context = new_context()
    inputs, said = layout.slot("INPUTS"), b""
    for key, line in (
        (1, b"passcode\r4711-42\r4711-42\r"), (0, b"set charge_w 5000\rcommit\runlock\rwrong-1\runlock\r4711-42\r"),
        (0, b"commit\rset uv1_trip_mv 100000\rdiff\rcommit\rreset 86\rmode export\r"), (0, b"island now\risland\r"),
    ):  # fmt: skip
        image[inputs] = port.IN_SERVICE_KEY * key
        said += typed(iter((line,)), context=context)[0].seen
    for wanted in (
        "the new code is set|commit: locked|wrong code, 1 in a row|unlocked for 10 minutes|stored; in force now|"
        "in force after `restart`|it is not latched|not from OUT_OF"
    ).split("|"):
        assert wanted.encode() in said, (wanted, said)
    assert b"4711" not in said
    found = store.Store(board.store).load()[0].changed()
    assert found == {"charge_w": 5000, "uv1_trip_mv": 100000, "energy_mode": 2}, found
    print("operate", found)


def wave_part():
    """Records with the heap locked in the tick, read back; argv: ticks between two triggers."""
    trips, newest, ring = layout.slot("TRIP_COUNT"), 0, board.ring
    dice, kept_frames = Dice(seed), array("H")
    for n in range(7 * count):
        if n % count == count // 2:
            image[trips] += 1
        newest += 4
        for frame in range(newest - 4, newest):
            for channel in range(CHANNELS):
                counted = 2048 + dice.below(1000)
                ring[frame % RING_FRAMES * CHANNELS + channel] = counted
                if n // count == 6:
                    kept_frames.append(counted)
        micropython.heap_lock()
        tap.step(n, newest)
        micropython.heap_unlock()
        if n % 60 == 0:
            while waves.work():
                pass
    heads = list(waves.heads())
    assert [head[1] for head in heads] == [2, 3, 4, 5, 6, 7] and all(head[9] == 0 for head in heads), heads
    number, lines = heads[-1][1], 0
    buf, first = bytearray(36), count // 2 - heads[-1][7]
    for tick in range(heads[-1][6]):
        assert waves.read(number, tick, buf)
        for i in range(16):
            assert buf[2 * i] | buf[2 * i + 1] << 8 == kept_frames[(first + tick) * 16 + i], (tick, i)

    for text in readout.lines(waves, number):
        lines += 1
        print("LINE", text)
    print("wave", lines, "lines,", waves.missed(), "missed")


def tap_part():
    slots = [layout.slot(row[1]) for row in watches.WATCHES]
    masks = [row[2] for row in watches.WATCHES]
    dice, step = Dice(seed), tap.step
    for n in range(count):
        for i in range(len(slots)):
            if dice.below(3) == 0:
                image[slots[i]] = dice.below(1 << 15) & masks[i]
        image[layout.slot("TRIP_VALUE")] = -dice.below(100000)
        micropython.heap_lock()
        step(n)
        micropython.heap_unlock()
        if n % 50 == 0:
            events.drain()
    events.drain()
    from firmware.console import happened

    told = 0
    for found in events.raw():
        told += len(happened.line(found)) > 0
    print("tap", count, "ticks,", events.number, "events, lost", events.lost, "told", told)


def store_part():
    name = "/tmp/islander-store-%d" % seed
    files = store.Store(store.Files(name))
    assert files.load() == (None, None)
    for n in range(4):
        files.save(Settings({"charge_w": 1000 + n, "energy_mode": 2}))
        settings, problem = store.Store(store.Files(name)).load()
        assert problem is None and settings["charge_w"] == 1000 + n, problem
    for end in "ab":
        os.remove(name + "." + end)
    settings, problem = store.load('{"charge_w": 30')
    assert settings["charge_w"] == 7000 and "cut short" in problem, problem
    print("store", problem)


{
    "memory": memory_part,
    "tap": tap_part,
    "store": store_part,
    "operate": operate_part,
    "wave": wave_part,
    "fuzz": fuzz_part,
}[part]()
print("done")
