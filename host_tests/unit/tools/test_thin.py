"""What is left of a library on the chip does what the whole does, and nothing the firmware calls was taken out."""

import ast
import random
import struct

import pytest
from umodbus import const, functions

from host_tests import house_rules as rules
from tools import thin


def left(name):
    return thin.keep((rules.ROOT / name).read_text(), thin.KEEP[name])


def test_the_thin_functions_make_the_same_frames():
    text = left("lib/umodbus/functions.py").replace("from . import const as Const", "")
    space = {"Const": const, "struct": struct}
    exec(text, space)
    dice = random.Random(5)
    for _ in range(300):
        address, count = dice.randrange(65536), dice.randrange(1, 124)
        values = [dice.randrange(65536) for _ in range(count)]
        for name in ("read_holding_registers", "read_input_registers"):
            assert space[name](address, count) == getattr(functions, name)(address, count)
        one = (address, values[0])
        assert space["write_single_register"](*one, signed=False) == functions.write_single_register(*one, signed=False)
        many = (address, values)
        assert space["write_multiple_registers"](*many, signed=False) == functions.write_multiple_registers(
            *many, signed=False
        )


def test_the_thin_constants_are_the_whole_ones():
    space = {}
    exec(left("lib/umodbus/const.py"), space)
    for name in thin.KEEP["lib/umodbus/const.py"]:
        assert space[name] == getattr(const, name)
    assert "typing" not in left("lib/umodbus/functions.py")


def test_everything_the_firmware_uses_is_kept():
    """`functions.x` and `codes.y` wherever umodbus is imported."""
    used = {"functions": set(), "const": set()}
    for path in [*rules.sources(), rules.ROOT / "main.py"]:
        tree = ast.parse(path.read_text())
        names = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module == "umodbus":
                names.update({alias.asname or alias.name: alias.name for alias in node.names})
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names:
                used[names[node.value.id]].add(node.attr)
    assert used["functions"] and used["functions"] <= set(thin.KEEP["lib/umodbus/functions.py"])
    assert used["const"] and used["const"] <= set(thin.KEEP["lib/umodbus/const.py"])
    kept = ast.walk(ast.parse(left("lib/umodbus/functions.py")))
    inner = {n.attr for n in kept if isinstance(n, ast.Attribute) and getattr(n.value, "id", "") == "Const"}
    assert inner <= set(thin.KEEP["lib/umodbus/const.py"])


def test_a_name_that_the_library_lost_is_said():
    with pytest.raises(ValueError, match="gone"):
        thin.keep("def here():\n    return 1\n", ("here", "gone"))
