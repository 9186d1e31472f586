"""What the charger says of itself, one bit each, in asks["CHARGER_BITS"]. Facts with an age, never commands."""

from micropython import const

READY = const(1)  # a car is there and the charger could deliver
FAULT = const(2)
FORMING = const(4)  # off grid, holds the voltage itself
FOLLOWING = const(8)  # on grid, follows it
STOPPED = const(16)  # delivers and takes nothing
GONE = const(32)  # no answer for long, and no timeout of its own: it may go on with what it was last told
NAMES = ("ready", "fault", "forming", "following", "stopped", "gone")
