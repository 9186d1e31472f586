"""The names of compiled modules, for the interpreter's own table."""

import ast

import pytest

from tools import build
from tools.micropython import names


@pytest.fixture
def slot(tmp_path):
    """A folder with one module compiled as for the chip."""
    source = tmp_path / "one.py"
    source.write_text(
        "def islander_only(first_of_ours):\n    return len(first_of_ours.append(first_of_ours.second_of_ours))\n"
    )
    (tmp_path / "slot").mkdir()
    build.compile_one(source, "one.py", "armv6m", tmp_path / "slot" / "one.mpy")
    return tmp_path / "slot"


def test_the_names_a_module_brings_and_not_those_the_interpreter_knows(slot):
    found = names.of_mpy((slot / "one.mpy").read_bytes())
    assert {"islander_only", "second_of_ours"} <= set(found)
    assert not {"len", "append"} & set(found)


def test_the_module_to_be_frozen_speaks_every_name_once_and_compiles(slot):
    text = names.source(slot)
    spoken = [node.attr for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute)]
    assert spoken == sorted(set(spoken)) and {"islander_only", "second_of_ours"} <= set(spoken)


def test_modules_and_short_texts_are_names_too(slot, tmp_path):
    """Left out they cost 4 KB of the chip's heap, and 1 KB more in the first two minutes of service. What is spoken is
    in the table of the module that speaks it."""
    source = tmp_path / "two.py"
    source.write_text('def f(it):\n    return "%d V: " + it + "a text of more than ten bytes"\n')
    build.compile_one(source, "firmware.console.two", "armv6m", slot / "two.mpy")
    (tmp_path / "spoken.py").write_text(names.source(slot))
    build.compile_one(tmp_path / "spoken.py", "spoken", "armv6m", tmp_path / "spoken.mpy")
    found = names.of_mpy((tmp_path / "spoken.mpy").read_bytes())
    assert {"firmware.console.two", "%d V: ", "islander_only"} <= set(found)
    assert "a text of more than ten bytes" not in found


def test_what_is_no_compiled_module_is_refused():
    with pytest.raises(ValueError, match="version 6"):
        names.of_mpy(b"M\x05\x00\x1f")
