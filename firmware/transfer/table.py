"""The transition table: what the switch may do. One immutable table; nothing else may set the state.

A row is (states, next state, reason, {word: facts that must all be set}, {word: facts of which none may be set}).
Rows are
tried in order; the first that matches wins; no row means stay. AND and AND NOT within a row, OR is a second row, time
enters as a fact already timed. Outputs depend on the state alone (OUTPUTS).

Safety here is the third line: the interlock is hardware (docs/wiring.md).
"""

from array import array

from firmware.board.port import OUT_ISLAND_REQUEST, OUT_K1, OUT_K2, OUT_KN, OUT_PERMIT
from firmware.transfer.facts import (
    O_86,
    O_ASK_ISLAND,
    O_BYPASS,
    O_CHARGER_FAULT,
    O_CHARGER_FOLLOWING,
    O_CHARGER_FORMING,
    O_CHARGER_GONE,
    O_CHARGER_READY,
    O_E_STOP,
    O_IN_SERVICE,
    O_LOSS_COUNTS,
    O_MAY_ISLAND,
    O_REQUEST_OFF,
    O_RESET_86,
    O_RETRY_CLOSE,
    O_SEAMLESS,
    O_SERVICE,
    O_SYNC_LATE,
    O_TIME_MIN,
    O_TIME_UP,
    S_K1_DROPPED,
    S_K1_PROVEN_CLOSED,
    S_K1_PROVEN_OPEN,
    S_K1_WONT_CLOSE,
    S_K1_WONT_OPEN,
    S_K2_PROVEN_OPEN,
    S_K2_WONT_OPEN,
    S_KN_PROVEN_MADE,
    S_KN_PROVEN_OPEN,
    S_KN_WONT_OPEN,
    S_UNBONDED_LONG,
    V_BACKFEED,
    V_ENTER_SERVICE,
    V_GRID_DEAD,
    V_GRID_GOOD,
    V_GRID_IN_WINDOW,
    V_GRID_LIVE,
    V_GRID_LOST,
    V_GRID_TRIP,
    V_HOUSE_DEAD,
    V_HOUSE_LIVE,
    V_HOUSE_STEADY,
    V_IN_STEP,
    V_ISLAND_TRIP,
    V_LINKED,
)
from firmware.transfer.reasons import LATCHED, REASONS, STOP  # noqa: F401 - STOP for those who ask the table
from firmware.transfer.states import (
    BONDING,
    BYPASSED,
    CLOSING,
    DARK,
    GRID,
    HANDBACK,
    ISLAND,
    LOCKOUT_86,
    NAMES,
    OPEN_TRANSITION,
    OPENING,
    OUT_OF_SERVICE,
    PARALLEL,
    RECLOSING,
    SERVICE,
    STARTING,
    SYNCHRONISING,
    UNBONDING,
)

_NOT_STOPPED = tuple(s for s in range(len(NAMES)) if s != LOCKOUT_86)
_RUNNING = tuple(s for s in _NOT_STOPPED if s not in (SERVICE, BYPASSED, OUT_OF_SERVICE))
_ON_REQUEST = (STARTING, ISLAND, SYNCHRONISING, UNBONDING)  # the island request is on and K1 told open
_ON_GRID = (GRID, PARALLEL)


def _row(states, then, why, v=0, s=0, o=0, not_v=0, not_s=0, not_o=0):
    return (states, then, why, v, not_v, s, not_s, o, not_o)


