"""Inside a window for long enough: sources may be paralleled, a dead house may have the grid, an island is steady.

One kernel, one array a window. Limits are inclusive (OpenDER, Eq 3.5.1-1); any excursion, a trip, a lost grid or an
implausible channel begins the delay anew. It must never give a bit on a frequency that can't be measured (0 lies
outside every window).
"""

from array import array

import micropython
from micropython import const

from firmware.protect.curves import ticks
from firmware.protect.presence import BAD_GRID, BAD_HOUSE
from firmware.transfer import facts

_MIN = const(0)  # slots
_MAX = const(1)
_F = const(2)
_LEFT_A = const(3)  # slots for the time left in ms, 0 = none
_LEFT_B = const(4)
_V_LOW = const(5)
_V_HIGH = const(6)
_F_LOW = const(7)
_F_HIGH = const(8)
NEEDS = const(9)  # facts that must stand
_NEEDS = const(9)
_BARS = const(10)  # facts that must not
_BIT_IN = const(11)
_BIT_A = const(12)
_BIT_B = const(13)
_TICKS_A = const(14)
_TICKS_B = const(15)
_TIME = const(16)
_STEP = const(17)
RESTART = const(18)  # 1 = begin anew (a trip)
_RESTART = const(18)
_INSIDE = const(19)  # the last reading was inside
SIZE = const(20)


@micropython.viper
def inside(image: ptr32, p: ptr32, word: int) -> int:
    """Bits of this window. mV, mHz and ticks below 2**28. Cost on the RP2040: a call and about 250 cycles."""
    good = 0
    if word & p[_NEEDS] == p[_NEEDS] and word & p[_BARS] == 0 and p[_RESTART] == 0:
        f = image[p[_F]]
        if image[p[_MIN]] >= p[_V_LOW] and image[p[_MAX]] <= p[_V_HIGH] and f >= p[_F_LOW] and f <= p[_F_HIGH]:
            good = p[_BIT_IN]
    p[_RESTART] = 0
    longest = p[_TICKS_A]
    if p[_TICKS_B] > longest:
        longest = p[_TICKS_B]
    t = 0
    if good:
        if p[_INSIDE]:  # the first reading inside begins the count, it is not part of it
            t = p[_TIME] + p[_STEP]
            if t > longest:
                t = longest
        if t >= p[_TICKS_A]:
            good |= p[_BIT_A]
        if t >= p[_TICKS_B]:
            good |= p[_BIT_B]
    p[_INSIDE] = good
    p[_TIME] = t
    if p[_LEFT_A]:
        left = p[_TICKS_A] - t
        if left < 0:
            left = 0
        image[p[_LEFT_A]] = (left + 1) >> 1
        left = p[_TICKS_B] - t
        if left < 0:
            left = 0
        image[p[_LEFT_B]] = (left + 1) >> 1
    return good


def new_grid(settings, code, layout, step):
    """Enter service and the reclosing of a dead house; with no fitting code nothing is ever inside."""
    es = code.es if code else (1, 0, 1, 0, 0, 0)
    p = array("i", bytes(4 * SIZE))
    p[_MIN], p[_MAX], p[_F] = layout.slot("GRID_MIN_MV"), layout.slot("GRID_MAX_MV"), layout.slot("GRID_FINE_MHZ")
    p[_LEFT_A], p[_LEFT_B] = layout.slot("ES_LEFT_MS"), layout.slot("RECLOSE_LEFT_MS")
    p[_V_LOW], p[_V_HIGH], p[_F_LOW], p[_F_HIGH] = es[0], es[1], es[2], es[3]
    p[_NEEDS], p[_BARS] = facts.V_GRID_LIVE, facts.V_GRID_LOST | BAD_GRID
    p[_BIT_IN], p[_BIT_A], p[_BIT_B] = facts.V_GRID_IN_WINDOW, facts.V_ENTER_SERVICE, facts.V_GRID_GOOD
    p[_TICKS_A], p[_TICKS_B], p[_STEP] = ticks(es[4]), ticks(settings["reclose_delay_ms"]), step
    image_left = (p[_TICKS_A] + 1) >> 1, (p[_TICKS_B] + 1) >> 1
    return p, image_left


def new_house(settings, layout, step):
    """An island that has been within limits long enough to be called one."""
    pu, nominal_mhz = settings["nominal_mv"], settings["nominal_hz"] * 1000
    p = array("i", bytes(4 * SIZE))
    p[_MIN], p[_MAX], p[_F] = layout.slot("HOUSE_MIN_MV"), layout.slot("HOUSE_MAX_MV"), layout.slot("HOUSE_MHZ")
    p[_V_LOW], p[_V_HIGH] = pu * settings["steady_v_low_e3"] // 1000, pu * settings["steady_v_high_e3"] // 1000
    p[_F_LOW], p[_F_HIGH] = nominal_mhz - settings["steady_df_mhz"], nominal_mhz + settings["steady_df_mhz"]
    p[_NEEDS], p[_BARS] = facts.V_HOUSE_LIVE, BAD_HOUSE
    p[_BIT_IN] = 1 << 24  # nobody asks for it
    p[_BIT_A] = p[_BIT_B] = facts.V_HOUSE_STEADY
    p[_TICKS_A] = p[_TICKS_B] = ticks(settings["steady_ms"])
    p[_STEP] = step
    return p
