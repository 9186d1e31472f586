"""The real transition table over every state and every combination of the facts it consults.

What must always be true, that healthy paths move on, that no row is dead and no state out of reach. The rules are the
project's design rules, typed here.
"""

import random
from array import array

import numpy as np
import pytest

from firmware.transfer import facts, machine, states, table
from host_tests.table.rules import ALL, BIT, K1, K2, KN, PERMIT, REQUEST, Cases, consulted, drives, rows_of

NAME = states.NAMES
SAFE_NAMES = ("V_GRID_LIVE", "V_HOUSE_LIVE", "V_HOUSE_DEAD", "V_IN_STEP", "V_GRID_GOOD", "S_K1_PROVEN_OPEN")
STOPPED = (states.OUT_OF_SERVICE, states.LOCKOUT_86, states.SERVICE, states.BYPASSED)


@pytest.fixture(scope="module", params=list(ALL), ids=NAME)
def cases(request):
    return Cases(request.param)


def test_no_state_consults_more_than_sixteen_facts():
    assert max(len(consulted(state)) for state in ALL) <= 16


def test_a_latched_86_wins_over_everything(cases):
    if cases.state != states.LOCKOUT_86:
        assert (cases.next[cases.fact("O_86")] == states.LOCKOUT_86).all()
        assert cases.fact("O_86").any()


def test_an_island_is_asked_for_only_behind_a_k1_proven_open(cases):
    """Entering or staying in a state that drives the request with K1 told open."""
    asked = np.isin(cases.next, [s for s in ALL if drives(s, REQUEST) and not drives(s, K1)])
    if asked.any():
        assert cases.fact("S_K1_PROVEN_OPEN")[asked].all()


def test_k1_closes_in_two_cases_only(cases):
    """Onto a dead house, grid live and good, K2 open, request off, bond open; or in step, both live, bond open."""
    if drives(cases.state, K1):
        return
    closing = np.isin(cases.next, [s for s in ALL if drives(s, K1)])
    if not closing.any():
        return
    dead = np.ones(len(closing), bool)
    for name in ("V_GRID_GOOD", "V_GRID_LIVE", "V_HOUSE_DEAD", "S_K1_PROVEN_OPEN", "S_K2_PROVEN_OPEN"):
        dead &= cases.fact(name)
    dead &= cases.fact("S_KN_PROVEN_OPEN") & cases.fact("O_REQUEST_OFF") & (cases.next == states.RECLOSING)
    live = cases.fact("V_IN_STEP") & cases.fact("V_GRID_LIVE") & cases.fact("V_HOUSE_LIVE")
    live &= cases.fact("S_KN_PROVEN_OPEN") & cases.fact("S_K1_PROVEN_OPEN") & (cases.next == states.CLOSING)
    assert (dead | live)[closing].all()


def test_k1_is_never_told_closed_with_the_bond_made():
    assert all(drives(state, KN) for state in ALL if drives(state, K1))


def test_what_is_stopped_drives_nothing_and_withdraws_the_permit():
    assert [table.OUTPUTS[state] for state in STOPPED] == [0, 0, 0, 0]
    assert all(drives(state, PERMIT) for state in ALL if state not in STOPPED)


def test_the_request_is_off_wherever_k1_may_still_be_closed():
    for name in ("GRID", "PARALLEL", "OPENING", "BONDING", "HANDBACK", "RECLOSING", "OPEN_TRANSITION", "DARK"):
        assert not drives(NAME.index(name), REQUEST)


def test_grid_and_house_that_move_as_one_contradict_an_open_k1():
    """52a and 52b may lie; the voltages are the second witness before the request is first made."""
    case = Cases(states.BONDING)
    assert not (case.next[case.fact("V_LINKED")] == states.STARTING).any()
    assert (case.next == states.STARTING).any()


def test_bypass_ends_the_request_and_opens_k2(cases):
    moved = cases.fact("O_BYPASS") & ~cases.fact("O_86")
    if cases.state in (states.LOCKOUT_86, states.BYPASSED):
        return
    lethal = cases.next == states.LOCKOUT_86
    assert (cases.next[moved & ~lethal] == states.BYPASSED).all() and moved.any()
    assert not table.OUTPUTS[states.BYPASSED] & (REQUEST | K2)


def test_backfeed_locks_out_at_once(cases):
    if drives(cases.state, REQUEST) and not drives(cases.state, K1):
        assert (cases.next[cases.fact("V_BACKFEED")] == states.LOCKOUT_86).all()


def test_unknown_is_never_taken_for_off_grid():
    """With no fact set at all but those of the start, nothing moves towards an island or a closed K1."""
    for state in (states.OUT_OF_SERVICE, states.DARK, states.OPEN_TRANSITION):
        case = Cases(state)
        known = np.zeros(len(case.next), bool)
        for name in SAFE_NAMES:
            known |= case.fact(name)
        assert np.isin(case.next[~known], [state, *STOPPED, states.DARK]).all()