ROWS = (
    # A latched 86 (an emergency stop latches it), a bypass and the service key win over everything, in that order.
    _row(_NOT_STOPPED, LOCKOUT_86, LATCHED, o=O_86),
    _row(_ON_REQUEST, LOCKOUT_86, "backfeed: a dead grid leg follows the house", v=V_BACKFEED),
    _row(_ON_REQUEST, LOCKOUT_86, "K1 no longer proven open with the island request on", not_s=S_K1_PROVEN_OPEN),
    _row((OPENING,), LOCKOUT_86, "K1 would not open", s=S_K1_WONT_OPEN),
    _row((DARK, OPEN_TRANSITION, GRID), LOCKOUT_86, "K2 would not open", s=S_K2_WONT_OPEN),
    _row(tuple(x for x in _NOT_STOPPED if x != BYPASSED), BYPASSED, "bypass switch moved", o=O_BYPASS),
    _row(tuple(x for x in _RUNNING), SERVICE, "service asked for, key turned", o=O_SERVICE),
    _row(_RUNNING, OUT_OF_SERVICE, "taken out of service", not_o=O_IN_SERVICE),
    # Nothing is assumed after a start: all must be proven.
    _row((OUT_OF_SERVICE,), DARK, "proven open, house dead", v=V_HOUSE_DEAD,
         s=S_K1_PROVEN_OPEN | S_K2_PROVEN_OPEN, o=O_IN_SERVICE),
    _row((OUT_OF_SERVICE,), BONDING, "found a live island behind an open K1", v=V_HOUSE_LIVE,
         s=S_K1_PROVEN_OPEN, o=O_IN_SERVICE | O_CHARGER_FORMING),
    _row((SERVICE,), OUT_OF_SERVICE, "service ended", not_o=O_SERVICE),
    _row((BYPASSED,), OUT_OF_SERVICE, "bypass ended", not_o=O_BYPASS),
    _row((LOCKOUT_86,), OUT_OF_SERVICE, "reset on site, everything proven open",
         s=S_K1_PROVEN_OPEN | S_K2_PROVEN_OPEN, o=O_RESET_86, not_o=O_E_STOP),
    # On the grid.
    _row((GRID, PARALLEL, HANDBACK), OPENING, "K1 dropped by itself", s=S_K1_DROPPED),
    _row((GRID, PARALLEL, HANDBACK), OPENING, "grid rejected: an element ran out its time", v=V_GRID_TRIP),
    _row((GRID,), OPENING, "grid lost", v=V_GRID_LOST, o=O_LOSS_COUNTS),
    _row((PARALLEL, HANDBACK), OPENING, "grid lost", v=V_GRID_LOST, o=O_SEAMLESS),
    _row((GRID,), OPENING, "K1 would not close", s=S_K1_WONT_CLOSE),
    _row((PARALLEL,), OPENING, "charger left a grid that is not live", o=O_CHARGER_FORMING, not_v=V_GRID_LIVE),
    _row((PARALLEL,), GRID, "charger forms an island while K1 is closed", v=V_GRID_LIVE, o=O_CHARGER_FORMING),
    _row((PARALLEL,), GRID, "the charger is lost and would go on by itself", o=O_CHARGER_GONE),
    _row(_ON_GRID, OPENING, "a planned island was asked for",
         o=O_ASK_ISLAND | O_MAY_ISLAND | O_CHARGER_READY),
    _row((GRID,), PARALLEL, "grid good for the enter-service delay", v=V_ENTER_SERVICE,
         s=S_K1_PROVEN_CLOSED, o=O_CHARGER_READY, not_o=O_CHARGER_FORMING),
    # Opening.
    _row((OPENING,), BONDING, "K1 proven open, house still live", v=V_HOUSE_LIVE, s=S_K1_PROVEN_OPEN,
         o=O_MAY_ISLAND | O_CHARGER_READY),
    _row((OPENING,), DARK, "K1 proven open", s=S_K1_PROVEN_OPEN),
    # Dark.
    _row((DARK,), OPEN_TRANSITION, "grid good, a dead house may have it back", v=V_GRID_GOOD | V_HOUSE_DEAD,
         s=S_K1_PROVEN_OPEN | S_K2_PROVEN_OPEN, o=O_RETRY_CLOSE, not_o=O_ASK_ISLAND),
    _row((DARK,), BONDING, "outage, house dead, charger ready", v=V_HOUSE_DEAD, s=S_K1_PROVEN_OPEN,
         o=O_MAY_ISLAND | O_CHARGER_READY | O_TIME_MIN, not_v=V_GRID_IN_WINDOW),
    _row((DARK,), BONDING, "grid comes and goes, house dead, charger ready", v=V_HOUSE_DEAD, s=S_K1_PROVEN_OPEN,
         o=O_MAY_ISLAND | O_CHARGER_READY | O_TIME_UP, not_v=V_GRID_GOOD),
    _row((DARK,), BONDING, "K1 may not be closed now, house dead, charger ready", v=V_HOUSE_DEAD, s=S_K1_PROVEN_OPEN,
         o=O_MAY_ISLAND | O_CHARGER_READY | O_TIME_UP, not_o=O_RETRY_CLOSE),
    _row((DARK,), BONDING, "a planned island was asked for", v=V_HOUSE_DEAD, s=S_K1_PROVEN_OPEN,
         o=O_MAY_ISLAND | O_CHARGER_READY | O_TIME_MIN | O_ASK_ISLAND),
    # Starting the island.
    _row((BONDING,), DARK, "bond or K2 not made in time", o=O_TIME_UP),
    _row((BONDING,), OPENING, "K1 no longer proven open", not_s=S_K1_PROVEN_OPEN),
    _row((BONDING,), STARTING, "bond proven, K1 proven open, K2 no longer, voltages agree",
         s=S_K1_PROVEN_OPEN | S_KN_PROVEN_MADE, o=O_TIME_MIN, not_v=V_LINKED, not_s=S_K2_PROVEN_OPEN),
    _row((STARTING, ISLAND, SYNCHRONISING), DARK, "live house without its bond", s=S_UNBONDED_LONG),
    _row((STARTING, ISLAND, SYNCHRONISING, UNBONDING), DARK, "charger fault", o=O_CHARGER_FAULT),
    _row((STARTING, ISLAND, SYNCHRONISING, UNBONDING), DARK, "the island's own protection", v=V_ISLAND_TRIP),
    _row((STARTING,), ISLAND, "house live and steady", v=V_HOUSE_STEADY, o=O_TIME_MIN),
    _row((STARTING,), DARK, "the house did not come up in time", o=O_TIME_UP),
    # The island, and back.
    _row((ISLAND, SYNCHRONISING, UNBONDING), DARK, "house no longer live", v=V_HOUSE_DEAD),
    _row((ISLAND, SYNCHRONISING, UNBONDING), DARK, "K2 dropped", s=S_K2_PROVEN_OPEN),
    _row((ISLAND,), SYNCHRONISING, "grid good for the enter-service delay", v=V_ENTER_SERVICE,
         o=O_RETRY_CLOSE, not_o=O_ASK_ISLAND),
    _row((SYNCHRONISING,), ISLAND, "grid no longer good", not_v=V_GRID_GOOD),
    _row((SYNCHRONISING,), ISLAND, "a planned island was asked for", o=O_ASK_ISLAND),
    _row((SYNCHRONISING,), UNBONDING, "in step", v=V_IN_STEP),
    _row((SYNCHRONISING,), OPEN_TRANSITION, "not in step in time: through a dark gap", o=O_SYNC_LATE),
    _row((UNBONDING,), CLOSING, "in step, bond proven open", v=V_IN_STEP | V_GRID_LIVE | V_HOUSE_LIVE,
         s=S_KN_PROVEN_OPEN),
    _row((UNBONDING,), ISLAND, "bond would not open", s=S_KN_WONT_OPEN),
    _row((UNBONDING,), ISLAND, "step was lost while unbonding", o=O_TIME_UP),
    _row((CLOSING,), HANDBACK, "K1 proven closed", s=S_K1_PROVEN_CLOSED),
    _row((CLOSING,), OPENING, "grid lost", v=V_GRID_LOST),
    _row((CLOSING,), OPENING, "grid dead", v=V_GRID_DEAD),
    _row((CLOSING,), ISLAND, "K1 would not close", s=S_K1_WONT_CLOSE | S_K1_PROVEN_OPEN),
    _row((CLOSING,), OPENING, "K1 would not close", s=S_K1_WONT_CLOSE, not_s=S_K1_PROVEN_OPEN),
    _row((HANDBACK,), PARALLEL, "the charger follows the grid", o=O_CHARGER_FOLLOWING, not_o=O_CHARGER_FORMING),
    _row((HANDBACK,), GRID, "the charger did not follow the grid in time", o=O_TIME_UP),
    # Back through a dark gap.
    _row((OPEN_TRANSITION,), DARK, "grid no longer good", not_v=V_GRID_GOOD),
    _row((OPEN_TRANSITION,), RECLOSING, "house dead, request off, bond open, grid live",
         v=V_GRID_GOOD | V_GRID_LIVE | V_HOUSE_DEAD, s=S_K1_PROVEN_OPEN | S_K2_PROVEN_OPEN | S_KN_PROVEN_OPEN,
         o=O_REQUEST_OFF | O_TIME_MIN),
    _row((OPEN_TRANSITION,), DARK, "the house did not go dead in time", o=O_TIME_UP),
    _row((RECLOSING,), GRID, "K1 proven closed", s=S_K1_PROVEN_CLOSED),
    _row((RECLOSING,), OPENING, "K1 would not close", s=S_K1_WONT_CLOSE),
    _row((RECLOSING,), OPENING, "grid lost", v=V_GRID_LOST),
)  # fmt: skip

