"""The room's memory: every number a kernel repeats is the one of its origin, and no two things share a place."""

import pytest

from firmware import image as layout
from firmware.board import port
from firmware.charger import bits
from firmware.transfer import (
    contactors,
    facts,
    machine,
    operation,
    places,
    plan,
    refusals,
    shed,
    states,
    transfer,
    upkeep,
    wiring,
)
from firmware.transfer.facts import names

# What a file may define for itself: limits, field numbers of the table's rows, bits within one contactor's six.
OWN = {
    contactors: {"WRAP", "SATURATE", "PROOFS", "COILS", "OPEN", "CLOSED", "WONT_OPEN", "WONT_CLOSE", "DROPPED",
                 "DISAGREES", "ALL"},
    machine: {"V", "S", "O", "FIELDS", "WRAP", "FAR", "NEVER", "ALL", "PROOF_FAILS", "COILS"},
    operation: {"WRAP", "ALL", "SECOND", "BYPASS_TICKS", "PROOFS", "KN_FAILS", "NOT_MINE", "RESTARTS_MAX", "UNDER_WAY",
                "NOT_FOLLOWING",
                "SPLIT_ROUNDS", "STEER_AHEAD_MHZ", "BITS", "TO_FACTS"},
    plan: {"OUTAGE_ROUNDS", "PROOF_FAILS"},
    shed: {"STAGES", "ALL", "OVER_ROUNDS", "BLAME_ROUNDS", "COLLAPSES_MAX", "CEILING_ROUNDS", "NO_LOAD", "KNOWN",
           "SHED_SHIFT"},
    upkeep: {"WRAP", "ALL", "ROUNDS_S", "WELD_ROUNDS", "BOTH_OPEN", "SOME_LIVE", "COILS"},
    wiring: {"TICKS_MS", "ROUND", "FAR", "SATURATE", "UNKNOWN", "LOADS", "NONE_YET"},
    transfer: {"FIELDS", "NEXT", "REASON"},
}  # fmt: skip


def origin(name):
    """The number a copied name must have, or None."""
    if name.startswith("TO_"):
        return places.SLOTS.index(name[3:])
    if name.startswith("BIT_") and not hasattr(places, name):
        return getattr(bits, name[4:])
    for module in (facts, port, states, refusals, places):
        if isinstance(getattr(module, name, None), int):
            return getattr(module, name)
    return None


@pytest.mark.parametrize("room", list(OWN), ids=lambda room: room.__name__)
def test_copied_numbers_are_those_of_their_origin(room):
    copies = {name[1:]: value for name, value in vars(room).items() if name[0] == "_" and isinstance(value, int)}
    assert len(copies) > 3 and OWN[room] <= set(copies)
    for name, value in copies.items():
        if name not in OWN[room]:
            assert value == origin(name), name


def test_masks_are_what_they_are_called():
    assert machine._PROOF_FAILS == (
        facts.S_K1_DISAGREES | facts.S_K1_WONT_OPEN | facts.S_K2_WONT_CLOSE | facts.S_KN_WONT_MAKE
    )
    assert operation._PROOFS == facts.S_K1_DISAGREES | facts.S_K1_DROPPED
    assert operation._KN_FAILS == facts.S_KN_WONT_OPEN | facts.S_KN_WONT_MAKE
    assert shed._KNOWN == facts.O_CHARGER_FORMING | facts.O_CHARGER_FOLLOWING | facts.O_CHARGER_STOPPED
    assert operation._BITS == bits.FORMING | bits.FOLLOWING | bits.STOPPED
    assert bits.FORMING << operation._TO_FACTS == facts.O_CHARGER_FORMING
    assert bits.FOLLOWING << operation._TO_FACTS == facts.O_CHARGER_FOLLOWING
    assert bits.STOPPED << operation._TO_FACTS == facts.O_CHARGER_STOPPED
    assert plan._PROOF_FAILS == machine._PROOF_FAILS
    own = facts.A_PROOF | facts.A_SENSING | facts.A_CHARGER_SILENT | facts.A_BACKGROUND | facts.A_BOND | facts.A_SPLIT
    assert operation._NOT_MINE == operation._ALL ^ own
    assert upkeep._BOTH_OPEN == facts.S_K1_PROVEN_OPEN | facts.S_K2_PROVEN_OPEN
    assert upkeep._SOME_LIVE == facts.V_GRID_LIVE | facts.V_HOUSE_LIVE
    assert shed._NO_LOAD == refusals.PLAN_NO_LOAD and shed._STAGES << shed._SHED_SHIFT == wiring._LOADS
    assert contactors._COILS == machine._COILS == upkeep._COILS
    assert contactors._COILS == port.OUT_K1 | port.OUT_K2 | port.OUT_KN
    assert contactors._PROOFS == (port.IN_K1_52A | port.IN_K1_52B | port.IN_K2_52A | port.IN_K2_52B | port.IN_KN_PROOF)
    for word in ("V_", "S_", "O_"):
        assert max(names(word)) < machine._NEVER
    assert machine._NEVER == operation._ALL + 1 and wiring._FAR == machine._FAR


def test_the_six_facts_of_a_contactor_shifted_are_the_words_bits():
    six = ("OPEN", "CLOSED", "WONT_OPEN", "WONT_CLOSE")
    for shift, wanted in (
        (0, ("S_K1_PROVEN_OPEN", "S_K1_PROVEN_CLOSED", "S_K1_WONT_OPEN", "S_K1_WONT_CLOSE")),
        (6, ("S_K2_PROVEN_OPEN", "S_K2_PROVEN_CLOSED", "S_K2_WONT_OPEN", "S_K2_WONT_CLOSE")),
        (10, ("S_KN_PROVEN_OPEN", "S_KN_PROVEN_MADE", "S_KN_WONT_OPEN", "S_KN_WONT_MAKE")),
    ):
        assert [getattr(contactors, "_" + name) << shift for name in six] == [getattr(facts, name) for name in wanted]
    assert contactors._DROPPED == facts.S_K1_DROPPED and contactors._DISAGREES == facts.S_K1_DISAGREES


def test_the_rooms_slots_stand_together_in_the_image():
    first = layout.slot(places.SLOTS[0])
    assert layout.ROWS[first : first + len(places.SLOTS)] == places.SLOTS


def test_no_two_things_share_a_place():
    for first, last in (("V_WORD", "CONTACTS"), ("BIT_A", "BLOCK"), ("P_OUT", "P_SIZE")):
        order = list(vars(places))
        part = order[order.index(first) : order.index(last)]
        taken = [getattr(places, name) for name in part if isinstance(getattr(places, name), int)]
        assert len(set(taken)) == len(taken) and max(taken) < getattr(places, last)
    assert places.NE_MAX_MV == places.CONTACTS + 3 * places.BLOCK and places.SIZE == places.NO_ISLAND + 1
