"""FRAM, expander, RS-485 and inputs of the RP2040 board on the emulated chip."""

import pytest

from firmware.board import pins_rp2040 as pins
from firmware.board import port

FRAME = bytes((1, 3, 0, 16, 0, 2, 0xC5, 0xCE))
SHED_2_AND_LAMP = port.OUT_SHED_2 | port.OUT_LAMP_LIVE


def start(guest, baud=9600, wanted=SHED_2_AND_LAMP, prepare=None):
    """A chip with an answering slave on RS-485 A; what the slave heard, and when the bus was driven."""
    chip = guest("parts.py", WANTED=wanted, BAUD=baud)
    heard = []
    uart = chip.mcu.uart[0]

    def on_byte(byte):
        heard.append((chip.now_s, byte, chip.level(pins.DE_A)))
        if len(heard) == len(FRAME):
            chip.at(0.004, lambda: uart.feed(FRAME))

    uart.on_byte = on_byte
    if prepare:
        prepare(chip)
    assert chip.wait_for("halted", 3), chip.console.decode()
    return chip, heard


@pytest.fixture(scope="module")
def whole(module_guest):
    def close(chip):
        for pin in (11, 13, 24):  # K1 52a, K2 52a, E_STOP_OK: closed = low
            chip.drive(pin, False)
        chip.expander.pins_in = 0xFF & ~(1 << 5)  # the service key

    return start(module_guest, prepare=close)


def test_the_store_is_the_fram_and_keeps_what_is_written(whole, said):
    chip, _ = whole
    assert said(chip, "STORE") == [1, 512 * 1024]
    assert said(chip, "BACK") == ["latched_86"]
    assert bytes(chip.fram.memory[-16:-6]) == b"latched 86"
    assert "allowed_0..524288" in said(chip, "REFUSED")[0]


def test_without_fram_a_little_ram_serves(guest, said):
    chip, _ = start(guest, prepare=lambda chip: setattr(chip.fram, "absent", True))
    assert said(chip, "STORE") == [0, 4096]
    assert said(chip, "BACK") == ["latched_86"]


def test_inputs_are_where_the_port_says(whole, said):
    chip, _ = whole
    expected = port.IN_K1_52A | port.IN_K2_52A | port.IN_E_STOP_OK | port.IN_SERVICE_KEY
    assert said(chip, "INPUTS") == [expected, 1, 0]


def test_the_expander_drives_what_was_asked(whole):
    chip, _ = whole
    assert chip.expander.outputs == 0b01010  # shed 2, lamp live


def test_a_missing_expander_reads_as_open_and_is_told(guest, said):
    chip, _ = start(guest, prepare=lambda chip: setattr(chip.expander, "absent", True))
    assert said(chip, "INPUTS")[:2] == [0, 0]


@pytest.mark.parametrize("baud", [9600, 115200])
def test_the_driver_holds_the_bus_for_the_frame_and_one_tick(guest, baud):
    chip, heard = start(guest, baud)
    assert bytes(byte for _, byte, _ in heard) == FRAME
    assert all(level == 1 for _, _, level in heard)
    (rise, _), (fall, _) = [edge for edge in chip.changes(pins.DE_A) if edge[1] is not None][-2:]
    first_start_bit = heard[0][0] - 10 / baud
    assert rise <= first_start_bit + 1e-6
    assert 0 < fall - heard[-1][0] < 1.2e-3  # the last stop bit, then at most two ticks


def test_the_answer_arrives_whole(whole, said):
    chip, _ = whole
    assert said(chip, "GOT") == [8, sum(FRAME)]
    assert chip.mcu.uart[0].overruns == 0


def test_identity_cause_and_supply(whole, said):
    chip, _ = whole
    assert said(chip, "CAUSE") == ["power_on", 8, -1]
