"""The parts around the chip: FRAM, expander, RS-485, inputs, identity. Says what it found."""

import time
from array import array

from given import BAUD, WANTED

from firmware.board.rp2040 import Rp2040Board

time.sleep_ms(400)
board = Rp2040Board()
print("CAUSE", board.reset_cause().replace(" ", "_"), len(board.unique_id()), board.vsys_mv())
store = board.store
print("STORE", int(board.has_fram), store.size)
buf = bytearray(b"latched 86")
store.write(store.size - 16, buf)
back = bytearray(10)
store.read(store.size - 16, back)
print("BACK", back.decode().replace(" ", "_"))
try:
    store.write(store.size - 4, buf)
except ValueError as why:
    print("REFUSED", str(why).replace(" ", "_"))

own = array("i", (0, 0))
outputs, inputs, frames = board.outputs, board.inputs, board.frames


def tick(timer):
    outputs(WANTED | 0x200)


board.start(tick)
time.sleep_ms(5)
board.exchange()
board.exchange()
print("INPUTS", inputs(), int(board.expander.there), board.expander.faults)

uart = board.uart_a
uart.init(BAUD)
uart.write(b"\x01\x03\x00\x10\x00\x02\xc5\xce")
while not uart.txdone():
    time.sleep_ms(1)
print("SENT", uart.any())
frame = bytearray(8)
got = 0
end = time.ticks_add(time.ticks_ms(), 200)
while got < 8 and time.ticks_diff(end, time.ticks_ms()) > 0:
    got += uart.readinto(memoryview(frame)[got:])
    time.sleep_ms(1)
print("GOT", got, sum(frame))
board.halt()
