"""Protection, one step a tick: measured values in, facts and trips out. The room's only door.

Every tick settles the facts (the fast detector may speak in any); each kernel runs every eighth tick (4 ms), as often
as the measurements come, spread so that no tick pays for all. A kernel is called with the image, its own array and
the room's common memory; what it returns is 0 almost always, and anything else is the business of `Trips`.

It writes the image slots marked `protect` and nothing else; it drives no output. A trip is a fact for the transition
table.

Measured on the emulated RP2040: see docs/timing.md; interpreted glue costs ten times the kernels, so there is little.
"""

import micropython

from firmware.protect import (
    curves,
    elements,
    enter_service,
    island,
    mean,
    notes,
    presence,
    ride,
    rocof,
    sync_check,
    vector_shift,
)
from firmware.protect.presence import STEP
from firmware.protect.trips import Trips


def _watch(settings):
    """The module of the dither's answer, loaded only where there is a dither."""
    if not settings.dithers:
        return None
    from firmware.protect import islanding

    return islanding


def _plan(settings, code, layout, room, window, watch=None):
    """(kernel, its array) of the eight ticks, then what eight ticks have besides."""
    v_rows = curves.voltage_rows(code, settings, layout) if code else ()
    f_rows = curves.frequency_rows(code, settings, layout) if code else ()
    riding = ride.new(settings, code, layout, STEP)
    return (
        (elements.scan, elements.new_rows(v_rows, STEP)),
        (elements.scan, elements.new_rows(f_rows, STEP)),
        (elements.scan, elements.new_rows(island.rows(settings, layout), STEP)),
        (rocof.watch, rocof.new(code.rocof_mhz_s if code else 0, layout)),
        (ride.voltage, riding),
        (enter_service.inside, window),
        (sync_check.check, sync_check.new(settings, layout, STEP)),
        (presence.sides, room),
        (notes.take, notes.new(settings, layout)),
        (mean.add, mean.new(layout)),
        (enter_service.inside, enter_service.new_house(settings, layout, STEP)),
        (vector_shift.watch, vector_shift.new(code.shift_cdeg if code else 0, settings, layout, STEP)),
        (ride.word, riding),
        (watch.read, watch.new(layout)) if watch else None,
        (island.backfeed, island.new_backfeed(settings, layout)),
        (presence.timers, room),
    )


def _make_step(image, kernels, own, room):
    """The tick's step. A closure over more than four names would allocate at each call: these are four."""

    @micropython.native
    def step(tick):
        k = tick & 7
        found = kernels[k](image, own[k], room)
        if found:
            kernels[17](tick, k, found)
        k += 8
        kernel = kernels[k]
        if kernel:
            found = kernel(image, own[k], room)
            if found:
                kernels[17](tick, k, found)
        if kernels[16](image, room):
            kernels[18](tick)

    return step


class Protect:
    """`step(tick)` after Sense and before Transfer. `layout` gives slots by name; the default is the firmware's own."""

    def __init__(self, settings, image, asks, layout=None):
        if layout is None:
            from firmware import image as layout
        self.code = curves.code_of(settings)
        room = presence.new(settings, layout)
        window, left = enter_service.new_grid(settings, self.code, layout, STEP)
        image[layout.slot("ES_LEFT_MS")], image[layout.slot("RECLOSE_LEFT_MS")] = left
        watch = _watch(settings)
        plan = _plan(settings, self.code, layout, room, window, watch)
        self.own = tuple([step[1] if step else None for step in plan])
        self.trips = Trips(settings, self.code, image, asks, layout, self.own, room, window, watch)
        kernels = [step[0] if step else None for step in plan]
        kernels += [presence.settle, self.trips.found, self.trips.lost]
        self.room, self.window = room, window
        self.dithers = watch is not None
        self.step = _make_step(image, tuple(kernels), self.own, room)
