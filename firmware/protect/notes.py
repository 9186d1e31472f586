"""Notes the kernels read beside the image: what blocks a row, how long K1 takes to open, the lead of 25.

Worked out once in eight ticks. It must never make a row act: it only holds back and looks ahead.
"""

from array import array

import micropython
from micropython import const

from firmware.protect import island
from firmware.protect.curves import ticks

_STATE = const(0)  # slots
_V = const(1)
_F = const(2)
_WHY = const(3)
_K1_OPEN = const(4)
_K1_CLOSE = const(5)
_KN_OPEN = const(6)
_LOW_MV = const(7)
_OPEN_DEFAULT = const(8)  # tenths of a ms
_CLOSE_DEFAULT = const(9)
_BONDED = const(10)
_LAG = const(11)  # ticks
_STAGES = const(12)  # for each state, elements.BIT_NO_ISLAND and BIT_NOT_STEADY
SIZE = const(32)

_HELD = const(18)  # presence
_WORD = const(26)
_BITS = const(27)
_K1_TICKS = const(28)
_LEAD = const(29)
_BAD_GRID = const(1 << 18)
_BAD_HOUSE = const(1 << 19)
_V_ISLAND_TRIP = const(1 << 10)  # transfer.facts
_BIT_LOW = const(1)  # elements
_BIT_NO_F = const(2)
_BIT_NO_ISLAND = const(4)
_BIT_BAD_GRID = const(16)
_BIT_BAD_HOUSE = const(32)
_BIT_BLIND_GRID = const(64)
_WHY_NOISE = const(4)  # sense.plausible
_UNBONDING = const(9)  # transfer.states
_CLOSING = const(10)
_SLOWEST = const(2000)  # 200 ms in tenths


@micropython.viper
def take(image: ptr32, n: ptr32, p: ptr32) -> int:
    """Write the notes. Largest products 6000 * 52429 (2**28.2), 460 * 4719. Cost: a call and about 350 cycles."""
    state = image[n[_STATE]]
    bits = n[_STAGES + state]
    if image[n[_V]] < n[_LOW_MV]:
        bits |= _BIT_LOW
    elif image[n[_F]] == 0:
        bits |= _BIT_NO_F
    word = p[_WORD]
    if word & _BAD_GRID:
        bits |= _BIT_BAD_GRID
        if image[n[_WHY]] != _WHY_NOISE:
            bits |= _BIT_BLIND_GRID
    if word & _BAD_HOUSE:
        bits |= _BIT_BAD_HOUSE
    p[_BITS] = bits
    if bits & _BIT_NO_ISLAND:
        p[_HELD] = p[_HELD] & (0xFFFF ^ _V_ISLAND_TRIP)
    tenths = image[n[_K1_OPEN]]
    if tenths <= 0:
        tenths = n[_OPEN_DEFAULT]
    if tenths > _SLOWEST:
        tenths = _SLOWEST
    p[_K1_TICKS] = (tenths * 52429) >> 18  # a fifth
    tenths = image[n[_K1_CLOSE]]
    if tenths <= 0:
        tenths = n[_CLOSE_DEFAULT]
    if n[_BONDED] != 0 and state != _UNBONDING and state != _CLOSING:  # the bond still has to open first
        tenths += image[n[_KN_OPEN]]
    if tenths > _SLOWEST:
        tenths = _SLOWEST
    lead = ((tenths * 52429) >> 18) + n[_LAG]
    p[_LEAD] = (lead * 4719) >> 10  # 36 cdeg/s for a mHz, 1/2000 s a tick, times 256: 4.608
    return 0


def new(settings, layout):
    """The kernel's array for this site."""
    n = array("i", bytes(4 * SIZE))
    n[_STATE], n[_V], n[_F] = layout.slot("STATE"), layout.slot("GRID_MIN_MV"), layout.slot("GRID_MHZ")
    n[_WHY], n[_K1_OPEN] = layout.slot("BAD_WHY"), layout.slot("K1_OPEN_MS_X10")
    n[_K1_CLOSE], n[_KN_OPEN] = layout.slot("K1_CLOSE_MS_X10"), layout.slot("KN_OPEN_MS_X10")
    n[_LOW_MV] = settings["nominal_mv"] * settings["f_block_mv_e3"] // 1000
    n[_OPEN_DEFAULT], n[_CLOSE_DEFAULT] = settings["k1_open_ms"] * 10, settings["k1_close_ms"] * 10
    n[_BONDED], n[_LAG] = settings["bond_required"], ticks(settings["sync_lag_ms"])
    for state, bits in enumerate(island.stages()):
        n[_STAGES + state] = bits
    return n
