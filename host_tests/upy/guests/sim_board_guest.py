"""Runs under MicroPython on the simulated board: exercises its clock, its scheduler and its UART."""

from firmware import board as boards

board = boards.this()
import asyncio  # noqa: E402 - simulated time has to be in place first
import sys  # noqa: E402
import time  # noqa: E402
from array import array  # noqa: E402

image = array("i", (0, 0))


def tick():
    image[0] += 1
    image[1] = board.ring[(board.frames() - 1) % 256 * 4]
    board.outputs(image[0] & 0xFF)


def greedy():
    image[1] = len([0] * 50)


def say(*words):
    board.console.write((" ".join(str(w) for w in words) + "\n").encode())


async def every(name, ms):
    while True:
        await asyncio.sleep_ms(ms)
        say(name, time.ticks_ms(), image[0])


async def story():
    asyncio.create_task(every("five", 5))
    asyncio.create_task(every("ten", 10))
    seven = asyncio.create_task(every("seven", 7))
    await asyncio.sleep_ms(30)
    seven.cancel()
    try:
        await asyncio.wait_for_ms(every("never", 1000), 20)
    except asyncio.TimeoutError:
        say("timeout", time.ticks_ms())
    time.sleep_ms(30)
    say("blocked until", time.ticks_ms(), "ticks", image[0])
    board.uart_a.write(b"abc")
    while not board.uart_a.txdone():
        await asyncio.sleep_ms(1)
    say("sent at", time.ticks_us())
    while not board.uart_a.any():
        await asyncio.sleep_ms(1)
    buf = bytearray(4)
    say("got", board.uart_a.readinto(buf), buf[0], "at", time.ticks_us())
    await asyncio.sleep_ms(1000)


board.watch(image)
board.start(greedy if "greedy" in sys.argv else tick)
asyncio.run(story())
