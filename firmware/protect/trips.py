"""What tripped, and why: TRIP_*, the held facts, the counts. Called only when a kernel found something.

A trip is written only where K1 was told closed: behind an open K1 a bad grid holds its fact, but nothing tripped. An
episode begins with the first trip and ends when the grid has been good anew; only its first element is written, so what
follows a trip (the grid gone dead behind an open K1) does not overwrite why it tripped. "Lost" (codes 1..9: the grid
was gone) and "rejected" (it was there, out of limits) are told apart here. It must never clear a trip but when the grid
is good anew.

One kernel writes every trip: the tick in which the grid goes is the dearest there is, and it should not wait for names
to be looked up.
"""

from array import array

import micropython
from micropython import const

from firmware.protect import mean

_WRAP = const(0x1FFFFFFF)

# The order of protect._plan: which kernel found it. Those not named here are rows of 27, 59 and 81.
_ISLAND = const(2)
_ROCOF = const(3)
_ENTER = const(5)
_MEAN = const(9)
_SHIFT = const(11)
_ANSWER = const(13)
_BACKFEED = const(14)
_TIMERS = const(15)

# The room's own array: slots, then what is not a row: code, slot of the value, limit, time.
_TO = const(0)  # TRIP_ELEMENT, and the six that follow it
_COUNT = const(1)
_OUTPUTS = const(2)
_STATE = const(3)
_BANK = const(4)
_SINCE = const(5)
_LOW = const(6)
_LOW_LEG = const(7)
_LIVE_MV = const(8)
_SEAMLESS = const(9)
_OTHERS = const(10)
_AT_ROCOF = const(10)
_AT_SHIFT = const(14)
_AT_GRID = const(18)
_AT_HOUSE = const(22)
_AT_FED = const(26)
_AT_ANSWER = const(30)
SIZE = const(34)

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
_E_ANSWER = const(33)
_E_ISLAND_SENSING = const(47)
_E_BACKFEED = const(48)
_BACKFEED_MS = const(44)  # island.DECIDE_MS
_ROCOF_MS = const(500)  # rocof.WINDOWS_MS
_TRIP_MHZ = const(100)  # islanding.TRIP_MHZ
_OUT_K1 = const(1 << 0)  # board.port
_PARALLEL = const(2)  # transfer.states
_HANDBACK = const(11)


@micropython.viper
def trip(image: ptr32, t: ptr32, room: ptr32, window: ptr32, rows: ptr32, tick: int, k: int, what: int):
    """Hold the fact of what kernel `k` found, begin every delay anew, write the trip if it is the first of its episode.

    `what`: the row that fired, the leg that is fed, or one BAD_*_LONG bit. Values are written as measured.
    """
    one = 1
    h = one << 31
    held = room[_HELD]
    at = 0
    leg = 0
    if k == _BACKFEED:
        if held & _V_BACKFEED:
            return
        room[_HELD] = held | _V_BACKFEED
        at = _AT_FED
        leg = what
    elif k == _ISLAND or what == _BAD_HOUSE_LONG:
        if held & _V_ISLAND_TRIP:
            return
        room[_HELD] = held | _V_ISLAND_TRIP
        image[t[_COUNT]] = (image[t[_COUNT]] + 1) & _WRAP
        if k != _ISLAND:
            at = _AT_HOUSE
    else:
        room[_HELD] = (held & _NOT_GOOD) | _V_GRID_TRIP
        window[_RESTART] = 1
        if room[_EPISODE] or image[t[_OUTPUTS]] & _OUT_K1 == 0:
            return
        room[_EPISODE] = 1
        if k == _ROCOF:
            at = _AT_ROCOF
        elif k == _SHIFT:
            at = _AT_SHIFT
        elif k == _TIMERS:
            at = _AT_GRID
        elif k == _ANSWER:
            at = _AT_ANSWER
    to = t[_TO]
    if at:
        image[to] = t[at]
        image[to + 2] = (image[t[at + 1] + leg] ^ h) - h
        image[to + 3] = t[at + 2]
        image[to + 4] = t[at + 3]
    else:
        code = rows[what + _CODE]
        if room[_WORD] & _V_GRID_LOST and code >= _FIRST_27 and code <= _LAST_27:
            code = _E_LOSS_27
        image[to] = code
        leg = rows[what + _LEG]
        if leg:
            leg = image[leg]
        image[to + 2] = image[rows[what + _SLOT]]
        image[to + 3] = rows[what + _LIMIT]
        image[to + 4] = rows[what + _TIME] >> 1
    image[to + 1] = leg
    image[to + 5] = tick
    image[to + 6] = (image[to + 6] + 1) & _WRAP


