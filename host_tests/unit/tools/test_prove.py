"""The search over table and switchgear: clean on the real table, and it finds what is broken on purpose."""

from array import array

import pytest

from tools.prove import search, world
from tools.prove.world import FIELDS, INDEX, states


def test_with_contacts_that_obey_no_rule_is_broken_and_every_state_is_seen():
    found = search.search(faults=False)
    assert (found.rule, found.trapped) == ("", [])
    assert found.states == set(range(len(states.NAMES)))
    assert found.worlds > 50 and found.steps == found.worlds * len(list(world.choices(False)))


def sabotaged(monkeypatch, state, then, field, clear, faults):
    """The real rows with bits of one field cleared wherever `state` leads to `then`."""
    rows = array("i", world.ROWS)
    hits = 0
    for i in range(INDEX[state], INDEX[state + 1]):
        if rows[i * FIELDS + 6] == then:
            hits += rows[i * FIELDS + field] & clear != 0
            rows[i * FIELDS + field] &= ~clear
    assert hits
    monkeypatch.setattr(world, "ROWS", rows)
    return search.search(faults)


F = world.facts


@pytest.mark.parametrize(
    "state, then, field, clear, says",
    [
        (states.UNBONDING, states.CLOSING, 2, F.S_KN_PROVEN_OPEN, "bond"),
        (states.UNBONDING, states.CLOSING, 0, F.V_IN_STEP, "out of step"),
        (states.UNBONDING, states.CLOSING, 0, F.V_GRID_LIVE | F.V_IN_STEP, "K1 is told to close"),
        (states.LOCKOUT_86, states.OUT_OF_SERVICE, 4, F.O_RESET_86, "without a person"),
    ],
)
def test_a_table_broken_on_purpose_is_found_with_the_way_to_it(monkeypatch, state, then, field, clear, says):
    found = sabotaged(monkeypatch, state, then, field, clear, faults=says == "bond")
    assert says in found.rule
    assert found.way[0] == (world.START, None) and len(found.way) >= 2
    for (before, _), (after, choice) in zip(found.way, found.way[1:], strict=False):
        assert world.step(before, choice) == after


def test_the_real_rows_are_what_is_searched():
    assert list(world.ROWS) == list(world.table.flatten()[0])
