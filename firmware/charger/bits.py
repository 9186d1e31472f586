"""What the charger says of itself, one bit each, in asks["CHARGER_BITS"]. Facts with an age, never commands."""

from micropython import const

READY = const(1)  # a car is there and the charger could deliver
FAULT = const(2)
FORMING = const(4)  # off grid, holds the voltage itself
FOLLOWING = const(8)  # on grid, follows it
STOPPED = const(16)  # delivers and takes nothing
NAMES = ("ready", "fault", "forming", "following", "stopped")
