"""The sensing room's places: each file repeats the numbers it uses, because a kernel inlines only its own file's."""

import re
from pathlib import Path

import pytest

from firmware.sense import cordic
from firmware.sense import room as places

FILES = sorted((Path(places.__file__).parent).glob("*.py"))
CONSTANT = re.compile(r"^_?([A-Z][A-Z0-9_]*) = const\((\d+)\)", re.M)


OTHERS = ("room.py", "frequency.py", "compare.py", "neutral.py")  # with an array of their own


@pytest.mark.parametrize("path", [p for p in FILES if p.name not in OTHERS], ids=lambda p: p.name)
def test_a_repeated_place_is_the_same(path):
    own = {"_TURN", "_HIGH", "_LOW", "_GRID", "_HOUSE"}  # places of a kernel's own array, or of no array
    for name, value in CONSTANT.findall(path.read_text()):
        if hasattr(places, name) and "_" + name not in own:
            assert getattr(places, name) == int(value), name


def test_places_of_frequency_and_compare():
    from firmware.sense import compare, frequency

    assert "_ANGLE = const(%d)" % places.ANGLE in Path(frequency.__file__).read_text()
    text = Path(compare.__file__).read_text()
    for name in ("V", "BLOCKS", "SIZE", "TURNED", "SCALE", "N16"):
        assert "_%s = const(%d)" % (name, getattr(places, name)) in text


def test_no_two_places_are_one():
    text = Path(places.__file__).read_text()
    header, block = text.split("# Block of a channel.")
    for part in (header, block):
        numbers = [int(value) for name, value in CONSTANT.findall(part) if name not in ("SIZE", "BOX_SIZE")]
        assert len(numbers) == len(set(numbers))
    assert places.V + 16 == places.BOX and places.BOX + 2 * places.BOX_SIZE <= places.BLOCKS
    assert places.BLOCKS + 6 * places.SIZE == places.TABLE
    assert places.SIZE > max(int(value) for name, value in CONSTANT.findall(block))
    assert cordic.TURN == 360 * 100 * 16
