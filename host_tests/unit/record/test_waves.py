"""Wave records: what went through the converter comes back, pre-trigger and all; power cuts; read-out, resumed."""

import zlib
from array import array

import pytest

from firmware import image as layout
from firmware.board.fram import Ram
from firmware.board.port import CHANNELS, RING_FRAMES
from firmware.record import readout, wavetap
from firmware.record.tap import EventTap
from firmware.record.waves import Waves
from firmware.settings import Settings
from firmware.transfer import facts
from host_tests.unit.record import readback

TICKS, PRE, LENGTH = 120, 40, 64
SLOT = 64 + TICKS * 36


class PowerCut(Exception):
    pass


class Device:
    def __init__(self, size):
        self.bytes, self.left = bytearray(b"\xff") * size, None

    def read(self, at, buf):
        buf[:] = self.bytes[at : at + len(buf)]

    def write(self, at, buf):
        for i, byte in enumerate(bytes(buf)):
            if self.left is not None:
                if self.left == 0:
                    raise PowerCut
                self.left -= 1
            self.bytes[at + i] = byte


class Bench:
    """`run(ticks)` plays what sample(frame, channel) gives; everything that was played is kept to compare with."""

    def __init__(self, slots=4, work_every=8, length=LENGTH, device=None, settings=None, sample=None):
        self.image = layout.new_image()
        self.ring = array("H", bytes(2 * RING_FRAMES * CHANNELS))
        self.tap = EventTap(self.image, layout, self.ring, length, PRE)
        self.device = device or Device(slots * SLOT)
        self.done = []
        self.waves = self.open(settings)
        self.newest = self.tick = 0
        self.work_every = work_every
        self.sample = sample or (lambda frame, channel: (frame * 37 + channel * 991) % 4096)
        self.played, self.bits = [], []

    def open(self, settings=None):
        self.waves = Waves(
            self.tap, (self.device, 0, len(self.device.bytes)), TICKS, PRE, Settings(settings),
            clock_s=lambda uptime_s: 1700000000 + uptime_s, start=3,
            done=lambda number, cause: self.done.append((number, cause)),
        )  # fmt: skip
        return self.waves

    def set(self, **slots):
        for name, value in slots.items():
            self.image[layout.slot(name)] = value

    def run(self, ticks):
        for _ in range(ticks):
            self.tick += 1
            frames = [[self.sample(self.newest + f, c) for c in range(CHANNELS)] for f in range(4)]
            for f, frame in enumerate(frames):
                at = (self.newest + f) % RING_FRAMES * CHANNELS
                self.ring[at : at + CHANNELS] = array("H", frame)
            self.newest += 4
            self.set(INPUTS=self.tick // 7 & 0x7FF, OUTPUTS=self.image[layout.slot("OUTPUTS")] & 0x3FF)
            self.set(UPTIME_S=self.tick // 2000, UPTIME_MS=self.tick % 2000 // 2)
            self.played += frames
            self.set(TICK=self.tick)
            self.tap.step(self.tick, self.newest)
            self.bits.append(self.tick // 7 & 0x7FF | self.image[layout.slot("OUTPUTS")] << 11
                             | self.image[layout.slot("STATE")] << 21 | self.flags())  # fmt: skip
            if self.work_every and self.tick % self.work_every == 0:
                while self.waves.work():
                    pass

    def flags(self):
        v = self.image[layout.slot("V_FACTS")]
        return (bool(v & facts.V_GRID_LOST) << 26 | bool(v & facts.V_GRID_TRIP) << 27
                | bool(v & facts.V_ISLAND_TRIP) << 28)  # fmt: skip

    def read(self, number, frame=0):
        return list(readout.lines(self.waves, number, frame))


def the_same(bench, number, trigger_tick, pre=PRE):
    head, frames, bits = readback.decode(bench.read(number))
    first = trigger_tick - 1 - pre
    assert head["trigger_frame"] == 4 * pre and head["frames"] == len(frames) == 4 * len(bits)
    assert frames == bench.played[4 * first : 4 * first + len(frames)]
    assert bits == bench.bits[first : first + len(bits)]
    assert head["crc"] == zlib.crc32(readback.stored(frames, bits))
    return head


def test_a_trigger_keeps_what_came_before_and_after():
    bench = Bench(settings={"g1_uv_per_count": 150000})
    bench.run(500)
    bench.set(TRIP_COUNT=1)
    bench.run(200)
    head = the_same(bench, 1, 501)
    assert bench.done == [(1, ["trip"])] and head["frames"] == 4 * TICKS and not head["short"]
    assert head["uv_per_count"] == [150000, 165700, 165700, 165700]
    assert (head["uptime_s"], head["tenths"], head["clock_s"], head["start"]) == (0, 2505, 1700000000, 3)
    assert head["cause"] == ["trip"] and len(head["digital"]) == 29 and head["digital"][head["state_bit"]] == "STATE_0"


@pytest.mark.parametrize(
    "slot, value, cause",
    [
        ("TRIP_COUNT", 7, "trip"),
        ("V_FACTS", facts.V_GRID_LOST, "grid lost"),
        ("V_FACTS", facts.V_ISLAND_TRIP, "island trip"),
        ("CAUSE_86", 12, "lockout"),
        ("OUTPUTS", 1, "K1 told to move"),
    ],
)
def test_every_trigger_is_named_once_a_record(slot, value, cause):
    bench = Bench()
    bench.run(100)
    bench.set(**{slot: value})
    bench.run(400)
    assert bench.done == [(1, [cause])]
    the_same(bench, 1, 101)
    bench.set(**{slot: 0})  # the end of a disturbance is none, but K1 is told to move again
    bench.run(300)
    assert len(bench.done) == (2 if slot == "OUTPUTS" else 1)


def test_a_person_may_ask_for_one():
    bench = Bench()
    bench.run(60)
    bench.waves.ask()
    bench.run(300)
    assert bench.done == [(1, ["a person"])]
    the_same(bench, 1, 61)


def test_just_after_the_start_there_is_less_before_the_trigger():
    bench = Bench()
    bench.run(5)
    bench.set(TRIP_COUNT=1)
    bench.run(200)
    head = the_same(bench, 1, 6, pre=5)
    assert head["frames"] == 4 * (TICKS - PRE + 5)


def test_several_causes_within_a_record_are_all_named():
    bench = Bench()
    bench.run(100)
    bench.set(V_FACTS=facts.V_GRID_LOST | facts.V_GRID_TRIP)
    bench.run(10)
    bench.set(TRIP_COUNT=1, OUTPUTS=1)
    bench.run(200)
    assert len(bench.done) == 1 and bench.done[0][1] == ["trip", "grid lost", "K1 told to move"]


def test_records_one_after_the_other_each_with_its_pre_trigger():
    bench = Bench()
    bench.run(100)
    for n in range(1, 7):
        bench.set(TRIP_COUNT=n)
        bench.run(TICKS + 10)
    assert [number for number, _ in bench.done] == [1, 2, 3, 4, 5, 6]
    assert [head[1] for head in bench.waves.heads()] == [3, 4, 5, 6]
    for n in (3, 6):
        the_same(bench, n, 101 + (n - 1) * (TICKS + 10))
    with pytest.raises(readout.Gone):
        bench.read(2)


def test_a_late_background_shortens_the_record_and_never_mixes_it():
    bench = Bench(work_every=0)
    bench.run(100)
    bench.set(TRIP_COUNT=1)
    bench.run(90)  # the ring holds 64: it must stop
    assert bench.tap.m[wavetap.STATE] == 2
    while bench.waves.work():
        pass
    head = the_same(bench, 1, 101)
    assert head["short"] == 1 and head["frames"] == 4 * LENGTH and bench.tap.m[wavetap.MISSED] > 0
    bench.work_every = 8
    missed = bench.tap.m[wavetap.MISSED]
    bench.run(30)
    bench.set(TRIP_COUNT=2)
    bench.run(200)
    the_same(bench, 2, 221, pre=30)
    assert bench.tap.m[wavetap.MISSED] == missed


def test_counters_pass_their_wrap():
    bench = Bench()
    bench.run(LENGTH)
    bench.tap.m[wavetap.COUNT] = 0x1FFFFFFF - 30
    bench.run(20)
    bench.set(TRIP_COUNT=1)
    bench.run(200)
    the_same(bench, 1, LENGTH + 21)


def test_numbers_go_on_after_a_restart_and_records_stay():
    bench = Bench()
    bench.run(100)
    for n in (1, 2):
        bench.set(TRIP_COUNT=n)
        bench.run(300)
    old = bench.read(2)
    later = Bench(device=bench.device)
    assert later.waves.number == 2 and later.read(2) == old
    later.run(100)
    later.set(TRIP_COUNT=1)
    later.run(300)
    assert later.done[0][0] == 3 and later.read(2) == old


def test_a_power_cut_at_any_byte_spoils_no_other_record():
    bench = Bench(slots=2)
    bench.run(100)
    for n in (1, 2):
        bench.set(TRIP_COUNT=n)
        bench.run(300)
    whole, before = bench.read(2), bytes(bench.device.bytes)
    length = 64 + TICKS * 36 + 64
    bench.set(TRIP_COUNT=3)
    for cut in [*range(140), *range(140, length - 70, 97), *range(length - 70, length + 1)]:
        device = Device(2 * SLOT)
        device.bytes[:], device.left = before, cut
        bench.device, bench.tick = device, 0
        bench.open()
        bench.tap.m[wavetap.STATE] = 0
        bench.tap.m[wavetap.ASKED] = wavetap.PERSON
        try:
            bench.run(300)
        except PowerCut:
            pass
        device.left = None
        again = bench.open()
        numbers = [head[1] for head in again.heads()]
        assert numbers == ([2, 3] if cut >= length - 8 else [2] if cut else [1, 2])  # a head ends in 8 spare bytes
        assert list(readout.lines(again, 2)) == whole
        bench.waves = again


def test_one_place_is_not_given_from_a_trip_to_less():
    bench = Bench(slots=1)
    bench.run(100)
    bench.set(TRIP_COUNT=1)
    bench.run(300)
    kept = bench.read(1)
    bench.set(OUTPUTS=1)
    bench.run(300)
    assert bench.read(1) == kept and bench.waves.unkept == 1
    bench.set(TRIP_COUNT=2)
    bench.run(300)
    assert bench.done[-1] == (2, ["trip"]) and [head[1] for head in bench.waves.heads()] == [2]


def test_reading_goes_on_from_any_frame():
    bench = Bench()
    bench.run(100)
    bench.set(TRIP_COUNT=1)
    bench.run(300)
    whole = bench.read(1)
    for frame in (0, 1, 39, 40, 41, 200, 479, 480, 9999):
        part = bench.read(1, frame)
        assert part[0] == whole[0] and part[-1] == whole[-1]
        assert part[1:-1] == whole[1 + frame // 40 : -1]


def test_a_record_that_makes_room_while_it_is_read_says_so():
    bench = Bench(slots=1)
    bench.run(100)
    bench.set(TRIP_COUNT=1)
    bench.run(300)
    lines = readout.lines(bench.waves, 1)
    next(lines), next(lines)
    bench.set(TRIP_COUNT=2)
    bench.run(20)
    with pytest.raises(readout.Gone, match="made room"):
        list(lines)


WAVES = {
    "flat": lambda frame, channel: 2048,
    "rails": lambda frame, channel: 4095 * (frame & 1),
    "two": lambda frame, channel: (0, 4095, 4095, 0)[frame & 3],
    "noise": lambda frame, channel: zlib.crc32(b"%d %d" % (frame, channel)) & 0xFFF,
    "quiet": lambda frame, channel: 2048 + (zlib.crc32(b"%d %d" % (frame, channel)) & 3),
    "step": lambda frame, channel: 4095 if frame > 430 else 0,
}


@pytest.mark.parametrize("name", WAVES)
def test_any_wave_comes_back_as_it_was(name):
    bench = Bench(sample=WAVES[name])
    bench.run(100)
    bench.set(TRIP_COUNT=1)
    bench.run(300)
    the_same(bench, 1, 101)


def test_a_mains_wave_takes_less_than_half_its_bytes():
    import math

    def mains(frame, channel):
        noise = (zlib.crc32(b"%d %d" % (frame, channel)) & 3) - 2
        return 2048 + round(1024 * math.sin(2 * math.pi * 60 * frame / 8000 + channel)) + noise

    bench = Bench(sample=mains)
    bench.run(100)
    bench.set(TRIP_COUNT=1)
    bench.run(300)
    the_same(bench, 1, 101)
    text = sum(len(line) + 2 for line in bench.read(1)[1:])
    assert text < TICKS * 36 * 0.75  # as text, base64 and checksums in it


def test_a_damaged_line_does_not_pass():
    bench = Bench()
    bench.run(100)
    bench.set(TRIP_COUNT=1)
    bench.run(300)
    line = bench.read(1)[3]
    for i in range(len(line) - 9):
        broken = line[:i] + chr(ord(line[i]) ^ 1) + line[i + 1 :]
        with pytest.raises(AssertionError):
            readback.checked(broken)


def test_a_ram_device_will_do():
    ram = Ram(SLOT)
    ram.bytes = ram._bytes
    bench = Bench(device=ram)
    bench.run(100)
    bench.set(TRIP_COUNT=1)
    bench.run(300)
    the_same(bench, 1, 101)


def test_a_ring_that_cannot_hold_the_pre_trigger_is_refused():
    with pytest.raises(ValueError, match="ring of 1024 counts, 64 of 64"):
        EventTap(layout.new_image(), layout, array("H", bytes(2048)), 64, 64)
