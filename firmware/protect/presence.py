"""What the two sides are, every tick: live, dead, lost, one or apart, and whether the senses can be believed.

Between dead and live is unknown, and unknown sets no bit. An implausible channel makes its side neither live nor dead,
and the two sides neither one nor apart. It must never call a side dead on a channel it does not believe: K1 closes onto
a dead house.

It also puts the word of facts together: bits the slower kernels hold are passed on only while what they rest on
stands in this very tick.
"""

from array import array

import micropython
from micropython import const

from firmware.protect.curves import ticks
from firmware.transfer import facts

# The facts, as transfer.facts has them (a test compares).
_GRID_LIVE = const(1 << 0)
_GRID_DEAD = const(1 << 1)
_HOUSE_LIVE = const(1 << 2)
_HOUSE_DEAD = const(1 << 3)
_GRID_LOST = const(1 << 4)
_LINKED = const(1 << 11)
_SENSING_OK = const(1 << 12)
_APART = const(1 << 13)
_ONE_OR_TWO = const(1 << 11 | 1 << 13)
_GRID_SIDE = const(1 << 0 | 1 << 1)
_HOUSE_SIDE = const(1 << 2 | 1 << 3)
_NEEDS_GRID = const(1 << 6 | 1 << 7 | 1 << 15)  # GOOD, ENTER_SERVICE, IN_WINDOW
_NEEDS_BOTH = const(1 << 8)  # IN_STEP
_NEEDS_HOUSE = const(1 << 14)  # HOUSE_STEADY
# Bits that stay inside this room, in the same word.
_PUBLIC = const(0xFFFF)
_LIVE_LONG = const(1 << 16)
BAD_GRID = const(1 << 18)
_BAD_GRID = const(1 << 18)
BAD_HOUSE = const(1 << 19)
_BAD_HOUSE = const(1 << 19)
BAD_GRID_LONG = const(1 << 20)
_BAD_GRID_LONG = const(1 << 20)
BAD_HOUSE_LONG = const(1 << 21)
_BAD_HOUSE_LONG = const(1 << 21)
_ALL = const(0x3FFFFFFF)

# Wiring, limits and state: the room's common memory.
_LEGS = const(0)
_G = const(1)  # first of three slots of grid RMS, in a row
_H = const(2)
_D = const(3)  # first of three angles
_BAD = const(4)
_BANK = const(5)
_FACTS = const(6)
_GRID_MASK = const(7)
_HOUSE_MASK = const(8)
LIVE_MV = const(9)
_LIVE_MV = const(9)
_DEAD_MV = const(10)
_DEAD_TICKS = const(11)
_APART_MV = const(12)
_APART_CDEG = const(13)
_LINK_MV = const(14)
_LINK_CDEG = const(15)
_ANGLE_MV = const(16)  # an angle means something above this on both sides
_LOST = const(17)
HELD = const(18)  # bits of the other kernels
_HELD = const(18)
LEG_DEAD = const(19)  # for each grid leg, ticks it has been dead, up to DEAD_TICKS
_LEG_DEAD = const(19)
_GRID_LONG = const(22)  # BAD_GRID_LONG, or 0: an implausible channel never trips by itself
_HOUSE_LONG = const(23)
_RAW = const(24)  # facts before they are timed
_TIMED = const(25)
WORD = const(26)  # facts with the room's own bits, as of this tick
_WORD = const(26)
BITS = const(27)  # elements.BIT_*: what blocks or freezes a row
K1_TICKS = const(28)  # K1 needs to open
LEAD = const(29)  # of 25: cdeg for each mHz of slip, times 256
EPISODE = const(30)  # 1 = tripped, and the grid not good anew since
_EPISODE = const(30)
_OUTPUTS = const(31)
_TIMERS = const(32)  # rows of (bit, ticks it must last, ticks it has lasted)
_TIMERS_END = const(53)
_LIVE_LASTED = const(34)  # the first row is LIVE_LONG's
SIZE = const(53)
STEP = const(8)  # ticks between two readings
_STEP = const(8)
_OUT_K1 = const(1 << 0)  # board.port


@micropython.viper
def sides(image: ptr32, p: ptr32, same: ptr32) -> int:
    """Untimed facts of this reading, from mV and cdeg below 2**20. Cost: a call, 90 cycles and 190 a leg."""
    one = 1
    h = one << 31
    raw = _GRID_LIVE | _GRID_DEAD | _HOUSE_LIVE | _HOUSE_DEAD | _LINKED | _LIVE_LONG
    i = 0
    n = p[_LEGS]
    while i < n:
        g = image[p[_G] + i]
        v = image[p[_H] + i]
        t = 0
        if g < p[_DEAD_MV]:
            t = p[_LEG_DEAD + i]
            if t < p[_DEAD_TICKS]:
                t += _STEP
        else:
            raw &= _ALL ^ _GRID_DEAD
        p[_LEG_DEAD + i] = t
        if v >= p[_DEAD_MV]:
            raw &= _ALL ^ _HOUSE_DEAD
        if g < p[_LIVE_MV]:
            raw &= _ALL ^ (_GRID_LIVE | _LIVE_LONG)
        if v < p[_LIVE_MV]:
            raw &= _ALL ^ _HOUSE_LIVE
        dv = g - v
        if dv < 0:
            dv = 0 - dv
        angle = 0
        if g > p[_ANGLE_MV] and v > p[_ANGLE_MV]:
            angle = (image[p[_D] + i] ^ h) - h
            if angle < 0:
                angle = 0 - angle
        else:
            raw &= _ALL ^ _LINKED
        if dv > p[_APART_MV] or angle > p[_APART_CDEG]:
            raw |= _APART
        if dv > p[_LINK_MV] or angle > p[_LINK_CDEG]:
            raw &= _ALL ^ _LINKED
        i += 1
    if raw & (_GRID_DEAD | _HOUSE_DEAD) == _GRID_DEAD | _HOUSE_DEAD:
        raw |= _APART
    p[_RAW] = raw
    return 0


