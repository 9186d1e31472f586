"""Programs that run on the emulated chip, in its MicroPython, as text: they are compiled like the firmware."""

# Cycles by SysTick around one call. The overhead of measuring is taken off.
METER = '''
import micropython
from array import array
from machine import mem32

mem32[0xE000E014] = 0xFFFFFF
mem32[0xE000E010] = 5


@micropython.viper
def now() -> int:
    return int(ptr32(0xE000E018)[0])


@micropython.native
def nothing():
    a = now()
    b = now()
    return (a - b) & 0xFFFFFF


@micropython.native
def m0(f):
    a = now()
    f()
    b = now()
    return (a - b) & 0xFFFFFF


@micropython.native
def m1(f, x):
    a = now()
    f(x)
    b = now()
    return (a - b) & 0xFFFFFF


@micropython.native
def m2(f, x, y):
    a = now()
    f(x, y)
    b = now()
    return (a - b) & 0xFFFFFF


@micropython.native
def m3(f, x, y, z):
    a = now()
    f(x, y, z)
    b = now()
    return (a - b) & 0xFFFFFF


@micropython.native
def m4(f, x, y, z, w):
    a = now()
    f(x, y, z, w)
    b = now()
    return (a - b) & 0xFFFFFF


nothing()
BASE = nothing()


def cycles(f, *args):
    """Of one call, its own call overhead included."""
    return (m0, m1, m2, m3, m4)[len(args)](f, *args) - BASE
'''

# A grid and a house as the converter would bring them: one table, four channels, any phase step.
WAVES = '''
import micropython
from array import array
from math import pi, sin

TABLE = array("H", [int(2048 + 1024 * sin(2 * pi * i / 256)) for i in range(256)])
RING = array("H", bytes(2 * 1024))


@micropython.viper
def fill(ring: ptr16, table: ptr16, own: ptr32, frames: int):
    """own: frame number, phase of the grid, its step, phase of the house, its step, amplitude of grid, of house."""
    f = own[0]
    g = own[1]
    h = own[3]
    i = 0
    while i < frames:
        at = (f & 255) << 2
        x = int(table[(g >> 16) & 255]) - 2048
        y = int(table[(h >> 16) & 255]) - 2048
        ring[at] = 2048 + ((x * own[5]) >> 8)
        ring[at + 1] = 2048 - ((x * own[5]) >> 8)
        ring[at + 2] = 2048 + ((y * own[6]) >> 8)
        ring[at + 3] = 2048 - ((y * own[6]) >> 8)
        g = (g + own[2]) & 0xFFFFFF
        h = (h + own[4]) & 0xFFFFFF
        f = (f + 1) & 0x1FFFFFFF
        i += 1
    own[0] = f
    own[1] = g
    own[3] = h


# 60 Hz at 8 kS/s: 256 * 65536 / 133.33 a frame; the house 0.1 Hz off
OWN = array("i", (0, 0, 125829, 0, 126039, 256, 256))


def four():
    """The next four frames; the count of frames so far."""
    fill(RING, TABLE, OWN, 4)
    return OWN[0]
'''

# Whole stages, tick after tick. RIGS comes from tools/emulator/cost.py.
STAGES = """
import gc
import sys
import time

time.sleep_ms(500)
sys.path[:0] = ["/a", "/a/lib"]
from array import array

import meter
import waves
from firmware import image as layout
from firmware.settings import Settings

settings = Settings(CHANGES)
image = layout.new_image()
asks = layout.new_asks()
for name, value in VALUES.items():
    image[layout.slot(name)] = value
asks[layout.ask("IN_SERVICE")] = 1
ring = waves.RING


class Board:
    pass


board = Board()
board.ring = ring
stages = []
gc.collect()
free = gc.mem_free()
for name, make, args in RIGS:
    space = {"settings": settings, "image": image, "asks": asks, "ring": ring, "board": board, "layout": layout}
    before = gc.mem_free()
    try:
        exec(make, space)
    except Exception as error:
        print("FAILED", name, type(error).__name__, error)
        sys.print_exception(error)
        continue
    gc.collect()
    print("HEAP", name, before - gc.mem_free())
    stages.append((name, space["step"], args, array("i", bytes(4 * TICKS))))


def loop():
    for i in range(WARM + TICKS):
        newest = waves.four()
        n = (START + i) & 0x1FFFFFFF
        image[layout.slot("TICK")] = n
        for name, step, args, out in stages:
            given = []
            for arg in args:
                given.append({"newest": newest, "n": n, "bits": BITS}[arg])
            took = meter.cycles(step, *given)
            if i >= WARM:
                out[i - WARM] = took
    for name, step, args, out in stages:
        print("STAGE", name, " ".join(str(x) for x in out))
    for name, make, args in PARTS:
        space = {"settings": settings, "image": image, "asks": asks, "ring": ring, "layout": layout, "stages": stages}
        try:
            exec(make, space)
            given = space.get("args", ())
            first = meter.cycles(space["f"], *given)
            print("PART", name, first, meter.cycles(space["f"], *given))
        except Exception as error:
            print("FAILED", name, type(error).__name__, error)


loop()
gc.collect()
print("DONE", free, gc.mem_free())
"""
