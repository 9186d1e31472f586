"""The charger's device model: what it puts into `asks`, what it forgets, what it writes. Registers typed again from the
Sigenergy protocol V2.9."""

import asyncio

import pytest

from firmware import image as layout
from firmware.charger import bits
from firmware.charger.device import Device, signed
from firmware.charger.profiles import sigen
from firmware.charger.rtu import ModbusError
from firmware.transfer import states
from host_tests.unit.charger.test_rtu import Clock


class Registers:
    """A master whose far end is a dictionary; `dead` makes it time out."""

    def __init__(self, clock):
        self.clock, self.dead, self.writes, self.reads = clock, False, [], []
        self.words = dict.fromkeys([*range(31500, 31527), *range(30003, 30039)], 0)

    async def read(self, unit, first, count, function=4):
        self._alive()
        self.reads.append(first)
        return [self.words[a] for a in range(first, first + count)]

    async def write(self, unit, address, value):
        self._alive()
        self.writes.append((unit, address, value))

    async def write_many(self, unit, address, values):
        self._alive()
        self.writes.append((unit, address, values[0] << 16 | values[1]))

    def _alive(self):
        self.clock.us += 1_000_000
        if self.dead:
            raise ModbusError(0, "nothing came")

    def put32(self, address, value):
        self.words[address], self.words[address + 1] = value >> 16 & 0xFFFF, value & 0xFFFF


class Case:
    def __init__(self, state=states.PARALLEL):
        self.clock = Clock()
        self.link = Registers(self.clock)
        self.image, self.asks = layout.new_image(), layout.new_asks()
        self.image[layout.slot("STATE")] = state
        self.image[layout.slot("TICK")] = 777
        self.device = Device(self.link, sigen, self.clock, layout, self.image, self.asks)
        self.link.words[31513] = 3
        self.link.words[30004] = 1

    def poll(self, times=2):
        for _ in range(times):
            asyncio.run(self.device.poll())

    def ask(self, name):
        return self.asks[layout.ask(name)]


def test_the_profile_is_the_protocols():
    rows = {name: (unit, address, kind) for name, unit, address, kind, _ in sigen.REGISTERS}
    assert rows["car_w"] == (1, 31502, "S32") and rows["state"] == (1, 31513, "U16")
    assert rows["car_soc_e1"] == (1, 31504, "U16") and rows["off_grid"] == (247, 30009, "U16")
    assert rows["grid_w"] == (247, 30005, "S32") and rows["battery_soc_e1"] == (247, 30014, "U16")
    assert sigen.WRITES["start_stop"] == (1, 41000, "U16") and (sigen.START, sigen.STOP) == (0, 1)
    assert sigen.WRITES["charge_limit_w"] == (1, 41002, "U32")
    assert sigen.WRITES["discharge_limit_w"] == (1, 41004, "U32")
    for _, unit, address, kind, _ in sigen.REGISTERS:
        size = 1 if kind == "U16" else 2
        blocks = [(first, n) for u, first, n in sigen.BLOCKS if u == unit]
        assert any(first <= address and address + size <= first + n <= first + 124 for first, n in blocks)
    for name, unit, address, *_ in sigen.REGISTERS:
        if name == "off_grid":
            u, first, n = sigen.BLOCKS[sigen.GRID_BLOCK]
            assert u == unit and first <= address < first + n


@pytest.mark.parametrize("words, value", [([0, 0x61A8], 25000), ([0xFFFF, 0xFFFF], -1), ([0x8000, 0], -(1 << 31))])
def test_32_bits_high_word_first(words, value):
    assert signed(words) == value


def test_nothing_is_said_before_every_block_was_read():
    case = Case()
    case.poll(1)
    assert case.ask("CHARGER_TICK") == -1 and case.ask("CHARGER_BITS") == 0
    case.poll(1)
    assert case.ask("CHARGER_TICK") == 777
    assert case.ask("CHARGER_BITS") & bits.READY


def test_signs_and_unknowns():
    case = Case()
    case.link.put32(31502, 7000)  # into the car
    case.link.put32(30005, 8500)  # import
    case.link.words[31504] = 734
    case.poll()
    assert case.ask("CHARGER_W") == -7000 and case.ask("CAR_SOC_E1") == 734
    assert case.ask("HOUSE_W") == 1500
    assert case.ask("BATTERY_SOC_E1") == -1
    case.link.words[31504] = 0  # 0 is not known, not empty
    case.link.words[30004] = 0  # no meter: 30005 means nothing
    case.poll()
    assert case.ask("CAR_SOC_E1") == -1 and case.ask("HOUSE_W") == -1


@pytest.mark.parametrize(
    "state, off_grid, expected",
    [
        (3, 0, bits.READY | bits.FOLLOWING),
        (8, 1, bits.READY | bits.FORMING),
        (8, 2, bits.READY | bits.FORMING),
        (4, 0, bits.FAULT | bits.FOLLOWING | bits.STOPPED),
        (9, 0, bits.FAULT | bits.FOLLOWING | bits.STOPPED),
        (0, 0, bits.FOLLOWING | bits.STOPPED),
        (7, 0, bits.FOLLOWING | bits.STOPPED),
    ],
)
def test_what_the_states_mean(state, off_grid, expected):
    case = Case()
    case.link.words[31513], case.link.words[30009] = state, off_grid
    case.poll()
    assert case.ask("CHARGER_BITS") == expected


def test_a_lost_link_takes_every_value_with_it():
    case = Case()
    case.link.words[31504] = 700
    case.poll()
    case.link.dead = True
    case.image[layout.slot("TICK")] = 99999
    case.poll(5)
    assert case.ask("CHARGER_BITS") == 0 and case.ask("CAR_SOC_E1") == -1
    assert case.ask("CHARGER_TICK") == 777  # the age tells the tick's own check
    assert [up for up, _ in case.device.changes] == [True, False]


def test_stop_only_in_parallel_and_only_when_it_is_wished():
    case = Case()
    case.device.wish(None)
    case.poll(4)
    assert case.link.writes == []
    case.device.wish((0, 0))
    case.poll(4)
    assert case.link.writes == [(1, 41000, 1)]


def test_charging_writes_the_cap_once_and_starts():
    case = Case()
    case.device.wish((7000, 0))
    case.poll(6)
    assert case.link.writes == [(1, 41002, 7000), (1, 41000, 0)]


def test_a_cap_below_500_w_is_never_written():
    case = Case()
    case.device.wish((120, 0))
    case.poll(6)
    assert case.link.writes[0] == (1, 41002, 500)


def test_in_an_island_it_starts_and_never_stops():
    case = Case(states.ISLAND)
    case.device.wish((0, 0))
    case.poll(6)
    assert case.link.writes == [(1, 41000, 0)]


def test_a_session_that_ended_is_started_again_after_a_minute():
    case = Case()
    case.link.words[31513] = 6
    case.device.wish((7000, 0))
    case.poll(30)
    assert case.link.writes.count((1, 41000, 0)) == 1
    case.poll(45)
    assert case.link.writes.count((1, 41000, 0)) == 2


def test_in_handback_the_grid_block_comes_first():
    case = Case(states.HANDBACK)
    case.poll(3)
    assert case.link.reads == [30003, 30003, 30003]
