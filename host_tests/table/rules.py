"""The transition table over all its inputs: every state x every combination of the facts that state consults.

A pure evaluator of its own, on numpy arrays, so that the rules do not rest on the kernel they judge (another test
holds the
two together). A fact a state's rows never name cannot change what they do.
"""

import numpy as np

from firmware.board import port
from firmware.transfer import facts, states, table

WORDS = ("V", "S", "O")
BIT = {
    prefix + name: (word, bit)
    for word, prefix in enumerate(("V_", "S_", "O_"))
    for bit, name in facts.names(prefix).items()
}


def rows_of(state, rows=None):
    """This state's rows, in order: (next, reason, (V, S, O) all, (V, S, O) none)."""
    found = []
    for states_, then, why, v, not_v, s, not_s, o, not_o in rows if rows is not None else table.ROWS:
        if state in states_:
            found.append((then, why, (v, s, o), (not_v, not_s, not_o)))
    return found


def consulted(state, rows=None):
    """Names of the facts the rows of a state name, sorted."""
    masks = [0, 0, 0]
    for _, _, all_, none in rows_of(state, rows):
        for word in range(3):
            masks[word] |= all_[word] | none[word]
    return sorted(name for name, (word, bit) in BIT.items() if masks[word] & bit)


class Cases:
    """Every combination of a state's facts, as boolean columns, and what the table answers to each."""

    def __init__(self, state, rows=None, also=()):
        self.state = state
        self.names = sorted(set(consulted(state, rows)) | set(also))
        n = 1 << len(self.names)
        index = np.arange(n, dtype=np.int64)
        self.column = {name: (index >> i & 1).astype(bool) for i, name in enumerate(self.names)}
        self.next, self.row = np.full(n, state), np.full(n, -1)
        open_ = np.ones(n, bool)
        for number, (then, _, all_, none) in enumerate(rows_of(state, rows)):
            match = open_ & self.where(all_, True) & self.where(none, False)
            self.next[match], self.row[match] = then, number
            open_ &= ~match

    def where(self, masks, value):
        """Cases in which every fact of the three masks has this value."""
        found = np.ones(1 << len(self.names), bool)
        for name, (word, bit) in BIT.items():
            if masks[word] & bit:
                found &= self.column[name] == value
        return found

    def fact(self, name):
        """Column of a fact; one the state does not consult is taken as it may be: both ways (all False here)."""
        return self.column.get(name, np.zeros(1 << len(self.names), bool))


def drives(state, bit):
    """Does this state drive an output?"""
    return bool(table.OUTPUTS[state] & bit)


K1, K2, KN, REQUEST, PERMIT = (
    port.OUT_K1,
    port.OUT_K2,
    port.OUT_KN,
    port.OUT_ISLAND_REQUEST,
    port.OUT_PERMIT,
)
ALL = range(len(states.NAMES))
