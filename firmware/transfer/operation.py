"""Facts of the operation: bypass, key, what the charger says, requests, times that outlast a state. Every 4 ms.

Nothing that comes over a wire can close a contactor: what the charger says is a fact with an age, what a person asks
for is a fact with a key. Where each number lies is said in places.py.
"""

import micropython
from micropython import const

_WRAP = const(0x1FFFFFFF)
_ALL = const((1 << 29) - 1)
_SECOND = const(2000)  # ticks a second
_BYPASS_TICKS = const(40)  # ticks the loop must be open, 20 ms
_RESTARTS_MAX = const(3)  # in ten minutes
_SPLIT_ROUNDS = const(1250)  # 5 s: longer than the charger's word may be old
_STEER_AHEAD_MHZ = const(50)

# The charger's bits in the asks, as charger/bits.py has them (a test compares).
_BIT_READY = const(1)
_BIT_FAULT = const(2)
_BIT_FORMING = const(4)
_BIT_FOLLOWING = const(8)
_BIT_STOPPED = const(16)
_BIT_GONE = const(32)
_PROOFS = const(1 << 5 | 1 << 4)  # K1 disagrees or dropped
_KN_FAILS = const(1 << 12 | 1 << 13)
_NOT_MINE = const(((1 << 29) - 1) ^ (1 << 9 | 0x2F))  # alarms of other kernels
# copies
# facts
_V_GRID_LOST = const(1 << 4)
_V_SENSING_OK = const(1 << 12)
_O_IN_SERVICE = const(1 << 0)
_O_BYPASS = const(1 << 2)
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
_O_REQUEST_OFF = const(1 << 17)
_O_RETRY_CLOSE = const(1 << 18)
_O_LOSS_COUNTS = const(1 << 20)
_O_CHARGER_GONE = const(1 << 21)
_A_PROOF = const(1 << 0)
_A_SENSING = const(1 << 1)
_A_CHARGER_SILENT = const(1 << 2)
_A_BACKGROUND = const(1 << 3)
_A_BOND = const(1 << 5)
_A_K1_CLOSE = const(1 << 7)
_A_SPLIT = const(1 << 9)
_A_GAVE_UP = const(1 << 12)
# board.port
_IN_CHARGER_READY = const(1 << 5)
_IN_CHARGER_FAULT = const(1 << 6)
_IN_BYPASS_OFF = const(1 << 8)
_IN_SERVICE_KEY = const(1 << 9)
_IN_RESET_BUTTON = const(1 << 10)
_OUT_K1 = const(1 << 0)
_OUT_ISLAND_REQUEST = const(1 << 3)
# states
_GRID = const(1)
_PARALLEL = const(2)
_ISLAND = const(7)
_SYNCHRONISING = const(8)
_CLOSING = const(10)
_HANDBACK = const(11)
# places
_V_WORD = const(0)
_S_WORD = const(1)
_STATE = const(3)
_O_CHARGER = const(10)
_O_PEOPLE = const(11)
_O_TIMES = const(12)
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
_LOST_FOR = const(46)
_CLOSE_FAILS = const(47)
_CHARGE = const(48)
_SPLIT_FOR = const(49)
_PLANNED = const(58)
_ALARMS = const(64)
_READ_86 = const(65)
_TO = const(32)
_READ_CODE = const(35)
_FRESH = const(36)
_OVERRIDE = const(80)
_RESTART_CODE = const(81)
_STEER_MAX_MHZ = const(98)
_W_GRID_FINE_MHZ = const(101)
_W_CHARGER_TICK = const(102)
_W_CHARGER_BITS = const(103)
_W_IN_SERVICE = const(105)
_W_ASK_RETURN = const(107)
_W_ASK_SERVICE = const(108)
_W_ASK_RESET_86 = const(109)
_W_SEAMLESS = const(111)
_W_FRAM_86 = const(112)
_W_RESTARTS = const(113)
_W_BACKGROUND_ALARM = const(114)
_STARTS_MAX = const(115)
# the room's slots of the image, from TO on
_TO_STEER_MHZ = const(24)
# end of copies


