"""A planned island: asked for on site, taken up or refused with a reason at once, ended by a person, by time or by a
real outage.

What is refused does not stand: a request must never move K1 later, when its reason is gone and the person too.
"""

import micropython
from micropython import const

_OUTAGE_ROUNDS = const(250)  # 1 s without a live grid is a real outage
# Switchgear facts that bar an island, as in operation.py (a test compares).
_PROOF_FAILS = const(1 << 5 | 1 << 2 | 1 << 9 | 1 << 13)
# copies
# facts
_V_GRID_LIVE = const(1 << 0)
_V_GRID_GOOD = const(1 << 6)
_V_SENSING_OK = const(1 << 12)
_O_IN_SERVICE = const(1 << 0)
_O_86 = const(1 << 3)
_O_CHARGER_READY = const(1 << 6)
_O_CHARGER_FAULT = const(1 << 7)
_O_MAY_ISLAND = const(1 << 12)
# refusals
_WHY_SERVICE = const(1)
_WHY_86 = const(2)
_WHY_STATE = const(3)
_WHY_FAULT = const(4)
_WHY_CHARGER = const(5)
_WHY_PROOF = const(6)
_WHY_PAUSE = const(7)
_WHY_K1 = const(8)
_WHY_SENSING = const(9)
_WHY_GRID = const(10)
_WHY_GAVE_UP = const(11)
_WHY_NONE = const(12)
# states
_GRID = const(1)
_PARALLEL = const(2)
_DARK = const(4)
_ISLAND = const(7)
_SYNCHRONISING = const(8)
# places
_V_WORD = const(0)
_S_WORD = const(1)
_O_WORD = const(2)
_STATE = const(3)
_STARTS = const(19)
_CLOSE_PAUSE = const(22)
_CLOSE_FAILS = const(47)
_PLANNED = const(58)
_PLAN_LEFT = const(59)
_ASKED = const(60)
_RETURNED = const(61)
_NO_GRID_FOR = const(62)
_TO = const(32)
_EXERCISE = const(87)
_W_ASK_ISLAND = const(106)
_W_ASK_RETURN = const(107)
_W_ASK_TEST = const(110)
_STARTS_MAX = const(115)
_NO_ISLAND = const(234)
# the room's slots of the image, from TO on
_TO_PLANNED = const(27)
_TO_ISLAND_WHY = const(28)
# end of copies


@micropython.viper
def step(m: ptr32, image: ptr32, asks: ptr32):
    """Every 4 ms: why an island can not be planned now; take up or end one. m[PLANNED] becomes O_ASK_ISLAND."""
    state = m[_STATE]
    o = m[_O_WORD]
    v = m[_V_WORD]
    test = asks[m[_W_ASK_TEST]]
    on_grid = 1 if state == _GRID or state == _PARALLEL else 0
    why = 0
    if o & _O_86:
        why = _WHY_86
    elif o & _O_IN_SERVICE == 0:
        why = _WHY_SERVICE
    elif state == _ISLAND:
        why = 0  # to stay in it
    elif on_grid == 0 and state != _DARK and state != _SYNCHRONISING:
        why = _WHY_STATE
    elif m[_NO_ISLAND]:
        why = _WHY_NONE
    elif o & _O_CHARGER_FAULT:
        why = _WHY_FAULT
    elif o & _O_CHARGER_READY == 0:
        why = _WHY_CHARGER
    elif m[_S_WORD] & _PROOF_FAILS:
        why = _WHY_PROOF
    elif m[_STARTS] >= m[_STARTS_MAX]:
        why = _WHY_GAVE_UP
    elif o & _O_MAY_ISLAND == 0:
        why = _WHY_PAUSE
    elif m[_CLOSE_FAILS]:
        why = _WHY_K1
    elif v & _V_SENSING_OK == 0:
        why = _WHY_SENSING
    if why == 0 and test != 0 and (on_grid == 0 or v & _V_GRID_GOOD == 0):
        why = _WHY_GRID
    planned = m[_PLANNED]
    asked = asks[m[_W_ASK_ISLAND]]
    if asked != m[_ASKED]:
        m[_ASKED] = asked
        if asked == 0:
            planned = 0
        elif why == 0:
            planned = test + 1 if test < 3 else 1
            m[_PLAN_LEFT] = m[_EXERCISE]
            m[_NO_GRID_FOR] = 0
    returned = asks[m[_W_ASK_RETURN]]
    if returned != m[_RETURNED]:
        m[_RETURNED] = returned
        if returned != 0:
            planned = 0
            m[_CLOSE_FAILS] = 0  # a person may have K1 tried again
            m[_CLOSE_PAUSE] = 0
    if o & _O_86 or o & _O_IN_SERVICE == 0:
        planned = 0
    if planned > 1:
        m[_PLAN_LEFT] = m[_PLAN_LEFT] - 1
        if v & _V_GRID_LIVE:
            m[_NO_GRID_FOR] = 0
        else:
            m[_NO_GRID_FOR] = m[_NO_GRID_FOR] + 1
        if m[_PLAN_LEFT] == 0 or m[_NO_GRID_FOR] >= _OUTAGE_ROUNDS:
            planned = 0
    m[_PLANNED] = planned
    to = m[_TO]
    image[to + _TO_PLANNED] = planned
    image[to + _TO_ISLAND_WHY] = why
