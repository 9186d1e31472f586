"""FRAM protocol and the RAM in its place, against a model of the part written from its data sheet's command set."""

import pytest

from firmware.board import fram


class Part:
    """A serial FRAM: 06 sets the write latch, 04 clears it, 05 reads it, 03 and 02 with three address bytes."""

    def __init__(self, there=True):
        self.memory, self.latch, self.there, self.said = {}, False, there, b""

    def __call__(self, level):
        if level and self.said[:1] == b"\x02":
            self.latch = False
        self.said = b"" if not level else self.said

    def write(self, data):
        for byte in bytes(data):
            self.said += bytes([byte])
            if len(self.said) == 1:
                self.latch = {6: True, 4: False}.get(byte, self.latch)
            elif self.said[0] == 2 and len(self.said) > 4 and self.latch:
                self.memory[int.from_bytes(self.said[1:4], "big") + len(self.said) - 5] = byte

    def readinto(self, buf):
        at = int.from_bytes(self.said[1:4], "big")
        for i in range(len(buf)):
            buf[i] = self.memory.get(at + i, 0) if self.there else 0xFF

    def write_readinto(self, data, buf):
        self.write(data[:1])
        buf[1] = (2 if self.latch else 0) if self.there else 0xFF


def test_what_is_written_is_read_back_where_it_was_put():
    part = Part()
    store = fram.make_store(part, part)
    assert store.permanent and store.size == 512 * 1024
    store.write(0x7FFFE, b"\x12\x34")
    assert part.memory == {0x7FFFE: 0x12, 0x7FFFF: 0x34}
    back = bytearray(2)
    store.read(0x7FFFE, back)
    assert back == b"\x12\x34"


def test_a_floating_bus_is_no_fram():
    part = Part(there=False)
    store = fram.make_store(part, part)
    assert not store.permanent and store.size == 4096
    store.write(10, b"abc")
    back = bytearray(3)
    store.read(10, back)
    assert back == b"abc"


@pytest.mark.parametrize(("at", "count"), [(-1, 1), (4095, 2), (4096, 1)])
def test_outside_is_refused_with_the_range(at, count):
    with pytest.raises(ValueError, match=r"allowed 0\.\.4096"):
        fram.Ram().write(at, bytes(count))
