"""Frequency, its rate of change and phase jumps of one side, from the turning of its line's phasor.

The phasor has been through two boxcars of a cycle (window.py); its angle turns with the difference to nominal. Over
8 ms that is the frequency "over 2 cycles", over 64 ms the one "over 6". Angles are in units of cordic.TURN (1/576,000
of a circle) and steps of 4 ms: 1 unit a step = 1000 / 2304 mHz.
"""

from array import array

import micropython
from micropython import const

from firmware.sense import room as places

_ANGLE = const(9)  # of the vector just turned (room.py)
_TURN = const(576000)
_HALF = const(288000)
_FASTEST = const(40000)  # 17 Hz from nominal; keeps every product below 2**30
_STEPS_100 = const(25)
_STEPS_500 = const(125)
_READY_2 = const(14)  # steps after the line came alive: both boxcars full, and 8 ms
_READY_6 = const(30)
# Own memory of a side.
_ALIVE = const(0)  # steps
_LAST = const(1)  # angle
_AT = const(2)
_SUM = const(3)  # of the last 16 turns
_NOMINAL = const(4)  # mHz
_FLOOR = const(5)  # mV; below it there is no frequency
_MAX = const(6)  # slot of the highest leg
_MHZ = const(7)  # slots of the results
_FINE = const(8)
_ROCOF = const(9)
_ROCOF_500 = const(10)
_JUMP = const(11)
_W_BOX = const(12)  # place in the room of the second boxcar's length
_BOX = const(13)  # the length last seen
_F6 = const(14)  # 6-cycle mHz of the last step
_TURNS = const(15)  # angle turned in each of the last 128 steps
_PAST = const(143)  # 2-cycle frequency of each
_SIZE = const(271)


def new(settings, layout, side):
    """Own memory of GRID or HOUSE. The house has no ROCOF over 500 ms and no jump."""
    p = array("i", bytes(4 * _SIZE))
    p[_NOMINAL] = settings["nominal_hz"] * 1000
    p[_FLOOR] = settings["nominal_mv"] // 20  # 0.05 pu
    p[_MAX] = layout.slot(side + "_MAX_MV")
    p[_W_BOX] = places.BOX + 2 + (places.BOX_SIZE if side == "HOUSE" else 0)
    for at, what in ((_MHZ, "_MHZ"), (_FINE, "_FINE_MHZ"), (_ROCOF, "_ROCOF_MHZ_S")):
        p[at] = layout.slot(side + what)
    if side == "GRID":
        p[_ROCOF_500], p[_JUMP] = layout.slot("GRID_ROCOF_500_MHZ_S"), layout.slot("GRID_JUMP_CDEG")
    return p


@micropython.viper
def step(image: ptr32, p: ptr32, room: ptr32):
    """One step of 4 ms. Results: 2-cycle and 6-cycle mHz, ROCOF over 100 and 500 ms in mHz/s, jump in cdeg."""
    one = 1
    h = one << 31
    k = p[_AT]
    p[_AT] = (k + 1) & 127
    f2 = 0
    f6 = 0
    rocof = 0
    rocof_500 = 0
    jump = 0
    if image[p[_MAX]] < p[_FLOOR]:
        p[_ALIVE] = 0
    else:
        nominal = p[_NOMINAL]
        angle = room[_ANGLE]
        turned = angle - p[_LAST]
        p[_LAST] = angle
        if turned > _HALF:
            turned -= _TURN
        elif turned < 0 - _HALF:
            turned += _TURN
        if turned > _FASTEST:
            turned = _FASTEST
        elif turned < 0 - _FASTEST:
            turned = 0 - _FASTEST
        total = (p[_SUM] ^ h) - h
        alive = p[_ALIVE]
        ticks = room[p[_W_BOX]]
        if ticks != p[_BOX]:  # a longer boxcar looks back a millisecond further
            if alive > _READY_6:
                turned += (p[_F6] - nominal) * (ticks - p[_BOX]) * 576 // 1000
            p[_BOX] = ticks
        if alive == 0:
            turned = 0
            total = 0
        if alive < 1000:
            alive += 1
        p[_ALIVE] = alive
        total += turned
        if alive > 16:
            total -= (p[_TURNS + ((k - 16) & 127)] ^ h) - h
        p[_SUM] = total
        p[_TURNS + k] = turned
        if alive >= _READY_2:
            f2 = nominal + (turned + ((p[_TURNS + ((k - 1) & 127)] ^ h) - h)) * 1000 // 4608
        if alive >= _READY_6:
            f6 = nominal + total * 1000 // 36864
        if alive >= _READY_2 + _STEPS_100:
            rocof = (f2 - p[_PAST + ((k - _STEPS_100) & 127)]) * 10
            # the angle turned in the last 64 ms against what the frequency before that promised
            jump = (total - (p[_PAST + ((k - 24) & 127)] - nominal) * 36864 // 1000) // 16
        if alive >= _READY_2 + _STEPS_500:
            rocof_500 = (f2 - p[_PAST + ((k - _STEPS_500) & 127)]) * 2
    p[_PAST + k] = f2
    p[_F6] = f6
    image[p[_MHZ]] = f2
    image[p[_FINE]] = f6
    image[p[_ROCOF]] = rocof
    if p[_JUMP]:
        image[p[_ROCOF_500]] = rocof_500
        image[p[_JUMP]] = jump
