"""Every cell of the transition table changed, one at a time, and what comes of it over all combinations of facts.

Facts are bits of packed columns, so that one answer over 65,536 combinations is a handful of operations on 8 KB.
"""

import ast

import numpy as np

from firmware.transfer import states
from host_tests.table import intended
from host_tests.table.rules import BIT, consulted, rows_of

NAMES = states.NAMES
CODE = {name: number for number, name in enumerate(NAMES)}


def names_of(masks):
    """Names of the facts of three masks."""
    return frozenset(name for name, (word, bit) in BIT.items() if masks[word] & bit)


def rows(state):
    """[(next, reason, facts that must be set, facts that must not)] of a state."""
    return [(then, why, names_of(all_), names_of(none)) for then, why, all_, none in rows_of(state)]


def intended_facts(state):
    """Names of the facts the intention names in a state."""
    found = set()
    for condition, _ in intended.sentences(NAMES[state]):
        found |= {node.id for node in ast.walk(ast.parse(condition, mode="eval")) if isinstance(node, ast.Name)}
    return found


class Space:
    """All combinations of the facts a state consults, packed eight to a byte."""

    def __init__(self, state):
        self.state = state
        self.names = sorted(set(consulted(state)) | intended_facts(state))
        index = np.arange(1 << max(3, len(self.names)), dtype=np.int64)
        self.column = {name: np.packbits((index >> i & 1).astype(bool)) for i, name in enumerate(self.names)}
        self.all = np.full(len(index) // 8, 255, np.uint8)

    def answers(self, some_rows):
        """{next state: packed combinations} of rows tried in order; what no row takes stays."""
        left = self.all.copy()
        found: dict[int, np.ndarray] = {}
        for then, _, must, must_not in some_rows:
            match = left.copy()
            for name in must:
                match &= self.column[name]
            for name in must_not:
                match &= ~self.column[name]
            left &= ~match
            found[then] = found[then] | match if then in found else match
        found[self.state] = found[self.state] | left if self.state in found else left
        return {then: mask.tobytes() for then, mask in found.items() if mask.any()}

    def intention(self):
        """The same of the intention."""
        left = self.all.copy()
        found: dict[int, np.ndarray] = {}
        for condition, then in intended.sentences(NAMES[self.state]):
            match = eval(condition, {"__builtins__": {}}, dict(self.column)) & left
            left &= ~match
            number = CODE[then]
            found[number] = found[number] | match if number in found else match
        found[self.state] = found[self.state] | left if self.state in found else left
        return {then: mask.tobytes() for then, mask in found.items() if mask.any()}


def mutants(state, facts):
    """(what was done, the state's rows with it done) for every cell of the state's rows."""
    own = rows(state)
    for i, (then, why, must, must_not) in enumerate(own):

        def with_row(row, i=i):
            return own[:i] + [row] + own[i + 1 :]

        yield "%s: row deleted" % why, own[:i] + own[i + 1 :]
        if i + 1 < len(own):
            yield "%s: after the next row" % why, own[:i] + [own[i + 1], own[i]] + own[i + 2 :]
        for other in range(len(NAMES)):
            if other != then:
                yield "%s: to %s" % (why, NAMES[other]), with_row((other, why, must, must_not))
        for name in facts:
            for what, more, less in _cell(name, must, must_not):
                yield "%s: %s %s" % (why, name, what), with_row((then, why, more, less))


def _cell(name, must, must_not):
    """What can be done to one fact's place in a row."""
    one = frozenset((name,))
    if name in must:
        return (("dropped", must - one, must_not), ("turned round", must - one, must_not | one))
    if name in must_not:
        return (("dropped", must, must_not - one), ("turned round", must | one, must_not - one))
    return (("demanded", must | one, must_not), ("forbidden", must, must_not | one))
