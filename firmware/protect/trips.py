"""What tripped, and why: TRIP_*, the held facts, the counts.

A trip is written only where K1 was told closed: behind an open K1 a bad grid holds its fact, but nothing tripped. An
episode begins with the first trip and ends when the grid has been good anew; only its first element is written.
"Lost" (codes 1..9: the grid was gone) and "rejected" (it was there, out of limits) are told apart here. It must never
clear a trip but by `good_anew`.
"""

from array import array

import micropython
from micropython import const

_WRAP = const(0x1FFFFFFF)
_CODES = const(64)
_SLOTS = ("ELEMENT", "LEG", "VALUE", "LIMIT", "TIME_MS", "TICK", "COUNT")

# transfer.facts (a test compares these and the next ones with their origin)
_V_GRID_LOST = const(1 << 4)
_V_GRID_TRIP = const(1 << 5)
_V_BACKFEED = const(1 << 9)
_V_ISLAND_TRIP = const(1 << 10)
_NOT_GOOD = const(0xFFFF ^ (1 << 6 | 1 << 7))  # all but GRID_GOOD and ENTER_SERVICE
_HELD = const(18)  # presence.HELD
_RESTART = const(18)  # enter_service.RESTART
_SIZE = const(12)  # elements' rows
_SLOT = const(0)
_LIMIT = const(2)
_LEG = const(8)
_CODE = const(9)
_TIME = const(10)
_FIRST_27 = const(11)
_LAST_27 = const(13)
_LOSS_BANK = const(1)
_LOSS_27 = const(2)
_BACKFEED = const(48)
_BACKFEED_MS = const(45)
_OUT_K1 = const(1 << 0)  # board.port
_PARALLEL = const(2)  # transfer.states
_HANDBACK = const(11)


class Trips:
    """All calls are for the tick; values go into the image as measured, in the element's unit."""

    def __init__(self, image, asks, layout, sides, window):
        self._image, self._asks, self._sides, self._window = image, asks, sides, window
        self._episode = array("i", (0,))
        self.limits = array("i", bytes(4 * _CODES))  # by code, for elements that are no rows
        self._to = array("i", [layout.slot("TRIP_" + x) for x in _SLOTS])
        self._count = layout.slot("ISLAND_TRIPS")
        self._first_leg = layout.slot("G1_MV") - 1
        self._seamless, self._bank, self._since = (
            layout.ask("SEAMLESS"),
            layout.slot("LOSS_BANK"),
            layout.slot("LOSS_BANK_TICK"),
        )
        self._low, self._low_leg = layout.slot("GRID_MIN_MV"), layout.slot("GRID_MIN_LEG")
        self._outputs, self._state = layout.slot("OUTPUTS"), layout.slot("STATE")

    @micropython.native
    def _write(self, tick, code, leg, value, limit, ms):
        image = self._image
        to = self._to
        image[to[0]] = code
        image[to[1]] = leg
        image[to[2]] = value
        image[to[3]] = limit
        image[to[4]] = ms
        image[to[5]] = tick
        image[to[6]] = (image[to[6]] + 1) & _WRAP

    @micropython.native
    def _write_row(self, tick, rows, at, code):
        image = self._image
        leg = rows[at + _LEG]
        if leg:
            leg = image[leg]
        self._write(tick, code, leg, image[rows[at + _SLOT]], rows[at + _LIMIT], rows[at + _TIME] >> 1)

    @micropython.native
    def _grid_trip(self):
        """Hold the fact, begin every delay anew; 1 = the first trip of an episode, K1 told closed."""
        sides = self._sides
        sides[_HELD] = (sides[_HELD] & _NOT_GOOD) | _V_GRID_TRIP
        self._window[_RESTART] = 1
        if self._episode[0] or not self._image[self._outputs] & _OUT_K1:
            return 0
        self._episode[0] = 1
        return 1

    @micropython.native
    def grid(self, tick, code, value, ms):
        """An element of the grid's side that is no row."""
        if self._grid_trip():
            self._write(tick, code, 0, value, self.limits[code], ms)

    @micropython.native
    def grid_row(self, tick, rows, fired, word):
        """A row (its index + 1) of the grid's side ran out its time."""
        if self._grid_trip():
            at = (fired - 1) * _SIZE
            code = rows[at + _CODE]
            if word & _V_GRID_LOST and _FIRST_27 <= code and code <= _LAST_27:
                code = _LOSS_27
            self._write_row(tick, rows, at, code)

    @micropython.native
    def _island_trip(self):
        sides = self._sides
        if sides[_HELD] & _V_ISLAND_TRIP:
            return 0
        sides[_HELD] = sides[_HELD] | _V_ISLAND_TRIP
        self._image[self._count] = (self._image[self._count] + 1) & _WRAP
        return 1

    @micropython.native
    def island(self, tick, code, value, ms):
        """An element of the island that is no row."""
        if self._island_trip():
            self._write(tick, code, 0, value, self.limits[code], ms)

    @micropython.native
    def island_row(self, tick, rows, fired):
        """A row of the island ran out its time."""
        if self._island_trip():
            at = (fired - 1) * _SIZE
            self._write_row(tick, rows, at, rows[at + _CODE])

    @micropython.native
    def backfeed(self, tick, leg):
        """A dead grid leg follows the house."""
        sides = self._sides
        if not sides[_HELD] & _V_BACKFEED:
            sides[_HELD] = sides[_HELD] | _V_BACKFEED
            self._write(tick, _BACKFEED, leg, self._image[self._first_leg + leg], self.limits[_BACKFEED], _BACKFEED_MS)

    @micropython.native
    def lost(self, tick, word):
        """The loss itself opens K1, so it is the trip: but where a source rides through it."""
        image = self._image
        if word & _V_GRID_LOST and image[self._outputs] & _OUT_K1 and not self._episode[0]:
            state = image[self._state]
            if (state == _PARALLEL or state == _HANDBACK) and not self._asks[self._seamless]:
                return
            self._episode[0] = 1
            ms = 0
            if image[self._bank]:
                ms = ((tick - image[self._since]) & _WRAP) >> 1
            self._write(tick, _LOSS_BANK, image[self._low_leg], image[self._low], self.limits[_LOSS_BANK], ms)

    @micropython.native
    def good_anew(self):
        """The grid has been good for its delay: the trip is over, the next one is news again."""
        sides = self._sides
        sides[_HELD] = sides[_HELD] & (0xFFFF ^ _V_GRID_TRIP)
        self._episode[0] = 0
