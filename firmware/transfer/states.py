"""The states of the switch: nouns for what it is doing. The number is what the image and the records carry."""

from micropython import const

OUT_OF_SERVICE = const(0)
GRID = const(1)
PARALLEL = const(2)
OPENING = const(3)
DARK = const(4)
BONDING = const(5)
STARTING = const(6)
ISLAND = const(7)
SYNCHRONISING = const(8)
UNBONDING = const(9)
CLOSING = const(10)
HANDBACK = const(11)
OPEN_TRANSITION = const(12)
RECLOSING = const(13)
LOCKOUT_86 = const(14)
SERVICE = const(15)
BYPASSED = const(16)

NAMES = (
    "OUT_OF_SERVICE",
    "GRID",
    "PARALLEL",
    "OPENING",
    "DARK",
    "BONDING",
    "STARTING",
    "ISLAND",
    "SYNCHRONISING",
    "UNBONDING",
    "CLOSING",
    "HANDBACK",
    "OPEN_TRANSITION",
    "RECLOSING",
    "LOCKOUT_86",
    "SERVICE",
    "BYPASSED",
)