def test_an_island_is_started_only_in_a_dead_house():
    case = Cases(states.DARK)
    assert case.fact("V_HOUSE_DEAD")[case.next == states.BONDING].all()
    assert case.fact("O_CHARGER_READY")[case.next == states.BONDING].all()
    assert case.fact("O_MAY_ISLAND")[case.next == states.BONDING].all()


def test_k1_is_not_tried_while_it_may_not_be_closed():
    """After a failure, and until a latching K1 has stored what opens it: neither onto a dead house nor in step."""
    for state, then in ((states.DARK, states.OPEN_TRANSITION), (states.ISLAND, states.SYNCHRONISING)):
        case = Cases(state)
        assert case.fact("O_RETRY_CLOSE")[case.next == then].all() and (case.next == then).any()


def test_the_request_waits_for_k2_to_be_no_longer_open():
    case = Cases(states.BONDING)
    assert not case.fact("S_K2_PROVEN_OPEN")[case.next == states.STARTING].any()


def test_a_charger_that_leaves_the_grid_by_itself_is_let_go_where_the_grid_lives_and_parted_from_it_where_it_does_not():
    case = Cases(states.PARALLEL)
    alone = case.fact("O_CHARGER_FORMING") & ~case.fact("O_86") & ~case.fact("O_BYPASS") & ~case.fact("O_SERVICE")
    alone &= case.fact("O_IN_SERVICE") & ~case.fact("S_K1_DROPPED") & ~case.fact("V_GRID_TRIP")
    alone &= ~case.fact("V_GRID_LOST")
    assert (case.next[alone & case.fact("V_GRID_LIVE")] == states.GRID).all()
    assert (case.next[alone & ~case.fact("V_GRID_LIVE")] == states.OPENING).all()


def test_a_loss_opens_from_grid_only_when_it_counts():
    case = Cases(states.GRID)
    lost = case.fact("V_GRID_LOST") & ~case.fact("V_GRID_TRIP") & ~case.fact("S_K1_DROPPED") & ~case.fact("O_86")
    lost &= ~case.fact("O_BYPASS") & ~case.fact("O_SERVICE") & case.fact("O_IN_SERVICE")
    lost &= ~case.fact("S_K1_WONT_CLOSE") & ~case.fact("S_K2_WONT_OPEN") & ~case.fact("O_ASK_ISLAND")
    assert (case.next[lost & case.fact("O_LOSS_COUNTS")] == states.OPENING).all()
    assert not (case.next[lost & ~case.fact("O_LOSS_COUNTS")] == states.OPENING).any()


def test_lockout_is_left_only_by_a_person_with_everything_proven_open():
    case = Cases(states.LOCKOUT_86)
    left = case.next != states.LOCKOUT_86
    assert left.any() and (case.next[left] == states.OUT_OF_SERVICE).all()
    for name in ("O_RESET_86", "S_K1_PROVEN_OPEN", "S_K2_PROVEN_OPEN"):
        assert case.fact(name)[left].all()
    assert not case.fact("O_E_STOP")[left].any()


def test_a_k1_that_will_not_open_locks_out():
    case = Cases(states.OPENING)
    assert (case.next[case.fact("S_K1_WONT_OPEN")] == states.LOCKOUT_86).all()


@pytest.mark.parametrize("state", [states.GRID, states.PARALLEL, states.HANDBACK])
def test_a_trip_opens_k1(state):
    case = Cases(state)
    trip = case.fact("V_GRID_TRIP")
    assert np.isin(case.next[trip], [states.OPENING, *STOPPED]).all()
    assert not any(drives(s, K1) for s in set(case.next[trip].tolist()))


def test_seamless_opens_on_the_fast_flag_and_ride_through_does_not():
    case = Cases(states.PARALLEL)
    only = case.fact("V_GRID_LOST") & ~case.fact("V_GRID_TRIP") & ~case.fact("O_86") & ~case.fact("O_BYPASS")
    only &= ~case.fact("O_SERVICE") & case.fact("O_IN_SERVICE") & ~case.fact("S_K1_DROPPED")
    only &= ~case.fact("O_ASK_ISLAND") & ~case.fact("O_CHARGER_FORMING") & ~case.fact("O_CHARGER_GONE")
    assert (case.next[only & case.fact("O_SEAMLESS")] == states.OPENING).all()
    assert (case.next[only & ~case.fact("O_SEAMLESS")] == states.PARALLEL).all()


