"""The ring left to itself: ROOM frames, COUNT samples a hand-over, RATE in all, until FRAMES have come."""

import time
from array import array

from given import COUNT, FRAMES, RATE, ROOM

from firmware.board import adc_ring

registers = array("i", bytes(16))
adc = adc_ring.AdcRing(registers, RATE, ROOM, COUNT)
frames = adc_ring.make_frames(registers)
time.sleep_ms(300)
adc.prepare()
print("RING", adc._address)
adc.start()
newest = 0
while newest < FRAMES:
    time.sleep_us(200)
    newest = frames()
print("SEEN", newest, int(adc.overrun()))
