"""The evaluator of the transition table, the facts it is asked with, and the one place that sets the state.

It must never set a state that no row names. 86 is released here alone, when LOCKOUT_86 is left; only a person on site
can make the table leave it.
"""

import micropython
from micropython import const

_V = const(0)
_S = const(1)
_O = const(2)
_FIELDS = const(8)
_WRAP = const(0x1FFFFFFF)
_FAR = const(1 << 28)
_NEVER = const(1 << 29)  # no word of facts is this
_ALL = const((1 << 29) - 1)
_COILS = const(7)  # board.port OUT_K1..OUT_KN
# Switchgear facts that bar an island: K1 disagrees, K1 would not open, K2 would not close, KN would not make.
_PROOF_FAILS = const(1 << 5 | 1 << 2 | 1 << 9 | 1 << 13)
# copies
# facts
_S_K1_WONT_CLOSE = const(1 << 3)
_S_KN_WONT_OPEN = const(1 << 12)
_O_E_STOP = const(1 << 1)
_O_86 = const(1 << 3)
_O_MAY_ISLAND = const(1 << 12)
_O_ASK_ISLAND = const(1 << 13)
_O_TIME_UP = const(1 << 15)
_O_TIME_MIN = const(1 << 16)
_O_REQUEST_OFF = const(1 << 17)
_O_RETRY_CLOSE = const(1 << 18)
_O_SYNC_LATE = const(1 << 19)
# board.port
_IN_E_STOP_OK = const(1 << 7)
_OUT_K1 = const(1 << 0)
_OUT_ISLAND_REQUEST = const(1 << 3)
# states
_GRID = const(1)
_PARALLEL = const(2)
_OPENING = const(3)
_DARK = const(4)
_BONDING = const(5)
_UNBONDING = const(9)
_CLOSING = const(10)
_HANDBACK = const(11)
_RECLOSING = const(13)
_LOCKOUT_86 = const(14)
# places
_V_WORD = const(0)
_S_WORD = const(1)
_O_WORD = const(2)
_STATE = const(3)
_OUT = const(4)
_LAST_V = const(5)
_LAST_S = const(6)
_LAST_O = const(7)
_S_CONTACTS = const(8)
_S_TIMED = const(9)
_O_CHARGER = const(10)
_O_PEOPLE = const(11)
_O_TIMES = const(12)
_IN_STATE = const(13)
_T_MIN = const(14)
_T_MAX = const(15)
_T_SYNC = const(16)
_STOP_FOR = const(17)
_CAUSE = const(18)
_STARTS = const(19)
_REQUEST_AGE = const(20)
_PAUSE = const(21)
_CLOSE_PAUSE = const(22)
_STATE_OUT = const(29)
_INPUTS = const(31)
_CLOSE_FAILS = const(47)
_CHARGE = const(48)
_HOLD_FOR = const(51)
_HOLD = const(52)
_SHED_OUT = const(53)
_SECONDS = const(55)
_NEXT_OPENING = const(57)
_PLANNED = const(58)
_SHED_MASK = const(78)
_TO = const(32)
_FROM_V = const(33)
_STOP_CODE = const(34)
_CLOSE_RETRY = const(38)
_PAUSES = const(39)
_OFTEN_CODE = const(82)
_K1_CHARGE = const(84)
_OPENINGS_MAX = const(85)
_OPENINGS_S = const(86)
_OPENINGS = const(116)
_P_RUN = const(1)
_P_MIN = const(2)
_P_MAX = const(3)
_P_SYNC = const(4)
_P_SHED = const(5)
_P_SIZE = const(6)
# the room's slots of the image, from TO on
_TO_O_FACTS = const(1)
_TO_STATE = const(2)
_TO_LAST_STATE = const(3)
_TO_REASON = const(4)
_TO_IN_STATE_MS = const(5)
_TO_STATE_CHANGES = const(6)
_TO_STARTS_TRIED = const(21)
_TO_CAUSE_86 = const(22)
_TO_RUN_PERMIT = const(25)
# end of copies


@micropython.viper
def scan(rows: ptr32, index: ptr32, state: int, facts: ptr32) -> int:
    """Number of the first row of `state` that matches the three fact words, or -1.

    Cost: about 60 cycles a row tried; the longest state has two dozen.
    """
    v = facts[_V]
    s = facts[_S]
    o = facts[_O]
    i = index[state]
    end = index[state + 1]
    while i < end:
        at = i * _FIELDS
        if (
            (v & rows[at]) == rows[at]
            and (v & rows[at + 1]) == 0
            and (s & rows[at + 2]) == rows[at + 2]
            and (s & rows[at + 3]) == 0
            and (o & rows[at + 4]) == rows[at + 4]
            and (o & rows[at + 5]) == 0
        ):
            return i
        i += 1
    return -1


