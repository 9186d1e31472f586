"""The sequence of events as the background keeps it: numbered over restarts, the newest N, one line each.

The tick's entries and the background's own go into a journal as integers; words are made when somebody reads
(console/happened.py). Nothing is lost silently: what found the tick's ring full is counted, and is an event itself.
"""

import struct
from array import array

from firmware.board import port
from firmware.board.fram import Ram
from firmware.record import codes
from firmware.record import tap as tapping
from firmware.record.journal import PAYLOAD, RECORD, Journal
from firmware.transfer import facts

KEPT = 256  # records in RAM where main gives no store
_INTS = "<7i"  # old, new, five details
_LONGEST = 4 * PAYLOAD  # bytes of a text, over several records
_UNKNOWN = -1

# What a coil was told, and the facts that prove it done: (command bit, fact when on, fact when off).
_PROOFS = (
    (port.OUT_K1, facts.S_K1_PROVEN_CLOSED, facts.S_K1_PROVEN_OPEN),
    (port.OUT_K2, facts.S_K2_PROVEN_CLOSED, facts.S_K2_PROVEN_OPEN),
    (port.OUT_KN, facts.S_KN_PROVEN_OPEN, facts.S_KN_PROVEN_MADE),
)


class Events:
    """`drain()` from the tap, `add()` from the background, `raw()` to read. `store`: (device, at, size) or None.

    clock: record.clock.Clock or None.
    """

    def __init__(self, tap, image, layout, store=None, clock=None):
        self._tap, self._image, self._clock = tap, image, clock
        self._s, self._ms, self._bad = (layout.slot(name) for name in ("UPTIME_S", "UPTIME_MS", "TICK_BAD"))
        self._entry = array("i", bytes(4 * tapping.WIDTH))
        self._told = [_UNKNOWN] * len(_PROOFS)  # when each coil was last told, tenths of a ms within 2**29
        self._lost = self._strange = 0
        device, at, size = store or (Ram(KEPT * RECORD), 0, KEPT * RECORD)
        self.journal = Journal(device, at, size)

    @property
    def number(self):
        """Of the newest event."""
        return self.journal.number

    @property
    def lost(self):
        """Changes that found the tick's ring full since the start."""
        return self._tap.lost()

    def drain(self):
        """Everything the tick has noted since the last time."""
        entry = self._entry
        for _ in range(tapping.ENTRIES):
            if not self._tap.take(entry):
                break
            self._sort(entry)
        lost = self._tap.lost()
        if lost != self._lost:
            self.add("events lost", self._lost, lost, "ring full: the background was too slow")
            self._lost = lost
        strange = self._image[self._bad]
        if strange != self._strange:
            self.add("ticks without samples", self._strange, strange, "no permit in those")
            self._strange = strange

    def add(self, what, old="", new="", detail=""):
        """An event of the background's own: what happened, from, to, and the rest in words."""
        code = codes.NAMES.get(what, codes.OTHER)
        parts = (what, str(old), str(new), detail) if code == codes.OTHER else (str(old), str(new), detail)
        text = bytes([b if b == 0 or 32 <= b < 127 else 63 for b in "\0".join(parts).encode()[:_LONGEST]])
        s, tenths = self._image[self._s], self._image[self._ms] * 10
        for at in range(0, max(len(text), 1), PAYLOAD):
            self._put(codes.MORE if at else code, s, tenths, text[at : at + PAYLOAD])

    def wave(self, number, causes):
        """A wave record was kept."""
        self.add("wave", "", number, ", ".join(causes))

    def raw(self, count=None, after=0):
        """The newest `count` (all there are), or those after a number; oldest first, each as Journal.get gives it."""
        journal = self.journal
        first = max(journal.oldest(), after + 1)
        if count:
            first = max(first, journal.number - count + 1)
        for number in range(first, journal.number + 1):
            found = journal.get(number)
            if found:
                yield found

    def _put(self, code, s, tenths, payload):
        clock = self._clock
        if clock is None:
            self.journal.put(code, s, tenths, 0, payload)
        else:
            self.journal.put(code, s, tenths, clock.seconds(s), payload, clock.quality())

    def _sort(self, entry):
        """One record for a number that changed, one for each bit of a word."""
        code, old, new = entry[2], entry[3], entry[4]
        if not codes.is_bits(code):
            self._write(entry, old, new, entry[5])
            return
        changed, bit = old ^ new, 1
        while changed:
            if changed & 1:
                first = entry[5] if code == codes.BAD_CHANNELS else self._took(entry, bit)
                self._write(entry, old & bit, new & bit, first)
            changed >>= 1
            bit <<= 1

    def _write(self, entry, old, new, first):
        payload = struct.pack(_INTS, old, new, first, entry[6], entry[7], entry[8], entry[9])
        self._put(entry[2], entry[0], entry[1], payload)

    def _took(self, entry, bit):
        """Tenths of a ms between the command and its proof, or -1; notes the command's time as it passes."""
        now = ((entry[0] * 10000) + entry[1]) & 0x1FFFFFFF
        if entry[2] == codes.COMMANDS:
            for i in range(len(_PROOFS)):
                if _PROOFS[i][0] == bit:
                    self._told[i] = now
        elif entry[2] == codes.S_FACTS and entry[4] & bit:
            for i in range(len(_PROOFS)):
                if bit in _PROOFS[i][1:] and self._told[i] != _UNKNOWN:
                    took, self._told[i] = (now - self._told[i]) & 0x1FFFFFFF, _UNKNOWN
                    return took
        return _UNKNOWN


def changed(payload):
    """(old, new, five details) of an entry from the tick."""
    found = struct.unpack_from(_INTS, payload)
    return found[0], found[1], found[2:]
