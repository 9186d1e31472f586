"""The time of day: told by a person or the host, counted by the tick, gone with the power; it says how good it is."""

from micropython import const

UNSET = const(0)
SET = const(1)
OLD = const(2)  # set more than a day ago: the crystal may be off by 5 s by then (50 ppm)
NAMES = ("not set", "set", "set more than a day ago", "unknown")
_DAY_S = const(86400)
LEAST = const(1700000000)  # November 2023, older than this firmware


class Clock:
    """`seconds()` of 1970 UTC, 0 when not set; `quality()`; `set(seconds)`."""

    def __init__(self, image, layout):
        self._image, self._uptime = image, layout.slot("UPTIME_S")
        self._base = self.set_at = 0

    def seconds(self, uptime_s=None):
        """At this moment, or at another of this start."""
        if not self._base:
            return 0
        return self._base + (self._image[self._uptime] if uptime_s is None else uptime_s)

    def quality(self):
        """UNSET, SET or OLD."""
        if not self._base:
            return UNSET
        return OLD if self._image[self._uptime] - self.set_at > _DAY_S else SET

    def set(self, seconds):
        """It is now so many seconds of 1970 UTC."""
        self.set_at = self._image[self._uptime]
        self._base = seconds - self.set_at
