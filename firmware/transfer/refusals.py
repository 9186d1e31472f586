"""Planned islands in words: what is under way, why one was refused. Loaded by whoever says it to a person."""

from micropython import const

# PLANNED
PLAN_ISLAND = const(1)
PLAN_EXERCISE = const(2)
PLAN_NO_LOAD = const(3)
PLANS = (
    "none",
    "planned island",
    "exercise: ends by itself, or with a real outage",
    "test without load: every shed stage off, ends by itself, or with a real outage",
)

# ISLAND_WHY: code, what was seen, what to do next
WHY_SERVICE = const(1)
WHY_86 = const(2)
WHY_STATE = const(3)
WHY_FAULT = const(4)
WHY_CHARGER = const(5)
WHY_PROOF = const(6)
WHY_PAUSE = const(7)
WHY_K1 = const(8)
WHY_SENSING = const(9)
WHY_GRID = const(10)
WHY_GAVE_UP = const(11)
WHY_NONE = const(12)
WHYS = (
    "",
    "not in service: `service in`",
    "86 is latched: `why` says the cause; `reset 86` on site",
    "not from this state: from GRID, PARALLEL, DARK, SYNCHRONISING or ISLAND",
    "the charger reports a fault: see `charger`",
    "the charger is not ready: READY contact open and no fresh word; see `charger`, `modbus`",
    "a contactor's proof failed: see `events`; check 52a, 52b and the coil",
    "the pause after a failed start is not over: see `status`",
    "K1 would not close and might not close again for the return: `return` or the reset button lets it try",
    "a voltage can not be believed: see `meter`",
    "an exercise begins on a good grid only, from GRID or PARALLEL",
    "too many starts failed in this outage: see `events` for why; hold the reset button for 1 s to try again",
    "this charger can form no island (charger_profile): in an outage the house waits dark for the grid",
)


def why(code):
    """The sentence of an ISLAND_WHY code; empty for 0."""
    return WHYS[code] if 0 <= code < len(WHYS) else "reason %d" % code
