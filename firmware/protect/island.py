"""The island's own protection, and BACKFEED: a grid leg that was dead and follows the house.

In an island nobody else opens: over- and undervoltage, a difference between the legs (open neutral), frequency. A
starting island is held to its highest voltage and its leg difference only. BACKFEED is looked for while the house is
carried: K1 has a welded pole, or somebody closed a bypass, and a line that its workers take for dead is fed.

Sources: the project's design review, points 2 and 6. Decision 0021 tells a returning grid from a fed one.
"""

from array import array

import micropython
from micropython import const

from firmware.protect import elements
from firmware.protect.curves import ticks
from firmware.transfer import states

_G = const(0)  # first slots
_H = const(1)
_D = const(2)
_LEGS = const(3)
RISE_MV = const(4)
_RISE_MV = const(4)
_CDEG = const(5)
_DRIFT_CDEG = const(6)
_LIVE_MV = const(7)
_LIVE_CDEG = const(8)
_LIVE_DV_MV = const(9)
_DEAD_TICKS = const(10)
_AGE = const(11)  # for each leg: 1 = dead, more = ticks since it rose, and one; 0 = not dead yet
_FIRST = const(14)  # for each leg: the sum of its first two angles, once settled
_LAST = const(17)  # for each leg: its angle at the last reading
SIZE = const(20)
_ARMED = const(1)
_STEP = const(8)
_SETTLED = const(49)  # 24 ms: the window of one cycle was full at the last reading too
_DECIDE = const(89)  # 44 ms, so that the request is off within 50 of the rise
DECIDE_MS = const(44)
_LEG_DEAD = const(19)  # presence
_HELD = const(18)
_BITS = const(27)
_BIT_NO_ISLAND = const(4)  # elements
_BIT_NOT_STEADY = const(8)
_V_BACKFEED = const(1 << 9)  # transfer.facts


@micropython.viper
def backfeed(image: ptr32, b: ptr32, p: ptr32) -> int:
    """Leg that follows the house (1..3), or 0; while the house is carried.

    The slip is judged by the drift of the angle: 0.1 Hz is 3.6 degrees in 100 ms. While the voltage rises the angle
    swings at twice the frequency, so that two readings are always added. A leg that stays at the house's angle but
    drifts is judged again after 20 ms; one that leaves it is a source of its own. mV and cdeg below 2**20. Cost on the
    RP2040: a call and about 140 cycles a leg.
    """
    one = 1
    h = one << 31
    fed = 0
    bits = p[_BITS]
    if bits & _BIT_NO_ISLAND:
        p[_HELD] = p[_HELD] & (0xFFFF ^ _V_BACKFEED)
    i = 0
    while i < b[_LEGS]:
        g = image[b[_G] + i]
        age = b[_AGE + i]
        if bits & _BIT_NO_ISLAND:
            age = 0
        elif p[_LEG_DEAD + i] >= b[_DEAD_TICKS]:
            age = _ARMED
        elif age != 0 and g > b[_RISE_MV]:
            age += _STEP
            d = (image[b[_D] + i] ^ h) - h
            both = d + ((b[_LAST + i] ^ h) - h)
            b[_LAST + i] = d
            if age == _SETTLED:
                b[_FIRST + i] = both
            if age >= _DECIDE:
                age = 0
                drift = both - ((b[_FIRST + i] ^ h) - h)
                b[_FIRST + i] = both
                limit = b[_CDEG]
                v = image[b[_H] + i]
                dv = g - v
                if v < b[_RISE_MV]:  # a dead house feeds nothing: the grid itself is back
                    limit = 0
                if bits & _BIT_NOT_STEADY == 0 and limit != 0 and g >= b[_LIVE_MV]:
                    limit = b[_LIVE_CDEG]
                    if dv > b[_LIVE_DV_MV] or dv < 0 - b[_LIVE_DV_MV]:
                        limit = 0
                if d < limit and d > 0 - limit:
                    age = _SETTLED
                    if drift < b[_DRIFT_CDEG] and drift > 0 - b[_DRIFT_CDEG]:
                        fed = i + 1
        b[_AGE + i] = age
        i += 1
    return fed


def new_backfeed(settings, layout):
    """The kernel's array for this site."""
    pu = settings["nominal_mv"]
    p = array("i", bytes(4 * SIZE))
    p[_G], p[_H], p[_D] = layout.slot("G1_MV"), layout.slot("H1_MV"), layout.slot("D1_CDEG")
    p[_LEGS], p[_RISE_MV], p[_CDEG] = (
        settings["legs"],
        pu * settings["backfeed_mv_e3"] // 1000,
        settings["backfeed_cdeg"],
    )
    p[_DRIFT_CDEG] = settings["backfeed_mhz"] * 36 * (_DECIDE - _SETTLED) // 1000  # of a sum of two
    p[_LIVE_MV] = pu * settings["live_mv_e3"] // 1000
    p[_LIVE_CDEG], p[_LIVE_DV_MV] = settings["backfeed_live_cdeg"], pu * settings["backfeed_live_e3"] // 1000
    p[_DEAD_TICKS] = ticks(settings["dead_ms"]) + _STEP  # as presence counts them
    return p


def rows(settings, layout):
    """Rows of the island's elements for the one kernel."""
    pu, nominal_mhz, df = settings["nominal_mv"], settings["nominal_hz"] * 1000, settings["island_df_mhz"]
    any_island, steady = elements.BIT_NO_ISLAND, elements.BIT_NO_ISLAND | elements.BIT_NOT_STEADY
    table = (
        ("HOUSE_MAX_MV", elements.OVER, pu * settings["island_ov2_mv_e3"] // 1000, "island_ov2_ms", any_island,
         "HOUSE_MAX_LEG", elements.ISLAND_59_2),
        ("HOUSE_MIN_MV", elements.UNDER, pu * settings["island_uv2_mv_e3"] // 1000, "island_uv2_ms", steady,
         "HOUSE_MIN_LEG", elements.ISLAND_27_2),
        ("HOUSE_SPREAD_MV", elements.OVER, pu * settings["island_spread_e3"] // 1000, "island_spread_ms", any_island,
         "HOUSE_MAX_LEG", elements.ISLAND_SPREAD),
        ("HOUSE_MHZ", elements.UNDER, nominal_mhz - df, "island_df_ms", steady, None, elements.ISLAND_81U),
        ("HOUSE_MHZ", elements.OVER, nominal_mhz + df, "island_df_ms", steady, None, elements.ISLAND_81O),
        ("HOUSE_MAX_MV", elements.OVER, pu * settings["island_ov1_mv_e3"] // 1000, "island_ov1_ms", any_island,
         "HOUSE_MAX_LEG", elements.ISLAND_59_1),
        ("HOUSE_MIN_MV", elements.UNDER, pu * settings["island_uv1_mv_e3"] // 1000, "island_uv1_ms", steady,
         "HOUSE_MIN_LEG", elements.ISLAND_27_1),
    )  # fmt: skip
    found = []
    for slot, side, limit, ms, block, leg, code in table:
        where = layout.slot(leg) if leg else 0
        found.append(
            (layout.slot(slot), side, limit, ticks(settings[ms]), 0, 0, block, elements.BIT_BAD_HOUSE, where, code)
        )
    return found


def stages():
    """Bits for each state: what is no island, what is one that only starts."""
    found = [elements.BIT_NO_ISLAND | elements.BIT_NOT_STEADY] * len(states.NAMES)
    for state in (states.ISLAND, states.SYNCHRONISING, states.UNBONDING):
        found[state] = 0
    found[states.STARTING] = elements.BIT_NOT_STEADY
    return found
