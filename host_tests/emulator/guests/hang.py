"""A background that hangs under a tick that goes on; after the watchdog's restart it says why it started."""

import time

from firmware.board.rp2040 import Rp2040Board

time.sleep_ms(400)
board = Rp2040Board()
print("CAUSE", board.reset_cause().replace(" ", "_"))
outputs = board.outputs


def tick(timer):
    outputs(0x201)


if board.reset_cause() != "watchdog":
    board.start(tick)
    time.sleep_ms(5)
    print("HUNG")
    time.sleep_ms(20000)
