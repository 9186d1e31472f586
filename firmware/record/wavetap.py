"""The tick's side of the wave recorder: the last half second of samples and digital bits in a ring, and the trigger.

Never allocates, never waits. When the background has not fetched what belongs to a record the ring stops and the record
ends short; it is never overwritten, and the ticks that were not taken are counted.
"""

from array import array

import micropython
from micropython import const

from firmware.board.port import FRAMES_PER_TICK, RING_FRAMES

WORDS = const(9)  # a tick: four frames of four channels, two counts a word, and the digital bits
_WORDS = const(9)
_SAMPLE_WORDS = const(8)
TICK_BYTES = const(36)
_WRAP = const(0x1FFFFFFF)
_FAR = const(1 << 28)
# What began a record.
TRIP = const(1)
LOSS = const(2)
ISLAND_TRIP = const(4)
LOCKOUT = const(8)
K1_TOLD = const(16)
PERSON = const(32)
CAUSES = ("trip", "grid lost", "island trip", "lockout", "K1 told to move", "a person")
# Own array.
PLACE = const(0)  # where the next tick goes
_PLACE = const(0)
COUNT = const(1)  # ticks taken, modulo 2**29
_COUNT = const(1)
STATE = const(2)  # 0 waits for a trigger, 1 in a record, 2 stopped: the ring was full
_STATE = const(2)
AT = const(3)  # ticks taken before that of the trigger
_AT = const(3)
CAUSE = const(4)
_CAUSE = const(4)
KEEP = const(5)  # first tick that must not be overwritten
_KEEP = const(5)
MISSED = const(6)  # ticks not taken since the start
_MISSED = const(6)
ASKED = const(7)  # background: 1 = a person wants a record
_ASKED = const(7)
TIME_S = const(8)
_TIME_S = const(8)
TENTHS = const(9)
_TENTHS = const(9)
_LENGTH = const(10)  # ticks the ring holds
_PRE = const(11)
_SINCE = const(12)  # ticks in a row that the ring holds, at most _LENGTH
_WAS = const(13)  # trip count, loss, island trips, 86, K1: as they were a tick ago
_SLOTS = const(18)
_SIZE = const(29)
_WATCHED = ("TRIP_COUNT", "LOSS_BANK", "ISLAND_TRIPS", "CAUSE_86", "OUTPUTS")
_MORE = ("INPUTS", "V_FACTS", "STATE", "UPTIME_S", "UPTIME_MS", "TICK")
_K1 = const(1)  # port.OUT_K1


@micropython.viper
def take(image: ptr32, p: ptr32, samples: ptr32, ring: ptr32, newest: int):
    """One tick: triggers, then its samples into the ring. `samples`: the board's ring, two counts a word."""
    cause = p[_ASKED] * 32
    i = 0
    while i < 5:
        now = image[p[_SLOTS + i]]
        if i == 4:
            now = now & _K1
        if now != p[_WAS + i]:
            p[_WAS + i] = now
            if now != 0 or i == 4:
                cause |= 1 << i
        i += 1
    count = p[_COUNT]
    if cause:
        if p[_STATE] == 0:
            p[_STATE] = 1
            p[_AT] = count
            p[_CAUSE] = cause
            p[_ASKED] = 0
            before = p[_SINCE]
            if before > p[_PRE]:
                before = p[_PRE]
            p[_KEEP] = (count - before) & _WRAP
            p[_TIME_S] = image[p[_SLOTS + 8]]
            p[_TENTHS] = image[p[_SLOTS + 9]] * 10 + (image[p[_SLOTS + 10]] & 1) * 5
        else:
            p[_CAUSE] = p[_CAUSE] | cause
    if p[_STATE] != 0:
        if ((count - p[_KEEP]) & _WRAP) >= p[_LENGTH]:
            p[_STATE] = 2
        if p[_STATE] == 2:
            p[_SINCE] = 0
            if p[_MISSED] < _FAR:
                p[_MISSED] = p[_MISSED] + 1
            return
    place = p[_PLACE]
    to = place * _WORDS
    at = ((newest - 4) & 255) << 1
    i = 0
    while i < _SAMPLE_WORDS:
        ring[to + i] = samples[at + i]
        i += 1
    v = image[p[_SLOTS + 6]]
    bits = (image[p[_SLOTS + 5]] & 0x7FF) | ((image[p[_SLOTS + 4]] & 0x3FF) << 11)
    ring[to + 8] = bits | ((image[p[_SLOTS + 7]] & 31) << 21) | (((v >> 4) & 3) << 26) | (((v >> 10) & 1) << 28)
    place += 1
    p[_PLACE] = 0 if place == p[_LENGTH] else place
    p[_COUNT] = (count + 1) & _WRAP
    if p[_SINCE] < p[_LENGTH]:
        p[_SINCE] = p[_SINCE] + 1


class WaveTap:
    """What `take` works on; EventTap calls it. `ticks` the ring holds, of which `pre` precede a trigger."""

    def __init__(self, image, layout, samples, ticks, pre):
        if len(samples) != RING_FRAMES * FRAMES_PER_TICK or pre >= ticks:
            raise ValueError("waves: a ring of %d counts, %d of %d ticks before" % (len(samples), pre, ticks))
        self.buffer = bytearray(ticks * TICK_BYTES)
        self.samples, self.ring = words(samples), words(self.buffer)
        self.p = p = array("i", bytes(4 * _SIZE))
        p[_LENGTH], p[_PRE] = ticks, pre
        for i, name in enumerate(_WATCHED + _MORE):
            p[_SLOTS + i] = layout.slot(name)
        for i in range(len(_WATCHED)):
            p[_WAS + i] = image[p[_SLOTS + i]] & (_K1 if i == 4 else _WRAP)


def words(buffer):
    """The buffer as a kernel's ptr32 wants it: itself on the chip, where only the address counts."""
    view = memoryview(buffer)
    if not hasattr(view, "cast"):
        return buffer
    return view.cast("B").cast("I")
