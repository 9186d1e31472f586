"""Runs under MicroPython: the firmware's kernels over traces of 10 ms steps, and the whole Protect over the same at 2
kHz.

Reads jobs, one a line: {"settings": {..}, "segments": [[steps, low mV, high mV, mHz], ..], "whole": 0 or 1}. Kernels:
writes a line of [step, trips, mode, may trip, enter] wherever something changed. Whole: [step, element] of V_GRID_TRIP
and of V_ENTER_SERVICE as they begin.
"""

import json
import sys

import micropython

from firmware import image as layout
from firmware.protect import curves, elements, enter_service, presence, ride
from firmware.protect.protect import Protect
from firmware.settings import Settings
from firmware.transfer import facts

STEP = 20  # ticks of 10 ms
ORDER = (11, 12, 16, 17, 21, 22, 26, 27)  # element codes in the order uv1 uv2 ov1 ov2 uf1 uf2 of1 of2


def put(image, low, high, mhz):
    for name, value in (
        ("G1_MV", low), ("G2_MV", high), ("GRID_MIN_MV", low), ("GRID_MAX_MV", high), ("GRID_MIN_LEG", 1),
        ("GRID_MAX_LEG", 2), ("GRID_MHZ", mhz), ("GRID_FINE_MHZ", mhz),
    ):  # fmt: skip
        image[layout.slot(name)] = value


class Kernels:
    """Every element as a row of its own, with nothing taken off: the standard's times themselves."""

    def __init__(self, settings):
        self.image = layout.new_image()
        self.code = curves.code_of(settings)
        found = curves.voltage_rows(self.code, settings, layout) + curves.frequency_rows(self.code, settings, layout)
        by_code = {row[elements.CODE]: row for row in found}
        self.rows = []
        for code in ORDER:
            rows = elements.new_rows([by_code[code]], STEP)
            rows[elements.HEAD + elements.LAG] = rows[elements.HEAD + elements.BLOCK] = 0
            self.rows.append(rows)
        self.room = presence.new(settings, layout)
        self.ride = ride.new(settings, self.code, layout, STEP)
        self.window, _ = enter_service.new_grid(settings, self.code, layout, STEP)
        self.window[enter_service.NEEDS] = 0
        self.mode = layout.slot("RIDE_MODE")

    def step(self):
        image, room = self.image, self.room
        trips = 0
        for i, rows in enumerate(self.rows):
            if elements.scan(image, rows, room):
                trips |= 1 << i
        ride.voltage(image, self.ride, room)
        ride.word(image, self.ride, room)
        enter_service.inside(image, self.window, room)
        word = image[self.mode]
        return trips, word & 15, (word >> 4) & 1, 1 if room[presence.HELD] & facts.V_ENTER_SERVICE else 0


def by_kernels(job):
    kernels = Kernels(Settings(job["settings"]))
    found, last, at = [], None, 0
    for n, low, high, mhz in job["segments"]:
        put(kernels.image, low, high, mhz)
        for _ in range(n):
            now = kernels.step()
            if now != last:
                found.append([at] + list(now))
                last = now
            at += 1
    return found


@micropython.native
def play(step, image, tick, n):
    micropython.heap_lock()
    i = 0
    while i < n:
        step((tick + i) & 0x1FFFFFFF)
        i += 1
    micropython.heap_unlock()


def whole(job):
    image, asks = layout.new_image(), layout.new_asks()
    protect = Protect(Settings(job["settings"]), image, asks)
    image[layout.slot("OUTPUTS")], image[layout.slot("STATE")] = 1, 2  # K1 told closed, PARALLEL: ride through
    word, element = layout.slot("V_FACTS"), layout.slot("TRIP_ELEMENT")
    tick, at, before, found = (1 << 29) - 1000, 0, 0, []
    for n, low, high, mhz in job["segments"]:
        put(image, low, high, mhz)
        for _ in range(n):
            play(protect.step, image, tick, STEP)
            tick = (tick + STEP) & 0x1FFFFFFF
            now = image[word] & (facts.V_GRID_TRIP | facts.V_ENTER_SERVICE)
            new = now & (now ^ before)
            if new & facts.V_GRID_TRIP:
                found.append([at, image[element]])
            if new & facts.V_ENTER_SERVICE:
                found.append([at, 0])
            before = now
            at += 1
    return found


with open(sys.argv[1]) as jobs:
    for line in jobs:
        job = json.loads(line)
        sys.stdout.write(json.dumps(whole(job) if job["whole"] else by_kernels(job)) + "\n")
