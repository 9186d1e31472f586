"""What needs looking after, whatever the state: time, the controller's own supply, a welded K1, coils that may hold."""

import micropython
from micropython import const

_WRAP = const(0x1FFFFFFF)
_ALL = const((1 << 29) - 1)
_ROUNDS_S = const(250)
_WELD_ROUNDS = const(500)  # 2 s
_BOTH_OPEN = const(1 << 0 | 1 << 6)  # K1 and K2 proven open
_SOME_LIVE = const(1 << 0 | 1 << 2)  # grid or house
_COILS = const(7)  # board.port OUT_K1..OUT_KN
# copies
# facts
_V_LINKED = const(1 << 11)
_S_K1_PROVEN_CLOSED = const(1 << 1)
_S_K2_PROVEN_CLOSED = const(1 << 7)
_S_KN_PROVEN_OPEN = const(1 << 10)
_O_REQUEST_OFF = const(1 << 17)
_A_SUPPLY = const(1 << 10)
# board.port
_OUT_K1 = const(1 << 0)
_OUT_K2 = const(1 << 1)
_OUT_KN = const(1 << 2)
_OUT_HOLD = const(1 << 10)
# states
_DARK = const(4)
_OPEN_TRANSITION = const(12)
# places
_V_WORD = const(0)
_S_WORD = const(1)
_O_WORD = const(2)
_STATE = const(3)
_OUT = const(4)
_CAUSE = const(18)
_SETTLED = const(28)
_STATE_OUT = const(29)
_WELD_FOR = const(50)
_HOLD_FOR = const(51)
_HOLD = const(52)
_SHED_OUT = const(53)
_SUB = const(54)
_SECONDS = const(55)
_SUPPLY = const(56)
_ALARMS = const(64)
_SHED_MASK = const(78)
_TO = const(32)
_WELD_CODE = const(83)
_SUPPLY_S = const(88)
_HOLD_AFTER = const(89)
# the room's slots of the image, from TO on
_TO_ALARMS = const(23)
_TO_SUPPLY_LEFT_S = const(29)
# end of copies


@micropython.viper
def step(m: ptr32, image: ptr32, asks: ptr32):
    """Every 4 ms. The welded K1 is the one whose contacts say open while grid and house move as one and nothing but the
    grid could feed the house."""
    v = m[_V_WORD]
    s = m[_S_WORD]
    state = m[_STATE]
    to = m[_TO]
    left = m[_SUPPLY]
    t = m[_SUB] + 1
    if t >= _ROUNDS_S:
        t = 0
        m[_SECONDS] = (m[_SECONDS] + 1) & _WRAP
        if v & _SOME_LIVE:  # charged four times as fast as it is used up
            left += 4
            if left > m[_SUPPLY_S]:
                left = m[_SUPPLY_S]
        elif left > 0:
            left -= 1
        m[_SUPPLY] = left
        image[to + _TO_SUPPLY_LEFT_S] = left
    m[_SUB] = t
    alarms = m[_ALARMS] & (_ALL ^ _A_SUPPLY)
    if left * 4 < m[_SUPPLY_S]:
        alarms |= _A_SUPPLY
    m[_ALARMS] = alarms
    image[to + _TO_ALARMS] = alarms
    t = 0
    apart = 1 if state == _DARK or state == _OPEN_TRANSITION else 0
    if apart and v & _V_LINKED and s & _BOTH_OPEN == _BOTH_OPEN and m[_O_WORD] & _O_REQUEST_OFF:
        t = m[_WELD_FOR] + 1
        if t >= _WELD_ROUNDS and m[_CAUSE] == 0:
            m[_CAUSE] = m[_WELD_CODE]
    m[_WELD_FOR] = t
    out = m[_STATE_OUT]
    proven = m[_SETTLED]
    if m[_HOLD_AFTER] == 0 or out & _COILS == 0:
        proven = 0
    if out & _OUT_K1 and s & _S_K1_PROVEN_CLOSED == 0:
        proven = 0
    if out & _OUT_K2 and s & _S_K2_PROVEN_CLOSED == 0:
        proven = 0
    if out & _OUT_KN and s & _S_KN_PROVEN_OPEN == 0:
        proven = 0
    t = (m[_HOLD_FOR] + 1) * proven
    hold = 0
    if t > m[_HOLD_AFTER]:
        t = m[_HOLD_AFTER]
        hold = _OUT_HOLD
    m[_HOLD_FOR] = t
    m[_HOLD] = hold
    m[_OUT] = out | hold | (m[_SHED_OUT] & m[_SHED_MASK])
