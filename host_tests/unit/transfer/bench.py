"""The transfer room with its switchgear: contactors that do as they are told, late, bouncing or not at all."""

from firmware import image as layout
from firmware.board import port
from firmware.settings import Settings
from firmware.transfer import facts, machine, places, reasons, states, table
from firmware.transfer.transfer import Transfer

ROWS, INDEX = table.flatten()
SENSE = facts.V_SENSING_OK
GOOD = facts.V_GRID_GOOD | facts.V_GRID_LIVE | facts.V_ENTER_SERVICE | facts.V_GRID_IN_WINDOW | SENSE
DEAD_HOUSE = facts.V_HOUSE_DEAD
OUTAGE = facts.V_GRID_DEAD | facts.V_GRID_LOST | facts.V_GRID_TRIP | SENSE
STEADY = facts.V_HOUSE_LIVE | facts.V_HOUSE_STEADY
CALM = port.IN_E_STOP_OK | port.IN_BYPASS_OFF | port.IN_CHARGER_READY


class Contactor:
    """52a and 52b follow the coil after so many ticks; `wild` ticks of bounce follow the first touch."""

    def __init__(self, coil, a, b, ticks=25, closed=False, permit=port.OUT_PERMIT, invert=False):
        self.coil, self.a, self.b, self.ticks, self.closed = coil, a, b, ticks, closed
        self.permit, self.invert, self.left, self.stuck, self.wild, self.bouncing = permit, invert, 0, False, 0, 0

    def step(self, outputs):
        told = (bool(outputs & self.coil) and outputs & self.permit == self.permit) != self.invert
        if told == self.closed or self.stuck:
            self.left = self.ticks
        else:
            self.left -= 1
            if self.left <= 0:
                self.closed, self.bouncing = told, self.wild
        if self.bouncing:
            self.bouncing -= 1
            if self.bouncing & 1:
                return 0  # neither
        return self.a if self.closed else self.b


class House:
    """The room with K1, K2 and KN around it; `v` the voltage facts, `inputs` the rest of the inputs."""

    def __init__(self, first_tick=0, asks=(), **settings):
        self.image, self.asks = layout.new_image(), layout.new_asks()
        self.ask(IN_SERVICE=1, **dict(asks))
        self.room = Transfer(Settings(settings), self.image, self.asks)
        self.k1 = Contactor(port.OUT_K1, port.IN_K1_52A, port.IN_K1_52B)
        self.k2 = Contactor(port.OUT_K2, port.IN_K2_52A, port.IN_K2_52B)
        self.kn = Contactor(port.OUT_KN, port.IN_KN_PROOF, 0, 16, closed=True, permit=0, invert=True)
        self.v, self.inputs, self.out, self.tick = DEAD_HOUSE | SENSE, CALM, 0, first_tick
        self.path = []

    def run(self, ms):
        for _ in range(int(2 * ms)):
            self.tick = (self.tick + 1) & 0x1FFFFFFF
            self.image[layout.slot("V_FACTS")] = self.v
            inputs = self.inputs | self.k1.step(self.out) | self.k2.step(self.out) | self.kn.step(self.out)
            before = self.state
            self.out = self.room.step(self.tick, inputs)
            if self.state == before and not self.tick % 5:  # asked only after a change; asked now it has no row either
                asked = machine.scan(ROWS, INDEX, self.room.memory[places.STATE], self.room.memory)
                assert asked < 0, (before, asked)
            if not self.path or self.path[-1] != self.state:
                self.path.append(self.state)
        return self

    def until(self, state, ms):
        """Run until the state; the milliseconds it took."""
        for tick in range(int(2 * ms)):
            if self.state == state:
                return tick / 2
            self.run(0.5)
        raise AssertionError("%s for %d ms, not %s; %s" % (self.state, ms, state, self.path))

    @property
    def state(self):
        return states.NAMES[self.get("STATE")]

    def get(self, name):
        return self.image[layout.slot(name)]

    def ask(self, **values):
        for name, value in values.items():
            self.asks[layout.ask(name)] = value
        return self

    def says(self, bits, **more):
        """The charger has just said so."""
        return self.ask(CHARGER_TICK=self.tick, CHARGER_BITS=bits, **more)

    def see(self, **values):
        for name, value in values.items():
            self.image[layout.slot(name)] = value
        return self

    def place(self, name):
        return self.room.memory[getattr(places, name)]

    def put(self, name, value):
        """Time that has passed: a place of the room's memory."""
        self.room.memory[getattr(places, name)] = value
        return self

    def alarm(self, bit):
        return bool(self.get("ALARMS") & bit)

    def reason(self):
        return reasons.REASONS[self.get("REASON")]

    def cause(self):
        return reasons.REASONS[self.get("CAUSE_86")] if self.get("CAUSE_86") else None

    def on_the_grid(self):
        self.v = GOOD | DEAD_HOUSE
        self.run(3000)
        self.v = GOOD | facts.V_HOUSE_LIVE
        return self.run(200)

    def in_an_island(self):
        self.v = facts.V_GRID_DEAD | DEAD_HOUSE | SENSE
        self.run(1000)
        self.v = facts.V_GRID_DEAD | STEADY | SENSE
        return self.run(100)
