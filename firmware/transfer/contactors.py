"""K1, K2 and KN against their proof contacts: what they were told, what 52a and 52b say, how long they took.

A command is done when the contacts say so. Everything here is measured in ticks of 500 us; where each number lies is
said in places.py. It must never call a contactor open or closed on one contact of the pair alone.
"""

import micropython
from micropython import const

_WRAP = const(0x1FFFFFFF)
_SATURATE = const(1 << 20)
_PROOFS = const(0x1F)  # board.port IN_K1_52A..IN_KN_PROOF
_COILS = const(7)  # board.port OUT_K1..OUT_KN
# places
_V_WORD = const(0)
_OUT = const(4)
_S_CONTACTS = const(8)
_S_TIMED = const(9)
_UNBONDED_FOR = const(25)
_NEWS = const(26)
_SEEN = const(27)
_SETTLED = const(28)
_TICK = const(30)
_INPUTS = const(31)
_TO = const(32)
_UNBONDED_MAX = const(37)
_FIXED = const(43)
_BONDED = const(44)
_END = const(45)
_CONTACTS = const(64)
_BIT_A = const(0)
_BIT_B = const(1)
_DRIVE = const(2)
_WAS = const(3)
_SINCE = const(4)
_STABLE = const(5)
_PAIR = const(6)
_POS = const(7)
_REACHED = const(8)
_MAX_OPEN = const(9)
_MAX_CLOSE = const(10)
_DEBOUNCE = const(11)
_LEARNT_OPEN = const(12)
_LEARNT_CLOSE = const(13)
_OPS = const(14)
_ODD = const(15)
_INVERT = const(16)
_SHIFT = const(17)
_MASK = const(18)
_NUMBER = const(19)
_TOOK = const(20)
_BLOCK = const(32)

# Facts of one contactor; shifted they are S_FACTS.
_OPEN = const(1)
_CLOSED = const(2)
_WONT_OPEN = const(4)
_WONT_CLOSE = const(8)
_DROPPED = const(16)
_DISAGREES = const(32)
_S_KN_PROVEN_MADE = const(1 << 11)
_S_UNBONDED_LONG = const(1 << 14)
_V_HOUSE_LIVE = const(1 << 2)
# The room's slots.
_TO_K1_OPEN_MS_X10 = const(7)  # K1_OPEN_MS_X10
_TO_K1_OPS = const(13)  # K1_OPS


@micropython.viper
def supervise(m: ptr32, tick: int, inputs: int):
    """All contactors, one tick; their part of S_FACTS goes to m[S_CONTACTS].

    While nothing moves it only compares one word. Cost on the RP2040: see docs/timing.md.
    """
    m[_TICK] = tick
    m[_INPUTS] = inputs
    seen = (inputs & _PROOFS) | ((m[_OUT] & _COILS) << 8)
    if seen == m[_SEEN] and m[_SETTLED]:
        return
    m[_SEEN] = seen
    settled = 1
    facts = m[_FIXED]
    p = _CONTACTS
    while p < m[_END]:
        told = m[p + _INVERT]
        if m[_OUT] & m[p + _DRIVE]:
            told ^= 1
        pair = 0
        if inputs & m[p + _BIT_A]:
            pair = 1
        if m[p + _BIT_B] == 0:
            pair = 2 - pair  # KN has one proof contact
        elif inputs & m[p + _BIT_B]:
            pair |= 2
        stable = m[p + _STABLE] + 1
        if pair != m[p + _PAIR]:
            m[p + _PAIR] = pair
            stable = 0
        if stable >= m[p + _DEBOUNCE]:
            stable = m[p + _DEBOUNCE]
            if pair == 0:
                m[p + _POS] = 2
            elif pair == 2:
                m[p + _POS] = 0
            else:
                m[p + _POS] = pair
        else:
            settled = 0
        m[p + _STABLE] = stable
        since = m[p + _SINCE]
        if told != m[p + _WAS]:
            m[p + _WAS] = told
            since = 0
            m[p + _REACHED] = 0
            m[p + _OPS] = (m[p + _OPS] + 1) & _WRAP
            m[_NEWS] = 1
        elif since < _SATURATE:
            since += 1
        m[p + _SINCE] = since
        pos = m[p + _POS]
        own = 0
        if pos == 0 and pair == 2:
            own = _OPEN
        elif pos == 1 and pair == 1:
            own = _CLOSED
        limit = m[p + _MAX_CLOSE] if told else m[p + _MAX_OPEN]
        if pos == told:
            if m[p + _REACHED] == 0:
                m[p + _REACHED] = 1
                if since < _SATURATE and since > m[p + _DEBOUNCE]:
                    m[p + _TOOK] = (since - m[p + _DEBOUNCE]) * 5
                    m[_NEWS] = 1
            m[p + _ODD] = 0
        elif m[p + _REACHED] == 0:
            if since > limit:
                own |= _WONT_CLOSE if told else _WONT_OPEN
            else:
                settled = 0
        else:  # was where it should be, and no longer is, though nobody told it to move
            odd = m[p + _ODD] + 1
            if told == 1 and pos == 0:
                own |= _DROPPED
            elif odd > limit:
                own |= _DISAGREES
                odd = limit
            else:
                settled = 0
            m[p + _ODD] = odd
        facts |= (own & m[p + _MASK]) << m[p + _SHIFT]
        p += _BLOCK
    m[_SETTLED] = settled
    m[_S_CONTACTS] = facts


@micropython.viper
def slow(m: ptr32, image: ptr32, asks: ptr32):
    """Every 4 ms: how long a live house has been without its bond; learnt times and counters into the image."""
    m[_S_TIMED] = 0
    contacts = m[_S_CONTACTS]
    if m[_BONDED] and m[_V_WORD] & _V_HOUSE_LIVE and contacts & _OPEN and contacts & _S_KN_PROVEN_MADE == 0:
        if m[_UNBONDED_FOR] >= m[_UNBONDED_MAX]:
            m[_S_TIMED] = _S_UNBONDED_LONG
        else:
            m[_UNBONDED_FOR] = m[_UNBONDED_FOR] + 8
    else:
        m[_UNBONDED_FOR] = 0
    if m[_NEWS] == 0:
        return
    m[_NEWS] = 0
    to = m[_TO]
    p = _CONTACTS
    while p < m[_END]:
        took = m[p + _TOOK]
        if took:
            m[p + _TOOK] = 0
            k = p + (_LEARNT_CLOSE if m[p + _WAS] else _LEARNT_OPEN)
            m[k] = (m[k] * 3 + took) >> 2
        n = m[p + _NUMBER]
        image[to + _TO_K1_OPEN_MS_X10 + 2 * n] = m[p + _LEARNT_OPEN]
        image[to + _TO_K1_OPEN_MS_X10 + 2 * n + 1] = m[p + _LEARNT_CLOSE]
        image[to + _TO_K1_OPS + n] = m[p + _OPS]
        p += _BLOCK
