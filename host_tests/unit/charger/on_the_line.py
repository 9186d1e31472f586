"""The firmware's device over a real RTU server: simulated time, real frames."""

import asyncio
import importlib

from firmware import image as layout
from firmware.charger.device import Device
from firmware.charger.rtu import Master
from firmware.transfer import states
from host_tests.unit.charger.test_rtu import Clock
from tools.plant.devices.serve import Far


class Line:
    """A UART whose far end is a server on a pseudo-terminal; the device's time follows the clock."""

    def __init__(self, clock, far):
        self.clock, self.far, self.cut = clock, far, False
        self.pending, self.due, self.told_us, self.sent = b"", 0, clock.us, []

    def write(self, data):
        frame = bytes(data)
        self.sent.append(frame)
        self.catch_up()
        self.pending = b"" if self.cut else self.far.ask(frame)
        self.due = self.clock.us + (len(frame) + len(self.pending)) * 1042 + 20_000
        return len(frame)

    def catch_up(self):
        self.far.step((self.clock.us - self.told_us) / 1e6)
        self.told_us = self.clock.us

    def any(self):
        return len(self.pending) if self.clock.us >= self.due else 0

    def readinto(self, buf):
        n = min(len(buf), self.any())
        buf[:n] = self.pending[:n]
        self.pending = self.pending[n:]
        return n


class Site:
    def __init__(self, kind, server="pymodbus", state=states.PARALLEL):
        self.profile = importlib.import_module("firmware.charger.profiles." + kind)
        self.far = Far(kind, server)
        self.clock = Clock()
        self.line = Line(self.clock, self.far)
        self.image, self.asks = layout.new_image(), layout.new_asks()
        self.image[layout.slot("STATE")] = state
        master = Master(self.line, self.clock, 9600, reply_ms=300, period_ms=self.profile.PERIOD_MS)
        self.device = Device(master, self.profile, self.clock, layout, self.image, self.asks)

    def run(self, seconds):
        """Poll for so long; the far end's state then."""
        end = self.clock.us + int(seconds * 1e6)

        async def go():
            while self.clock.us < end:
                self.image[layout.slot("TICK")] = self.clock.us // 500 & 0x1FFFFFFF
                await self.device.poll()
                await self.clock.sleep_ms(600)

        asyncio.run(go())
        self.line.catch_up()
        return self.far.state()

    def ask(self, name):
        return self.asks[layout.ask(name)]

    def close(self):
        self.far.close()
