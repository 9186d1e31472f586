"""The SunSpec map as one block of bytes: models 1, 701-704, 707-711, 713-715 from register 40000 on.

A model is a string of point types, each with how often it repeats; a point that nothing fills says "not implemented" by
its type. It holds values only: what may be written, and what that does, is `requests`' and `curves`' matter.

Layout after sunspec/models 7abdf89; 707-710 with two sets of five points, 711 with two controls, 714 with two ports.
"""

from micropython import const

BASE = const(40000)
# u uint16, i int16, e enum16, b bitfield16, f scale factor, p pad; U uint32, I int32, B bitfield32; L uint64; s one
# register of a string
_SIZE = {"U": 2, "I": 2, "B": 2, "L": 4}
_NONE = {
    "u": b"\xff\xff",
    "i": b"\x80\x00",
    "e": b"\xff\xff",
    "b": b"\xff\xff",
    "f": b"\x80\x00",
    "p": b"\x80\x00",
    "s": b"\x00\x00",
    "U": b"\xff\xff\xff\xff",
    "I": b"\x80\x00\x00\x00",
    "B": b"\xff\xff\xff\xff",
    "L": b"\xff\xff\xff\xff\xff\xff\xff\xff",
}
_TRIP_V = "eueu2f2" + "e" + "uuUuUuUuUuU" * 3 + "e" + "uuUuUuUuUuU" * 3
_TRIP_F = "eueu2f2" + "euU10uU10uU10" * 2
MODELS = (
    (1, "s64up"),
    (701, "e4B2i5u2UL4i11u2L4i5u2L4i5u2L4uBf10s32"),
    (702, "u19e2Bbu18bf7"),
    (703, "eu2U6f2"),
    (704, "e2U2e2U2eu2eU2e2I2i2eU2e3I2i2eU2ueuef6ueueueue"),
    (707, _TRIP_V),
    (708, _TRIP_V),
    (709, _TRIP_F),
    (710, _TRIP_F),
    (711, "eueuU2uf3U2u2UieU2u2Uie"),
    (713, "u4ef2"),
    (714, "Bui2L2f5eus8iuiL2ieBeus8iuiL2ieB"),
    (715, "eU2ue"),
)


def runs(types):
    """(type, how often) of a model's string."""
    at = 0
    while at < len(types):
        end = at + 1
        while end < len(types) and types[end].isdigit():
            end += 1
        yield types[at], int(types[at + 1 : end] or 1)
        at = end


class Chain:
    """`data` two bytes a register; `at` {model: register of its ID, counted from BASE}; `count` registers in all."""

    def __init__(self):
        data = bytearray(b"SunS")
        self.at = {}
        for model, types in MODELS:
            self.at[model] = len(data) // 2
            length = sum(_SIZE.get(t, 1) * n for t, n in runs(types))
            data += bytes((model >> 8, model & 255, length >> 8, length & 255))
            for t, n in runs(types):
                data += _NONE[t] * n
        data += b"\xff\xff\x00\x00"
        self.data, self.count = data, len(data) // 2

    def put(self, model, offset, value, size=1):
        """A whole number of `size` registers, two's complement, high word first; None is left as it is."""
        if value is None:
            return
        at = 2 * (self.at[model] + offset)
        for i in range(2 * size - 1, -1, -1):
            self.data[at + i] = value & 255
            value >>= 8

    def get(self, model, offset, size=1, signed=False):
        """The number that stands there."""
        at, value = 2 * (self.at[model] + offset), 0
        for i in range(2 * size):
            value = value << 8 | self.data[at + i]
        top = 1 << (16 * size - 1)
        return (value ^ top) - top if signed else value

    def text(self, model, offset, size, words):
        """A string of `size` registers, the rest zero."""
        at, raw = 2 * (self.at[model] + offset), words.encode()[: 2 * size]
        self.data[at : at + 2 * size] = raw + bytes(2 * size - len(raw))

    def missing(self, model, offset, size=1, signed=True):
        """Back to "not known"."""
        value = 1 << (16 * size - 1) if signed else (1 << 16 * size) - 1
        self.put(model, offset, value, size)

    def read(self, address, count):
        """The bytes of registers, or None outside the map."""
        first = address - BASE
        if first < 0 or first + count > self.count:
            return None
        return self.data[2 * first : 2 * (first + count)]

    def where(self, address):
        """(model, offset) of an address, or (0, 0) outside every model."""
        first, best = address - BASE, 0
        for model, at in self.at.items():
            if at <= first and at >= self.at.get(best, 0):
                best = model
        if not best or first >= self.count - 2:
            return 0, 0
        return best, first - self.at[best]
