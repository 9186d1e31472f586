"""The port expander: what it drives, what it says when it is gone, and that it is set up anew when it comes back."""

from firmware.board.expander import Expander


class Bus:
    """Registers of a TCA9534 (input, output, polarity, configuration), by its data sheet."""

    def __init__(self):
        self.registers, self.pins, self.there, self.writes = [0xFF, 0xFF, 0, 0xFF], 0xFF, True, 0

    def writeto_mem(self, address, register, data):
        self._there(address)
        self.registers[register] = data[0]
        self.writes += 1

    def readfrom_mem_into(self, address, register, buf):
        self._there(address)
        buf[0] = self.pins

    def _there(self, address):
        if not self.there or address != 0x20:
            raise OSError(5)


def test_five_outputs_two_inputs_and_no_needless_writes():
    bus = Bus()
    expander = Expander(bus)
    assert expander.exchange(0b00101) == 0
    assert (bus.registers[1] & 0x1F, bus.registers[3]) == (0b00101, 0xE0)
    writes = bus.writes
    bus.pins = 0xFF & ~(1 << 5)  # the service key closes to ground
    assert expander.exchange(0b00101) == 1
    bus.pins = 0xFF & ~(1 << 6)
    assert expander.exchange(0b00101) == 2
    assert bus.writes == writes


def test_gone_reads_as_open_and_is_counted_once_and_back_is_set_up_anew():
    bus = Bus()
    expander = Expander(bus)
    bus.pins = 0
    assert expander.exchange(1) == 3
    bus.there = False
    assert [expander.exchange(1), expander.exchange(1)] == [0, 0]
    assert (expander.there, expander.faults) == (False, 1)
    bus.there, bus.registers = True, [0xFF, 0xFF, 0, 0xFF]
    assert expander.exchange(1) == 3
    assert bus.registers[3] == 0xE0
