"""The generated pages are as the code says."""

import pytest

from tools.docs.__main__ import generated
from tools.docs.source import ROOT, image, slots, states


@pytest.mark.parametrize("name", sorted(generated()))
def test_the_page_is_not_stale(name):
    assert (ROOT / name).read_text(encoding="utf-8") == generated()[name], "run `make docs`"


def test_every_slot_and_state_has_its_place():
    assert [row[0] for row in slots()] == list(image.ROWS + image.ASK_ROWS)
    for name in states.NAMES:
        assert "## %s\n" % name in generated()["docs/states.md"]
        assert ">%s</text>" % name in generated()["docs/states.svg"]
