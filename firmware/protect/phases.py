"""The eight phases of the slower protection: each is a `step(tick)` that runs every eighth tick (4 ms).

Glue only: which kernel, on which rows, and what follows when it fires. Everything is an attribute taken beforehand; a
closure over more than four names would allocate at each call.
"""

import micropython
from micropython import const

from firmware.protect import curves, elements, enter_service, island, mean, ride, rocof, sync_check, vector_shift

STEP = const(8)  # ticks between two readings of one element
# Copies of other files' numbers, inlined here; a test compares them.
_HELD = const(18)  # presence.HELD
_BAD_GRID = const(1 << 18)
_BAD_HOUSE = const(1 << 19)
_BAD_GRID_LONG = const(1 << 20)
_BAD_HOUSE_LONG = const(1 << 21)
_BITS = const(0)  # elements.B_BITS
_K1 = const(1)
_BIT_LOW = const(1)
_BIT_NO_F = const(2)
_BIT_NO_ISLAND = const(4)
_BIT_BAD_GRID = const(16)
_BIT_BAD_HOUSE = const(32)
_BIT_BLIND_GRID = const(64)
_WHY_NOISE = const(4)  # sense.plausible
_E81R = const(30)
_E78 = const(31)
_SENSING = const(32)
_ISLAND_SENSING = const(47)
_V_GRID_LIVE = const(1 << 0)
_V_GRID_GOOD = const(1 << 6)
_V_IN_STEP = const(1 << 8)
_V_ISLAND_TRIP = const(1 << 10)
_V_HOUSE_STEADY = const(1 << 14)
_ES_BITS = const(1 << 6 | 1 << 7 | 1 << 15)
_ALL = const(0xFFFF)
_STARTING = const(6)  # transfer.states
_ROCOF_MS = const(500)


class Room:
    """What the phases share: the image, the word of facts of the last tick, the presence array, the bench, the trips.
    """

    def __init__(self, settings, code, image, layout, sides, bench, word, trips):
        self.settings, self.code, self.image, self.layout = settings, code, image, layout
        self.sides, self.bench, self.word, self.trips = sides, bench, word, trips


class Voltage:
    """27, 59, the mean; also what the next phases are told: blocks, and K1's learned opening time."""

    def __init__(self, room):
        layout, settings = room.layout, room.settings
        self._image, self._bench, self._word, self._trips = room.image, room.bench, room.word, room.trips
        self._rows, self._n = elements.new_rows(curves.voltage_rows(room.code, settings, layout) if room.code else ())
        self._stages = island.new_stages()
        self._low_mv = settings["nominal_mv"] * settings["f_block_mv_e3"] // 1000
        self._bad_ms = settings["bad_channel_trip_ms"]
        self._k1_default = settings["k1_open_ms"] * 10
        self._v, self._f, self._state = layout.slot("GRID_MIN_MV"), layout.slot("GRID_MHZ"), layout.slot("STATE")
        self._k1, self._bad = layout.slot("K1_OPEN_MS_X10"), layout.slot("BAD_CHANNELS")
        self._why = layout.slot("BAD_WHY")

    @micropython.native
    def step(self, tick):
        image = self._image
        bits = self._stages[image[self._state]]
        if image[self._v] < self._low_mv:
            bits |= _BIT_LOW
        elif image[self._f] == 0:
            bits |= _BIT_NO_F
        word = self._word[0]
        if word & _BAD_GRID:
            bits |= _BIT_BAD_GRID
            if image[self._why] != _WHY_NOISE:
                bits |= _BIT_BLIND_GRID
        if word & _BAD_HOUSE:
            bits |= _BIT_BAD_HOUSE
        bench = self._bench
        bench[_BITS] = bits
        tenths = image[self._k1]
        if tenths <= 0:
            tenths = self._k1_default
        bench[_K1] = tenths // 5
        fired = elements.scan(image, self._rows, bench, self._n)
        if fired:
            self._trips.grid_row(tick, self._rows, fired, word)
        if word & _BAD_GRID_LONG:
            self._trips.grid(tick, _SENSING, image[self._bad], self._bad_ms)


class Frequency:
    """81U, 81O, and a voltage without a frequency."""

    def __init__(self, room):
        self._image, self._bench, self._word, self._trips = room.image, room.bench, room.word, room.trips
        found = curves.frequency_rows(room.code, room.settings, room.layout) if room.code else ()
        self._rows, self._n = elements.new_rows(found)

    @micropython.native
    def step(self, tick):
        fired = elements.scan(self._image, self._rows, self._bench, self._n)
        if fired:
            self._trips.grid_row(tick, self._rows, fired, self._word[0])


