"""Protection, one step a tick: measured values in, facts and trips out. The room's only door.

Every tick: presence, the loss, BACKFEED. Every eighth tick (4 ms), each in its own tick of the eight so that no tick
pays for all: 27/59, 81, the island, 81R and 78, ride-through, enter service, 25, the ten-minute mean.

It writes the image slots marked `protect` and nothing else; it drives no output. A trip is a fact for the transition
table. TRIP_* names the first element of an episode, which lasts until the grid has been good anew: what follows a trip
(the grid gone dead behind an open K1) does not overwrite why it tripped.

Cost on the RP2040, estimated: two kernels for presence, one or two for the phase, the glue; about 6,000 cycles in the
dearest tick.
"""

from array import array

import micropython

from firmware.protect import curves, elements, enter_service, phases, presence
from firmware.protect.trips import Trips


class Protect:
    """`step(tick)` after Sense and before Transfer. `layout` gives slots by name; the default is the firmware's own."""

    def __init__(self, settings, image, asks, layout=None):
        if layout is None:
            from firmware import image as layout
        self.code = curves.code_of(settings)
        sides = presence.new(settings, layout)
        window, left = enter_service.new_grid(settings, self.code, layout, phases.STEP)
        image[layout.slot("ES_LEFT_MS")], image[layout.slot("RECLOSE_LEFT_MS")] = left
        trips = Trips(image, asks, layout, sides, window)
        trips.limits[elements.LOSS_BANK] = sides[presence.LIVE_MV]
        self._image, self._sides, self._trips = image, sides, trips
        self._word = array("i", (0,))  # facts of the last tick, with the room's own bits
        room = phases.Room(
            settings, self.code, image, layout, sides, elements.new_bench(phases.STEP), self._word, trips
        )
        order = (
            phases.Voltage(room),  # first: it sets the bench the next ones read
            phases.Frequency(room),
            phases.Island(room),
            phases.Sudden(room),
            phases.Ride(room),
            phases.Enter(room, window),
            phases.Sync(room),
            phases.Mean(room),
        )
        self._phases = tuple([phase.step for phase in order])
        self._backfeed = phases.Backfeed(room, presence.LEG_DEAD).step

    @micropython.native
    def step(self, tick):
        """(tick) Everything this tick owes; the result is in the image."""
        image = self._image
        sides = self._sides
        self._phases[tick & 7](tick)
        raw = presence.sides(image, sides)
        self._backfeed(tick)
        word = presence.settle(image, sides, raw)
        self._word[0] = word
        self._trips.lost(tick, word)
