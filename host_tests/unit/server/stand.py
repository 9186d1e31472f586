"""The server with an image, asks and a clock of the test's."""

from firmware import image as layout
from firmware.charger import bits
from firmware.server import wiring
from firmware.settings import Settings
from firmware.transfer import states
from tools.plant.wire import crc16

NUMBERS = {"site_server": 1, "site_unit": 7, "in_service": 1, "charger_rated_w": 11000}


class Context:
    version = "1.2.3"

    def __init__(self, settings, asks):
        self.settings, self.asks, self.draft, self.unlocked_s = settings, asks, {}, 0


class Clock:
    ms = 0

    @classmethod
    def ticks_ms(cls):
        return cls.ms

    @classmethod
    def ticks_us(cls):
        return cls.ms * 1000

    @staticmethod
    def ticks_diff(a, b):
        return a - b


class Stand:
    def __init__(self, **changes):
        self.settings = Settings({**NUMBERS, **changes})
        self.image, self.asks = layout.new_image(), layout.new_asks()
        for name, value in (("TICK", 10000), ("STATE", states.PARALLEL), ("H1_MV", 120400), ("H2_MV", 119600),
                            ("HOUSE_MHZ", 60013), ("UPTIME_S", 100)):  # fmt: skip
            self.put(name, value)
        for name, value in (("CHARGER_TICK", 9000), ("CHARGER_BITS", bits.READY | bits.FOLLOWING), ("CHARGER_W", 4990),
                            ("CAR_SOC_E1", 645)):  # fmt: skip
            self.asks[layout.ask(name)] = value
        self.context = Context(self.settings, self.asks)
        self.server = wiring.make(None, Clock, layout, self.image, self.context)
        self.requests = self.server.requests
        self.now_s = 100

    def put(self, name, value):
        self.image[layout.slot(name)] = value

    def see(self):
        self.server._snapshot.take()
        self.server.refresh()

    def ask(self, pdu, unit=7):
        """PDU in, PDU out; None for no answer."""
        frame = bytes((unit,)) + bytes(pdu)
        crc = crc16(frame)
        reply = self.server.answer(frame + bytes((crc & 255, crc >> 8)), self.now_s)
        if not reply:
            return None
        assert crc16(reply[:-2]) == reply[-2] | reply[-1] << 8 and reply[0] == unit
        return bytes(reply[1:-2])

    def read(self, address, count):
        reply = self.ask(bytes((3, address >> 8, address & 255, count >> 8, count & 255)))
        if reply[0] != 3:
            return reply
        return [reply[2 + 2 * i] << 8 | reply[3 + 2 * i] for i in range(reply[1] // 2)]

    def write(self, address, *words):
        head = bytes((16, address >> 8, address & 255, 0, len(words), 2 * len(words)))
        return self.ask(head + b"".join((w & 0xFFFF).to_bytes(2, "big") for w in words))

    def at(self, model, offset=0):
        """Address by walking the chain, as a client does."""
        where = 40002
        while True:
            found, length = self.read(where, 2)
            if found == model:
                return where + offset
            assert found != 0xFFFF, "model %d is not there" % model
            where += 2 + length
