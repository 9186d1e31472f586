"""A Sigenergy plant as a dictionary behind a master that needs no wire; registers typed again from the protocol."""

import asyncio

from firmware import image as layout
from firmware.charger.device import Device
from firmware.charger.profiles import sigen
from firmware.charger.rtu import ModbusError, Statistics
from firmware.transfer import states
from host_tests.unit.charger.test_rtu import Clock

DOCUMENTED = {
    (247, 4): [*range(30000, 30100), *range(30200, 30287)],
    (1, 4): [*range(31500, 31527)],
    (247, 3): [*range(40001, 40069)],
    (1, 3): [*range(41002, 41006)],
}


class Registers:
    """`dead` makes it time out, a block with a missing register is refused as a whole."""

    def __init__(self, clock):
        self.clock, self.dead, self.writes, self.reads = clock, False, [], []
        self.words = {(u, a): 0 for (u, _), addresses in DOCUMENTED.items() for a in addresses}
        self.missing = set()
        self.stats = Statistics()

    async def read(self, unit, first, count, function=4):
        self._alive()
        self.reads.append((first, count))
        if self.missing & set(range(first, first + count)) or first + count - 1 not in DOCUMENTED[unit, function]:
            raise ModbusError(6, "code 2 to function %d" % function, 2)
        return [self.words[unit, a] for a in range(first, first + count)]

    async def write(self, unit, address, value):
        self._alive()
        self.writes.append((unit, address, value))
        if (unit, address) in self.words:
            self.words[unit, address] = value

    async def write_many(self, unit, address, values):
        self._alive()
        self.writes.append((unit, address, values[0] << 16 | values[1]))
        self.put32(address, values[0] << 16 | values[1])

    def _alive(self):
        self.clock.us += 1_000_000
        if self.dead:
            raise ModbusError(0, "nothing came")

    def put(self, address, value):
        self.words[next(key for key in self.words if key[1] == address)] = value

    def put32(self, address, value):
        self.put(address, value >> 16 & 0xFFFF)
        self.put(address + 1, value & 0xFFFF)


class Case:
    """A device on it, once a second; charging, with a meter."""

    def __init__(self, state=states.PARALLEL, missing=()):
        self.clock = Clock()
        self.link = Registers(self.clock)
        self.link.missing = set(missing)
        self.image, self.asks = layout.new_image(), layout.new_asks()
        self.image[layout.slot("STATE")] = state
        self.image[layout.slot("TICK")] = 777
        self.device = Device(self.link, sigen, self.clock, layout, self.image, self.asks)
        self.link.put(31513, 3)
        self.link.put(30004, 1)
        for address, value in ((41002, 11000), (41004, 11000), (31523, 11400), (31525, 11400)):
            self.link.put32(address, value)

    def poll(self, times=2):
        for _ in range(times):
            asyncio.run(self.device.poll())

    def ask(self, name):
        return self.asks[layout.ask(name)]
