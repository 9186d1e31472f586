"""Facts of the operation: stop, bypass, 86, key, charger, requests and the state's own times.

86 is latched here and only here; only a person on site resets it. Nothing that comes over a wire can close a contactor:
what the charger says is a fact with an age, what a person asks for is a fact with a key. Where each number lies is said
in places.py.
"""

import micropython
from micropython import const

_WRAP = const(0x1FFFFFFF)
_FAR = const(1 << 28)
_NEVER = const(1 << 29)  # no word of facts is this
_ALL = const((1 << 29) - 1)
_SECOND = const(2000)  # ticks a second
_BYPASS_TICKS = const(40)  # ticks the loop must be open, 20 ms

# The charger's bits in the asks, as charger/bits.py has them (a test compares).
_BIT_READY = const(1)
_BIT_FAULT = const(2)
_BIT_FORMING = const(4)
_BIT_FOLLOWING = const(8)
_BIT_STOPPED = const(16)
# board.port
_IN_CHARGER_READY = const(1 << 5)
_IN_CHARGER_FAULT = const(1 << 6)
_IN_E_STOP_OK = const(1 << 7)
_IN_BYPASS_OFF = const(1 << 8)
_IN_SERVICE_KEY = const(1 << 9)
_IN_RESET_BUTTON = const(1 << 10)
_OUT_ISLAND_REQUEST = const(1 << 3)
# Switchgear facts that bar an island: K1 disagrees, K1 would not open, K2 would not close, KN would not make.
_PROOF_FAILS = const(1 << 5 | 1 << 2 | 1 << 9 | 1 << 13)
_PROOFS = const(1 << 5 | 1 << 4)  # K1 disagrees or dropped
_KN_FAILS = const(1 << 12 | 1 << 13)
_FRESH_BITS = const(7 << 8)
# facts
_O_IN_SERVICE = const(1 << 0)
_O_E_STOP = const(1 << 1)
_O_BYPASS = const(1 << 2)
_O_86 = const(1 << 3)
_O_RESET_86 = const(1 << 4)
_O_SERVICE = const(1 << 5)
_O_CHARGER_READY = const(1 << 6)
_O_CHARGER_FAULT = const(1 << 7)
_O_CHARGER_FORMING = const(1 << 8)
_O_CHARGER_FOLLOWING = const(1 << 9)
_O_CHARGER_STOPPED = const(1 << 10)
_O_SEAMLESS = const(1 << 11)
_O_MAY_ISLAND = const(1 << 12)
_O_ASK_ISLAND = const(1 << 13)
_O_ASK_RETURN = const(1 << 14)
_O_TIME_UP = const(1 << 15)
_O_TIME_MIN = const(1 << 16)
_O_REQUEST_OFF = const(1 << 17)
_O_RETRY_CLOSE = const(1 << 18)
_O_SYNC_LATE = const(1 << 19)
_A_PROOF = const(1 << 0)
_A_SENSING = const(1 << 1)
_A_CHARGER_SILENT = const(1 << 2)
_A_BACKGROUND = const(1 << 3)
_A_BOND = const(1 << 5)
_V_SENSING_OK = const(1 << 12)
# states
_GRID = const(1)
_PARALLEL = const(2)
_DARK = const(4)
_STARTING = const(6)
_ISLAND = const(7)
_CLOSING = const(10)
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
_BYPASS_FOR = const(23)
_BUTTON_FOR = const(24)
_STATE_OUT = const(29)
_TICK = const(30)
_INPUTS = const(31)
_TO = const(32)
_FROM_V = const(33)
_STOP_CODE = const(34)
_READ_CODE = const(35)
_FRESH = const(36)
_CLOSE_RETRY = const(38)
_PAUSES = const(39)
_READ_86 = const(46)
_W_CHARGER_TICK = const(48)
_W_CHARGER_BITS = const(49)
_W_IN_SERVICE = const(50)
_W_ASK_ISLAND = const(51)
_W_ASK_RETURN = const(52)
_W_ASK_SERVICE = const(53)
_W_ASK_RESET_86 = const(54)
_W_SEAMLESS = const(55)
_W_FRAM_86 = const(56)
_W_BACKGROUND_ALARM = const(58)
_P_RUN = const(1)
_P_MIN = const(2)
_P_MAX = const(3)
_P_SYNC = const(4)
_P_SIZE = const(5)
# The room's slots of the image.
_TO_O_FACTS = const(1)
_TO_STATE = const(2)
_TO_LAST_STATE = const(3)
_TO_REASON = const(4)
_TO_IN_STATE_MS = const(5)
_TO_STATE_CHANGES = const(6)
_TO_STARTS_TRIED = const(16)
_TO_CAUSE_86 = const(17)
_TO_ALARMS = const(18)
_TO_RUN_PERMIT = const(20)


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
    out = plan[at]
    m[_STATE_OUT] = out
    m[_OUT] = out
    image[to + _TO_RUN_PERMIT] = plan[at + _P_RUN]
    m[_T_MIN] = plan[at + _P_MIN]
    m[_T_MAX] = plan[at + _P_MAX]
    m[_T_SYNC] = plan[at + _P_SYNC]
    if out & _OUT_ISLAND_REQUEST:
        m[_REQUEST_AGE] = 0
        m[_O_TIMES] = m[_O_TIMES] & (_ALL ^ _O_REQUEST_OFF)
    if then == _LOCKOUT_86 and m[_CAUSE] == 0:
        m[_CAUSE] = reason
    if before == _LOCKOUT_86:
        m[_CAUSE] = 0
    if then == _DARK and (before == _STARTING or before == _ISLAND):
        n = m[_STARTS]
        m[_PAUSE] = m[_PAUSES + (n if n < 4 else 3)]
        m[_STARTS] = n + 1
        m[_O_TIMES] = m[_O_TIMES] & (_ALL ^ _O_MAY_ISLAND)
    elif then == _PARALLEL or then == _GRID:
        m[_STARTS] = 0
        m[_PAUSE] = 0
    if before == _CLOSING and then == _ISLAND:
        m[_CLOSE_PAUSE] = m[_CLOSE_RETRY]
        m[_O_TIMES] = m[_O_TIMES] & (_ALL ^ _O_RETRY_CLOSE)
    image[to + _TO_CAUSE_86] = m[_CAUSE]
    image[to + _TO_STARTS_TRIED] = m[_STARTS]
    return out


