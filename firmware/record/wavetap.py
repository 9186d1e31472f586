"""The wave recorder's part of what record/tap.py keeps: where its numbers lie, what triggers, how large a tick is."""

from micropython import const

WORDS = const(9)  # a tick: four frames of four channels, two counts a word, and the digital bits
TICK_BYTES = const(36)
# What began a record.
TRIP = const(1)
LOSS = const(2)
ISLAND_TRIP = const(4)
LOCKOUT = const(8)
K1_TOLD = const(16)
PERSON = const(32)
CAUSES = ("trip", "grid lost", "island trip", "lockout", "K1 told to move", "a person")
# Places in the tap's array.
STATE = const(104)  # 0 waits for a trigger, 1 in a record, 2 stopped: the ring was full, 3 there is no ring
PLACE = const(105)  # where the next tick goes
COUNT = const(106)  # ticks taken, modulo 2**29
AT = const(107)  # ticks taken before that of the trigger
CAUSE = const(108)
KEEP = const(109)  # first tick that must not be overwritten
MISSED = const(110)  # ticks not taken since the start
ASKED = const(111)  # background: 32 = a person wants a record
TIME_S = const(112)
TENTHS = const(113)
LENGTH = const(114)  # ticks the ring holds
PRE = const(115)
SINCE = const(116)  # ticks in a row that the ring holds, at most LENGTH


def words(buffer):
    """The buffer as a kernel's ptr32 wants it: itself on the chip, where only the address counts."""
    view = memoryview(buffer)
    if not hasattr(view, "cast"):
        return buffer
    return view.cast("B").cast("I")
