"""Why a state was entered or 86 latched, in words. The number is what the image and the records carry.

Records outlive the firmware that wrote them: a reason keeps its number, new ones are added at the end. Loaded by
whoever says it to a person; the tick knows numbers only.
"""

STOP = "emergency stop"
RESTARTED = "three restarts in ten minutes"
TOO_OFTEN = "K1 opened too often"
WELDED = "K1 is welded: its contacts say open, grid and house move as one"
LATCHED = "86 is latched"

REASONS = (
    "start",
    STOP,
    RESTARTED,
    TOO_OFTEN,
    WELDED,
    LATCHED,
    "K1 dropped by itself",
    "K1 may not be closed now, house dead, charger ready",
    "K1 no longer proven open",
    "K1 no longer proven open with the island request on",
    "K1 proven closed",
    "K1 proven open",
    "K1 proven open, house still live",
    "K1 would not close",
    "K1 would not open",
    "K2 dropped",
    "K2 would not open",
    "a planned island was asked for",
    "backfeed: a dead grid leg follows the house",
    "bond or K2 not made in time",
    "bond proven, K1 proven open, K2 no longer, voltages agree",
    "bond would not open",
    "bypass ended",
    "bypass switch moved",
    "charger fault",
    "charger forms an island while K1 is closed",
    "charger left a grid that is not live",
    "found a live island behind an open K1",
    "grid comes and goes, house dead, charger ready",
    "grid dead",
    "grid good for the enter-service delay",
    "grid good, a dead house may have it back",
    "grid lost",
    "grid no longer good",
    "grid rejected: an element ran out its time",
    "house dead, request off, bond open, grid live",
    "house live and steady",
    "house no longer live",
    "in step",
    "in step, bond proven open",
    "live house without its bond",
    "not in step in time: through a dark gap",
    "outage, house dead, charger ready",
    "proven open, house dead",
    "reset on site, everything proven open",
    "service asked for, key turned",
    "service ended",
    "step was lost while unbonding",
    "taken out of service",
    "the charger did not follow the grid in time",
    "the charger follows the grid",
    "the house did not come up in time",
    "the house did not go dead in time",
    "the island's own protection",
    "the charger is lost and would go on by itself",
)
