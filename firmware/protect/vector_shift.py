"""78: a phase jump of the grid beyond the setting, at once.

Blocked below 80 % of voltage and for 3 s after the voltage became healthy (relay practice): the jump measured then is
the sag's or the switching's own. It must never act twice on one jump: the slot keeps the last jump, only a new figure
counts.
"""

from array import array

import micropython
from micropython import const

from firmware.protect.curves import ticks

_SLOT = const(0)
LIMIT = const(1)
_LIMIT = const(1)  # cdeg, 0 = off
_ARM = const(2)
_TIME = const(3)
_LAST = const(4)
_STEP = const(5)
SIZE = const(6)
_WORD = const(26)  # presence
_GRID_LIVE = const(1 << 0)  # transfer.facts


@micropython.viper
def watch(image: ptr32, v: ptr32, p: ptr32) -> int:
    """1 = a jump beyond the setting. cdeg within +-18000. Cost on the RP2040: a call and about 80 cycles."""
    one = 1
    h = one << 31
    jump = (image[v[_SLOT]] ^ h) - h
    last = (v[_LAST] ^ h) - h
    v[_LAST] = jump
    t = 0
    fired = 0
    if p[_WORD] & _GRID_LIVE:
        t = v[_TIME]
        if t < v[_ARM]:
            t += v[_STEP]
        elif v[_LIMIT] != 0 and jump != last:
            if jump > v[_LIMIT] or jump < 0 - v[_LIMIT]:
                fired = 1
    v[_TIME] = t
    return fired


def new(limit_cdeg, settings, layout, step):
    """The kernel's array; 0 switches the element off."""
    p = array("i", bytes(4 * SIZE))
    p[_SLOT], p[_LIMIT] = layout.slot("GRID_JUMP_CDEG"), limit_cdeg
    p[_ARM], p[_STEP] = ticks(settings["vs_arm_ms"]), step
    return p