# What each state drives. The permit is withdrawn where every coil must fall whatever the drivers do.
OUTPUTS = (
    0,  # OUT_OF_SERVICE
    OUT_PERMIT | OUT_K1 | OUT_KN,  # GRID
    OUT_PERMIT | OUT_K1 | OUT_K2 | OUT_KN,  # PARALLEL
    OUT_PERMIT | OUT_K2,  # OPENING
    OUT_PERMIT,  # DARK
    OUT_PERMIT | OUT_K2,  # BONDING
    OUT_PERMIT | OUT_K2 | OUT_ISLAND_REQUEST,  # STARTING
    OUT_PERMIT | OUT_K2 | OUT_ISLAND_REQUEST,  # ISLAND
    OUT_PERMIT | OUT_K2 | OUT_ISLAND_REQUEST,  # SYNCHRONISING
    OUT_PERMIT | OUT_K2 | OUT_ISLAND_REQUEST | OUT_KN,  # UNBONDING
    OUT_PERMIT | OUT_K1 | OUT_K2 | OUT_ISLAND_REQUEST | OUT_KN,  # CLOSING
    OUT_PERMIT | OUT_K1 | OUT_K2 | OUT_KN,  # HANDBACK
    OUT_PERMIT | OUT_KN,  # OPEN_TRANSITION
    OUT_PERMIT | OUT_K1 | OUT_KN,  # RECLOSING
    0,  # LOCKOUT_86
    0,  # SERVICE
    0,  # BYPASSED
)

# Where sources may deliver power.
MAY_RUN = (PARALLEL, STARTING, ISLAND, SYNCHRONISING, UNBONDING, CLOSING)

_FIELDS = 8
# What is left of a row on the chip: the six fact words, next state, reason.


def flatten():
    """(rows, index): rows array('i') of 8 integers each, grouped by state in order; index[s]..index[s + 1] are state
    s's."""
    rows, index = array("i"), array("i", (0,))
    for state in range(len(NAMES)):
        for row in ROWS:
            if state in row[0]:
                rows.extend(array("i", row[3:] + (row[1], REASONS.index(row[2]))))
        index.append(len(rows) // _FIELDS)
    return rows, index