@micropython.viper
def settle(m: ptr32, image: ptr32) -> int:
    """Every tick: the stop loop, the state's times, the three words of facts.

    Returns the outputs that stand, or -1 where a fact has changed since the table last had no row for them.
    """
    o = m[_O_CHARGER] | m[_O_PEOPLE] | m[_O_TIMES]
    s = m[_S_CONTACTS] | m[_S_TIMED]
    if s & _PROOF_FAILS:
        o &= _ALL ^ _O_MAY_ISLAND
    if m[_INPUTS] & _IN_E_STOP_OK:
        m[_STOP_FOR] = 0
    elif m[_STOP_FOR] == 0:
        m[_STOP_FOR] = 1
    else:  # open for two ticks
        o |= _O_E_STOP
        if m[_CAUSE] == 0:
            m[_CAUSE] = m[_STOP_CODE]
    if m[_CAUSE]:
        o |= _O_86
    t = m[_IN_STATE]
    if t < _FAR:
        t += 1
        m[_IN_STATE] = t
    if t >= m[_T_MIN]:
        o |= _O_TIME_MIN
    if t >= m[_T_MAX]:
        o |= _O_TIME_UP
    if t >= m[_T_SYNC]:
        o |= _O_SYNC_LATE
    v = image[m[_FROM_V]]
    to = m[_TO]
    image[to + _TO_IN_STATE_MS] = t >> 1
    if v == m[_LAST_V] and s == m[_LAST_S] and o == m[_LAST_O]:
        return m[_OUT]
    m[_V_WORD] = v
    m[_S_WORD] = s
    m[_O_WORD] = o
    image[to] = s
    image[to + _TO_O_FACTS] = o
    return -1


@micropython.viper
def stay(m: ptr32) -> int:
    """The table has no row for these facts: they need not be asked about again. Returns the outputs."""
    m[_LAST_V] = m[_V_WORD]
    m[_LAST_S] = m[_S_WORD]
    m[_LAST_O] = m[_O_WORD]
    return m[_OUT]


@micropython.viper
def enter(m: ptr32, image: ptr32, plan: ptr32, then: int) -> int:
    """The one place that sets the state: `then` is the state and, times 256, the reason. Returns the outputs.

    Starts the state's times, counts starts, latches or releases 86.
    """
    reason = then >> 8
    then &= 255
    before = m[_STATE]
    to = m[_TO]
    image[to + _TO_LAST_STATE] = before
    image[to + _TO_STATE] = then
    image[to + _TO_REASON] = reason
    image[to + _TO_STATE_CHANGES] = (image[to + _TO_STATE_CHANGES] + 1) & _WRAP
    image[to + _TO_IN_STATE_MS] = 0
    m[_STATE] = then
    m[_IN_STATE] = 0
    m[_LAST_O] = _NEVER
    at = then * _P_SIZE
    image[to + _TO_RUN_PERMIT] = plan[at + _P_RUN]
    m[_T_MIN] = plan[at + _P_MIN]
    m[_T_MAX] = plan[at + _P_MAX]
    m[_T_SYNC] = plan[at + _P_SYNC]
    m[_SHED_MASK] = plan[at + _P_SHED]
    out = plan[at]
    new = out & (m[_STATE_OUT] ^ _ALL)
    times = m[_O_TIMES]
    if (out ^ m[_STATE_OUT]) & _OUT_K1 and m[_K1_CHARGE]:
        m[_CHARGE] = m[_K1_CHARGE]
        times &= _ALL ^ _O_RETRY_CLOSE
    m[_STATE_OUT] = out
    if new & _COILS or out & _COILS == 0:  # what has to pull in needs full power
        m[_HOLD] = 0
        m[_HOLD_FOR] = 0
    if out & _OUT_ISLAND_REQUEST:
        m[_REQUEST_AGE] = 0
        times &= _ALL ^ _O_REQUEST_OFF
    if then == _LOCKOUT_86 and m[_CAUSE] == 0:
        m[_CAUSE] = reason
    if before == _LOCKOUT_86:
        m[_CAUSE] = 0
    if then == _DARK and before >= _BONDING and before <= _UNBONDING:  # a start or an island that failed
        n = m[_STARTS]
        m[_PAUSE] = m[_PAUSES + (n if n < 4 else 3)]
        m[_STARTS] = n + 1
        m[_PLANNED] = 0
        m[_O_PEOPLE] = m[_O_PEOPLE] & (_ALL ^ _O_ASK_ISLAND)
        times &= _ALL ^ _O_MAY_ISLAND
    elif then == _PARALLEL or then == _GRID:
        m[_STARTS] = 0
        m[_PAUSE] = 0
    if before == _CLOSING or before == _RECLOSING:
        if then == _HANDBACK or then == _GRID:
            m[_CLOSE_FAILS] = 0
        elif m[_S_WORD] & _S_K1_WONT_CLOSE:
            m[_CLOSE_FAILS] = m[_CLOSE_FAILS] + 1
            m[_CLOSE_PAUSE] = m[_CLOSE_RETRY]
            times &= _ALL ^ _O_RETRY_CLOSE
    if before == _UNBONDING and m[_S_WORD] & _S_KN_WONT_OPEN:  # a K1 that can't be closed for its bond
        m[_CLOSE_FAILS] = m[_CLOSE_FAILS] + 1
        m[_CLOSE_PAUSE] = m[_CLOSE_RETRY]
        times &= _ALL ^ _O_RETRY_CLOSE
    if then == _OPENING and before != _BONDING:
        at = m[_NEXT_OPENING]
        now = m[_SECONDS] + 1
        first = m[_OPENINGS + at]
        m[_OPENINGS + at] = now
        m[_NEXT_OPENING] = at + 1 if at + 1 < m[_OPENINGS_MAX] else 0
        if first != 0 and now - first < m[_OPENINGS_S] and m[_CAUSE] == 0:
            m[_CAUSE] = m[_OFTEN_CODE]
    m[_O_TIMES] = times
    image[to + _TO_CAUSE_86] = m[_CAUSE]
    image[to + _TO_STARTS_TRIED] = m[_STARTS]
    m[_OUT] = out | m[_HOLD] | (m[_SHED_OUT] & m[_SHED_MASK])
    return m[_OUT]
