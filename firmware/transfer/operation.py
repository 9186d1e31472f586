"""Facts of the operation: stop, bypass, 86, key, charger, requests and the state's own times. One viper pass a tick.

86 is latched here and only here; only a person on site resets it. Nothing that comes over a wire can close a contactor:
what the charger says is a fact with an age, what a person asks for is a fact with a key.
"""

from array import array

import micropython
from micropython import const

from firmware.transfer import states

_WRAP = const(0x1FFFFFFF)
_FAR = const(1 << 28)
_S = const(2000)  # ticks a second

# The charger's bits in the asks, as charger/bits.py has them (a test compares).
_READY = const(1)
_FAULT = const(2)
_FORMING = const(4)
_FOLLOWING = const(8)
_STOPPED = const(16)

# Own memory.
_IN_STATE = const(0)  # ticks in this state, saturating
_STATE = const(1)
_CAUSE = const(2)  # what latched 86, 0 = not latched
_REQUEST_AGE = const(3)  # ticks since the island request was last on
_STOP_FOR = const(4)  # ticks the stop loop has been open
_BYPASS_FOR = const(5)
_BUTTON_FOR = const(6)
_PAUSE = const(7)  # ticks until the next start may be tried
_CLOSE_PAUSE = const(8)  # ticks until K1 may be closed onto the island again
_STARTS = const(9)
_FRESH = const(10)  # ticks a reply counts as fresh
_SYNC_WAIT = const(11)
_STOP_CODE = const(12)  # the reason an emergency stop is latched with

# Wiring: numbers of slots, after the own memory in the same array.
_W_TICK_ASK = const(13)  # asks: CHARGER_TICK
_W_BITS = const(14)
_W_IN_SERVICE = const(15)
_W_ASK_ISLAND = const(16)
_W_ASK_RETURN = const(17)
_W_ASK_SERVICE = const(18)
_W_ASK_RESET = const(19)
_W_SEAMLESS = const(20)
_W_FRAM_86 = const(21)
_W_RESTARTS = const(22)
_MIN = const(23)  # shortest time of each state, ticks
_MAX = const(40)  # longest, 0 = none
_SIZE = const(57)
_NAMES = (
    "CHARGER_TICK",
    "CHARGER_BITS",
    "IN_SERVICE",
    "ASK_ISLAND",
    "ASK_RETURN",
    "ASK_SERVICE",
    "ASK_RESET_86",
    "SEAMLESS",
    "FRAM_86",
    "RESTARTS",
)

# Switchgear facts that bar an island: K1 disagrees, K1 would not open, K2 would not close, KN would not make.
_PROOF_FAILS = const(1 << 5 | 1 << 2 | 1 << 9 | 1 << 13)
# Inputs and outputs, as board.port has them (a test compares).
_IN_READY = const(1 << 5)
_IN_FAULT = const(1 << 6)
_IN_STOP_OK = const(1 << 7)
_IN_BYPASS_OFF = const(1 << 8)
_IN_KEY = const(1 << 9)
_IN_BUTTON = const(1 << 10)
_OUT_REQUEST = const(1 << 3)


@micropython.viper
def _charger(m: ptr32, asks: ptr32, inputs: int, tick: int) -> int:
    """What the charger says, through its contacts and through replies no older than 3 s."""
    o = 0
    bits = 0
    one = 1
    h = one << 31
    told = (asks[m[_W_TICK_ASK]] ^ h) - h
    if told >= 0 and ((tick - told) & _WRAP) <= m[_FRESH]:
        bits = asks[m[_W_BITS]]
    if inputs & _IN_FAULT or bits & _FAULT:
        o |= 1 << 7
    elif inputs & _IN_READY or bits & _READY:
        o |= 1 << 6
    if bits & _FORMING:
        o |= 1 << 8
    if bits & _FOLLOWING:
        o |= 1 << 9
    if bits & _STOPPED:
        o |= 1 << 10
    return o


