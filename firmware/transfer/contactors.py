"""K1, K2 and KN against their proof contacts: what they were told, what 52a and 52b say, how long they took.

A command is done when the contacts say so. Everything here is measured in ticks of 500 us.
"""

from array import array

import micropython
from micropython import const

from firmware.board.port import (
    IN_K1_52A,
    IN_K1_52B,
    IN_K2_52A,
    IN_K2_52B,
    IN_KN_PROOF,
    OUT_K1,
    OUT_K2,
    OUT_KN,
)

_TICKS_MS = const(2)
_K1_OPEN = const(1)
_WRAP = const(0x1FFFFFFF)
_SIZE = const(20)
# One block of state a contactor.
_BIT_A = const(0)  # input bits
_BIT_B = const(1)
_DRIVE = const(2)  # output bit
_WAS = const(3)  # command of the last tick, 0/1
_SINCE = const(4)  # ticks since the command changed, saturating
_STABLE = const(5)  # ticks the pair has been unchanged, saturating
_PAIR = const(6)  # last raw pair a | b << 1
_POS = const(7)  # debounced: 0 open, 1 closed, 2 neither, 3 both (impossible)
_REACHED = const(8)  # 1 once the command has been proven
_MAX_OPEN = const(9)  # limits, ticks
_MAX_CLOSE = const(10)
_DEBOUNCE = const(11)
_LEARNT_OPEN = const(12)  # in 0.1 ms
_LEARNT_CLOSE = const(13)
_OPS = const(14)
_ODD = const(15)  # ticks in an impossible pair while nothing should move
_INVERT = const(16)  # 1: the command energises to open (KN)

# Facts of one contactor; shifted they are S_FACTS.
_OPEN = const(1)
_CLOSED = const(2)
_WONT_OPEN = const(4)
_WONT_CLOSE = const(8)
_DROPPED = const(16)
_DISAGREES = const(32)

_SATURATE = const(1 << 20)


@micropython.viper
def supervise(state: ptr32, base: int, inputs: int, outputs: int) -> int:
    """One contactor, one tick. Returns its facts. About 200 cycles on the RP2040 (counted by hand)."""
    p = base
    a = 1 if inputs & state[p + _BIT_A] else 0
    b = 1 - a  # KN has one proof contact
    if state[p + _BIT_B]:
        b = 1 if inputs & state[p + _BIT_B] else 0
    told = 1 if outputs & state[p + _DRIVE] else 0
    if state[p + _INVERT]:
        told = 1 - told
    pair = a | (b << 1)
    if pair == state[p + _PAIR]:
        if state[p + _STABLE] < _SATURATE:
            state[p + _STABLE] = state[p + _STABLE] + 1
    else:
        state[p + _PAIR] = pair
        state[p + _STABLE] = 0
    if state[p + _STABLE] >= state[p + _DEBOUNCE]:
        if pair == 1:
            state[p + _POS] = 1
        elif pair == 2:
            state[p + _POS] = 0
        elif pair == 0:
            state[p + _POS] = 2
        else:
            state[p + _POS] = 3
    if told != state[p + _WAS]:
        state[p + _WAS] = told
        state[p + _SINCE] = 0
        state[p + _REACHED] = 0
        state[p + _OPS] = (state[p + _OPS] + 1) & _WRAP
    elif state[p + _SINCE] < _SATURATE:
        state[p + _SINCE] = state[p + _SINCE] + 1
    since = state[p + _SINCE]
    pos = state[p + _POS]
    facts = 0
    if pos == 0 and pair == 2:
        facts |= _OPEN
    if pos == 1 and pair == 1:
        facts |= _CLOSED
    limit = state[p + _MAX_CLOSE] if told else state[p + _MAX_OPEN]
    there = 1 if (pos == 1 and told == 1) or (pos == 0 and told == 0) else 0
    if there:
        if state[p + _REACHED] == 0:
            state[p + _REACHED] = 1
            took = (since - state[p + _DEBOUNCE]) * 5
            if took > 0 and since < _SATURATE:
                k = p + (_LEARNT_CLOSE if told else _LEARNT_OPEN)
                if state[k] == 0:
                    state[k] = took
                else:
                    state[k] = (state[k] * 3 + took) >> 2
        state[p + _ODD] = 0
    elif state[p + _REACHED] == 0:
        if since > limit:
            facts |= _WONT_CLOSE if told else _WONT_OPEN
    else:
        # Was where it should be, and no longer is, though nobody told it to move.
        if state[p + _ODD] < _SATURATE:
            state[p + _ODD] = state[p + _ODD] + 1
        if told == 1 and pos == 0:
            facts |= _DROPPED
        elif state[p + _ODD] > limit:
            facts |= _DISAGREES
    return facts


