"""Runs under MicroPython: counts through Sense and Protect, tick by tick, and what they said.

Argument: a file of jobs, one JSON a line: {"settings": {..}, "wave": file of little-endian 16-bit counts, "stride": n,
"seamless": 0/1, "from": tick the record proper begins, "trace": file to write}. Each answer is a line: {"changes":
[[tick, V_FACTS, LOSS_BANK, TRIP_ELEMENT, TRIP_LEG, TRIP_VALUE, TRIP_LIMIT, TRIP_TIME_MS], ..], "f": [min, max], "v":
[min, max], "ticks": n}; the trace has [lowest mV, highest mV, mHz over 2 cycles, over 6] every 4 ms.
"""

# mypy: ignore-errors
import json
import sys
from array import array

import micropython
from micropython import const

from firmware import image as layout
from firmware.protect.protect import Protect
from firmware.sense.sense import Sense
from firmware.settings import Settings

_HELD = const(0x30)  # V_GRID_LOST, V_GRID_TRIP
WATCH = ("V_FACTS", "LOSS_BANK", "TRIP_ELEMENT", "TRIP_LEG", "TRIP_VALUE", "TRIP_LIMIT", "TRIP_TIME_MS")


@micropython.viper
def look(image: ptr32, slots: ptr32, own: ptr32, trace: ptr32, tick: int) -> int:
    """Extremes and the trace; 1 when LOST, TRIP or the bank changed. own: last word, f min, f max, v min, v max,
    first."""
    now = (image[slots[0]] & _HELD) | image[slots[1]]
    if tick & 7 == 7:
        at = ((tick >> 3) & 1023) * 4
        trace[at] = image[slots[7]]
        trace[at + 1] = image[slots[8]]
        trace[at + 2] = image[slots[9]]
        trace[at + 3] = image[slots[10]]
        if tick >= own[5]:
            f = image[slots[9]]
            if f != 0 and f < own[1]:
                own[1] = f
            if f > own[2]:
                own[2] = f
            if image[slots[7]] < own[3]:
                own[3] = image[slots[7]]
            if image[slots[8]] > own[4]:
                own[4] = image[slots[8]]
    if now == own[0]:
        return 0
    own[0] = now
    return 1


def run(job):
    settings, stride = Settings(job["settings"]), job["stride"]
    image, asks = layout.new_image(), layout.new_asks()
    asks[layout.ask("SEAMLESS")] = job["seamless"]
    ring = array("H", [2048] * (256 * stride))
    sense = Sense(settings, image, ring, stride=stride, skew_ns=0).step
    protect = Protect(settings, image, asks).step if job.get("protect", 1) else None
    shown = ("GRID_MIN_MV", "GRID_MAX_MV", "GRID_MHZ", "GRID_FINE_MHZ")
    slots = array("i", [layout.slot(name) for name in WATCH + shown])
    image[layout.slot("OUTPUTS")], image[layout.slot("STATE")] = 1, 2  # K1 told closed, PARALLEL
    own = array("i", (0, 1 << 29, 0, 1 << 29, 0, job["from"]))
    trace = array("i", bytes(4 * 4 * 1024))
    found, tick = [], 0
    with open(job["wave"], "rb") as file, open(job["trace"], "wb") as out:
        while True:
            ticks = file.readinto(ring) // (8 * stride)
            if not ticks:
                break
            micropython.heap_lock()
            for i in range(ticks):
                sense(4 * i + 4, tick)
                if protect:
                    protect(tick)
                if look(image, slots, own, trace, tick):
                    micropython.heap_unlock()
                    found.append([tick] + [image[slots[k]] for k in range(7)])
                    micropython.heap_lock()
                tick += 1
            micropython.heap_unlock()
            if not tick & 8191:
                out.write(trace)
        out.write(memoryview(trace)[: (tick & 8191) // 8 * 4])
    return {"changes": found, "f": [own[1], own[2]], "v": [own[3], own[4]], "ticks": tick}


with open(sys.argv[1]) as jobs:
    for line in jobs:
        print(json.dumps(run(json.loads(line))))
