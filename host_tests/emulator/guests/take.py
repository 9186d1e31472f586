"""The chip's own `take` beside the viper kernel: the same samples, the same settings, every number compared."""

from array import array

import micropython
from machine import mem32

from firmware import image as layout
from firmware.board.take_rp2040 import take
from firmware.sense import room as places
from firmware.sense import window
from firmware.settings import Settings

mem32[0xE000E014] = 0xFFFFFF
mem32[0xE000E010] = 5


@micropython.viper
def now() -> int:
    return int(ptr32(0xE000E018)[0])


state = 1


def dice(n):
    global state
    state = (state * 1103515245 + 12345) & 0x3FFFFFFF
    return (state >> 8) % n


def samples(ring, first, kind):
    for i in range(16):
        value = (dice(4096), (0, 4095)[dice(2)], 2000 + dice(3), 4095, 0, 2048)[kind]
        ring[(first * 4 + i) & 1023] = value


def same(a, b):
    for i in range(len(a)):
        if a[i] != b[i]:
            return i
    return -1


def run(hz, legs, cycles):
    settings = Settings({"nominal_hz": hz, "legs": legs, "nominal_mv": 120000})
    ring = array("H", bytes(2 * 1024))
    one = places.new(settings, layout, 4, 31250)
    two = array("i", one)
    parts, _ = window.memory(one)
    twin, _ = window.memory(two)
    newest, wrong = (1 << 29) - 4 * 50, 0
    for n in range(cycles):
        samples(ring, newest & 255, dice(6) if n % 40 == 0 else n // 40 % 6)
        newest = (newest + 4) & 0x1FFFFFFF
        for i in range(2 * legs):  # the windows grow and shrink
            if n % 17 == 0:
                one[places.BLOCKS + i * places.SIZE + places.WANT] = 28 + dice(23)
                two[places.BLOCKS + i * places.SIZE + places.WANT] = one[places.BLOCKS + i * places.SIZE + places.WANT]
        near = window.take(ring, parts, one, newest)
        if (take(ring, twin, two, newest) != 0) != (near != 0):
            wrong += 1
        two[50] = two[51] = one[50] = one[51] = 0  # the chip's own scratch
        at = same(one, two)
        if at >= 0 or same(parts, twin) >= 0:
            wrong += 1
            if wrong < 4:
                print("WRONG", n, at, one[at], two[at], same(parts, twin))
    a = now()
    window.take(ring, parts, one, newest)
    b = now()
    take(ring, twin, two, newest)
    c = now()
    print("COST", (a - b) & 0xFFFFFF, (b - c) & 0xFFFFFF)
    return wrong


print("SAME", run(60, 1, 40), run(50, 2, 40), run(60, 2, 80))
print("halted")
