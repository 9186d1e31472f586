"""The smallest firmware that has the real one's shape: contacts decide coils, bytes come back, the image is whole."""

import time
from array import array

from firmware.board.rp2040 import Rp2040Board

board = Rp2040Board()
board.all_off()
image = array("i", bytes(4 * 200))
frames, inputs, outputs = board.frames, board.inputs, board.outputs
ring = board.ring


def tick(timer):
    newest = frames()
    bits = inputs()
    image[0] = (image[0] + 1) & 0xFFFFFF
    image[1] = newest
    image[2] = ring[((newest - 1) & 255) * 4 + 2]
    # K1 follows the emergency stop loop, the request the bypass switch
    outputs((1 if bits & 128 else 0) | (8 if bits & 256 else 0) | 0x200)


board.watch(image)
board.start(tick)
board.uart_a.init(9600)
buf = bytearray(64)
while True:
    n = board.uart_a.readinto(buf)
    if n:
        board.uart_a.write(bytes(buf[:n]))
    if board.console.any():
        board.console.write(b"<" + board.console.read(1) + b">")
    board.exchange()
    board.feed_watchdog()
    time.sleep_ms(2)