SERVICE = "O_IN_SERVICE"
ALL_OPEN = "S_K1_PROVEN_OPEN S_K2_PROVEN_OPEN S_KN_PROVEN_OPEN"
HEALTHY = (
    ("OUT_OF_SERVICE", "V_HOUSE_DEAD S_K1_PROVEN_OPEN S_K2_PROVEN_OPEN", "DARK"),
    ("OUT_OF_SERVICE", "V_HOUSE_LIVE S_K1_PROVEN_OPEN O_CHARGER_FORMING", "BONDING"),
    ("DARK", "V_GRID_GOOD V_HOUSE_DEAD S_K1_PROVEN_OPEN S_K2_PROVEN_OPEN O_RETRY_CLOSE", "OPEN_TRANSITION"),
    (
        "OPEN_TRANSITION",
        "V_GRID_GOOD V_GRID_LIVE V_HOUSE_DEAD O_REQUEST_OFF O_TIME_MIN " + ALL_OPEN,
        "RECLOSING",
    ),
    ("RECLOSING", "S_K1_PROVEN_CLOSED V_GRID_GOOD", "GRID"),
    ("GRID", "V_ENTER_SERVICE V_GRID_GOOD S_K1_PROVEN_CLOSED O_CHARGER_READY", "PARALLEL"),
    ("PARALLEL", "V_GRID_LOST O_SEAMLESS", "OPENING"),
    ("PARALLEL", "V_GRID_LIVE O_CHARGER_GONE", "GRID"),
    ("OPENING", "S_K1_PROVEN_OPEN", "DARK"),
    ("OPENING", "S_K1_PROVEN_OPEN V_HOUSE_LIVE O_MAY_ISLAND O_CHARGER_READY", "BONDING"),
    ("DARK", "V_HOUSE_DEAD S_K1_PROVEN_OPEN O_MAY_ISLAND O_CHARGER_READY O_TIME_MIN V_GRID_DEAD", "BONDING"),
    ("BONDING", "S_K1_PROVEN_OPEN S_KN_PROVEN_MADE O_TIME_MIN", "STARTING"),
    ("STARTING", "S_K1_PROVEN_OPEN V_HOUSE_STEADY V_HOUSE_LIVE O_TIME_MIN", "ISLAND"),
    ("ISLAND", "S_K1_PROVEN_OPEN V_ENTER_SERVICE V_GRID_GOOD O_RETRY_CLOSE", "SYNCHRONISING"),
    ("SYNCHRONISING", "S_K1_PROVEN_OPEN V_GRID_GOOD V_IN_STEP", "UNBONDING"),
    ("SYNCHRONISING", "S_K1_PROVEN_OPEN V_GRID_GOOD O_SYNC_LATE", "OPEN_TRANSITION"),
    ("UNBONDING", "S_K1_PROVEN_OPEN V_IN_STEP V_GRID_LIVE V_HOUSE_LIVE S_KN_PROVEN_OPEN", "CLOSING"),
    ("CLOSING", "S_K1_PROVEN_CLOSED", "HANDBACK"),
    ("HANDBACK", "O_CHARGER_FOLLOWING", "PARALLEL"),
    ("HANDBACK", "O_TIME_UP", "GRID"),
    ("SERVICE", "", "OUT_OF_SERVICE"),
    ("BYPASSED", "", "OUT_OF_SERVICE"),
)


def words_of(names):
    found = [0, 0, 0]
    for name in names.split():
        word, bit = BIT[name]
        found[word] |= bit
    return array("i", found)


def scan(state, found):
    rows, index = table.flatten()
    row = machine.scan(rows, index, state, found)
    return state if row < 0 else rows[8 * row + 6]


@pytest.mark.parametrize("state, names, then", HEALTHY, ids=["%s>%s" % (a, c) for a, _, c in HEALTHY])
def test_each_healthy_path_moves_on(state, names, then):
    assert NAME[scan(NAME.index(state), words_of(names + " " + SERVICE))] == then


def test_no_row_is_dead():
    dead = []
    for state in ALL:
        hit = set(Cases(state).row.tolist())
        dead += [(NAME[state], row[1]) for i, row in enumerate(rows_of(state)) if i not in hit]
    assert dead == []


def test_every_state_is_reached_from_the_start_and_none_but_lockout_is_a_trap():
    reached, todo = {states.OUT_OF_SERVICE}, [states.OUT_OF_SERVICE]
    while todo:
        for then, *_ in rows_of(todo.pop()):
            if then not in reached:
                reached.add(then)
                todo.append(then)
    assert reached == set(ALL)
    assert all(rows_of(state) for state in ALL)


def test_the_kernel_answers_as_the_enumeration_does():
    dice = random.Random(86)
    rows, index = table.flatten()
    for state in ALL:
        case = Cases(state)
        for _ in range(200):
            n = dice.randrange(len(case.next))
            found = words_of(" ".join(name for name in case.names if case.column[name][n]))
            row = machine.scan(rows, index, state, found)
            assert (state if row < 0 else rows[8 * row + 6]) == case.next[n]


def test_facts_have_one_bit_each_and_fit_the_words():
    for prefix in ("V_", "S_", "O_", "A_"):
        bits = list(facts.names(prefix))
        assert all(bit & (bit - 1) == 0 and bit < 1 << 30 for bit in bits) and len(set(bits)) == len(bits)