class Island:
    """The island's own elements, and whether it is steady."""

    def __init__(self, room):
        self._image, self._bench, self._word, self._trips = room.image, room.bench, room.word, room.trips
        self._sides = room.sides
        self._rows, self._n = elements.new_rows(island.rows(room.settings, room.layout))
        self._steady = enter_service.new_house(room.settings, room.layout, STEP)
        self._bad, self._bad_ms = room.layout.slot("BAD_CHANNELS"), room.settings["bad_channel_trip_ms"]

    @micropython.native
    def step(self, tick):
        image = self._image
        word = self._word[0]
        sides = self._sides
        held = sides[_HELD] & (_ALL ^ _V_HOUSE_STEADY)
        none = self._bench[_BITS] & _BIT_NO_ISLAND
        if none:
            held &= _ALL ^ _V_ISLAND_TRIP
        sides[_HELD] = held | (enter_service.inside(image, self._steady, word) & _V_HOUSE_STEADY)
        fired = elements.scan(image, self._rows, self._bench, self._n)
        if fired:
            self._trips.island_row(tick, self._rows, fired)
        elif word & _BAD_HOUSE_LONG and not none:
            self._trips.island(tick, _ISLAND_SENSING, image[self._bad], self._bad_ms)


class Sudden:
    """81R and 78."""

    def __init__(self, room):
        layout, code = room.layout, room.code
        self._image, self._bench, self._word, self._trips = room.image, room.bench, room.word, room.trips
        self._slope = rocof.new(code.rocof_mhz_s if code else 0, layout)
        self._shift = vector_shift.new(code.shift_cdeg if code else 0, room.settings, layout, STEP)
        self._rate, self._jump = layout.slot("GRID_ROCOF_MHZ_S"), layout.slot("GRID_JUMP_CDEG")
        if code:
            room.trips.limits[_E81R], room.trips.limits[_E78] = code.rocof_mhz_s, code.shift_cdeg

    @micropython.native
    def step(self, tick):
        image = self._image
        healthy = self._word[0] & _V_GRID_LIVE
        blocked = 1
        if healthy and not self._bench[_BITS] & _BIT_NO_F:
            blocked = 0
        if rocof.watch(image, self._slope, blocked):
            self._trips.grid(tick, _E81R, image[self._rate], _ROCOF_MS)
        if vector_shift.watch(image, self._shift, healthy):
            self._trips.grid(tick, _E78, image[self._jump], 0)


class Ride:
    """The ride-through mode word."""

    def __init__(self, room):
        self._image, self._bench = room.image, room.bench
        self._p = ride.new(room.settings, room.code, room.layout, STEP)

    @micropython.native
    def step(self, tick):
        image = self._image
        ride.word(image, self._p, ride.voltage(image, self._p), self._bench[_BITS] & (_BIT_LOW | _BIT_NO_F))


class Enter:
    """Enter service, reclosing of a dead house; the end of an episode."""

    def __init__(self, room, window):
        self._image, self._word, self._sides, self._trips = room.image, room.word, room.sides, room.trips
        self._window = window

    @micropython.native
    def step(self, tick):
        sides = self._sides
        before = sides[_HELD]
        bits = enter_service.inside(self._image, self._window, self._word[0])
        sides[_HELD] = (before & (_ALL ^ _ES_BITS)) | bits
        if bits & _V_GRID_GOOD and not before & _V_GRID_GOOD:
            self._trips.good_anew()


class Sync:
    """25."""

    def __init__(self, room):
        self._image, self._word, self._sides = room.image, room.word, room.sides
        self._p = sync_check.new(room.settings, room.layout, STEP)
        self._lead = sync_check.Lead(self._image, self._p, room.settings, room.layout)

    @micropython.native
    def step(self, tick):
        self._lead.renew()
        sides = self._sides
        sides[_HELD] = (sides[_HELD] & (_ALL ^ _V_IN_STEP)) | sync_check.check(self._image, self._p, self._word[0])


class Mean:
    """The mean of ten minutes."""

    def __init__(self, room):
        self._image = room.image
        self._p = mean.new(room.layout)
        self._spans = mean.Spans(room.image, self._p, room.layout)

    @micropython.native
    def step(self, tick):
        if mean.add(self._image, self._p):
            self._spans.close()


class Backfeed:
    """Every tick while the house is carried."""

    def __init__(self, room, dead_at):
        self._image, self._sides, self._trips = room.image, room.sides, room.trips
        self._p = island.new_backfeed(room.settings, room.layout, dead_at)
        self._stages, self._state = island.new_stages(), room.layout.slot("STATE")
        self._carried = island.CARRIED
        room.trips.limits[elements.BACKFEED] = self._p[island.RISE_MV]

    @micropython.native
    def step(self, tick):
        state = self._image[self._state]
        if self._stages[state] & _BIT_NO_ISLAND:
            if self._p[self._carried]:
                island.forget(self._p, self._sides)
            return
        leg = island.backfeed(self._image, self._p, self._sides, 1 if state != _STARTING else 0)
        if leg:
            self._trips.backfeed(tick, leg)
