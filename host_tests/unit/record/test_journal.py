"""The journal over restarts and power cuts: cut at any byte, nothing but the record being written is spoiled."""

import pytest

from firmware.record.journal import PAYLOAD, RECORD, Journal


class PowerCut(Exception):
    pass


class Device:
    """Memory that loses power after so many bytes."""

    def __init__(self, size, dirt=0):
        self.bytes, self.left = bytearray([dirt]) * size, None

    def read(self, at, buf):
        assert 0 <= at and at + len(buf) <= len(self.bytes)
        buf[:] = self.bytes[at : at + len(buf)]

    def write(self, at, buf):
        for i, byte in enumerate(bytes(buf)):
            if self.left == 0:
                raise PowerCut
            if self.left is not None:
                self.left -= 1
            self.bytes[at + i] = byte


def filled(device, count, size):
    journal = Journal(device, 0, size)
    for _ in range(count):
        n = journal.number + 1
        journal.put(n % 100, n, n % 10000, 0, b"payload %d" % n)
    return journal


def readable(journal):
    return [n for n in range(journal.oldest(), journal.number + 1) if journal.get(n)]


def test_what_is_put_comes_back():
    journal = filled(Device(640), 3, 640)
    assert journal.get(2) == (2, 2, 0, 2, 2, 0, b"payload 2" + bytes(PAYLOAD - 9), 0)
    assert journal.get(4) is None and journal.get(0) is None and journal.get(-1) is None


def test_the_oldest_make_room():
    journal = filled(Device(640), 25, 640)
    assert journal.oldest() == 16 and readable(journal) == list(range(16, 26))
    assert journal.get(15) is None


@pytest.mark.parametrize("records", [1, 2, 10, 31, 32, 33, 64, 100])
def test_a_restart_finds_the_newest_wherever_it_lies(records):
    size = records * RECORD
    for count in list(range(2 * records + 3)) + [1000]:
        device = Device(size, 0xFF)
        filled(device, count, size)
        again = Journal(device, 0, size)
        assert again.number == count
        assert readable(again) == list(range(max(1, count - records + 1), count + 1))
        assert again.start == (1 if count else 0)


@pytest.mark.parametrize("before", [0, 1, 31, 32, 33, 63, 64, 65, 96, 127, 128, 200])
def test_a_power_cut_at_every_byte_spoils_that_record_at_most(before):
    size = 64 * RECORD
    whole = Device(size, 0xFF)
    filled(whole, before, size)
    for cut in range(RECORD + 1):
        device = Device(size)
        device.bytes[:] = whole.bytes
        journal = Journal(device, 0, size)
        device.left = cut
        try:
            journal.put(5, 1, 2, 0, b"x" * PAYLOAD)
        except PowerCut:
            pass
        device.left = None
        again = Journal(device, 0, size)
        assert again.number in (before, before + 1) and (cut < RECORD or again.number == before + 1)
        kept = set(readable(again))
        assert kept >= set(range(max(1, before + 2 - 64), before + 1))
        assert again.put(6, 1, 2, 0, b"next") == again.number
        assert again.get(again.number)[6].startswith(b"next") and Journal(device, 0, size).number == again.number


def test_a_flipped_bit_anywhere_is_noticed():
    device = Device(640)
    journal = filled(device, 5, 640)
    for bit in range(8 * RECORD):
        at = 3 * RECORD + bit // 8
        device.bytes[at] ^= 1 << bit % 8
        assert journal.get(3) is None
        device.bytes[at] ^= 1 << bit % 8
    assert journal.get(3)


def test_records_of_another_layout_or_place_are_not_taken():
    device = Device(640)
    filled(device, 9, 640)
    device.bytes[0:64], device.bytes[64:128] = device.bytes[64:128], device.bytes[0:64]
    assert Journal(device, 0, 640).get(1) is None


@pytest.mark.parametrize("blank", [0, 0xFF])
@pytest.mark.parametrize("count", [0, 1, 40, 3000])
def test_a_large_memory_is_searched_in_few_reads(blank, count):
    """The tick must run within 3 s of the start, and a read of the FRAM takes about half a millisecond."""
    size = 4096 * RECORD
    device, reads = Device(size, blank), []
    filled(device, count, size)
    read = device.read
    device.read = lambda at, buf: (reads.append(at), read(at, buf))
    assert Journal(device, 0, size).number == count
    assert len(reads) < 200
