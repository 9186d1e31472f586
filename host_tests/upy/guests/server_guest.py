"""The server under the real interpreter, on a pseudo-terminal. Arguments: PTY BAUD. Ends when its input closes."""

import asyncio
import select
import sys
import time

from firmware import image as layout
from firmware.charger import bits
from firmware.server import wiring
from firmware.settings import Settings
from firmware.transfer import states


class Pty:
    def __init__(self, path):
        self._file, self._buffer = open(path, "r+b"), b""
        self._poll = select.poll()
        self._poll.register(self._file, select.POLLIN)

    def any(self):
        while self._poll.poll(0):
            self._buffer += self._file.read(1)
        return len(self._buffer)

    def readinto(self, buf):
        n = min(len(buf), len(self._buffer))
        buf[:n] = self._buffer[:n]
        self._buffer = self._buffer[n:]
        return n

    def write(self, data):
        return self._file.write(data)


class Clock:
    ticks_ms, ticks_us = staticmethod(time.ticks_ms), staticmethod(time.ticks_us)
    ticks_diff = staticmethod(time.ticks_diff)
    sleep_ms = staticmethod(asyncio.sleep_ms)


class Context:
    version, draft, unlocked_s = "0.9.8", {}, 0


image, asks = layout.new_image(), layout.new_asks()
for name, value in (("TICK", 10000), ("STATE", states.PARALLEL), ("H1_MV", 120400), ("H2_MV", 119600),
                    ("HOUSE_MHZ", 60013), ("UPTIME_S", 100)):  # fmt: skip
    image[layout.slot(name)] = value
for name, value in (("CHARGER_TICK", 9999), ("CHARGER_BITS", bits.READY | bits.FOLLOWING), ("CHARGER_W", 4990),
                    ("CAR_SOC_E1", 645)):  # fmt: skip
    asks[layout.ask(name)] = value
context = Context()
context.settings = Settings(
    {"site_server": 1, "site_baud": int(sys.argv[2]), "in_service": 1, "charger_rated_w": 11000}
)
context.asks = asks
server = wiring.make(Pty(sys.argv[1]), Clock, layout, image, context)


async def uptime():
    began = time.ticks_ms()
    while True:
        image[layout.slot("UPTIME_S")] = 100 + time.ticks_diff(time.ticks_ms(), began) // 1000
        await asyncio.sleep_ms(100)


async def stop():
    """Until the test closes our input."""
    wait = select.poll()
    wait.register(sys.stdin, select.POLLIN | select.POLLHUP)
    while not wait.poll(0):
        await asyncio.sleep_ms(50)
    print("%d answered, %d refused, %d broken" % (server.answered, server.refused, server.broken))
    sys.exit(0)


async def main():
    print("ready")
    await asyncio.gather(server.run(lambda what, detail: print(what, detail)), uptime(), stop())


asyncio.run(main())
