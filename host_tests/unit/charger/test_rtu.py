"""The RTU master: every wrong reply rejected by kind, junk skipped, silence kept, and no value taken from a bad reply.

CRCs are computed by the textbook's bit loop here, not by the firmware's table."""

import asyncio
import random

import pytest

from firmware.charger import rtu
from tools.plant.wire import crc16


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self):
        self.us = (1 << 30) - 3_000_000  # wraps on the way

    def ticks_us(self):
        return self.us & (1 << 30) - 1

    def ticks_ms(self):
        return self.us // 1000 & (1 << 30) - 1

    @staticmethod
    def ticks_diff(a, b):
        return ((a - b + (1 << 29)) & (1 << 30) - 1) - (1 << 29)

    async def sleep_ms(self, ms):
        self.us += max(ms, 1) * 1000
        await asyncio.sleep(0)


class Uart:
    """Answers a request with what `reply` makes of it, `late_us` after the request's last byte has left."""

    def __init__(self, clock, reply, late_us=30_000, char_us=1042):
        self.clock, self.reply, self.late_us, self.char_us = clock, reply, late_us, char_us
        self.sent, self.when, self.pending, self.due = [], [], b"", 0

    def write(self, data):
        frame = bytes(data)
        self.sent.append(frame)
        self.when.append(self.clock.us)
        self.pending += self.reply(frame)
        self.due = self.clock.us + len(frame) * self.char_us + self.late_us
        return len(frame)

    def any(self):
        return len(self.pending) if self.clock.us >= self.due else 0

    def readinto(self, buf):
        n = min(len(buf), self.any())
        buf[:n] = self.pending[:n]
        self.pending = self.pending[n:]
        return n

    def txdone(self):
        return True


def framed(data):
    crc = crc16(data)
    return bytes(data) + bytes((crc & 255, crc >> 8))


def registers(*values, unit=1, function=4):
    body = b"".join(v.to_bytes(2, "big") for v in values)
    return framed(bytes((unit, function, len(body))) + body)


def master(reply, **how):
    clock = Clock()
    uart = Uart(clock, reply, how.pop("late_us", 30_000))
    return rtu.Master(uart, clock, 9600, **{"tries": 1, **how}), uart, clock


def read(link, count=2, unit=1):
    return asyncio.run(link.read(unit, 31500, count))


def test_crc_of_the_textbook():
    assert rtu.crc16(b"123456789", 9, rtu.TABLE) == 0x4B37  # CRC-16/MODBUS check value
    dice = random.Random(3)
    for _ in range(200):
        data = bytes(dice.randrange(256) for _ in range(dice.randrange(1, 60)))
        assert rtu.crc16(data, len(data), rtu.TABLE) == crc16(data)


def test_a_good_reply_is_taken_and_counted():
    link, uart, _ = master(lambda frame: registers(8123, 65535))
    assert read(link) == [8123, 65535]
    assert uart.sent == [framed(bytes.fromhex("01 04 7b 0c 00 02"))]
    assert link.stats.as_dict()["ok"] == 1 and link.stats.as_dict()["errors"] == 0


GOOD = registers(100, 200)
WRONG = {
    "timeout": [b"", GOOD[:3], GOOD[:-1]],
    "crc": [GOOD[:-1] + bytes((GOOD[-1] ^ 1,)), GOOD[:4] + b"\x99" + GOOD[5:]],
    "unit": [registers(100, 200, unit=2)],
    "function": [registers(100, 200, function=3), framed(bytes((1, 6, 0, 0, 0, 1)))],
    "length": [registers(100), registers(1, 2, 3)],
    "exception": [framed(bytes((1, 0x84, 2))), framed(bytes((1, 0x84, 4)))],
}


@pytest.mark.parametrize("kind, reply", [(k, r) for k in WRONG for r in WRONG[k]])
def test_every_wrong_reply_is_rejected_by_its_kind(kind, reply):
    link, _, _ = master(lambda frame: reply)
    with pytest.raises(rtu.ModbusError) as caught:
        read(link)
    assert rtu.KINDS[caught.value.kind] == kind, str(caught.value)
    assert link.stats.errors[caught.value.kind] == 1
    assert (link.stats.silent_since_ms is None) == (kind == "exception")  # who refuses is not silent
    assert link.stats.units[1] == [0, 1, 0 if kind == "exception" else 1]


@pytest.mark.parametrize("junk", [b"\x00", b"\xff\xfe", b"\x01\x04", b"\x01", b"\x01\x04\x04\x00" * 3])
def test_junk_before_a_good_reply_is_skipped(junk):
    link, _, _ = master(lambda frame: junk + GOOD)
    assert read(link) == [100, 200]
    assert link.stats.junk >= 1


def test_its_own_echo_is_no_reply():
    link, _, _ = master(lambda frame: frame)
    with pytest.raises(rtu.ModbusError):
        read(link)


def test_the_echo_of_a_write_must_be_whole():
    link, uart, _ = master(lambda frame: framed(frame[:4] + b"\x00\x07"))
    with pytest.raises(rtu.ModbusError) as caught:
        asyncio.run(link.write(1, 41000, 1))
    assert rtu.KINDS[caught.value.kind] == "echo"
    link, uart, _ = master(lambda frame: frame)
    asyncio.run(link.write(1, 41000, 1))
    assert uart.sent == [framed(bytes.fromhex("01 06 a0 28 00 01"))]
    link, uart, _ = master(lambda frame: framed(frame[:6]))
    asyncio.run(link.write_many(1, 41002, [0, 6000]))
    assert uart.sent == [framed(bytes.fromhex("01 10 a0 2a 00 02 04 00 00 17 70"))]


