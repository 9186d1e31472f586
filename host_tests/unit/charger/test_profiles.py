"""What every profile must be: whole rows with a source, flags, and nothing of the host's on the chip."""

import ast
import importlib

import pytest

from firmware.charger import registers
from host_tests import house_rules as rules
from tools import build

NAMES = sorted(path.stem for path in (rules.FIRMWARE / "charger" / "profiles").glob("*.py"))
FLAGS = ("NAME", "ISLAND_BY", "STEERS_F", "TAKES_Q", "SETPOINT", "PERIOD_MS", "SETPOINT_PERIOD_MS", "OWN_TIMEOUT_S",
         "LONGEST", "SLOW_EVERY", "UNSET", "STATE_ROW", "GRID_ROW", "facts", "wants", "version")  # fmt: skip
every = pytest.mark.parametrize("name", NAMES)


def profile(name):
    return importlib.import_module("firmware.charger.profiles." + name)


@every
def test_its_rows_are_whole_and_say_where_they_come_from(name):
    rows = profile(name).ROWS
    assert len({row[0] for row in rows}) == len(rows)
    for row in rows:
        assert len(row) == 11 and row[10], row[0]
        assert 0 <= row[1] <= 247 or row[1] > 700 or row[1] == 1, row[0]
        assert row[2] in (3, 4) and 0 <= row[3] <= 65535
        assert row[4] in ("U16", "S16", "U32", "S32", "U64", "F32")
        assert row[6] in ("R", "RW", "W", "WX") and row[7] >= 1


@every
def test_it_has_every_flag_and_they_make_sense(name):
    found = profile(name)
    assert [flag for flag in FLAGS if not hasattr(found, flag)] == []
    assert found.ISLAND_BY in ("contact", "itself", "none")
    names = {row[0] for row in found.ROWS}
    assert found.STATE_ROW in names and (found.GRID_ROW is None or found.GRID_ROW in names)
    assert 1 <= found.LONGEST <= 125 and found.SLOW_EVERY > 1


@every
def test_every_row_that_is_read_lies_in_a_documented_span(name):
    found = profile(name)
    for row in found.ROWS:
        if row[6][0] == "R" and found.SPANS:
            assert any(registers.inside(row, (u, f, a, b - a + 1)) for u, f, a, b in found.SPANS), row[0]


@every
def test_the_chip_gets_no_words_of_the_rows(name):
    path = rules.FIRMWARE / "charger" / "profiles" / (name + ".py")
    text = build.cut(path.read_text(), "ROWS", 8)
    space = {}
    tree = ast.parse(text)
    table = next(n for n in tree.body if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "ROWS")
    for node in ast.walk(table.value):
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value)
    assert '"_' not in text and "Protocol V2.9" not in text and "_SRC" not in text
    exec(compile(text, name, "exec"), space)
    assert [row[:8] for row in profile(name).ROWS] == [tuple(row) for row in space["ROWS"]]
