"""The pins of the reference board: each used once, the coils as boot.py has them, the inputs in the port's order."""

import ast

from firmware.board import pins_rp2040 as pins
from firmware.board import port
from tools import build

COILS = list(range(pins.FIRST_COIL, pins.FIRST_COIL + pins.COILS))


def inputs(runs):
    """{IN_* bit: GPIO}"""
    return {1 << bit + i: pin + i for pin, count, bit in runs for i in range(count)}


def used(runs, *more):
    return [pins.PERMIT, *COILS, *pins.UART_A, pins.DE_A, *pins.FRAM, *pins.EXPANDER, *inputs(runs).values(), *more]


def test_the_reference_board_uses_each_of_its_26_digital_pins_once():
    assert sorted(used(pins.REFERENCE_INPUTS, *pins.UART_B, pins.DE_B)) == list(range(26))


def test_a_pico_needs_none_that_it_lacks_and_none_twice():
    found = used(pins.PICO_INPUTS)
    assert len(set(found)) == len(found) == 23
    assert max(found) <= 22  # GPIO 23, 24, 25 and 29 are not on its edge


def test_boot_drives_the_same_coils_low():
    tree = ast.parse((build.ROOT / "boot.py").read_text())
    named = next(n for n in ast.walk(tree) if isinstance(n, ast.Assign) and n.targets[0].id == "COIL_PINS")
    assert sorted(ast.literal_eval(named.value)["rp2"]) == sorted([pins.PERMIT, *COILS])


def test_every_contact_has_its_bit():
    contacts = port.IN_K1_52A, port.IN_K1_52B, port.IN_K2_52A, port.IN_K2_52B, port.IN_KN_PROOF
    others = port.IN_CHARGER_READY, port.IN_CHARGER_FAULT, port.IN_E_STOP_OK, port.IN_BYPASS_OFF
    assert set(inputs(pins.REFERENCE_INPUTS)) == set(inputs(pins.PICO_INPUTS)) == {*contacts, *others}


def test_coils_stand_in_the_order_of_the_port():
    assert [port.OUT_K1, port.OUT_K2, port.OUT_KN, port.OUT_ISLAND_REQUEST] == [1 << i for i in range(pins.COILS)]
