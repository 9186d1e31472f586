"""The sequence of events, as the background keeps it: numbered, in words, the newest N of them.

Time is since start, in seconds with a tenth of a millisecond (the tick counts half milliseconds). Nothing is lost
silently: what found
the ring full, and what made room for newer, is counted.
"""

from array import array

from firmware.console import words
from firmware.record import tap as tapping

KEPT = 256
COLUMNS = ("number", "time_s", "what", "from", "to", "detail")


class Events:
    """`drain()` from the tap, `add()` from the background; `rows()` newest last: (number, time_s text, what, from, to,
    detail)."""

    def __init__(self, tap, image, layout, kept=KEPT):
        self._tap, self._image, self._kept = tap, image, kept
        self._s, self._ms = layout.slot("UPTIME_S"), layout.slot("UPTIME_MS")
        self._entry = array("i", bytes(4 * tapping.WIDTH))
        self._rows = []
        self._lost = 0
        self.number = 0
        self.dropped = 0  # old ones that made room for newer

    def drain(self):
        """Everything the tick has noted since the last time."""
        entry = self._entry
        while self._tap.take(entry):
            name = tapping.WATCHES[entry[2]][0]
            when = "%d.%04d" % (entry[0], entry[1])
            for what, old, new, detail in words.event(name, entry[3], entry[4], entry[5:10]):
                self._put(when, what, old, new, detail)
        lost = self._tap.lost()
        if lost != self._lost:
            self._lost, before = lost, self._lost
            self.add("events lost", str(before), str(lost), "the ring was full; the background was too slow")

    def add(self, what, old="", new="", detail=""):
        """An event of the background's own."""
        self._put("%d.%03d0" % (self._image[self._s], self._image[self._ms]), what, old, new, detail)

    def _put(self, when, what, old, new, detail):
        self.number += 1
        self._rows.append((self.number, when, what, old, new, detail))
        if len(self._rows) > self._kept:
            self._rows.pop(0)
            self.dropped += 1

    def rows(self, count=None):
        """The newest `count`, oldest first."""
        return self._rows[-count:] if count else self._rows
