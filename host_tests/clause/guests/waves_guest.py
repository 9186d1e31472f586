"""Runs under MicroPython: sampled waves through Sense and Protect, the heap locked around every tick.

Each line of the file named on the command line is a job: {"settings": {..}, "wave": file of little-endian 16-bit
counts, four channels a frame}. Each answer is a line: [[tick, element] of V_GRID_TRIP as it begins, ..].
"""

import json
import sys
from array import array

import micropython

from firmware import image as layout
from firmware.protect.protect import Protect
from firmware.sense.sense import Sense
from firmware.settings import Settings
from firmware.transfer import facts


@micropython.viper
def feed(ring: ptr16, chunk: ptr16, tick: int):
    """Sixteen counts of one tick to their place in the ring."""
    to = (tick & 63) * 16
    i = 0
    while i < 16:
        ring[to + i] = chunk[i]
        i += 1


def run(settings, path):
    image, asks = layout.new_image(), layout.new_asks()
    ring = array("H", [2048] * 1024)
    chunk = array("H", bytes(32))
    sense, protect = Sense(settings, image, ring), Protect(settings, image, asks)
    take, judge = sense.step, protect.step
    word, element = layout.slot("V_FACTS"), layout.slot("TRIP_ELEMENT")
    image[layout.slot("OUTPUTS")], image[layout.slot("STATE")] = 1, 2
    found, before, tick = [], 0, 0
    with open(path, "rb") as file:
        while file.readinto(chunk) == 32:
            feed(ring, chunk, tick)
            micropython.heap_lock()
            take(4 * (tick + 1), tick)
            judge(tick)
            micropython.heap_unlock()
            now = image[word] & facts.V_GRID_TRIP
            if now and not before:
                found.append([tick, image[element]])
            before = now
            tick += 1
    return found


with open(sys.argv[1]) as jobs:
    for line in jobs:
        job = json.loads(line)
        print(json.dumps(run(Settings(job["settings"]), job["wave"])))