@micropython.viper
def charger(m: ptr32, image: ptr32, asks: ptr32):
    """What the charger says, through its contacts and replies no older than 3 s; where it contradicts us; alarms."""
    o = 0
    bits = 0
    one = 1
    h = one << 31
    told = (asks[m[_W_CHARGER_TICK]] ^ h) - h
    if told >= 0 and ((m[_TICK] - told) & _WRAP) <= m[_FRESH]:
        bits = asks[m[_W_CHARGER_BITS]]
    if asks[m[_W_CHARGER_BITS]] & _BIT_GONE:  # has no age: it says that no reply comes
        o = _O_CHARGER_GONE
    if m[_INPUTS] & _IN_CHARGER_FAULT or bits & _BIT_FAULT:
        o |= _O_CHARGER_FAULT
    elif m[_INPUTS] & _IN_CHARGER_READY or bits & _BIT_READY:
        if o == 0 or (m[_STATE] != _GRID and m[_STATE] != _PARALLEL):  # on the grid one that is lost is not ready
            o |= _O_CHARGER_READY
    if bits & _BIT_FORMING:
        o |= _O_CHARGER_FORMING
    if bits & _BIT_FOLLOWING:
        o |= _O_CHARGER_FOLLOWING
    if bits & _BIT_STOPPED:
        o |= _O_CHARGER_STOPPED
    m[_O_CHARGER] = o
    a = m[_ALARMS] & _NOT_MINE
    state = m[_STATE]
    split = 0
    if bits & _BIT_FORMING:
        if m[_STATE_OUT] & _OUT_K1 and state != _HANDBACK and state != _CLOSING:
            split = 1
    elif bits & _BIT_FOLLOWING and state == _ISLAND:
        split = 1
    if split == 0:
        m[_SPLIT_FOR] = 0
    elif m[_SPLIT_FOR] < _SPLIT_ROUNDS:
        m[_SPLIT_FOR] = m[_SPLIT_FOR] + 1
    else:
        a |= _A_SPLIT
    if m[_S_WORD] & _PROOFS:
        a |= _A_PROOF
    if (m[_V_WORD] & _V_SENSING_OK) == 0:
        a |= _A_SENSING
    if bits == 0:
        a |= _A_CHARGER_SILENT
    if asks[m[_W_BACKGROUND_ALARM]] != 0:
        a |= _A_BACKGROUND
    if m[_S_WORD] & _KN_FAILS:
        a |= _A_BOND
    m[_ALARMS] = a


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
        m[_CLOSE_FAILS] = 0  # and what was given up may be tried again
        m[_CLOSE_PAUSE] = 0
        m[_STARTS] = 0
        m[_PAUSE] = 0
    if inputs & _IN_SERVICE_KEY and asks[m[_W_ASK_SERVICE]] != 0:
        o |= _O_SERVICE
    if m[_V_WORD] & _V_GRID_LOST == 0:
        m[_LOST_FOR] = 0
    elif m[_LOST_FOR] < m[_OVERRIDE]:
        m[_LOST_FOR] = m[_LOST_FOR] + 1
    if asks[m[_W_SEAMLESS]] == 1:
        o |= _O_SEAMLESS | _O_LOSS_COUNTS
    elif m[_LOST_FOR] >= m[_OVERRIDE]:
        o |= _O_LOSS_COUNTS
    if asks[m[_W_ASK_RETURN]] != 0:
        o |= _O_ASK_RETURN
    if m[_PLANNED]:
        o |= _O_ASK_ISLAND
    stored = asks[m[_W_FRAM_86]]
    if stored == 0 or stored == 1:
        if m[_READ_86] == 0:
            m[_READ_86] = 1
            if m[_CAUSE] == 0:
                if stored == 1:
                    m[_CAUSE] = m[_READ_CODE]
                elif asks[m[_W_RESTARTS]] >= _RESTARTS_MAX:
                    m[_CAUSE] = m[_RESTART_CODE]
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
    elif m[_STARTS] < m[_STARTS_MAX]:
        o |= _O_MAY_ISLAND
    if m[_CHARGE] > 0:
        m[_CHARGE] = m[_CHARGE] - 1
    if m[_CLOSE_PAUSE] > 0:
        m[_CLOSE_PAUSE] = m[_CLOSE_PAUSE] - 1
    elif m[_CHARGE] == 0 and m[_CLOSE_FAILS] < 2:
        o |= _O_RETRY_CLOSE
    m[_O_TIMES] = o
    a = m[_ALARMS] & (_ALL ^ (_A_K1_CLOSE | _A_GAVE_UP))
    if m[_STARTS] >= m[_STARTS_MAX]:
        a |= _A_GAVE_UP
    if m[_CLOSE_FAILS]:
        a |= _A_K1_CLOSE
    m[_ALARMS] = a
    f = 0
    if m[_STATE] == _SYNCHRONISING:
        f = image[m[_W_GRID_FINE_MHZ]]
        if f != 0:  # a little fast, so that the two come into step
            f += _STEER_AHEAD_MHZ
            if f > m[_STEER_MAX_MHZ]:
                f = m[_STEER_MAX_MHZ]
    image[m[_TO] + _TO_STEER_MHZ] = f
