"""A tick that counts and renews the permit, under a background that prints, collects garbage and allocates.

Until TICKS ticks. STOP: after so many ticks the tick ends for good, as if it had died.
"""

import gc
import time
from array import array

import micropython
from given import STOP, TICKS, WANTED

from firmware.board.rp2040 import Rp2040Board

board = Rp2040Board()
frames, inputs, outputs, cost = board.frames, board.inputs, board.outputs, board.cost
own = array("i", bytes(40))  # last frames, ticks, bad, cost, inputs, outputs wanted, age of the newest sample


@micropython.viper
def count(own: ptr32, newest: int, bits: int, cycles: int) -> int:
    fresh = newest - own[0]
    own[0] = newest
    own[1] += 1
    if fresh != 4 and own[1] > 1:
        own[2] += 1
    own[3] = cycles
    own[4] = bits
    return own[5]


@micropython.native
def tick(timer=None):
    began = cost()
    if own[1] < STOP:
        outputs(count(own, frames(), inputs(), began) | 0x200)


def background():
    rubbish = []
    while own[1] < TICKS:
        print("line of text for the console, number", own[1])
        rubbish = [bytes(200) for _ in range(20)]
        gc.collect()
        board.exchange()
        board.feed_watchdog()
        time.sleep_ms(3)
    return rubbish


print("START", time.ticks_ms())
own[5] = WANTED
micropython.alloc_emergency_exception_buf(100)
board.start(tick)
background()
print("TICKS", own[1], own[2], int(board.sample_overrun()), board.stuck_outputs())
board.halt()
