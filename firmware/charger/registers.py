"""Registers as data: rows compiled to the fewest block reads, words to whole numbers and back.

A row is (name, unit, function, address, type, gain, access, every, then unit, meaning, source for the host).
`name` ends with the unit of the number it gives; `unit` is the bus unit, 0 for the device's own; `gain` is what the
register is multiplied by to give that number, or (name of a scale-factor row, power of ten to add). `access` is R, RW,
W, or WX for a command whose value is gone once it is carried out. `every` is 1 for each round and larger for what
changes slowly. The last three columns never reach the chip.

It must never turn a register that says "not known" into a number.
"""

import struct


def size(kind):
    """Registers a type takes."""
    return 1 if kind in ("U16", "S16") else 4 if kind == "U64" else 2


def inside(row, block):
    """Does this block read the whole row?"""
    if row[1] != block[0] or row[2] != block[1]:
        return False
    return block[2] <= row[3] and row[3] + size(row[4]) <= block[2] + block[3]


def decode(kind, words, at, unset=False):
    """The number at words[at], high word first, or None for what is not known: a float that is no number and, with
    `unset`, SunSpec's values for a point that is not there."""
    value = words[at]
    for i in range(1, size(kind)):
        value = value << 16 | words[at + i]
    if kind == "F32":
        return _whole(value)
    bits = 16 * size(kind)
    top = 1 << (bits - 1)
    if kind[0] == "S":
        return None if unset and value == top else (value ^ top) - top
    return None if unset and value == 2 * top - 1 else value


def _whole(raw):
    """IEEE 754 single as a float, None for NaN and infinity."""
    if raw >> 23 & 0xFF == 0xFF:
        return None
    return struct.unpack(">f", struct.pack(">I", raw))[0]


def scaled(value, gain, values):
    """A register's number in its row's unit, whole; None when its scale factor is not known."""
    if isinstance(gain, int):
        return _round(value * gain)
    power = values.get(gain[0])
    if power is None or not -10 <= power <= 10:
        return None
    power += gain[1]
    if power >= 0:
        return value * 10**power
    half = 10**-power // 2
    return (value + half) // 10**-power if value >= 0 else -((half - value) // 10**-power)


def unscaled(value, gain, values):
    """What to write for a number in the row's unit; ValueError while its scale factor is not known."""
    if isinstance(gain, int):
        return value // gain
    power = values.get(gain[0])
    if power is None or not -10 <= power <= 10:
        raise ValueError("scale factor %s is not known: the value %d was not written" % (gain[0], value))
    power += gain[1]
    return value // 10**power if power >= 0 else value * 10**-power


def _round(value):
    return int(value + 0.5) if value >= 0 else -int(0.5 - value)


def encode(name, kind, value):
    """Words of a number, high word first; ValueError names the register and what it takes."""
    bits = 16 * size(kind)
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if kind[0] == "S" else (0, (1 << bits) - 1)
    if not low <= value <= high:
        raise ValueError("register %s: %d is outside %d..%d" % (name, value, low, high))
    return [value >> shift & 0xFFFF for shift in range(bits - 16, -1, -16)]
