"""K1, K2 and KN against their proof contacts: what they were told, what 52a and 52b say, how long they took.

A command is done when the contacts say so. Everything here is measured in ticks of 500 us; where each number lies is
said in places.py. It must never call a contactor open or closed on one contact of the pair alone.
"""

import micropython
from micropython import const

_WRAP = const(0x1FFFFFFF)
_SATURATE = const(1 << 20)
_ALL = const((1 << 29) - 1)
_PROOFS = const(0x1F)  # board.port IN_K1_52A..IN_KN_PROOF
_COILS = const(7)  # board.port OUT_K1..OUT_KN
# Facts of one contactor; shifted they are S_FACTS.
_OPEN = const(1)
_CLOSED = const(2)
_WONT_OPEN = const(4)
_WONT_CLOSE = const(8)
_DROPPED = const(16)
_DISAGREES = const(32)
# copies
# facts
_V_GRID_LIVE = const(1 << 0)
_V_HOUSE_LIVE = const(1 << 2)
_V_HOUSE_DEAD = const(1 << 3)
_S_K2_PROVEN_OPEN = const(1 << 6)
_S_KN_PROVEN_MADE = const(1 << 11)
_S_UNBONDED_LONG = const(1 << 14)
_O_CHARGER_STOPPED = const(1 << 10)
_A_SLOW = const(1 << 4)
_A_BOUNCE = const(1 << 6)
# board.port
_OUT_K2 = const(1 << 1)
_OUT_KN = const(1 << 2)
# places
_V_WORD = const(0)
_OUT = const(4)
_S_CONTACTS = const(8)
_S_TIMED = const(9)
_O_CHARGER = const(10)
_UNBONDED_FOR = const(25)
_NEWS = const(26)
_SEEN = const(27)
_SETTLED = const(28)
_STATE_OUT = const(29)
_TICK = const(30)
_INPUTS = const(31)
_ALARMS = const(64)
_TO = const(32)
_UNBONDED_MAX = const(37)
_FIXED = const(43)
_BONDED = const(44)
_ENABLE = const(99)
_END = const(45)
_BOUNCE_MAX = const(90)
_CONTACTS = const(136)
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
_FIRST = const(21)
_BOUNCE = const(22)
_MOVED = const(23)
_MOVED_V = const(24)
_HOT = const(25)
_SLOW_X10 = const(26)
_BLOCK = const(32)
_NE_MAX_MV = const(232)
_NE = const(233)
# the room's slots of the image, from TO on
_TO_K1_OPEN_MS_X10 = const(7)
_TO_K1_CLOSE_MS_X10 = const(8)
_TO_K1_OPS = const(13)
_TO_K1_HOT = const(16)
_TO_K1_BOUNCE_MS_X10 = const(18)
# end of copies


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
            m[p + _POS] = 2 - pair if pair < 3 else 3
        else:
            settled = 0
        m[p + _STABLE] = stable
        since = m[p + _SINCE]
        if told != m[p + _WAS]:
            m[p + _WAS] = told
            since = 0
            m[p + _REACHED] = 0
            m[p + _FIRST] = 0
            m[p + _MOVED] = m[p + _MOVED] + 1
            m[p + _MOVED_V] = m[_V_WORD]
            m[_NEWS] = 1
        elif since < _SATURATE:
            since += 1
        m[p + _SINCE] = since
        pos = m[p + _POS]
        if m[p + _FIRST] == 0 and pair == 2 - told:
            m[p + _FIRST] = since
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
            # K1's 52b cuts the island request in hardware. Found closed with 52a closed, it can't: no waiting.
            if since > limit or (pos == 3 and told == 1 and m[p + _NUMBER] == 0):
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
    """Every 4 ms: how long a live house has been without its bond though KN was told to make it (opening it on purpose
    has limits of its own, unbond_max_ms and k1_close_max_ms); what movements taught goes into the image. Where neutral
    to earth is measured, a proof contact that says made is not believed against a voltage.

    Without K2 the charger's hard-wired enable stands for it: "open" is an enable withdrawn, and a house that is dead or
    a charger that says it delivers nothing.

    An operation is hot as far as voltages and charger tell: no current is measured. K1 makes the house's load where it
    closes onto a house that is not live, and breaks it where it opens on a live grid; K2 does either beside a live
    house, unless the charger says that it delivers nothing.
    """
    timed = 0
    contacts = m[_S_CONTACTS]
    if m[_ENABLE] and m[_STATE_OUT] & _OUT_K2 == 0:
        if m[_V_WORD] & _V_HOUSE_DEAD or m[_O_CHARGER] & _O_CHARGER_STOPPED:
            timed = _S_K2_PROVEN_OPEN
    if m[_BONDED] and m[_STATE_OUT] & _OUT_KN:
        m[_UNBONDED_FOR] = 0
    elif (
        m[_BONDED]
        and m[_V_WORD] & _V_HOUSE_LIVE
        and contacts & _OPEN
        and (contacts & _S_KN_PROVEN_MADE == 0 or (m[_NE_MAX_MV] != 0 and image[m[_NE]] > m[_NE_MAX_MV]))
    ):
        if m[_UNBONDED_FOR] >= m[_UNBONDED_MAX]:
            timed |= _S_UNBONDED_LONG
        else:
            m[_UNBONDED_FOR] = m[_UNBONDED_FOR] + 8
    else:
        m[_UNBONDED_FOR] = 0
    m[_S_TIMED] = timed
    if m[_NEWS] == 0:
        return
    m[_NEWS] = 0
    alarms = m[_ALARMS] & (_ALL ^ (_A_SLOW | _A_BOUNCE))
    to = m[_TO]
    p = _CONTACTS
    while p < m[_END]:
        n = m[p + _NUMBER]
        told = m[p + _WAS]
        if m[p + _MOVED]:
            m[p + _OPS] = (m[p + _OPS] + m[p + _MOVED]) & _WRAP
            m[p + _MOVED] = 0
            v = m[p + _MOVED_V]
            hot = 0
            if n == 0:
                if (told == 1 and v & _V_HOUSE_LIVE == 0) or (told == 0 and v & _V_GRID_LIVE):
                    hot = 1
            elif n == 1 and v & _V_HOUSE_LIVE and m[_O_CHARGER] & _O_CHARGER_STOPPED == 0:
                hot = 1
            m[p + _HOT] = (m[p + _HOT] + hot) & _WRAP
        took = m[p + _TOOK]
        if took:
            m[p + _TOOK] = 0
            k = p + (_LEARNT_CLOSE if told else _LEARNT_OPEN)
            m[k] = (m[k] * 3 + took) >> 2
            m[p + _BOUNCE] = took - m[p + _FIRST] * 5
        if m[p + _LEARNT_OPEN] > m[p + _SLOW_X10]:
            alarms |= _A_SLOW
        if m[p + _BOUNCE] > m[_BOUNCE_MAX]:
            alarms |= _A_BOUNCE
        image[to + _TO_K1_OPEN_MS_X10 + 2 * n] = m[p + _LEARNT_OPEN]
        image[to + _TO_K1_CLOSE_MS_X10 + 2 * n] = m[p + _LEARNT_CLOSE]
        image[to + _TO_K1_OPS + n] = m[p + _OPS]
        image[to + _TO_K1_BOUNCE_MS_X10 + n] = m[p + _BOUNCE]
        if n < 2:
            image[to + _TO_K1_HOT + n] = m[p + _HOT]
        p += _BLOCK
    m[_ALARMS] = alarms
