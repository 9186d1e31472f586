"""The tick's side of the event record: what changed, put into a ring, at the end of each tick.

It never allocates and never waits; when the background is late and the ring is full the entry is counted as lost,
and said.
"""

from array import array

import micropython
from micropython import const

from firmware.board import port
from firmware.record import codes
from firmware.record.wavetap import take as record
from firmware.transfer import facts

ENTRIES = const(128)
_ENTRIES = const(128)
WIDTH = const(10)  # seconds, tenths of a millisecond, code, old, new, five details
_WIDTH = const(10)
_DETAILS = const(5)
_WATCH = const(5)  # words a watch: slot, mask, first detail slot, last value, code
# Head of the array: next to write, next to read, lost, watches, slots of time.
_HEAD = const(0)
_TAIL = const(1)
_LOST = const(2)
_COUNT = const(3)
_S = const(4)
_MS = const(5)
_TICK = const(6)
_FIRST = const(8)

_V_MASK = (
    facts.V_GRID_LIVE | facts.V_GRID_DEAD | facts.V_HOUSE_LIVE | facts.V_HOUSE_DEAD | facts.V_GRID_LOST
    | facts.V_GRID_TRIP | facts.V_GRID_GOOD | facts.V_ENTER_SERVICE | facts.V_BACKFEED | facts.V_ISLAND_TRIP
    | facts.V_SENSING_OK
)  # fmt: skip
_O_MASK = (
    facts.O_IN_SERVICE | facts.O_E_STOP | facts.O_BYPASS | facts.O_86 | facts.O_RESET_86 | facts.O_SERVICE
    | facts.O_CHARGER_READY | facts.O_CHARGER_FAULT | facts.O_CHARGER_FORMING | facts.O_CHARGER_FOLLOWING
    | facts.O_SEAMLESS | facts.O_ASK_ISLAND | facts.O_ASK_RETURN | facts.O_SYNC_LATE
)  # fmt: skip
_COMMANDS = port.OUT_K1 | port.OUT_K2 | port.OUT_KN | port.OUT_ISLAND_REQUEST
# Contacts that no supervision debounces into a fact of its own.
_CONTACTS = (
    port.IN_CHARGER_READY | port.IN_CHARGER_FAULT | port.IN_E_STOP_OK | port.IN_BYPASS_OFF | port.IN_SERVICE_KEY
    | port.IN_RESET_BUTTON
)  # fmt: skip
# (code, slot, mask, first of five detail slots or None), causes before what they bring about
WATCHES = (
    (codes.CONTACTS, "INPUTS", _CONTACTS, None),
    (codes.BAD_CHANNELS, "BAD_CHANNELS", 0xFF, "BAD_WHY"),
    (codes.TRIP, "TRIP_COUNT", 0x3FFFFFFF, "TRIP_ELEMENT"),
    (codes.V_FACTS, "V_FACTS", _V_MASK, None),
    (codes.S_FACTS, "S_FACTS", 0x7FFF, None),
    (codes.O_FACTS, "O_FACTS", _O_MASK, None),
    (codes.CAUSE_86, "CAUSE_86", 0xFFFF, None),
    (codes.STATE, "STATE", 0xFF, "REASON"),
    (codes.COMMANDS, "OUTPUTS", _COMMANDS, None),
    (codes.ALARMS, "ALARMS", 0xFFFF, None),
    (codes.RIDE_MODE, "RIDE_MODE", 0xFF, None),
)


@micropython.viper
def watch(image: ptr32, p: ptr32, ring: ptr32):
    """Compare every watched slot with its last value; a change becomes an entry. About 60 cycles a slot."""
    one = 1
    h = one << 31
    i = 0
    n = p[_COUNT]
    while i < n:
        at = _FIRST + i * _WATCH
        now = image[p[at]] & p[at + 1]
        if now != p[at + 3]:
            head = p[_HEAD]
            after = head + 1
            if after == _ENTRIES:
                after = 0
            if after == p[_TAIL]:
                p[_LOST] = p[_LOST] + 1
            else:
                e = head * _WIDTH
                ring[e] = image[p[_S]]
                ring[e + 1] = image[p[_MS]] * 10 + (image[p[_TICK]] & 1) * 5
                ring[e + 2] = p[at + 4]
                ring[e + 3] = p[at + 3]
                ring[e + 4] = now
                k = 0
                d = p[at + 2]
                while k < _DETAILS:
                    ring[e + 5 + k] = (image[d + k] ^ h) - h
                    k += 1
                p[_HEAD] = after
            p[at + 3] = now
        i += 1


class EventTap:
    """`step(tick, newest)` at the end of each tick; `take(entry)` from the background. `wave`: a WaveTap or None."""

    def __init__(self, image, layout, wave=None):
        self._wave = wave.p if wave else None
        self._samples, self._waves = (wave.samples, wave.ring) if wave else (None, None)
        self._image = image
        self._ring = array("i", bytes(4 * _ENTRIES * _WIDTH))
        p = array("i", bytes(4 * (_FIRST + _WATCH * len(WATCHES))))
        p[_COUNT] = len(WATCHES)
        p[_S], p[_MS], p[_TICK] = layout.slot("UPTIME_S"), layout.slot("UPTIME_MS"), layout.slot("TICK")
        for i, (code, slot, mask, detail) in enumerate(WATCHES):
            at = _FIRST + i * _WATCH
            p[at], p[at + 1], p[at + 4] = layout.slot(slot), mask, code
            p[at + 2] = layout.slot(detail) if detail else 0
            p[at + 3] = image[p[at]] & mask
        self._p = p

    @micropython.native
    def step(self, tick, newest=0):
        image, wave = self._image, self._wave
        watch(image, self._p, self._ring)
        if wave is not None:
            record(image, wave, self._samples, self._waves, newest)

    def take(self, entry):
        """Copy the oldest entry into `entry` (array of WIDTH); False when there is none."""
        p, ring = self._p, self._ring
        tail = p[_TAIL]
        if tail == p[_HEAD]:
            return False
        for k in range(_WIDTH):
            entry[k] = ring[tail * _WIDTH + k]
        p[_TAIL] = 0 if tail + 1 == _ENTRIES else tail + 1
        return True

    def lost(self):
        """Entries that found the ring full since start."""
        return self._p[_LOST]