def test_a_broadcast_waits_for_nobody():
    link, uart, _ = master(lambda frame: b"")
    asyncio.run(link.write(0, 40000, 1))
    assert uart.sent[0][0] == 0


def test_it_tries_again_but_not_after_an_exception():
    answers = [b"", GOOD]
    link, uart, _ = master(lambda frame: answers.pop(0), tries=2)
    assert read(link) == [100, 200] and link.stats.retries == 1
    link, uart, _ = master(lambda frame: WRONG["exception"][0], tries=3)
    with pytest.raises(rtu.ModbusError):
        read(link)
    assert len(uart.sent) == 1


def test_each_further_try_waits_twice_as_long():
    link, uart, _ = master(lambda frame: GOOD[:-1], tries=4, reply_ms=100)
    with pytest.raises(rtu.ModbusError):
        read(link)
    gaps = [(b - a) // 1000 for a, b in zip(uart.when, uart.when[1:], strict=False)]
    steps = [b - a for a, b in zip(gaps, gaps[1:], strict=False)]
    assert len(uart.when) == 4 and steps == pytest.approx([50, 100], abs=3)


def test_a_dead_unit_costs_the_others_one_timeout_a_round():
    link, uart, _ = master(lambda frame: registers(7, unit=2) if frame[0] == 2 else b"", tries=3)
    for _ in range(6):
        with pytest.raises(rtu.ModbusError):
            read(link, 1, unit=1)
        assert read(link, 1, unit=2) == [7]
    assert sum(frame[0] == 1 for frame in uart.sent) == 3 + 5  # all tries once, then one a round
    told = link.stats.as_dict()["by_unit"]
    assert told == {1: {"ok": 0, "errors": 8}, 2: {"ok": 6, "errors": 0}}


def test_a_reply_that_comes_too_late_is_not_the_next_ones():
    link, uart, clock = master(lambda frame: b"", reply_ms=100)
    with pytest.raises(rtu.ModbusError):
        read(link)
    uart.pending, uart.due = registers(1, 2), clock.us + 150_000  # the first answer, at last
    uart.reply, uart.late_us = lambda frame: registers(3, 4), 5000
    assert read(link) == [3, 4] and link.stats.junk == 9


def test_an_echo_of_its_own_is_dropped_while_the_request_leaves():
    """A receiver that was left on hears the request; for a single write that is just what the answer looks like."""
    link, uart, clock = master(lambda frame: frame, reply_ms=100, late_us=-2000)
    with pytest.raises(rtu.ModbusError) as caught:
        asyncio.run(link.write(1, 41000, 1))
    assert rtu.KINDS[caught.value.kind] == "timeout" and link.stats.echoes == 8


def test_an_answer_is_not_taken_for_an_echo_by_a_master_that_was_held_up():
    """Held up between the look at the line and the look at the clock: only what was there before may be dropped."""
    link, uart, clock = master(lambda frame: GOOD, late_us=4000)
    real, looks = uart.any, []

    def late():
        looks.append(0)
        if len(looks) == 2:  # the first look after the request has left
            clock.us += 60_000
        return real()

    uart.any = late
    assert read(link) == [100, 200] and link.stats.echoes == 0


def test_two_tasks_take_turns():
    link, uart, clock = master(lambda frame: registers(frame[3], unit=1))

    async def both():
        return await asyncio.gather(link.read(1, 5, 1), link.read(1, 9, 1))

    assert asyncio.run(both()) == [[5], [9]]
    assert uart.when[1] - uart.when[0] >= (8 + 7 + 3.5) * 1041


def test_the_clock_may_go_round_while_the_line_rests():
    link, uart, clock = master(lambda frame: GOOD, period_ms=1000)
    read(link)
    clock.us += 700_000_000  # beyond half of the microsecond clock's range
    began = clock.us
    read(link)
    assert uart.when[-1] - began < 10_000


def test_the_least_period_and_the_silence_are_kept():
    link, uart, clock = master(lambda frame: GOOD, period_ms=1000)
    for _ in range(4):
        read(link)
    gaps = [b - a for a, b in zip(uart.when, uart.when[1:], strict=False)]
    assert min(gaps) >= 1_000_000 and max(gaps) < 1_010_000
    link, uart, clock = master(lambda frame: GOOD, late_us=4000)
    read(link)
    ended = clock.us
    read(link)
    assert uart.when[1] - ended >= 3645  # 3.5 characters at 9600


@pytest.mark.parametrize("count", [0, 126, -1])
def test_a_read_outside_the_protocol_is_refused_before_it_is_sent(count):
    link, uart, _ = master(lambda frame: GOOD)
    with pytest.raises(ValueError, match=r"allowed 1\.\.125"):
        read(link, count)
    assert uart.sent == []


def test_mutated_replies_never_give_a_wrong_value():
    """Bits turned, bytes lost, added or swapped: either the true value or a ModbusError."""
    dice = random.Random(7)
    rejected = 0
    for _ in range(3000):
        reply = bytearray(GOOD)
        for _ in range(dice.randrange(1, 4)):
            at = dice.randrange(len(reply))
            what = dice.randrange(4)
            if what == 0:
                reply[at] ^= 1 << dice.randrange(8)
            elif what == 1:
                del reply[at]
            elif what == 2:
                reply.insert(at, dice.randrange(256))
            else:
                reply[at] = dice.randrange(256)
        link, _, _ = master(lambda frame, reply=bytes(reply): reply, reply_ms=100)
        try:
            assert read(link) == [100, 200]
        except rtu.ModbusError:
            rejected += 1
    assert rejected > 2000
