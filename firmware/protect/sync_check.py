"""25: may K1 close now, onto a live house? Every pole, at the moment the contact will touch.

The angle is taken forward by the slip over K1's learned closing time, the bond relay's before it where one is fitted,
and the age of the measurement. It permits only live grid and live house; voltage and frequency must have agreed for a
while; while the angle still runs towards zero it waits for the better moment, so a permit does not begin at the edge.

Sources: limits by closed-transition practice, up to IEEE 1547 Table 5 [M]. Sign: house minus grid; a faster house
moves the angle up.
"""

from array import array

import micropython
from micropython import const

from firmware.protect.curves import ticks

# What it waits for: SYNC_WHY.
WHY_NOT_LIVE = const(1)
WHY_VOLTAGE = const(2)
WHY_FREQUENCY = const(4)
WHY_STEADY = const(8)
WHY_ANGLE = const(16)
WHY_NEARER = const(32)  # in limits and still coming nearer
WHY_NAMES = ("not live", "voltage", "frequency", "not steady", "angle", "coming nearer")

_NOT_LIVE = const(1)
_VOLTAGE = const(2)
_FREQUENCY = const(4)
_STEADY = const(8)
_ANGLE = const(16)
_NEARER = const(32)
_BOTH_LIVE = const(1 << 0 | 1 << 2)  # V_GRID_LIVE, V_HOUSE_LIVE
_IN_STEP = const(1 << 8)

_LEGS = const(0)
_D = const(1)  # first slots
_D_MV = const(2)
_SLIP = const(3)
_F1 = const(4)
_F2 = const(5)
_DV_MV = const(6)
_DF_MHZ = const(7)
_DPHI_CDEG = const(8)
_TICKS = const(9)
_TIME = const(10)
_STEP = const(11)
_WHY = const(12)
SIZE = const(13)
_HELD = const(18)  # presence
_WORD = const(26)
_LEAD = const(29)  # cdeg of angle for each mHz of slip, times 256
_ALL = const(0xFFFF)

_AIM_CDEG = const(25)  # near enough to zero to stop waiting
_SLOW_MHZ = const(20)  # at a slip below this the better moment is more than half a second away


@micropython.viper
def check(image: ptr32, c: ptr32, p: ptr32) -> int:
    """Hold V_IN_STEP or not; write SYNC_WHY.

    Largest product: slip 300 mHz times lead 1843 (200 ms). Cost on the RP2040: a call, 150 cycles and 120 a leg.
    """
    one = 1
    h = one << 31
    why = 0
    if p[_WORD] & _BOTH_LIVE != _BOTH_LIVE or image[c[_F1]] == 0 or image[c[_F2]] == 0:
        why = _NOT_LIVE
    slip = (image[c[_SLIP]] ^ h) - h
    if slip > c[_DF_MHZ] or slip < 0 - c[_DF_MHZ]:
        why |= _FREQUENCY
        slip = 0
    moves = (slip * p[_LEAD]) >> 8
    i = 0
    while i < c[_LEGS]:
        dv = (image[c[_D_MV] + i] ^ h) - h
        if dv > c[_DV_MV] or dv < 0 - c[_DV_MV]:
            why |= _VOLTAGE
        angle = ((image[c[_D] + i] ^ h) - h) + moves
        nearer = 0
        if angle < 0 and slip > _SLOW_MHZ:
            nearer = _NEARER
        if angle > 0 and slip < 0 - _SLOW_MHZ:
            nearer = _NEARER
        if angle < 0:
            angle = 0 - angle
        if angle > c[_DPHI_CDEG]:
            why |= _ANGLE
        if angle > _AIM_CDEG:
            why |= nearer
        i += 1
    t = 0
    if why & (_NOT_LIVE | _VOLTAGE | _FREQUENCY) == 0:
        t = c[_TIME]
        if t < c[_TICKS]:
            t += c[_STEP]
        if t < c[_TICKS]:
            why |= _STEADY
    c[_TIME] = t
    image[c[_WHY]] = why
    p[_HELD] = p[_HELD] & (_ALL ^ _IN_STEP)
    if why == 0:
        p[_HELD] = p[_HELD] | _IN_STEP
    return 0


def new(settings, layout, step):
    """The kernel's array for this site."""
    pu = settings["nominal_mv"]
    p = array("i", bytes(4 * SIZE))
    p[_LEGS] = settings["legs"]
    p[_D], p[_D_MV], p[_SLIP] = layout.slot("D1_CDEG"), layout.slot("D1_MV"), layout.slot("SLIP_MHZ")
    p[_F1], p[_F2] = layout.slot("GRID_FINE_MHZ"), layout.slot("HOUSE_FINE_MHZ")
    p[_DV_MV] = pu * settings["sync_dv_e3"] // 1000
    p[_DF_MHZ], p[_DPHI_CDEG] = settings["sync_df_mhz"], settings["sync_dphi_cdeg"]
    p[_TICKS], p[_STEP] = ticks(settings["sync_steady_ms"]), step
    p[_WHY] = layout.slot("SYNC_WHY")
    return p
