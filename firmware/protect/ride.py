"""Ride-through: the mode that the grid code asks of the source now. It opens nothing; the charger acts on it.

RIDE_MODE: bits 0..3 the mode, bit 4 the source may trip (the least time has passed in this disturbance, or more came
than must be ridden through), bits 8..15 disturbance sets counted. Trip curves are elsewhere, and a trip is not a mode.

Sources: regions and times in grid_codes; boundaries as in OpenDER (below is strict, above is strict). A set that
begins sooner than the code's distance after the last one belongs to it [PD]; the count is forgotten after an hour [M].
"""

from array import array

import micropython
from micropython import const

from firmware import grid_codes
from firmware.protect.curves import ticks

MODE_CONTINUOUS = grid_codes.CONTINUOUS
MODE_MANDATORY = grid_codes.MANDATORY
MODE_PERMISSIVE = grid_codes.PERMISSIVE
MODE_CESSATION = grid_codes.CESSATION
MODE_CEASE = grid_codes.CEASE
MODE_UNDEFINED = grid_codes.UNDEFINED
MODE_NAMES = ("continuous", "mandatory", "permissive", "momentary cessation", "cease to energize", "not defined")
MODE_MASK = const(15)
MAY_TRIP = const(16)
SETS_SHIFT = const(8)

_MANDATORY = const(1)
_UNDEFINED = const(5)
_MAY_TRIP = const(16)
_MIN = const(0)  # slots
_MAX = const(1)
_F = const(2)
_OUT = const(3)
_F_IN_LOW = const(4)
_F_IN_HIGH = const(5)
_F_LOW = const(6)
_F_HIGH = const(7)
_F_TICKS = const(8)
_SETS_MOST = const(9)  # 0 = not counted
_SETS_TICKS = const(10)
_STEP = const(11)
_T_LOW = const(12)
_T_HIGH = const(13)
_T_F = const(14)
_SETS = const(15)
_T_QUIET = const(16)
_HOUR = const(7200000)  # ticks
_MAY = const(17)
_LOW_ROWS = const(18)  # number, then the rows: (below mV, mode, ticks, ticks per mV * 65536, from mV)
_HIGH_ROWS = const(39)  # number, then the rows: (above mV, mode, ticks)
_BY_V = const(52)  # mode by voltage, with MAY_TRIP
SIZE = const(53)
_BITS = const(27)  # presence
_BLIND = const(3)  # elements.BIT_LOW, BIT_NO_F
_LONGEST = const(1 << 28)


@micropython.viper
def voltage(image: ptr32, p: ptr32, room: ptr32) -> int:
    """Note the mode by voltage. Largest product 57500 mV * 9600 (2**29.1). Cost: a call and 250 cycles."""
    low = image[p[_MIN]]
    high = image[p[_MAX]]
    mode = 0
    need = 0
    at = _LOW_ROWS + 1
    end = at + 5 * p[_LOW_ROWS]
    while at < end:
        if low < p[at]:
            mode = p[at + 1]
            need = p[at + 2] + (((low - p[at + 4]) * p[at + 3]) >> 16)
            at = end
        at += 5
    if mode:
        t = p[_T_LOW]
        if t < _LONGEST:
            t += p[_STEP]
        p[_T_LOW] = t
        if t > need:
            mode |= _MAY_TRIP
    above = 0
    at = _HIGH_ROWS + 1
    end = at + 3 * p[_HIGH_ROWS]
    while at < end:
        if high > p[at]:
            above = p[at + 1]
            need = p[at + 2]
            at = end
        at += 3
    if above:
        t = p[_T_HIGH]
        if t < _LONGEST:
            t += p[_STEP]
        p[_T_HIGH] = t
        if t > need:
            above |= _MAY_TRIP
    may = (mode | above) & _MAY_TRIP
    if above & 15 > mode & 15:
        mode = above
    if mode == 0:  # both back inside: the next excursion counts from nothing
        p[_T_LOW] = 0
        p[_T_HIGH] = 0
    p[_BY_V] = mode | may
    return 0


@micropython.viper
def word(image: ptr32, p: ptr32, room: ptr32) -> int:
    """Write RIDE_MODE from the mode by voltage and the frequency. Cost on the RP2040: a call and about 150 cycles."""
    mode = p[_BY_V] & 15
    may = p[_BY_V] & _MAY_TRIP
    f = image[p[_F]]
    t = 0
    if room[_BITS] & _BLIND == 0 and (f < p[_F_IN_LOW] or f > p[_F_IN_HIGH]):
        t = p[_T_F]
        if t < _LONGEST:
            t += p[_STEP]
        if t > p[_F_TICKS]:
            may = _MAY_TRIP
        if f < p[_F_LOW] or f > p[_F_HIGH]:
            mode = _UNDEFINED
        elif mode == 0:
            mode = _MANDATORY
    p[_T_F] = t
    quiet = p[_T_QUIET]
    if mode:
        if quiet >= p[_SETS_TICKS] and p[_SETS] < 255:
            p[_SETS] = p[_SETS] + 1
        quiet = 0
    elif quiet < _HOUR:
        quiet += p[_STEP]
        if quiet >= _HOUR:
            p[_SETS] = 0
    p[_T_QUIET] = quiet
    if p[_SETS_MOST] != 0 and p[_SETS] > p[_SETS_MOST]:
        may = _MAY_TRIP
    may |= p[_MAY]  # once free to trip, free until the disturbance is over
    if mode == 0:
        may = 0
    p[_MAY] = may
    image[p[_OUT]] = mode | may | (p[_SETS] << 8)
    return 0


def _least(row):
    """Least ticks of a region; to cease is not to be free to trip: power must come back with the voltage."""
    return _LONGEST if row[1] == grid_codes.CEASE else ticks(row[2])


def new(settings, code, layout, step):
    """The kernels' array; without a fitting code everything is continuous."""
    p = array("i", bytes(4 * SIZE))
    p[_MIN], p[_MAX] = layout.slot("GRID_MIN_MV"), layout.slot("GRID_MAX_MV")
    p[_F], p[_OUT], p[_STEP] = layout.slot("GRID_MHZ"), layout.slot("RIDE_MODE"), step
    p[_T_QUIET] = _HOUR
    if code is None:
        p[_F_IN_HIGH] = p[_F_HIGH] = 1 << 29
        return p
    p[_F_IN_LOW], p[_F_IN_HIGH], p[_F_LOW], p[_F_HIGH] = code.ride_f[:4]
    p[_F_TICKS] = ticks(code.ride_f[4])
    p[_SETS_MOST], p[_SETS_TICKS] = code.sets[0], ticks(code.sets[1])
    p[_LOW_ROWS], at = len(code.low), _LOW_ROWS + 1
    for row in code.low:  # tenths of a ms per level step of the table -> ticks per mV * 65536
        slope = row[3] * 65536 // (5 * code.mv_per_step) if row[3] else 0
        p[at], p[at + 1], p[at + 2], p[at + 3], p[at + 4] = row[0], row[1], _least(row), slope, row[4]
        at += 5
    p[_HIGH_ROWS], at = len(code.high), _HIGH_ROWS + 1
    for row in code.high:
        p[at], p[at + 1], p[at + 2] = row[0], row[1], _least(row)
        at += 3
    return p
