"""Every profile under the real interpreter: polled, wished for, refused and lost. Prints one line a profile."""

import asyncio

from firmware import image as layout
from firmware.charger import wiring
from firmware.charger.device import Device
from firmware.charger.rtu import ModbusError, Statistics
from firmware.settings import Settings
from firmware.transfer import states


class Clock:
    ms = 0

    @classmethod
    def ticks_ms(cls):
        return cls.ms & 0x3FFFFFFF

    @classmethod
    def ticks_us(cls):
        return cls.ms * 1000 & 0x3FFFFFFF

    @staticmethod
    def ticks_diff(a, b):
        return ((a - b + 0x20000000) & 0x3FFFFFFF) - 0x20000000

    @classmethod
    async def sleep_ms(cls, ms):
        cls.ms += ms or 1


class Far:
    """Answers every read with `fill`; a SunSpec chain where one is looked for."""

    CHAIN = ((1, 66), (701, 153), (702, 50), (704, 65), (713, 7), (715, 7))

    def __init__(self):
        self.stats, self.fill, self.mood, self.writes = Statistics(), 0, "well", []
        self.heads = {40000: [0x5375, 0x6E53]}
        at = 40002
        for model, length in self.CHAIN:
            self.heads[at] = [model, length]
            at += 2 + length
        self.heads[at] = [0xFFFF, 0]

    def _here(self):
        Clock.ms += 200
        if self.mood == "lost":
            raise ModbusError(0, "nothing came")
        if self.mood == "refuses":
            code = 2 if self.fill == 0x7FFF else 4
            raise ModbusError(6, "code %d" % code, code)

    async def read(self, unit, first, count, function=4):
        self._here()
        return self.heads[first] if count == 2 and first in self.heads else [self.fill] * count

    async def write(self, unit, address, value):
        self._here()
        self.writes.append((address, value))

    async def write_many(self, unit, address, values):
        self._here()
        self.writes.append((address, values))


async def play(number):
    image, asks, far = layout.new_image(), layout.new_asks(), Far()
    device = Device(far, wiring.profile(number), Clock, layout, image, asks)
    for state in (states.GRID, states.PARALLEL, states.ISLAND, states.HANDBACK, states.PARALLEL):
        image[layout.slot("STATE")] = state
        for wish in (None, (0, 0), (4000, 0), (0, 4000)):
            device.wish(wish)
            device.wish_var(300)
            for fill in (0, 1, 5, 0x7FFF, 0x8000, 0xFFFF):
                far.fill = fill
                for mood in ("well", "well", "refuses", "well", "lost"):
                    far.mood = mood
                    for _ in range(8):
                        await device.poll()
    for value in asks:
        assert -(1 << 30) < value < 1 << 30
    print(wiring.PROFILES[number], "version=%s" % device.version, "link=%s" % device.link_up, len(far.writes) > 0)


async def main():
    for number in range(len(wiring.PROFILES)):
        await play(number)
    made = wiring.make(None, Clock, Settings(), layout, layout.new_image(), layout.new_asks())
    print("made", made.profile.NAME)


asyncio.run(main())
