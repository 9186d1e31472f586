"""The tick's side of both records, at the end of each tick: what changed goes into a ring of events, the samples and
digital bits into a ring of waves.

It never allocates and never waits. When the background is late and the ring of events is full, the entry is counted as
lost, and said. What belongs to a wave record and is not fetched yet is never overwritten: that ring stops, the record
ends short, and the ticks that were not taken are counted.
"""

from array import array

import micropython
from micropython import const

from firmware.board import port
from firmware.record import wavetap

ENTRIES = const(104)
_ENTRIES = const(104)
WIDTH = const(10)  # seconds, tenths of a millisecond, code, old, new, five details
_WIDTH = const(10)
_WRAP = const(0x1FFFFFFF)
_FAR = const(1 << 28)
# The one array: next to write, next to read, lost, end of the watches, slots of time.
_HEAD = const(0)
_TAIL = const(1)
_LOST = const(2)
_END = const(3)
_S = const(4)
_MS = const(5)
_TICK = const(6)
_INPUTS = const(7)
_OUTPUTS = const(8)
_V = const(9)
_STATE_SLOT = const(10)
_FIRST = const(12)
_WATCH = const(7)  # words a watch: slot, mask, last value, code, first detail slot, bits that trigger, cause
_RING = const(128)  # entries from here on; in between what record/wavetap.py names (a test compares)
_STATE = const(104)
_PLACE = const(105)
_COUNT = const(106)
_AT = const(107)
_CAUSE = const(108)
_KEEP = const(109)
_MISSED = const(110)
_ASKED = const(111)
_TIME_S = const(112)
_TENTHS = const(113)
_LENGTH = const(114)
_PRE = const(115)
_SINCE = const(116)
_TOLD = const(10)  # codes.COMMANDS: a bit that falls triggers too
_VOLTS = const(2)  # codes.V_FACTS: one of two causes
_ISLAND_TRIP = const(1 << 10)
_WAVE_WORDS = const(9)


@micropython.viper
def note(image: ptr32, m: ptr32, waves: ptr32, samples: ptr32, newest: int):
    """Compare every watched slot with its last value: a change becomes an entry of the ring of events, and may begin a
    wave. Then this tick's four frames and bits go into the ring of waves.

    `samples`: the board's ring, two counts a word; `newest`: its frames so far. Costs: tools.emulator.cost.
    """
    one = 1
    h = one << 31
    cause = m[_ASKED]
    at = _FIRST
    end = m[_END]
    while at < end:
        now = image[m[at]] & m[at + 1]
        last = m[at + 2]
        if now != last:
            m[at + 2] = now
            head = m[_HEAD]
            after = head + 1
            if after == _ENTRIES:
                after = 0
            if after == m[_TAIL]:
                m[_LOST] = m[_LOST] + 1
            else:
                e = _RING + head * _WIDTH
                m[e] = image[m[_S]]
                m[e + 1] = image[m[_MS]] * 10 + (image[m[_TICK]] & 1) * 5
                m[e + 2] = m[at + 3]
                m[e + 3] = last
                m[e + 4] = now
                k = m[at + 4]
                m[e + 5] = (image[k] ^ h) - h
                m[e + 6] = (image[k + 1] ^ h) - h
                m[e + 7] = (image[k + 2] ^ h) - h
                m[e + 8] = (image[k + 3] ^ h) - h
                m[e + 9] = (image[k + 4] ^ h) - h
                m[_HEAD] = after
            hit = (now ^ last) & m[at + 5]
            if m[at + 3] != _TOLD:
                hit = hit & now
            if hit:
                if m[at + 3] == _VOLTS and hit & _ISLAND_TRIP:
                    cause |= 4  # wavetap.ISLAND_TRIP
                else:
                    cause |= m[at + 6]
        at += _WATCH
    state = m[_STATE]
    if state == 3:
        return
    if cause:
        trigger(image, m, cause)
        state = m[_STATE]
    count = m[_COUNT]
    length = m[_LENGTH]
    if state:
        if ((count - m[_KEEP]) & _WRAP) >= length:
            m[_STATE] = 2
            state = 2
        if state == 2:
            m[_SINCE] = 0
            if m[_MISSED] < _FAR:
                m[_MISSED] = m[_MISSED] + 1
            return
    place = m[_PLACE]
    to = place * _WAVE_WORDS
    at = ((newest - 4) & 255) << 1
    waves[to] = samples[at]
    waves[to + 1] = samples[at + 1]
    waves[to + 2] = samples[at + 2]
    waves[to + 3] = samples[at + 3]
    waves[to + 4] = samples[at + 4]
    waves[to + 5] = samples[at + 5]
    waves[to + 6] = samples[at + 6]
    waves[to + 7] = samples[at + 7]
    v = image[m[_V]]
    bits = (image[m[_INPUTS]] & 0x7FF) | ((image[m[_OUTPUTS]] & 0x3FF) << 11)
    waves[to + 8] = bits | ((image[m[_STATE_SLOT]] & 31) << 21) | ((v & 0x30) << 22) | ((v & 0x400) << 18)
    place += 1
    if place == length:
        place = 0
    m[_PLACE] = place
    m[_COUNT] = (count + 1) & _WRAP
    if m[_SINCE] < length:
        m[_SINCE] = m[_SINCE] + 1


