"""Loads of the island: three stages, shed on low frequency and overload, restored one by one.

Best effort: the board measures no current, and the charger's power is a second old or more; the frequency is measured.
A black start begins with every stage off. It must never touch K1, K2, KN or the request.
"""

import micropython
from micropython import const

_STAGES = const(7)
_ALL = const((1 << 29) - 1)
_OVER_ROUNDS = const(500)  # 2 s: longer than the charger's figure is old
_BLAME_ROUNDS = const(2500)  # 10 s
_COLLAPSES_MAX = const(5)
_CEILING_ROUNDS = const(50)  # 0.2 s
_NO_LOAD = const(3)  # refusals.PLAN_NO_LOAD
_KNOWN = const(7 << 8)  # some word of the charger is fresh
_SHED_SHIFT = const(4)  # port.OUT_SHED_1
# copies
# facts
_O_RESET_86 = const(1 << 4)
_A_SHED = const(1 << 8)
_A_PV = const(1 << 11)
# states
_DARK = const(4)
_BONDING = const(5)
_ISLAND = const(7)
_UNBONDING = const(9)
_CLOSING = const(10)
# places
_O_WORD = const(2)
_STATE = const(3)
_OUT = const(4)
_O_CHARGER = const(10)
_STATE_OUT = const(29)
_HOLD = const(52)
_SHED_OUT = const(53)
_PLANNED = const(58)
_ALARMS = const(64)
_SHED = const(66)
_STAYS_OFF = const(67)
_LOW_FOR = const(68)
_OVER_FOR = const(69)
_SOUND_FOR = const(70)
_HIGH_FOR = const(71)
_RESTORED = const(72)
_RESTORED_FOR = const(73)
_WAS_STATE = const(74)
_COLLAPSES = const(75)
_SHED_MASK = const(78)
_TO = const(32)
_SHED_MHZ = const(91)
_SOUND_MHZ = const(92)
_SHED_ROUNDS = const(93)
_SHED_W = const(94)
_RESTORE = const(95)
_CALM_MHZ = const(96)
_CEILING_MHZ = const(97)
_W_HOUSE_MHZ = const(100)
_W_CHARGER_W = const(104)
# the room's slots of the image, from TO on
_TO_SHED = const(26)
# end of copies


@micropython.viper
def account(m: ptr32, image: ptr32, asks: ptr32):
    """Every 4 ms: which stages the state wants off, and who is to blame when an island has collapsed.

    A stage that was restored within the ten seconds before the collapse counts as its cause; the fifth time it stays
    off until a person on site resets it (button or key).
    """
    state = m[_STATE]
    was = m[_WAS_STATE]
    m[_WAS_STATE] = state
    if m[_O_WORD] & _O_RESET_86:
        m[_STAYS_OFF] = 0
        m[_COLLAPSES] = 0
        m[_COLLAPSES + 1] = 0
        m[_COLLAPSES + 2] = 0
    if state == _DARK:
        if was >= _ISLAND and was <= _UNBONDING and m[_RESTORED] != 0 and m[_RESTORED_FOR] < _BLAME_ROUNDS:
            k = _COLLAPSES + (m[_RESTORED] >> 1)  # 1, 2, 4 -> 0, 1, 2
            m[k] = m[k] + 1
            if m[k] >= _COLLAPSES_MAX:
                m[_STAYS_OFF] = m[_STAYS_OFF] | m[_RESTORED]
        m[_RESTORED] = 0
        m[_SHED] = _STAGES
    elif state < _BONDING or state > _CLOSING:
        m[_SHED] = _STAGES if m[_PLANNED] == _NO_LOAD else 0
        m[_LOW_FOR] = 0
        m[_OVER_FOR] = 0
        m[_SOUND_FOR] = 0
        m[_HIGH_FOR] = 0
    else:
        m[_SHED] = m[_SHED] | m[_STAYS_OFF]
        if m[_RESTORED_FOR] < _BLAME_ROUNDS:
            m[_RESTORED_FOR] = m[_RESTORED_FOR] + 1
    shed = m[_SHED]
    m[_SHED_OUT] = shed << _SHED_SHIFT
    m[_OUT] = m[_STATE_OUT] | m[_HOLD] | (m[_SHED_OUT] & m[_SHED_MASK])
    alarms = m[_ALARMS] & (_ALL ^ (_A_SHED | _A_PV))
    high = 0
    if m[_HIGH_FOR] >= _CEILING_ROUNDS:
        high = 1 << 6
        alarms |= _A_PV
    shown = shed if m[_SHED_MASK] else 0
    if shown != 0 or m[_STAYS_OFF] != 0:
        alarms |= _A_SHED
    m[_ALARMS] = alarms
    image[m[_TO] + _TO_SHED] = shown | (m[_STAYS_OFF] << 3) | high


@micropython.viper
def watch(m: ptr32, image: ptr32, asks: ptr32):
    """Every 4 ms, in an island: shed the next stage, restore the last, see the ceiling of the frequency."""
    state = m[_STATE]
    if state < _ISLAND or state > _CLOSING:
        return
    f = image[m[_W_HOUSE_MHZ]]
    one = 1
    h = one << 31
    w = 0
    if m[_O_CHARGER] & _KNOWN:
        w = (asks[m[_W_CHARGER_W]] ^ h) - h
    low = 0
    if f != 0 and f < m[_SHED_MHZ]:
        low = m[_LOW_FOR] + 1
    over = 0
    most = m[_SHED_W]
    if w > most:
        over = m[_OVER_FOR] + 1
    sound = 0
    if f >= m[_SOUND_MHZ] and w * 5 <= most * 4 and m[_PLANNED] != _NO_LOAD:
        sound = m[_SOUND_FOR] + 1
    shed = m[_SHED]
    if low >= m[_SHED_ROUNDS] or over >= _OVER_ROUNDS:
        low = 0
        over = 0
        shed = (shed | (shed + 1)) & _STAGES  # the lowest that is on
    if sound >= m[_RESTORE] and state == _ISLAND:
        sound = 0
        off = shed & (m[_STAYS_OFF] ^ _STAGES)
        back = 4
        while back > 0 and off & back == 0:
            back >>= 1
        if back != 0:
            shed ^= back
            m[_RESTORED] = back
            m[_RESTORED_FOR] = 0
    m[_LOW_FOR] = low
    m[_OVER_FOR] = over
    m[_SOUND_FOR] = sound
    m[_SHED] = shed
    high = m[_HIGH_FOR]
    if f < m[_CALM_MHZ]:
        high = 0
    elif f > m[_CEILING_MHZ] and high < _CEILING_ROUNDS:
        high += 1
    m[_HIGH_FOR] = high
