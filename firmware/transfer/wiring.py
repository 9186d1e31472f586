"""Fills the room's memory from the settings, once, before the tick starts; forgotten afterwards with what it imports.

A contactor that is not fitted counts as proven where that is harmless: K2 as open and as closed (the charger's own
enable stands for it), KN as open and as made.
"""

from array import array

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
from firmware.transfer import facts, places, states, table

TICKS_MS = 2
ROUND = 8  # ticks
# Pause before the next start after 1, 2, 3, 4 failures, minutes (practice of home gateways).
PAUSES_MIN = (10, 20, 40, 120)
_FAR = 1 << 28
_SATURATE = 1 << 20
_OPENED = 2  # contact pair of an unknown start: neither
_ASKS = (
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
    "BACKGROUND_ALARM",
)
# (state, setting): longest and shortest times
_LONGEST = (
    (states.DARK, "dark_max_ms"),
    (states.BONDING, "bond_max_ms"),
    (states.STARTING, "start_max_ms"),
    (states.UNBONDING, "unbond_max_ms"),
    (states.HANDBACK, "handback_max_ms"),
    (states.OPEN_TRANSITION, "gap_max_ms"),
)
_SHORTEST = ((states.DARK, "dark_min_ms"), (states.OPEN_TRANSITION, "gap_min_ms"))


def memory(settings, layout):
    """The room's memory, array('i') of places.SIZE."""
    m = array("i", bytes(4 * places.SIZE))
    for i, name in enumerate(_ASKS):
        m[places.W_CHARGER_TICK + i] = layout.ask(name)
    m[places.TO], m[places.FROM_V] = layout.slot(places.SLOTS[0]), layout.slot("V_FACTS")
    m[places.STOP_CODE] = table.REASONS.index(table.STOP)
    m[places.READ_CODE] = table.REASONS.index(table.LATCHED)
    m[places.FRESH] = settings["charger_fresh_ms"] * TICKS_MS
    m[places.UNBONDED_MAX] = settings["unbonded_max_ms"] * TICKS_MS
    m[places.CLOSE_RETRY] = settings["close_retry_s"] * 1000 * TICKS_MS // ROUND
    for i, minutes in enumerate(PAUSES_MIN):
        m[places.PAUSES + i] = minutes * 60000 * TICKS_MS // ROUND
    _contactors(m, settings)
    return m


def _contactors(m, settings):
    fitted = [("k1", IN_K1_52A, IN_K1_52B, OUT_K1, 0, 0, 63)]
    if settings["k2_fitted"]:
        fitted.append(("k2", IN_K2_52A, IN_K2_52B, OUT_K2, 0, 6, 15))
    else:
        m[places.FIXED] |= facts.S_K2_PROVEN_OPEN | facts.S_K2_PROVEN_CLOSED
    if settings["bond_required"]:
        fitted.append(("kn", IN_KN_PROOF, 0, OUT_KN, 1, 10, 15))
        m[places.BONDED] = 1
    else:
        m[places.FIXED] |= facts.S_KN_PROVEN_OPEN | facts.S_KN_PROVEN_MADE
    p = places.CONTACTS
    for name, a, b, drive, invert, shift, mask in fitted:
        m[p + places.BIT_A], m[p + places.BIT_B], m[p + places.DRIVE] = a, b, drive
        m[p + places.INVERT], m[p + places.SHIFT], m[p + places.MASK] = invert, shift, mask
        m[p + places.NUMBER] = ("k1", "k2", "kn").index(name)
        m[p + places.MAX_OPEN] = settings[name + "_open_max_ms"] * TICKS_MS
        m[p + places.MAX_CLOSE] = settings[name + "_close_max_ms"] * TICKS_MS
        m[p + places.DEBOUNCE] = settings["proof_debounce_ms"] * TICKS_MS
        m[p + places.POS], m[p + places.SINCE], m[p + places.WAS] = _OPENED, _SATURATE, invert
        m[p + places.LEARNT_OPEN] = settings[name + "_open_ms"] * 10
        m[p + places.LEARNT_CLOSE] = settings[name + "_close_ms"] * 10
        p += places.BLOCK
    m[places.END] = p


def plan(settings):
    """For each state: outputs, sources may run, shortest and longest time, wait for step; ticks."""
    found = array("i", bytes(4 * places.P_SIZE * len(states.NAMES)))
    for state, outputs in enumerate(table.OUTPUTS):
        at = state * places.P_SIZE
        found[at + places.P_OUT], found[at + places.P_RUN] = outputs, 1 if state in table.MAY_RUN else 0
        found[at + places.P_MAX] = found[at + places.P_SYNC] = _FAR + 1
    for state, name in _LONGEST:
        found[state * places.P_SIZE + places.P_MAX] = settings[name] * TICKS_MS
    for state, name in _SHORTEST:
        found[state * places.P_SIZE + places.P_MIN] = settings[name] * TICKS_MS
    found[states.SYNCHRONISING * places.P_SIZE + places.P_SYNC] = settings["sync_wait_ms"] * TICKS_MS
    return found


def publish(m, image, layout):
    """Learnt times and counters into the image before the first tick."""
    for n, name in enumerate(("K1", "K2", "KN")):
        for p in range(places.CONTACTS, m[places.END], places.BLOCK):
            if m[p + places.NUMBER] == n:
                image[layout.slot(name + "_OPEN_MS_X10")] = m[p + places.LEARNT_OPEN]
                image[layout.slot(name + "_CLOSE_MS_X10")] = m[p + places.LEARNT_CLOSE]
                image[layout.slot(name + "_OPS")] = m[p + places.OPS]
