"""The real console, events and waves on the chip's FRAM beside a tick that renews the permit and notes what changes."""

import asyncio
import gc
from array import array

import micropython

from firmware.board.rp2040 import Rp2040Board

board = Rp2040Board()
gc.collect()

from firmware import image as layout  # noqa: E402
from firmware.console.commands import Context  # noqa: E402
from firmware.console.console import Console  # noqa: E402
from firmware.record import kept  # noqa: E402
from firmware.record.clock import Clock  # noqa: E402
from firmware.settings import Settings  # noqa: E402

image, asks = layout.new_image(), layout.new_asks()
gc.collect()
lasting = kept.lasting(board, image, layout, asks)
tap = kept.tap(board, image, layout)
clock = Clock(image, layout)
events = kept.events(board, tap, image, layout, clock)
settings = Settings()
waves = kept.waves(board, tap, settings, clock, events)
context = Context(layout, layout.Snapshot(image), asks, settings, events, None, "9.9", None, "cycles", image, board)
context.waves, context.clock, context.lasting = waves, clock, lasting
frames, inputs, outputs, cost, step = board.frames, board.inputs, board.outputs, board.cost, tap.step
own = array("i", bytes(40))  # last frames, ticks, bad, longest pause


@micropython.viper
def count(own: ptr32, image: ptr32, newest: int, bits: int) -> int:
    fresh = newest - own[0]
    own[0] = newest
    own[1] += 1
    if fresh != 4 and own[1] > 1:
        own[2] += 1
    n = own[1]
    image[1] = n
    image[2] = n >> 11
    image[7] = bits
    image[8] = 0x200 | ((n >> 9) & 1)  # K1 is told to move four times a second: events and waves
    return n


@micropython.native
def tick(timer=None):
    cost()  # once a tick, where it begins: the test looks when
    newest = frames()
    n = count(own, image, newest, inputs())
    outputs(0x200)
    step(n, newest)


async def keeper():
    last = own[1]
    while True:
        own[3] = max(own[3], own[1] - last)  # the longest the background was held up, ticks
        events.drain()
        while waves.work():
            await asyncio.sleep_ms(0)
        board.feed_watchdog()
        last = own[1]
        await asyncio.sleep_ms(50)


async def stop():
    """Ends when the console was told so: a draft of settings says it."""
    while "charge_w" not in context.draft:
        await asyncio.sleep_ms(20)


async def main():
    for task in (keeper(), Console(board.console, context, asyncio.sleep_ms).run()):
        asyncio.create_task(task)
    await stop()


board.keep_console(True)
gc.collect()
print("START free", gc.mem_free(), "fram", int(board.has_fram))
board.start(tick)
asyncio.run(main())
print("TICKS", own[1], own[2], own[3], events.number, waves.number, waves.missed(), events.lost)
board.halt()