@micropython.viper
def _people(m: ptr32, asks: ptr32, inputs: int) -> int:
    """Stop, bypass, key, button and what was asked for on site."""
    o = 0
    if inputs & _IN_STOP_OK:
        m[_STOP_FOR] = 0
    else:
        if m[_STOP_FOR] < _FAR:
            m[_STOP_FOR] = m[_STOP_FOR] + 1
        if m[_STOP_FOR] >= 2:
            o |= 1 << 1
            if m[_CAUSE] == 0:
                m[_CAUSE] = m[_STOP_CODE]
    if inputs & _IN_BYPASS_OFF:
        m[_BYPASS_FOR] = 0
    else:
        if m[_BYPASS_FOR] < _FAR:
            m[_BYPASS_FOR] = m[_BYPASS_FOR] + 1
        if m[_BYPASS_FOR] >= 40:
            o |= 1 << 2
    if inputs & _IN_BUTTON:
        if m[_BUTTON_FOR] < _FAR:
            m[_BUTTON_FOR] = m[_BUTTON_FOR] + 1
    else:
        m[_BUTTON_FOR] = 0
    asked = 1 if inputs & _IN_KEY and asks[m[_W_ASK_RESET]] != 0 else 0
    if m[_BUTTON_FOR] >= _S or asked:
        o |= 1 << 4
    if inputs & _IN_KEY and asks[m[_W_ASK_SERVICE]] != 0:
        o |= 1 << 5
    if asks[m[_W_SEAMLESS]] == 1:
        o |= 1 << 11
    if asks[m[_W_ASK_RETURN]] != 0:
        o |= 1 << 14
    elif asks[m[_W_ASK_ISLAND]] != 0:
        o |= 1 << 13
    if m[_CAUSE] != 0 or asks[m[_W_FRAM_86]] == 1:
        o |= 1 << 3
    if asks[m[_W_IN_SERVICE]] == 1 and (asks[m[_W_FRAM_86]] == 0 or asks[m[_W_FRAM_86]] == 1):
        o |= 1
    return o


@micropython.viper
def _times(m: ptr32, outputs: int, s: int) -> int:
    """Times in the state and since the request."""
    o = 0
    state = m[_STATE]
    t = m[_IN_STATE]
    if t < _FAR:
        t += 1
        m[_IN_STATE] = t
    if t >= m[_MIN + state]:
        o |= 1 << 16
    if m[_MAX + state] != 0 and t >= m[_MAX + state]:
        o |= 1 << 15
    if state == 8 and t >= m[_SYNC_WAIT]:
        o |= 1 << 19
    if outputs & _OUT_REQUEST:
        m[_REQUEST_AGE] = 0
    elif m[_REQUEST_AGE] < _FAR:
        m[_REQUEST_AGE] = m[_REQUEST_AGE] + 1
    if m[_REQUEST_AGE] >= _S:
        o |= 1 << 17
    if m[_PAUSE] > 0:
        m[_PAUSE] = m[_PAUSE] - 1
    elif s & _PROOF_FAILS == 0:
        o |= 1 << 12
    if m[_CLOSE_PAUSE] > 0:
        m[_CLOSE_PAUSE] = m[_CLOSE_PAUSE] - 1
    else:
        o |= 1 << 18
    return o

class Operation:
    """`step(tick, inputs, outputs, S_FACTS) -> O_FACTS`; `entered(state, reason)` is told of every transition."""

    # Pause before the next start after 1, 2, 3, 4 failures, minutes (practice of home gateways).
    PAUSES_MIN = (10, 20, 40, 120)

    def __init__(self, settings, layout, asks, stop_code):
        m = array("i", bytes(4 * _SIZE))
        for i, name in enumerate(_NAMES):
            m[_W_TICK_ASK + i] = layout.ask(name)
        m[_FRESH] = settings["charger_fresh_ms"] * 2
        m[_SYNC_WAIT] = settings["sync_wait_ms"] * 2
        m[_STOP_CODE] = stop_code
        for state, name in (
            (states.DARK, "dark_max_ms"),
            (states.BONDING, "bond_max_ms"),
            (states.STARTING, "start_max_ms"),
            (states.UNBONDING, "unbond_max_ms"),
            (states.HANDBACK, "handback_max_ms"),
            (states.OPEN_TRANSITION, "gap_max_ms"),
        ):
            m[_MAX + state] = settings[name] * 2
        m[_MIN + states.DARK] = settings["dark_min_ms"] * 2
        m[_MIN + states.OPEN_TRANSITION] = settings["gap_min_ms"] * 2
        self.memory, self._asks = m, asks
        self._pauses = array("i", [60 * 2000 * minutes for minutes in self.PAUSES_MIN])
        self._close_pause = settings["close_retry_s"] * 2000

    @micropython.native
    def step(self, tick, inputs, outputs, s):
        m, asks = self.memory, self._asks
        return _charger(m, asks, inputs, tick) | _people(m, asks, inputs) | _times(m, outputs, s)

    def entered(self, before, state, reason):
        """A transition happened (tick): start the state's times, count starts, latch or release 86."""
        m = self.memory
        m[_STATE] = state
        m[_IN_STATE] = 0
        if state == states.LOCKOUT_86 and m[_CAUSE] == 0:
            m[_CAUSE] = reason
        if before == states.LOCKOUT_86:
            m[_CAUSE] = 0
        if before == states.STARTING and state == states.DARK or before == states.ISLAND and state == states.DARK:
            n = m[_STARTS]
            m[_PAUSE] = self._pauses[n if n < 4 else 3]
            m[_STARTS] = n + 1
        if state == states.PARALLEL or state == states.GRID:
            m[_STARTS] = 0
            m[_PAUSE] = 0
        if before == states.CLOSING and state == states.ISLAND:
            m[_CLOSE_PAUSE] = self._close_pause
