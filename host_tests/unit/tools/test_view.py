"""The live screen: contactors drawn as they are, arrows where power goes, never more rows than a terminal has."""

import io

import pytest
from rich.console import Console

from firmware.transfer import states
from host_tests.unit.tools.stand_in import scene
from tools import view


def drawn(width=80, signs=None, **changes):
    console = Console(width=width, file=io.StringIO(), force_terminal=True, color_system=None)
    console.print(view.screen(scene(**changes), width, signs))
    return console.file.getvalue().splitlines()


def bus(**changes):
    """The line with the wires, in plain signs."""
    return drawn(signs=view.PLAIN_SIGNS, **changes)[2]


def test_an_open_contactor_is_drawn_open_and_a_closed_one_closed():
    assert bus(k1_closed=False, k2_closed=True).index("o / o") < bus(k1_closed=False, k2_closed=True).index("o===o")
    assert bus(k1_closed=True, k2_closed=False).index("o===o") < bus(k1_closed=True, k2_closed=False).index("o / o")


def test_a_dead_wire_differs_from_a_live_one():
    assert bus(grid_v=0.3, grid_w=0).count("-") > 4
    assert bus(grid_v=120.0, k1_closed=True).count("-") == 0


@pytest.mark.parametrize(("watts", "sign"), [(1500.0, "<"), (-7000.0, ">")])
def test_arrows_point_where_the_power_goes(watts, sign):
    """Grid on the left, car on the right: charging goes right."""
    line = bus(charger_w=watts, k2_closed=True, k1_closed=False)
    assert sign in line and {"<": ">", ">": "<"}[sign] not in line


def test_no_arrow_without_power():
    line = bus(charger_w=0.0, grid_w=0.0)
    assert "<" not in line and ">" not in line


@pytest.mark.parametrize("width", [70, 80, 120, 200])
def test_every_row_fits_and_the_screen_fits_24_rows(width):
    rows = drawn(width, events=[(float(i), "event %d" % i, "state") for i in range(40)])
    assert max(len(row) for row in rows) <= width
    assert len(rows) <= 23


def test_the_screen_stands_still():
    """The same number of rows whatever there is to tell."""
    assert len(drawn(events=[])) == len(drawn(events=[(1.0, "x", "state")] * 30))


def test_the_newest_events_are_kept():
    text = "\n".join(drawn(events=[(float(i), "event %d." % i, "state") for i in range(30)]))
    assert "event 29." in text and "event 22." not in text


def test_plain_signs_are_ascii():
    assert bus().strip("\u2502").isascii()  # the frame is rich's own


def test_every_state_has_its_words_and_no_other():
    assert set(view.STATE_WORDS) == set(states.NAMES)


def test_the_figures_are_there():
    text = "\n".join(drawn())
    wanted = ("118.9 V", "60.05 Hz", "60.4 %", "ISLAND", "4 of 4 answered", "the house lives on the car", "forming")
    assert [piece for piece in wanted if piece not in text] == []


def test_a_line_for_logs():
    text = view.line(scene())
    assert text.startswith("   2.50 s  ISLAND") and "house 118.9 V 60.050 Hz" in text and "+1.50 kW" in text