@micropython.viper
def charger(m: ptr32, image: ptr32, asks: ptr32):
    """What the charger says, through its contacts and through replies no older than 3 s; the alarms. Every 4 ms."""
    o = 0
    bits = 0
    one = 1
    h = one << 31
    told = (asks[m[_W_CHARGER_TICK]] ^ h) - h
    if told >= 0 and ((m[_TICK] - told) & _WRAP) <= m[_FRESH]:
        bits = asks[m[_W_CHARGER_BITS]]
    if m[_INPUTS] & _IN_CHARGER_FAULT or bits & _BIT_FAULT:
        o |= _O_CHARGER_FAULT
    elif m[_INPUTS] & _IN_CHARGER_READY or bits & _BIT_READY:
        o |= _O_CHARGER_READY
    if bits & _BIT_FORMING:
        o |= _O_CHARGER_FORMING
    if bits & _BIT_FOLLOWING:
        o |= _O_CHARGER_FOLLOWING
    if bits & _BIT_STOPPED:
        o |= _O_CHARGER_STOPPED
    m[_O_CHARGER] = o
    a = 0
    if m[_S_WORD] & _PROOFS:
        a |= _A_PROOF
    if (m[_V_WORD] & _V_SENSING_OK) == 0:
        a |= _A_SENSING
    if (o & _FRESH_BITS) == 0:
        a |= _A_CHARGER_SILENT
    if asks[m[_W_BACKGROUND_ALARM]] != 0:
        a |= _A_BACKGROUND
    if m[_S_WORD] & _KN_FAILS:
        a |= _A_BOND
    image[m[_TO] + _TO_ALARMS] = a


@micropython.viper
def people(m: ptr32, image: ptr32, asks: ptr32):
    """Bypass, key, button, what was asked for on site, what permanent memory said of 86 at the start. Every 4 ms."""
    o = 0
    inputs = m[_INPUTS]
    if inputs & _IN_BYPASS_OFF:
        m[_BYPASS_FOR] = 0
    elif m[_BYPASS_FOR] < _BYPASS_TICKS:
        m[_BYPASS_FOR] = m[_BYPASS_FOR] + 8
    if m[_BYPASS_FOR] >= _BYPASS_TICKS:
        o |= _O_BYPASS
    if inputs & _IN_RESET_BUTTON == 0:
        m[_BUTTON_FOR] = 0
    elif m[_BUTTON_FOR] < _SECOND:
        m[_BUTTON_FOR] = m[_BUTTON_FOR] + 8
    asked = 1 if inputs & _IN_SERVICE_KEY and asks[m[_W_ASK_RESET_86]] != 0 else 0
    if m[_BUTTON_FOR] >= _SECOND or asked:
        o |= _O_RESET_86
    if inputs & _IN_SERVICE_KEY and asks[m[_W_ASK_SERVICE]] != 0:
        o |= _O_SERVICE
    if asks[m[_W_SEAMLESS]] == 1:
        o |= _O_SEAMLESS
    if asks[m[_W_ASK_RETURN]] != 0:
        o |= _O_ASK_RETURN
    elif asks[m[_W_ASK_ISLAND]] != 0:
        o |= _O_ASK_ISLAND
    stored = asks[m[_W_FRAM_86]]
    if stored == 1 and m[_READ_86] == 0 and m[_CAUSE] == 0:
        m[_CAUSE] = m[_READ_CODE]
    if stored == 0 or stored == 1:
        m[_READ_86] = 1
        if asks[m[_W_IN_SERVICE]] == 1:
            o |= _O_IN_SERVICE
    m[_O_PEOPLE] = o


@micropython.viper
def times(m: ptr32, image: ptr32, asks: ptr32):
    """Times that outlast a state: since the request, until the next start and the next closing. Every 4 ms."""
    o = 0
    if m[_STATE_OUT] & _OUT_ISLAND_REQUEST:
        m[_REQUEST_AGE] = 0
    elif m[_REQUEST_AGE] < _SECOND:
        m[_REQUEST_AGE] = m[_REQUEST_AGE] + 8
    if m[_REQUEST_AGE] >= _SECOND:
        o |= _O_REQUEST_OFF
    if m[_PAUSE] > 0:
        m[_PAUSE] = m[_PAUSE] - 1
    else:
        o |= _O_MAY_ISLAND
    if m[_CLOSE_PAUSE] > 0:
        m[_CLOSE_PAUSE] = m[_CLOSE_PAUSE] - 1
    else:
        o |= _O_RETRY_CLOSE
    m[_O_TIMES] = o
