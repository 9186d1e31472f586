"""What tripped, and why: TRIP_*, the held facts, the counts. Called only when a kernel found something.

A trip is written only where K1 was told closed: behind an open K1 a bad grid holds its fact, but nothing tripped. An
episode begins with the first trip and ends when the grid has been good anew; only its first element is written, so what
follows a trip (the grid gone dead behind an open K1) does not overwrite why it tripped. "Lost" (codes 1..9: the grid
was gone) and "rejected" (it was there, out of limits) are told apart here. It must never clear a trip but when the grid
is good anew.
"""

from array import array

import micropython
from micropython import const

from firmware.protect import mean

_WRAP = const(0x1FFFFFFF)
_SLOTS = ("ELEMENT", "LEG", "VALUE", "LIMIT", "TIME_MS", "TICK", "COUNT")

# The order of protect._plan: which kernel found it.
_VOLTAGE = const(0)
_FREQUENCY = const(1)
_ISLAND = const(2)
_ROCOF = const(3)
_ENTER = const(5)
_MEAN = const(9)
_SHIFT = const(11)
_BACKFEED = const(14)

# Copies of other files' numbers, inlined here; a test compares them.
_V_GRID_LOST = const(1 << 4)  # transfer.facts
_V_GRID_TRIP = const(1 << 5)
_V_BACKFEED = const(1 << 9)
_V_ISLAND_TRIP = const(1 << 10)
_NOT_GOOD = const(0xFFFF ^ (1 << 6 | 1 << 7))  # all but GRID_GOOD and ENTER_SERVICE
_HELD = const(18)  # presence
_WORD = const(26)
_BITS = const(27)
_EPISODE = const(30)
_BAD_GRID_LONG = const(1 << 20)
_BAD_HOUSE_LONG = const(1 << 21)
_RESTART = const(18)  # enter_service
_SLOT = const(0)  # elements' rows
_LIMIT = const(2)
_LEG = const(8)
_CODE = const(9)
_TIME = const(10)
_BIT_NO_ISLAND = const(4)
_FIRST_27 = const(11)
_LAST_27 = const(13)
_E_LOSS_BANK = const(1)
_E_LOSS_27 = const(2)
_E_81R = const(30)
_E_78 = const(31)
_E_SENSING = const(32)
_E_ISLAND_SENSING = const(47)
_E_BACKFEED = const(48)
_BACKFEED_MS = const(40)  # island.DECIDE_MS
_ROCOF_MS = const(500)  # rocof.WINDOWS_MS
_OUT_K1 = const(1 << 0)  # board.port
_PARALLEL = const(2)  # transfer.states
_HANDBACK = const(11)


class Trips:
    """All calls are for the tick; values go into the image as measured, in the element's unit."""

    def __init__(self, settings, code, image, asks, layout, own, room, window):
        self._image, self._asks, self._own, self._room, self._window = image, asks, own, room, window
        self._to = array("i", [layout.slot("TRIP_" + x) for x in _SLOTS])
        self._count, self._first_leg = layout.slot("ISLAND_TRIPS"), layout.slot("G1_MV") - 1
        self._seamless = layout.ask("SEAMLESS")
        self._bank, self._since = layout.slot("LOSS_BANK"), layout.slot("LOSS_BANK_TICK")
        self._low, self._low_leg = layout.slot("GRID_MIN_MV"), layout.slot("GRID_MIN_LEG")
        self._outputs, self._state = layout.slot("OUTPUTS"), layout.slot("STATE")
        self._rate, self._jump = layout.slot("GRID_ROCOF_MHZ_S"), layout.slot("GRID_JUMP_CDEG")
        self._bad, self._bad_ms = layout.slot("BAD_CHANNELS"), settings["bad_channel_trip_ms"]
        self._rate_limit, self._jump_limit = (code.rocof_mhz_s, code.shift_cdeg) if code else (0, 0)
        pu = settings["nominal_mv"]
        self._live_mv = pu * settings["live_mv_e3"] // 1000
        self._rise_mv = pu * settings["backfeed_mv_e3"] // 1000
        self._spans = mean.Spans(image, own[_MEAN], layout)

    @micropython.native
    def found(self, tick, k, what):
        """Kernel `k` of the plan returned something."""
        if k == _VOLTAGE or k == _FREQUENCY:
            self._grid_row(tick, self._own[k], what)
        elif k == _ENTER:
            self._good_anew()
        elif k == _MEAN:
            self._spans.close()
        elif k == _ISLAND:
            if self._island_trip():
                self._write_row(tick, self._own[k], what, self._own[k][what + _CODE])
        elif k == _BACKFEED:
            self._backfeed(tick, what)
        else:
            self._others(tick, k, what)

    @micropython.native
    def _others(self, tick, k, what):
        image = self._image
        if k == _ROCOF:
            if self._grid_trip():
                self._write(tick, _E_81R, 0, image[self._rate], self._rate_limit, _ROCOF_MS)
        elif k == _SHIFT:
            if self._grid_trip():
                self._write(tick, _E_78, 0, image[self._jump], self._jump_limit, 0)
        else:  # presence.timers: channels implausible for too long
            if what & _BAD_GRID_LONG and self._grid_trip():
                self._write(tick, _E_SENSING, 0, image[self._bad], 0, self._bad_ms)
            if what & _BAD_HOUSE_LONG and not self._room[_BITS] & _BIT_NO_ISLAND and self._island_trip():
                self._write(tick, _E_ISLAND_SENSING, 0, image[self._bad], 0, self._bad_ms)

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
        room = self._room
        room[_HELD] = (room[_HELD] & _NOT_GOOD) | _V_GRID_TRIP
        self._window[_RESTART] = 1
        if room[_EPISODE] or not self._image[self._outputs] & _OUT_K1:
            return 0
        room[_EPISODE] = 1
        return 1

    @micropython.native
    def _grid_row(self, tick, rows, at):
        if self._grid_trip():
            code = rows[at + _CODE]
            if self._room[_WORD] & _V_GRID_LOST and _FIRST_27 <= code and code <= _LAST_27:
                code = _E_LOSS_27
            self._write_row(tick, rows, at, code)

    @micropython.native
    def _island_trip(self):
        room = self._room
        if room[_HELD] & _V_ISLAND_TRIP:
            return 0
        room[_HELD] = room[_HELD] | _V_ISLAND_TRIP
        self._image[self._count] = (self._image[self._count] + 1) & _WRAP
        return 1

    @micropython.native
    def _backfeed(self, tick, leg):
        room = self._room
        if not room[_HELD] & _V_BACKFEED:
            room[_HELD] = room[_HELD] | _V_BACKFEED
            self._write(tick, _E_BACKFEED, leg, self._image[self._first_leg + leg], self._rise_mv, _BACKFEED_MS)

    @micropython.native
    def lost(self, tick):
        """The grid is lost, K1 told closed: the loss opens K1, so it is the trip, unless a source rides through."""
        image = self._image
        state = image[self._state]
        if (state == _PARALLEL or state == _HANDBACK) and not self._asks[self._seamless]:
            return
        self._room[_EPISODE] = 1
        ms = 0
        if image[self._bank]:
            ms = ((tick - image[self._since]) & _WRAP) >> 1
        self._write(tick, _E_LOSS_BANK, image[self._low_leg], image[self._low], self._live_mv, ms)

    @micropython.native
    def _good_anew(self):
        room = self._room
        room[_HELD] = room[_HELD] & (0xFFFF ^ _V_GRID_TRIP)
        room[_EPISODE] = 0
