"""Runs under MicroPython: plays jobs through Protect with the heap locked around every tick.

Each line of the file named on the command line is a job: {"settings": {..}, "asks": {..}, "tick": first tick,
"watch": [slots], "stop": mask of V_FACTS or 0, "steps": [[ticks, {slot: value}], ..], "times": how often, once if
left out}. Each answer is a line: {"steps": [[ticks until a bit of `stop` stood in this step or -1, value of each
watched slot at its end], ..]}.
"""

import json
import sys

import micropython
from micropython import const

from firmware import image as layout
from firmware.protect.protect import Protect
from firmware.settings import Settings

_WRAP = const(0x1FFFFFFF)
_V_FACTS = layout.slot("V_FACTS")


@micropython.native
def play(step, image, tick, n, stop):
    """Ticks until a bit of `stop` stands, or -1; always n ticks."""
    found = -1
    facts = _V_FACTS
    micropython.heap_lock()
    i = 0
    while i < n:
        step(tick)
        tick = (tick + 1) & _WRAP
        i += 1
        if found < 0 and image[facts] & stop:
            found = i
    micropython.heap_unlock()
    return found


def answer(job):
    image, asks = layout.new_image(), layout.new_asks()
    for name, value in job.get("asks", {}).items():
        asks[layout.ask(name)] = value
    protect = Protect(Settings(job["settings"]), image, asks)
    step, tick, stop = protect.step, job["tick"], job.get("stop", 0)
    watch = [layout.slot(name) for name in job["watch"]]
    steps = [(n, [(layout.slot(name), value) for name, value in change.items()]) for n, change in job["steps"]]
    found = []
    for _ in range(job.get("times", 1)):
        for n, change in steps:
            for slot, value in change:
                image[slot] = value
            at = play(step, image, tick, n, stop)
            tick = (tick + n) & _WRAP
            found.append([at] + [image[slot] for slot in watch])
    return {"steps": found}


with open(sys.argv[1]) as jobs:
    for line in jobs:
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
