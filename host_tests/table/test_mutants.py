"""The table against the intention over all inputs, and every cell of it changed: seen, or proved to change nothing."""

import pytest

from firmware.board import port
from firmware.transfer import states, table
from host_tests.table import intended
from host_tests.table.mutants import Space, mutants, rows

ALL = range(len(states.NAMES))
# Facts a row could do without, because a row above it or the row's place implies them; kept for whoever reads the row.
KEPT_FOR_READING = {
    ("PARALLEL", "charger forms an island while K1 is closed: V_GRID_LIVE dropped"),
    ("BONDING", "bond proven, K1 proven open, K2 no longer, voltages agree: S_K1_PROVEN_OPEN dropped"),
    ("CLOSING", "K1 would not close: S_K1_PROVEN_OPEN dropped"),
    ("OPEN_TRANSITION", "house dead, request off, bond open, grid live: V_GRID_GOOD dropped"),
}


def judged(state):
    """(caught, equivalent): texts of a state's mutants."""
    space = Space(state)
    right, caught, equivalent = space.answers(rows(state)), [], []
    for text, changed in mutants(state, space.names):
        (equivalent if space.answers(changed) == right else caught).append(text)
    return caught, equivalent


@pytest.mark.parametrize("state", list(ALL), ids=states.NAMES)
def test_the_table_does_what_is_meant(state):
    space = Space(state)
    found, meant = space.answers(rows(state)), space.intention()
    assert set(found) == set(meant)
    for then in meant:
        assert found[then] == meant[then], "%s -> %s differs" % (states.NAMES[state], states.NAMES[then])


@pytest.mark.parametrize("state", list(ALL), ids=states.NAMES)
def test_every_changed_cell_is_seen_or_changes_nothing(state):
    """A mutant that answers otherwise than the table answers otherwise than what is meant, for these two agree."""
    caught, equivalent = judged(state)
    assert len(caught) > 20
    for text in equivalent:  # proved: the same answer to every combination of facts
        harmless = text.endswith(("after the next row", "forbidden", "demanded"))
        assert harmless or (states.NAMES[state], text) in KEPT_FOR_READING, text


def test_outputs_and_sources_are_as_meant():
    for name, text in intended.DRIVES.items():
        bits = sum(getattr(port, "OUT_" + word) for word in text.split())
        assert table.OUTPUTS[states.NAMES.index(name)] == bits, name
    assert {states.NAMES[s] for s in table.MAY_RUN} == set(intended.SOURCES_RUN)
    assert set(intended.LEAVES) == set(intended.DRIVES) == set(states.NAMES)