@micropython.viper
def trigger(image: ptr32, m: ptr32, cause: int):
    """A wave record begins with this tick, or goes on and has one more cause."""
    if m[_STATE]:
        m[_CAUSE] = m[_CAUSE] | cause
        return
    count = m[_COUNT]
    before = m[_SINCE]
    if before > m[_PRE]:
        before = m[_PRE]
    m[_KEEP] = (count - before) & _WRAP
    m[_AT] = count
    m[_CAUSE] = cause
    m[_ASKED] = 0
    m[_TIME_S] = image[m[_S]]
    m[_TENTHS] = image[m[_MS]] * 10 + (image[m[_TICK]] & 1) * 5
    m[_STATE] = 1


class EventTap:
    """`step(tick, newest)` at the end of each tick; `take(entry)` from the background.

    samples: the board's ring, or None for no waves; `ticks` the ring of waves holds, of which `pre` precede a trigger.
    """

    def __init__(self, image, layout, samples=None, ticks=0, pre=0):
        from firmware.record import watches  # of use here only: main takes it out of memory again

        self._image = image
        self.m = m = array("i", bytes(4 * (_RING + _ENTRIES * _WIDTH)))
        for i, name in enumerate(("UPTIME_S", "UPTIME_MS", "TICK", "INPUTS", "OUTPUTS", "V_FACTS", "STATE")):
            m[_S + i] = layout.slot(name)
        at = _FIRST
        for code, slot, mask, detail, bits, cause in watches.WATCHES:
            m[at], m[at + 1], m[at + 3] = layout.slot(slot), mask, code
            m[at + 2] = image[m[at]] & mask
            m[at + 4], m[at + 5], m[at + 6] = layout.slot(detail) if detail else 0, bits, cause
            at += _WATCH
        m[_END] = at
        m[_STATE] = 3
        self.buffer, self._samples, self._waves = None, m, m
        if samples is not None:
            self._record(samples, ticks, pre)

    def _record(self, samples, ticks, pre):
        if len(samples) != port.RING_FRAMES * port.CHANNELS or pre >= ticks:
            raise ValueError("waves: a ring of %d counts, %d of %d ticks before" % (len(samples), pre, ticks))
        self.buffer = bytearray(ticks * wavetap.TICK_BYTES)
        self._samples, self._waves = wavetap.words(samples), wavetap.words(self.buffer)
        m = self.m
        m[_LENGTH], m[_PRE], m[_STATE] = ticks, pre, 0

    @micropython.native
    def step(self, tick, newest=0):
        note(self._image, self.m, self._waves, self._samples, newest)

    def take(self, entry):
        """Copy the oldest entry into `entry` (array of WIDTH); False when there is none."""
        m = self.m
        tail = m[_TAIL]
        if tail == m[_HEAD]:
            return False
        for k in range(_WIDTH):
            entry[k] = m[_RING + tail * _WIDTH + k]
        m[_TAIL] = 0 if tail + 1 == _ENTRIES else tail + 1
        return True

    def lost(self):
        """Entries that found the ring full since start."""
        return self.m[_LOST]