@micropython.viper
def _bond(state: ptr32, base: int, facts: int, live_unbonded: int) -> int:
    """Ticks a live house has been without its bond; 1 when that is too long."""
    if live_unbonded == 0:
        state[base] = 0
        return 0
    if state[base] < _SATURATE:
        state[base] = state[base] + 1
    return 1 if state[base] > state[base + 1] else 0


class Contacts:
    """`step(inputs, outputs, house_live) -> S_FACTS`; `publish()` puts learnt times and counters into the image.

    A contactor that is not fitted counts as proven where that is harmless: K2 as both (the charger's own enable stands
    for it), KN as open and as made.
    """

    def __init__(self, settings, image, layout):
        m = array("i", bytes(4 * (3 * _SIZE + 2)))
        for p, name, a, b, drive, invert in (
            (0, "k1", IN_K1_52A, IN_K1_52B, OUT_K1, 0),
            (_SIZE, "k2", IN_K2_52A, IN_K2_52B, OUT_K2, 0),
            (2 * _SIZE, "kn", IN_KN_PROOF, 0, OUT_KN, 1),
        ):
            m[p + _BIT_A], m[p + _BIT_B], m[p + _DRIVE], m[p + _INVERT] = a, b, drive, invert
            m[p + _MAX_OPEN] = settings[name + "_open_max_ms"] * _TICKS_MS
            m[p + _MAX_CLOSE] = settings[name + "_close_max_ms"] * _TICKS_MS
            m[p + _DEBOUNCE] = settings["proof_debounce_ms"] * _TICKS_MS
            m[p + _POS] = 2
            m[p + _SINCE] = _SATURATE
            m[p + _WAS] = invert
            m[p + _LEARNT_OPEN] = settings[name + "_open_ms"] * 10
            m[p + _LEARNT_CLOSE] = settings[name + "_close_ms"] * 10
        m[3 * _SIZE + 1] = settings["unbonded_max_ms"] * _TICKS_MS
        self._m, self._image = m, image
        self._k2_fitted, self._bonded = settings["k2_fitted"], settings["bond_required"]
        slots = []
        for p, name in ((0, "K1"), (_SIZE, "K2"), (2 * _SIZE, "KN")):
            slots += [layout.slot(name + "_OPEN_MS_X10"), p + _LEARNT_OPEN]
            slots += [layout.slot(name + "_CLOSE_MS_X10"), p + _LEARNT_CLOSE]
            slots += [layout.slot(name + "_OPS"), p + _OPS]
        self._slots = array("i", slots)
        publish(image, m, self._slots, len(slots))

    @micropython.native
    def step(self, inputs, outputs, house_live):
        m = self._m
        facts = supervise(m, 0, inputs, outputs)  # K1's own six bits are the first six of the word
        if self._k2_fitted:
            k2 = supervise(m, _SIZE, inputs, outputs)
            facts |= (k2 & 15) << 6
        else:
            facts |= 3 << 6
        if self._bonded:
            kn = supervise(m, 2 * _SIZE, inputs, outputs)
            facts |= (kn & 15) << 10
            unbonded = 1 if house_live and facts & _K1_OPEN and not kn & _CLOSED else 0
            facts |= _bond(m, 3 * _SIZE, facts, unbonded) << 14
        else:
            facts |= 3 << 10
        publish(self._image, m, self._slots, 18)
        return facts


@micropython.viper
def publish(image: ptr32, state: ptr32, pairs: ptr32, count: int):
    """Learnt times and counters into the image."""
    i = 0
    while i < count:
        image[pairs[i]] = state[pairs[i + 1]]
        i += 2
