"""The condition bits the transition table consults: facts measured or timed, never wishes.

Three words, one writer each: what the voltages say (protect), what the switchgear says (transfer/contactors), what the
operation says (transfer/operation). A fact that needs time is already timed when its bit is set.
"""

from micropython import const

# V_FACTS, written by protect
V_GRID_LIVE = const(1 << 0)  # >= 0.80 pu on every leg, plausible
V_GRID_DEAD = const(1 << 1)  # < 0.10 pu on every leg for 500 ms
V_HOUSE_LIVE = const(1 << 2)  # >= 0.80 pu on every leg, plausible
V_HOUSE_DEAD = const(1 << 3)  # < 0.10 pu on every leg for 500 ms
V_GRID_LOST = const(1 << 4)  # the fast detector, held until the grid is live again for a while
V_GRID_TRIP = const(1 << 5)  # a 27/59/81 curve or another element ran out its time; held until GRID_GOOD begins anew
V_GRID_GOOD = const(1 << 6)  # inside the enter-service window for reclose_delay (10 s): a dead house may have K1
V_ENTER_SERVICE = const(1 << 7)  # inside the enter-service window for es_delay: sources may be paralleled
V_IN_STEP = const(1 << 8)  # 25 permits closing now, with K1's (and KN's) lead time
V_BACKFEED = const(1 << 9)  # a dead grid leg follows the house
V_ISLAND_TRIP = const(1 << 10)  # the island's own protection ran out its time
V_LINKED = const(1 << 11)  # grid and house move as one: same voltage and angle on every leg, as through a closed K1
V_SENSING_OK = const(1 << 12)  # every channel is plausible
V_APART = const(1 << 13)  # grid and house are not one: voltages or angles differ on some leg, or both are dead
V_HOUSE_STEADY = const(1 << 14)  # live and in limits long enough after a start: ISLAND may be declared
V_GRID_IN_WINDOW = const(1 << 15)  # inside the enter-service window at this moment

# S_FACTS, written by transfer/contactors
S_K1_PROVEN_OPEN = const(1 << 0)  # 52b closed and 52a open, debounced
S_K1_PROVEN_CLOSED = const(1 << 1)
S_K1_WONT_OPEN = const(1 << 2)  # told to open, not proven open in time (latched until told otherwise and proven)
S_K1_WONT_CLOSE = const(1 << 3)  # told to close, not proven closed in time
S_K1_DROPPED = const(1 << 4)  # told to stay closed, proven open by itself
S_K1_DISAGREES = const(1 << 5)  # 52a and 52b in an impossible pair for longer than the travel time
S_K2_PROVEN_OPEN = const(1 << 6)
S_K2_PROVEN_CLOSED = const(1 << 7)
S_K2_WONT_OPEN = const(1 << 8)
S_K2_WONT_CLOSE = const(1 << 9)
S_KN_PROVEN_OPEN = const(1 << 10)  # also set where no bond relay is fitted
S_KN_PROVEN_MADE = const(1 << 11)  # also set where no bond relay is required
S_KN_WONT_OPEN = const(1 << 12)
S_KN_WONT_MAKE = const(1 << 13)
S_UNBONDED_LONG = const(1 << 14)  # live house without a required proven bond for longer than allowed

# O_FACTS, written by transfer/operation
O_IN_SERVICE = const(1 << 0)
O_E_STOP = const(1 << 1)
O_BYPASS = const(1 << 2)
O_86 = const(1 << 3)  # latched
O_RESET_86 = const(1 << 4)  # a person on site reset it: button or service key, and the cause is gone
O_SERVICE = const(1 << 5)  # service key turned and service asked for
O_CHARGER_READY = const(1 << 6)  # READY contact, or a reply <= 3 s old that says so, and no fault
O_CHARGER_FAULT = const(1 << 7)
O_CHARGER_FORMING = const(1 << 8)  # says it is off grid / grid forming
O_CHARGER_FOLLOWING = const(1 << 9)  # says it is on grid / following
O_CHARGER_STOPPED = const(1 << 10)  # says it delivers nothing
O_SEAMLESS = const(1 << 11)
O_MAY_ISLAND = const(1 << 12)  # islanding not barred: settings, proofs, reserve, retry pause over
O_ASK_ISLAND = const(1 << 13)  # a planned island was asked for on site, and still stands
O_ASK_RETURN = const(1 << 14)
O_TIME_UP = const(1 << 15)  # the state's own longest time has passed
O_TIME_MIN = const(1 << 16)  # the state's own shortest time has passed
O_REQUEST_OFF = const(1 << 17)  # the island request has been off for >= 1 s
O_RETRY_CLOSE = const(1 << 18)  # closing K1 is not barred: no failure lately, stored energy there to open it again
O_SYNC_LATE = const(1 << 19)  # waited for step for longer than sync_wait_ms
O_LOSS_COUNTS = const(1 << 20)  # SEAMLESS, or the grid has been lost for the momentary override delay
O_CHARGER_GONE = const(1 << 21)  # the link is lost for good, and the charger has no timeout of its own

# ALARMS, standing
A_PROOF = const(1 << 0)
A_SENSING = const(1 << 1)
A_CHARGER_SILENT = const(1 << 2)
A_BACKGROUND = const(1 << 3)
A_SLOW = const(1 << 4)  # a contactor opens slower than declared
A_BOND = const(1 << 5)
A_BOUNCE = const(1 << 6)  # a proof contact took too long from first touch to rest
A_K1_CLOSE = const(1 << 7)  # K1 would not close, or its bond not open
A_SHED = const(1 << 8)  # loads are shed or stay off
A_SPLIT = const(1 << 9)  # the charger says on grid in an island, or off grid with K1 closed
A_SUPPLY = const(1 << 10)  # a quarter of the controller's time in the dark is left
A_GAVE_UP = const(1 << 12)  # too many starts failed in this outage
A_PV = const(1 << 11)  # the island's frequency is at the ceiling: local PV has to back off


def names(prefix):
    """{bit: name} of one word, for the console, the records and the documents."""
    return {v: k[len(prefix) :] for k, v in globals().items() if k.startswith(prefix) and isinstance(v, int)}
