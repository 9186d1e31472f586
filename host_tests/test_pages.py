"""The pages a person reads first say what is so: paths, commands, pins, scenarios."""

import re

import pytest

from firmware.board import pins_rp2040 as pins
from host_tests.house_rules import ROOT
from tools.plant.scenarios import SCENARIOS

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "lib" / "README.md"])
README = (ROOT / "README.md").read_text()
WIRING = (ROOT / "docs" / "wiring.md").read_text()
pages = pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))


def test_the_readme_leads_with_what_matters():
    head = "\n".join(README.splitlines()[:20])
    for wanted in ("firmware/tick.py", "firmware/transfer/table.py", "firmware/settings.py", "firmware/grid_codes.py"):
        assert wanted in head and (ROOT / wanted).is_file()
    assert "make run" in head and "make test" in head


def test_the_readme_warns_and_claims_no_more_than_is_so():
    text = README.lower()
    for wanted in ("not certified", "third line of defence", "do not connect this to a house", "did not run"):
        assert wanted in text


@pages
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


@pages
def test_commands_exist(page):
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text(), re.M))
    assert named <= known


def test_the_scenarios_named_in_the_readme_exist():
    assert set(re.findall(r"SCENARIO=([a-z-]+)", README)) <= set(SCENARIOS)


def row(*words):
    """The pins of the first row of the pin table whose last cell holds all these words."""
    for line in WIRING.splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if line.startswith("| GP") and all(word in cells[3] for word in words):
            return _pins(cells[1])
    raise AssertionError("no row of the pin table holds %s" % (words,))


def _pins(cell):
    found = [int(n) for n in re.findall(r"GP(\d+)", cell)]
    return list(range(found[0], found[1] + 1)) if " to " in cell else found


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("permit",), [pins.PERMIT]),
        (("K1: holds",), [pins.FIRST_COIL]),
        (("K2: holds",), [pins.FIRST_COIL + 1]),
        (("KN: opens",), [pins.FIRST_COIL + 2]),
        (("ISLAND_REQUEST",), [pins.FIRST_COIL + 3]),
        (("RS-485 A",), [*pins.UART_A, pins.DE_A]),
        (("RS-485 B",), [*pins.UART_B, pins.DE_B]),
        (("FRAM",), sorted(pins.FRAM)),
        (("port expander",), sorted(pins.EXPANDER)),
        (("K1 52a",), [pins.REFERENCE_INPUTS[0][0], pins.REFERENCE_INPUTS[0][0] + 1]),
        (("K2 52a",), [pins.REFERENCE_INPUTS[0][0] + 2, pins.REFERENCE_INPUTS[0][0] + 3]),
        (("KN proof",), [pins.REFERENCE_INPUTS[0][0] + 4]),
        (("READY",), [pins.REFERENCE_INPUTS[1][0], pins.REFERENCE_INPUTS[1][0] + 1]),
        (("emergency",), [pins.REFERENCE_INPUTS[1][0] + 2]),
        (("bypass",), [pins.REFERENCE_INPUTS[1][0] + 3]),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_the_pin_table_is_the_boards(words, wanted):
    assert row(*words) == wanted


def test_every_pin_is_used_once():
    used = [pin for line in WIRING.splitlines() if line.startswith("| GP") for pin in _pins(line.split("|")[1])]
    assert sorted(used) == list(range(26))
