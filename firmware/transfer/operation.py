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
_UNDER_WAY = const(500)  # ticks, 250 ms: the longest reply at 9600 baud takes 210
_STEER_AHEAD_MHZ = const(50)

# The charger's bits in the asks, as charger/bits.py has them (a test compares).
_BIT_READY = const(1)
_BIT_FAULT = const(2)
_BIT_FORMING = const(4)
_BIT_FOLLOWING = const(8)
_BIT_STOPPED = const(16)
_BIT_GONE = const(32)
_NOT_FOLLOWING = const(23)  # the others of the first five
_PROOFS = const(1 << 5 | 1 << 4)  # K1 disagrees or dropped
_KN_FAILS = const(1 << 12 | 1 << 13)
_NOT_MINE = const(((1 << 29) - 1) ^ (1 << 9 | 0x2F))  # alarms of other kernels
_BITS = const(28)  # FORMING, FOLLOWING, STOPPED ...
_TO_FACTS = const(6)  # ... shifted are O_CHARGER_FORMING, O_CHARGER_FOLLOWING, O_CHARGER_STOPPED
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
_IN_STATE = const(13)
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
_NO_ISLAND = const(234)
# the room's slots of the image, from TO on
_TO_STEER_MHZ = const(24)
# end of copies


@micropython.viper
def charger(m: ptr32, image: ptr32, asks: ptr32):
    """What the charger says, through its contacts and replies no older than 3 s; where it contradicts us; alarms.

    That it follows the grid K1 has joined it to is believed of no word from before, or under way at, the closing.
    """
    o = 0
    bits = 0
    one = 1
    h = one << 31
    state = m[_STATE]
    told = (asks[m[_W_CHARGER_TICK]] ^ h) - h
    age = (m[_TICK] - told) & _WRAP
    if told >= 0 and age <= m[_FRESH]:
        bits = asks[m[_W_CHARGER_BITS]]
        if state == _HANDBACK and age + _UNDER_WAY > m[_IN_STATE]:
            bits = bits & _NOT_FOLLOWING
    if asks[m[_W_CHARGER_BITS]] & _BIT_GONE:  # has no age: it says that no reply comes
        o = _O_CHARGER_GONE
    if m[_INPUTS] & _IN_CHARGER_FAULT or bits & _BIT_FAULT:
        o |= _O_CHARGER_FAULT
    elif m[_INPUTS] & _IN_CHARGER_READY or bits & _BIT_READY:
        if o == 0 or (state != _GRID and state != _PARALLEL):  # on the grid one that is lost is not ready
            o |= _O_CHARGER_READY
    m[_O_CHARGER] = o | ((bits & _BITS) << _TO_FACTS)
    a = m[_ALARMS] & _NOT_MINE
    split = 0
    if bits & _BIT_FORMING:
        if m[_STATE_OUT] & _OUT_K1 and state != _HANDBACK and state != _CLOSING:
            split = 1
    elif bits & _BIT_FOLLOWING and state == _ISLAND:
        split = 1
    t = (m[_SPLIT_FOR] + 1) * split
    if t > _SPLIT_ROUNDS:
        t = _SPLIT_ROUNDS
        a |= _A_SPLIT
    m[_SPLIT_FOR] = t
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
    t = 0
    if inputs & _IN_BYPASS_OFF == 0:
        t = m[_BYPASS_FOR] + 8
        if t >= _BYPASS_TICKS:
            t = _BYPASS_TICKS
            o = _O_BYPASS
    m[_BYPASS_FOR] = t
    t = 0
    if inputs & _IN_RESET_BUTTON:
        t = m[_BUTTON_FOR] + 8
        if t > _SECOND:
            t = _SECOND
    m[_BUTTON_FOR] = t
    asked = 1 if inputs & _IN_SERVICE_KEY and asks[m[_W_ASK_RESET_86]] != 0 else 0
    if t >= _SECOND or asked:
        o |= _O_RESET_86
        m[_CLOSE_FAILS] = 0  # and what was given up may be tried again
        m[_CLOSE_PAUSE] = 0
        m[_STARTS] = 0
        m[_PAUSE] = 0
    if inputs & _IN_SERVICE_KEY and asks[m[_W_ASK_SERVICE]] != 0:
        o |= _O_SERVICE
    t = 0
    most = m[_OVERRIDE]
    if m[_V_WORD] & _V_GRID_LOST:
        t = m[_LOST_FOR] + 1
        if t > most:
            t = most
    m[_LOST_FOR] = t
    if asks[m[_W_SEAMLESS]] == 1:
        o |= _O_SEAMLESS | _O_LOSS_COUNTS
    elif t >= most:
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
    t = 0
    if m[_STATE_OUT] & _OUT_ISLAND_REQUEST == 0:
        t = m[_REQUEST_AGE] + 8
        if t >= _SECOND:
            t = _SECOND
            o = _O_REQUEST_OFF
    m[_REQUEST_AGE] = t
    gave_up = 1 if m[_STARTS] >= m[_STARTS_MAX] else 0
    t = m[_PAUSE]
    if t > 0:
        m[_PAUSE] = t - 1
    elif gave_up == 0 and m[_NO_ISLAND] == 0:
        o |= _O_MAY_ISLAND
    left = m[_CHARGE]
    if left > 0:
        left -= 1
        m[_CHARGE] = left
    fails = m[_CLOSE_FAILS]
    t = m[_CLOSE_PAUSE]
    if t > 0:
        m[_CLOSE_PAUSE] = t - 1
    elif left == 0 and fails < 2:
        o |= _O_RETRY_CLOSE
    m[_O_TIMES] = o
    a = m[_ALARMS] & (_ALL ^ (_A_K1_CLOSE | _A_GAVE_UP))
    if gave_up:
        a |= _A_GAVE_UP
    if fails:
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
