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
_BIT_B = const(13)  # its beginning is news
_TICKS_A = const(14)
_TICKS_B = const(15)
_TIME = const(16)
_STEP = const(17)
RESTART = const(18)  # 1 = begin anew (a trip)
_RESTART = const(18)
_INSIDE = const(19)  # the last reading was inside
_MINE = const(20)  # all bits of this window
SIZE = const(21)
_HELD = const(18)  # presence.HELD
_WORD = const(26)  # presence.WORD
_ALL = const(0xFFFF)


@micropython.viper
def inside(image: ptr32, w: ptr32, p: ptr32) -> int:
    """Hold the bits of this window. 1 = BIT_B begins. mV, mHz, ticks below 2**28. Cost: a call and about 300 cycles."""
    good = 0
    word = p[_WORD]
    if word & w[_NEEDS] == w[_NEEDS] and word & w[_BARS] == 0 and w[_RESTART] == 0:
        f = image[w[_F]]
        if image[w[_MIN]] >= w[_V_LOW] and image[w[_MAX]] <= w[_V_HIGH] and f >= w[_F_LOW] and f <= w[_F_HIGH]:
            good = w[_BIT_IN]
    w[_RESTART] = 0
    longest = w[_TICKS_A]
    if w[_TICKS_B] > longest:
        longest = w[_TICKS_B]
    t = 0
    if good:
        if w[_INSIDE]:  # the first reading inside begins the count, it is not part of it
            t = w[_TIME] + w[_STEP]
            if t > longest:
                t = longest
        if t >= w[_TICKS_A]:
            good |= w[_BIT_A]
        if t >= w[_TICKS_B]:
            good |= w[_BIT_B]
    w[_INSIDE] = good
    w[_TIME] = t
    if w[_LEFT_A]:
        left = w[_TICKS_A] - t
        if left < 0:
            left = 0
        image[w[_LEFT_A]] = (left + 1) >> 1
        left = w[_TICKS_B] - t
        if left < 0:
            left = 0
        image[w[_LEFT_B]] = (left + 1) >> 1
    held = p[_HELD]
    p[_HELD] = (held & (_ALL ^ w[_MINE])) | (good & w[_MINE])
    if good & w[_BIT_B] != 0 and held & w[_BIT_B] == 0:
        return 1
    return 0


def new_grid(settings, code, layout, step):
    """Enter service and the reclosing of a dead house; with no fitting code nothing is ever inside."""
    es = code.es if code else (1, 0, 1, 0, 0, 0)
    p = array("i", bytes(4 * SIZE))
    p[_MIN], p[_MAX], p[_F] = layout.slot("GRID_MIN_MV"), layout.slot("GRID_MAX_MV"), layout.slot("GRID_FINE_MHZ")
    p[_LEFT_A], p[_LEFT_B] = layout.slot("ES_LEFT_MS"), layout.slot("RECLOSE_LEFT_MS")
    p[_V_LOW], p[_V_HIGH], p[_F_LOW], p[_F_HIGH] = es[0], es[1], es[2], es[3]
    p[_NEEDS], p[_BARS] = facts.V_GRID_LIVE, facts.V_GRID_LOST | BAD_GRID
    p[_BIT_IN], p[_BIT_A], p[_BIT_B] = facts.V_GRID_IN_WINDOW, facts.V_ENTER_SERVICE, facts.V_GRID_GOOD
    p[_MINE] = facts.V_GRID_IN_WINDOW | facts.V_ENTER_SERVICE | facts.V_GRID_GOOD
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
    p[_BIT_IN] = 1 << 16  # nobody asks for it
    p[_BIT_A] = p[_MINE] = facts.V_HOUSE_STEADY  # BIT_B stays 0: no news
    p[_TICKS_A] = p[_TICKS_B] = ticks(settings["steady_ms"])
    p[_STEP] = step
    return p