@micropython.viper
def timers(image: ptr32, p: ptr32, same: ptr32) -> int:
    """What is implausible withdraws its side; what needs time waits for it. Returns the BAD_*_LONG bits that are due.

    Cost on the RP2040: a call and about 550 cycles.
    """
    raw = p[_RAW]
    bad = image[p[_BAD]]
    if bad == 0:
        raw |= _SENSING_OK
    if bad & p[_GRID_MASK]:
        raw = (raw & (_ALL ^ (_GRID_SIDE | _ONE_OR_TWO | _LIVE_LONG))) | _BAD_GRID | p[_GRID_LONG]
    if bad & p[_HOUSE_MASK]:
        raw = (raw & (_ALL ^ (_HOUSE_SIDE | _ONE_OR_TWO))) | _BAD_HOUSE | p[_HOUSE_LONG]
    at = _TIMERS
    while at < _TIMERS_END:
        t = 0
        if raw & p[at]:
            t = p[at + 2]
            if t < p[at + 1]:
                t += _STEP
            if t < p[at + 1]:
                raw &= _ALL ^ p[at]
        p[at + 2] = t
        at += 3
    p[_TIMED] = raw
    return raw & (_BAD_GRID_LONG | _BAD_HOUSE_LONG)


@micropython.viper
def settle(image: ptr32, p: ptr32) -> int:
    """Every tick: hold the loss, write V_FACTS. 1 = the grid is lost with K1 told closed, in no episode yet.

    Cost on the RP2040: a call and about 250 cycles.
    """
    word = p[_TIMED]
    lost = p[_LOST]
    if image[p[_BANK]]:
        word &= _ALL ^ (_GRID_LIVE | _LIVE_LONG)
        p[_TIMED] = p[_TIMED] & (_ALL ^ _LIVE_LONG)
        p[_LIVE_LASTED] = 0
        lost = _GRID_LOST
    elif word & _GRID_DEAD:
        lost = _GRID_LOST
    elif word & _LIVE_LONG:
        lost = 0
    p[_LOST] = lost
    word |= lost
    held = p[_HELD]
    if word & (_GRID_LOST | _BAD_GRID):
        held &= _ALL ^ _NEEDS_GRID
    if word & _HOUSE_LIVE == 0:
        held &= _ALL ^ _NEEDS_HOUSE
    if word & (_GRID_LIVE | _HOUSE_LIVE) != _GRID_LIVE | _HOUSE_LIVE:
        held &= _ALL ^ _NEEDS_BOTH
    word |= held
    p[_WORD] = word
    image[p[_FACTS]] = word & _PUBLIC
    if lost != 0 and p[_EPISODE] == 0:
        return image[p[_OUTPUTS]] & _OUT_K1
    return 0


def masks(legs):
    """(grid, house) channels as bits of BAD_CHANNELS: grid L1 L2, house L1 L2; six channels for three legs."""
    if legs == 3:
        return 0b000111, 0b111000
    return (1 << legs) - 1, ((1 << legs) - 1) << 2


def new(settings, layout):
    """The room's common memory for this site."""
    pu = settings["nominal_mv"]
    p = array("i", bytes(4 * SIZE))
    p[_LEGS] = settings["legs"]
    p[_G], p[_H], p[_D] = layout.slot("G1_MV"), layout.slot("H1_MV"), layout.slot("D1_CDEG")
    p[_BAD], p[_BANK], p[_FACTS] = layout.slot("BAD_CHANNELS"), layout.slot("LOSS_BANK"), layout.slot("V_FACTS")
    p[_OUTPUTS] = layout.slot("OUTPUTS")
    p[_GRID_MASK], p[_HOUSE_MASK] = masks(settings["legs"])
    p[_LIVE_MV], p[_DEAD_MV] = pu * settings["live_mv_e3"] // 1000, pu * settings["dead_mv_e3"] // 1000
    p[_DEAD_TICKS] = ticks(settings["dead_ms"]) + _STEP
    p[_APART_MV], p[_APART_CDEG] = pu * settings["apart_mv_e3"] // 1000, settings["apart_cdeg"]
    p[_LINK_MV], p[_LINK_CDEG] = pu * settings["linked_mv_e3"] // 1000, settings["linked_cdeg"]
    p[_ANGLE_MV] = pu // 5  # 0.2 pu
    bad_ms = settings["bad_channel_trip_ms"]
    if bad_ms:
        p[_GRID_LONG], p[_HOUSE_LONG] = BAD_GRID_LONG, BAD_HOUSE_LONG
    rows = (
        (_LIVE_LONG, settings["loss_hold_ms"]),
        (facts.V_GRID_DEAD, settings["dead_ms"]),
        (facts.V_HOUSE_DEAD, settings["dead_ms"]),
        (facts.V_APART, settings["apart_ms"]),
        (facts.V_LINKED, settings["linked_ms"]),
        (BAD_GRID_LONG, bad_ms),
        (BAD_HOUSE_LONG, bad_ms),
    )
    for i, row in enumerate(rows):  # the first reading begins the time, it is not part of it
        p[_TIMERS + 3 * i], p[_TIMERS + 3 * i + 1] = row[0], ticks(row[1]) + _STEP
    return p
