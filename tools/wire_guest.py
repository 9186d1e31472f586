"""Runs under the real MicroPython: the firmware's own master on a pseudo-terminal. `tools.wire` is the far end.

Arguments: PTY BAUD REGISTERS COUNT. Prints one line of JSON: how it went, and how long another task had to wait.
"""

import asyncio
import json
import select
import sys
import time

from firmware.charger.rtu import Master, ModbusError


class Pty:
    """A UART's any/readinto/write over a raw pseudo-terminal."""

    def __init__(self, path):
        self._file = open(path, "r+b")
        self._poll = select.poll()
        self._poll.register(self._file, select.POLLIN)
        self._buffer = b""

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


waits = []


async def another_task():
    """What the rest of the background sees: it wants to run every 2 ms."""
    last = time.ticks_us()
    while True:
        await asyncio.sleep_ms(2)
        now = time.ticks_us()
        waits.append(time.ticks_diff(now, last) - 2000)
        last = now


async def main(path, baud, registers, count):
    other = asyncio.create_task(another_task())
    link = Master(Pty(path), Clock, baud, reply_ms=3000, tries=1)
    wrong = 0
    for _ in range(count):
        try:
            words = await link.read(1, 100, registers, 3)
            wrong += words != [100 + i for i in range(registers)]
        except ModbusError:
            wrong += 1
    other.cancel()
    told = link.stats.as_dict()
    waits.sort()
    print(
        json.dumps(
            {
                "ok": told["ok"],
                "wrong": wrong,
                "errors": told["by_kind"],
                "last_error": told["last_error"],
                "junk": told["junk_bytes"],
                "echo": told["echo_bytes"],
                "waited_us": waits[len(waits) * 99 // 100],
            }
        )
    )


asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
