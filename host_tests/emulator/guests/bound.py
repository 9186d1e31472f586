"""A tick of bind()'s three kernels: what they write into the image, and what it costs, beside the single calls."""

import time
from array import array

import micropython
from machine import mem32

from firmware.board.rp2040 import Rp2040Board

board = Rp2040Board()
image = array("i", bytes(4 * 64))
begin, drive, close, position = board.bind(image)
calls = (begin, drive, close)


@micropython.native
def tick(timer=None):
    begin, drive, close = calls
    n = begin()
    if n < 0x20000000:
        drive(0x201 if image[7] & 128 else 0x200)
    else:
        drive(0)
    close()


@micropython.viper
def now() -> int:
    return int(ptr32(0xE000E018)[0])


@micropython.native
def took(f):
    a = now()
    f()
    b = now()
    return (a - b) & 0xFFFFFF


time.sleep_ms(300)
mem32[0xE000E010] = 5
image[0] = 0x1FFFFFFF - 1000 + 1  # even, a thousand before its wrap
image[1] = 0x1FFFFFFF - 1000
board.start(tick)
time.sleep_ms(1100)
board.feed_watchdog()
print("IMAGE", *image[0:9])
took(tick)
print("CYCLES", took(tick), position[0])
board.halt()
