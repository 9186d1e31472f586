"""One kernel for every element that is "a value beyond a limit for a time", and the list of all element codes.

A row's timer goes back to zero at the first healthy reading; comparisons are strict. A reading speaks for the period
that it ends, so the first reading beyond the limit already counts as one period. It must never write outputs: it says
which row ran out its time, nothing else.

Sources: strictness and reset [OD] (OpenDER, Eq 3.5.1-6 and 3.12.4).
"""

from array import array

import micropython
from micropython import const

# Element codes: what TRIP_ELEMENT carries. 1..9 say "lost" (the grid was gone), all others "rejected" (present, out
# of limits).
NONE = const(0)
LOSS_BANK = const(1)
LOSS_27 = const(2)
E27 = const(10)  # + stage 1..3
E59 = const(15)  # + stage 1..3
MEAN10 = const(19)
E81U = const(20)  # + stage 1..2
E81O = const(25)  # + stage 1..2
E81X = const(29)
E81R = const(30)
E78 = const(31)
SENSING = const(32)
ANSWER = const(33)
ISLAND_59_2 = const(40)
ISLAND_59_1 = const(41)
ISLAND_27_2 = const(42)
ISLAND_27_1 = const(43)
ISLAND_SPREAD = const(44)
ISLAND_81U = const(45)
ISLAND_81O = const(46)
ISLAND_SENSING = const(47)
BACKFEED = const(48)

# (code, name, unit of TRIP_VALUE and TRIP_LIMIT)
NAMES = (
    (LOSS_BANK, "LOSS bank", "mV"),
    (LOSS_27, "LOSS 27", "mV"),
    (E27 + 1, "27-1", "mV"),
    (E27 + 2, "27-2", "mV"),
    (E27 + 3, "27-3", "mV"),
    (E59 + 1, "59-1", "mV"),
    (E59 + 2, "59-2", "mV"),
    (E59 + 3, "59-3", "mV"),
    (MEAN10, "59 mean", "mV"),
    (E81U + 1, "81U-1", "mHz"),
    (E81U + 2, "81U-2", "mHz"),
    (E81O + 1, "81O-1", "mHz"),
    (E81O + 2, "81O-2", "mHz"),
    (E81X, "81 unknown", "mHz"),
    (E81R, "81R", "mHz/s"),
    (E78, "78", "cdeg"),
    (SENSING, "SENSING", "bits"),
    (ANSWER, "unintentional island", "mHz"),
    (ISLAND_59_2, "island 59-2", "mV"),
    (ISLAND_59_1, "island 59-1", "mV"),
    (ISLAND_27_2, "island 27-2", "mV"),
    (ISLAND_27_1, "island 27-1", "mV"),
    (ISLAND_SPREAD, "island open neutral", "mV"),
    (ISLAND_81U, "island 81U", "mHz"),
    (ISLAND_81O, "island 81O", "mHz"),
    (ISLAND_SENSING, "island SENSING", "bits"),
    (BACKFEED, "BACKFEED", "mV"),
)

# A row of the kernel.
SIZE = const(12)
SLOT = const(0)  # image slot of the value, which is never negative
SIDE = const(1)  # OVER or UNDER
LIMIT = const(2)
PICKUP = const(3)  # ticks
LAG = const(4)  # ticks of measuring to take off the pickup, and K1's opening with it; 0 = the pickup is the relay's own
FLOOR = const(5)  # least ticks left after that
BLOCK = const(6)  # bits: while any is set in the bench, the timer stands at zero
FREEZE = const(7)  # bits: while any is set, the row is passed over and its timer stays
LEG = const(8)  # image slot that names the leg; 0 = all
CODE = const(9)
TIME = const(10)  # ticks beyond the limit so far
OVER = const(1)
UNDER = const(2)

# What blocks or freezes a row: bits in the room's memory, presence.BITS.
BIT_LOW = const(1)  # voltage too low for frequency
BIT_NO_F = const(2)  # frequency not measurable
BIT_NO_ISLAND = const(4)
BIT_NOT_STEADY = const(8)  # an island that only starts
BIT_BAD_GRID = const(16)
BIT_BAD_HOUSE = const(32)
BIT_BLIND_GRID = const(64)  # implausible, and not only noisy: its RMS says nothing

HEAD = const(2)  # number of rows, ticks between two scans; then the rows
_HEAD = const(2)
_SIZE = const(12)
_SIDE = const(1)
_LIMIT = const(2)
_PICKUP = const(3)
_LAG = const(4)
_FLOOR = const(5)
_BLOCK = const(6)
_FREEZE = const(7)
_TIME = const(10)
_OVER = const(1)
_LONGEST = const(1 << 28)
_BITS = const(27)  # presence.BITS
_K1_TICKS = const(28)


@micropython.viper
def scan(image: ptr32, rows: ptr32, p: ptr32) -> int:
    """Where the first row begins whose time has run out, or 0.

    Values 0..2**30 (mV, mHz), ticks up to 2**28. Cost on the RP2040: a call (524 cycles) and about 110 a row.
    """
    fired = 0
    bits = p[_BITS]
    at = _HEAD
    end = at + rows[0] * _SIZE
    while at < end:
        if rows[at + _FREEZE] & bits == 0:
            value = image[rows[at]]
            limit = rows[at + _LIMIT]
            beyond = 0
            if rows[at + _SIDE] == _OVER:
                if value > limit:
                    beyond = 1
            elif value < limit:
                beyond = 1
            if rows[at + _BLOCK] & bits:
                beyond = 0
            time = 0
            if beyond:
                time = rows[at + _TIME]
                if time < _LONGEST:
                    time += rows[1]
                need = rows[at + _PICKUP]  # <= 2e6
                lag = rows[at + _LAG]
                if lag:
                    need -= lag + p[_K1_TICKS]
                    if need < rows[at + _FLOOR]:
                        need = rows[at + _FLOOR]
                if time >= need:
                    if fired == 0:
                        fired = at
            rows[at + _TIME] = time
        at += _SIZE
    return fired


def new_rows(rows, step):
    """The array of these rows, scanned every `step` ticks; a row is given as its first ten fields."""
    flat = array("i", bytes(4 * (HEAD + SIZE * len(rows))))
    flat[0], flat[1] = len(rows), step
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            flat[HEAD + i * SIZE + j] = value
    return flat


def is_lost(code):
    """The grid was gone; else it was there and out of its limits."""
    return 0 < code < 10


def name(code):
    """(name, unit) of an element code, for console, records and documents."""
    for row in NAMES:
        if row[0] == code:
            return row[1], row[2]
    return ("none", "") if code == 0 else ("element %d" % code, "")
