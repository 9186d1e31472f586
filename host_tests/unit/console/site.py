"""A console on an image that the test fills in: the terminal, and everything the commands look at."""

import asyncio
import types
from array import array

import pytest

from firmware import image as layout
from firmware import store
from firmware.board.fram import Ram
from firmware.board.port import CHANNELS, RING_FRAMES
from firmware.charger.profiles import sigen
from firmware.console import commands, happened
from firmware.console.console import Console
from firmware.record import places
from firmware.record.clock import Clock
from firmware.record.events import Events
from firmware.record.lasting import Lasting
from firmware.record.tap import EventTap
from firmware.record.waves import Waves
from firmware.settings import Settings


class Stream:
    """A terminal: what it types, what it sees."""

    def __init__(self):
        self.typed, self.seen = b"", b""

    def any(self):
        return 1 if self.typed else 0  # as USB tells: something, not how much

    def read(self, n):
        part, self.typed = self.typed[:n], self.typed[n:]
        return part

    def write(self, data):
        assert len(data) <= 128, "more than a breath at once"
        self.seen += data
        return len(data)


class Statistics:
    def as_dict(self):
        return {"requests": 9, "ok": 8, "errors": 1, "retries": 1, "junk_bytes": 0, "last_ms": 98, "p99_ms": 118,
                "by_kind": {"timeout": 1, "crc": 0}, "by_unit": {1: {"ok": 3, "errors": 1}}, "echo_bytes": 0,
                "last_error": "timeout (nothing came)"}  # fmt: skip


class Site:
    """`type(bytes)` -> what the console wrote; `answer(line)` -> lines; slots are given by name."""

    def __init__(self, settings=None, **slots):
        self.image, self.asks = layout.new_image(), layout.new_asks()
        self.tap = EventTap(self.image, layout, array("H", bytes(2 * RING_FRAMES * CHANNELS)), 40, 10)
        self.clock = Clock(self.image, layout)
        self.events = Events(self.tap, self.image, layout, clock=self.clock)
        self.log = ["INFO main: hello"]
        self.stream = Stream()
        self.wait = lambda: None  # called at each pause of the console
        self.patience = 0  # times the console finds nothing typed before the test ends it
        device = types.SimpleNamespace(stats=Statistics(), link_up=True, asked=(7000, 0), profile=sigen, version="V2.9",
                                       notes=[], absent=[], sent_w=0, since_s=0,
                                       values={"state": 3, "car_w": -1900})  # fmt: skip
        self.context = commands.Context(
            layout, layout.Snapshot(self.image), self.asks, Settings(settings), self.events, device, "9.9",
            types.SimpleNamespace(lines=lambda: self.log), "cycles", image=self.image,
            board=types.SimpleNamespace(name="bench", tick_cost=62500, unique_id=lambda: b"\x01\xab"),
        )  # fmt: skip
        self.memory = Ram(places.EVENTS)
        self.context.store = store.Store(self.memory)
        self.context.secret = (self.memory, places.SECRET)
        self.context.lasting = Lasting(self.memory, places.LASTING, self.image, layout, self.asks)
        self.context.clock = self.clock
        where = (Ram(4 * 64 + 4 * 36 * 60), 0, 4 * 64 + 4 * 36 * 60)
        self.context.waves = Waves(self.tap, where, 60, 10, self.context.settings, self.clock.seconds)
        self.set(**slots)

    def set(self, **slots):
        """Write the image as the tick would."""
        for name, value in slots.items():
            self.image[layout.slot(name)] = value
        self.tap.step(0)

    def type(self, data):
        """Run a console until it has eaten everything; what it wrote since, from its greeting on."""
        self.stream.typed += data
        self.stream.seen = b""

        patience = [self.patience]

        async def sleep_ms(ms):
            self.wait()
            if ms == 10 and not self.stream.typed:
                patience[0] -= 1
                if patience[0] < 0:
                    raise EOFError

        with pytest.raises(EOFError):
            asyncio.run(Console(self.stream, self.context, sleep_ms).run())
        return self.stream.seen.decode("latin-1")

    def asked(self):
        """{name: value} of everything that is asked of the tick."""
        fresh = layout.new_asks()
        return {name: self.asks[i] for name, i in layout.ASKS.items() if self.asks[i] != fresh[i]}

    def happened(self):
        """The events as sentences."""
        self.events.drain()
        return [happened.line(found) for found in self.events.raw()]

    def answer(self, line):
        """Lines of the answer."""
        return list(commands.answer(line, self.context))