@micropython.viper
def loss(image: ptr32, t: ptr32, room: ptr32, asks: ptr32, tick: int):
    """The grid is lost, K1 told closed: the loss opens K1, so it is the trip, unless a source rides through."""
    state = image[t[_STATE]]
    if (state == _PARALLEL or state == _HANDBACK) and asks[t[_SEAMLESS]] == 0:
        return
    room[_EPISODE] = 1
    ms = 0
    if image[t[_BANK]]:
        ms = ((tick - image[t[_SINCE]]) & _WRAP) >> 1
    to = t[_TO]
    image[to] = _E_LOSS_BANK
    image[to + 1] = image[t[_LOW_LEG]]
    image[to + 2] = image[t[_LOW]]
    image[to + 3] = t[_LIVE_MV]
    image[to + 4] = ms
    image[to + 5] = tick
    image[to + 6] = (image[to + 6] + 1) & _WRAP


def _new(settings, code, layout):
    """The kernels' array for this site."""
    t = array("i", bytes(4 * SIZE))
    pu = settings["nominal_mv"]
    t[_TO], t[_COUNT], t[_OUTPUTS] = layout.slot("TRIP_ELEMENT"), layout.slot("ISLAND_TRIPS"), layout.slot("OUTPUTS")
    t[_STATE], t[_BANK], t[_SINCE] = layout.slot("STATE"), layout.slot("LOSS_BANK"), layout.slot("LOSS_BANK_TICK")
    t[_LOW], t[_LOW_LEG] = layout.slot("GRID_MIN_MV"), layout.slot("GRID_MIN_LEG")
    t[_LIVE_MV], t[_SEAMLESS] = pu * settings["live_mv_e3"] // 1000, layout.ask("SEAMLESS")
    bad, bad_ms = layout.slot("BAD_CHANNELS"), settings["bad_channel_trip_ms"]
    others = (
        (_E_81R, layout.slot("GRID_ROCOF_MHZ_S"), code.rocof_mhz_s if code else 0, _ROCOF_MS),
        (_E_78, layout.slot("GRID_JUMP_CDEG"), code.shift_cdeg if code else 0, 0),
        (_E_SENSING, bad, 0, bad_ms),
        (_E_ISLAND_SENSING, bad, 0, bad_ms),
        (_E_BACKFEED, layout.slot("G1_MV") - 1, pu * settings["backfeed_mv_e3"] // 1000, _BACKFEED_MS),
        (_E_ANSWER, layout.slot("UI_MHZ"), _TRIP_MHZ, 0),
    )
    for i, row in enumerate(others):
        for j, value in enumerate(row):
            t[_OTHERS + 4 * i + j] = value
    return t


class Trips:
    """`found` and `lost` are for the tick."""

    def __init__(self, settings, code, image, asks, layout, own, room, window, watch=None):
        if watch:
            self._correlate, self._judge = watch.correlate, watch.judge
        self._image, self._asks, self._own, self._room, self._window = image, asks, own, room, window
        self._t = _new(settings, code, layout)
        self._trip, self._loss = trip, loss  # names of the module are gone once all is wired (spent.empty)
        self._spans = mean.Spans(image, own[_MEAN], layout)

    @micropython.native
    def found(self, tick, k, what):
        """Kernel `k` of the plan returned something."""
        if k == _ENTER:
            room = self._room
            room[_HELD] = room[_HELD] & (0xFFFF ^ _V_GRID_TRIP)
            room[_EPISODE] = 0
        elif k == _MEAN:
            self._spans.close()
        elif k == _TIMERS:
            self._blind(tick, what)
        elif k == _ANSWER:
            self._answer(tick)
        else:
            self._trip(self._image, self._t, self._room, self._window, self._own[k], tick, k, what)

    @micropython.native
    def _blind(self, tick, what):
        """Channels have been implausible for too long."""
        room = self._room
        if what & _BAD_GRID_LONG:
            self._trip(self._image, self._t, room, self._window, room, tick, _TIMERS, _BAD_GRID_LONG)
        if what & _BAD_HOUSE_LONG and not room[_BITS] & _BIT_NO_ISLAND:
            self._trip(self._image, self._t, room, self._window, room, tick, _TIMERS, _BAD_HOUSE_LONG)

    @micropython.native
    def _answer(self, tick):
        """20 ms of frequency are there."""
        own = self._own[_ANSWER]
        if self._judge(self._image, own, self._correlate(self._image, own, self._asks)):
            self._trip(self._image, self._t, self._room, self._window, own, tick, _ANSWER, 0)

    @micropython.native
    def lost(self, tick):
        """presence.settle says so."""
        self._loss(self._image, self._t, self._room, self._asks, tick)
