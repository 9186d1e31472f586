"""tools/fold: the lean program does what the plain one does, and what nobody names is gone."""

import ast
import functools
import types

from tools import build, fold
from tools.fold import shake
from tools.fold.program import Program

SOURCES = {
    "firmware/image.py": 'ROWS = ("SEQ", "TICK")\nASK_ROWS = ("ON",)\nSLOTS = {}\nASKS = {}\n'
    "def slot(name):\n    return SLOTS[name]\ndef ask(name):\n    return ASKS[name]\n"
    "def new():\n    return [0] * len(ROWS)\n",
    "firmware/a.py": '"""Says nothing."""\nfrom micropython import const\nONE = const(1)\nBIG = const(1 << 30)\n'
    "BOTH = const(ONE << 3 | 2)\nMOVED = 5\n_LIST = (ONE, BOTH)\ndef unused():\n    return _LIST\n"
    "class Thing:\n    def used(self):\n        return BOTH\n    def never(self):\n        return 0\n",
    "firmware/b.py": "from firmware import a\nfrom firmware.a import BOTH, Thing\n"
    "from firmware.image import new, slot\n"
    "a.MOVED = 6\nLESS = -a.ONE\n"
    "def shadow(BOTH):\n    return BOTH\n"
    "def answer(layout, snapshot):\n    return [BOTH, a.BIG, a.MOVED, 7 - LESS, shadow(3), Thing().used(),\n"
    '            slot("TICK"), layout.ask("ON"), snapshot.get("SEQ")]\n'
    "def more(layout, name):\n    return new(), slot(name), layout.ask(name)\n"
    'def do_it(module):\n    return getattr(module, "do_" + "it")\n',
    "app.py": "from firmware.b import answer, do_it, more\n",
}


@functools.cache
def whole() -> dict[str, str]:
    """The firmware's own, lean."""
    return build.lean_sources(build.CHIPS["rp2040"])


def lean() -> dict[str, str]:
    return fold.lean(SOURCES)


def test_numbers_stand_where_names_stood() -> None:
    text = lean()["firmware/b.py"]
    assert "[10, a.BIG, a.MOVED, 7 - LESS, shadow(3), Thing().used(), 1, 0, snapshot[0]]" in text
    assert "def shadow(BOTH):\n    return BOTH" in text, "an argument of the same name is not the constant"


def test_a_name_that_is_changed_or_too_large_stays() -> None:
    text = lean()["firmware/a.py"]
    assert "BIG = const(" in text and "MOVED = 5" in text
    assert "ONE" not in text


def test_what_nobody_names_is_gone() -> None:
    out = lean()
    assert "unused" not in out["firmware/a.py"] and "_LIST" not in out["firmware/a.py"]
    assert "def used" in out["firmware/a.py"] and "never" not in out["firmware/a.py"]
    assert "def do_it" in out["firmware/b.py"]
    assert "Says nothing" not in out["firmware/a.py"]


def test_slots_by_name_are_found_in_the_text_module() -> None:
    out = lean()
    assert "ROWS" not in out["firmware/image.py"] and "[0] * 2" in out["firmware/image.py"]
    names = types.ModuleType("names")
    exec(out["firmware/names.py"], names.__dict__)
    assert [names.index(0, name) for name in ("SEQ", "TICK")] == [0, 1] and names.index(1, "ON") == 0
    for wrong in ("SE", "SEQ TICK", "ON"):
        try:
            names.index(0, wrong)
        except KeyError:
            continue
        raise AssertionError(wrong)


def test_every_slot_of_the_firmware_has_its_own_number() -> None:
    from firmware import image

    names = types.ModuleType("names")
    out = whole()
    exec(out["firmware/names.py"], names.__dict__)
    assert [names.index(0, name) for name in image.ROWS] == list(range(len(image.ROWS)))
    assert [names.index(1, name) for name in image.ASK_ROWS] == list(range(len(image.ASK_ROWS)))


def test_nothing_lean_asks_for_is_missing() -> None:
    """Every name the lean program imports from another of its modules is still bound there."""
    out = whole()
    program = Program(out)
    for module in program.modules.values():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ImportFrom):
                source = program.source_of(module, node)
                if source in program.modules:
                    bound = bound_names(program.modules[source].tree)
                    inner = {alias.name for alias in node.names if source + "." + alias.name in program.modules}
                    assert {alias.name for alias in node.names} <= bound | inner, (module.name, source)


def test_no_name_of_a_function_lost_its_meaning() -> None:
    """What a lean module loads is bound in it, or a builtin: the same names are free as in the plain source."""
    out = whole()
    for path, text in out.items():
        tree = ast.parse(text)
        bound = bound_names(tree)
        plain = build.ROOT / ("main.py" if path == "app.py" else path)
        if not plain.is_file():
            continue
        before = bound_names(ast.parse(plain.read_text()))
        loaded = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
        inner = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
        inner |= {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
        assert loaded & before <= bound | inner | {"micropython"}, path


def test_decorators_need_no_import() -> None:
    tree = ast.parse("import micropython\n@micropython.viper\ndef f():\n    pass\n")
    assert shake.names_in(tree)["micropython"] == 1
    other = ast.parse("import micropython\nmicropython.kbd_intr(3)\n")
    assert shake.names_in(other)["micropython"] == 2


def bound_names(tree: ast.Module) -> set[str]:
    """Everything a module binds at its top, in branches too."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found.update((alias.asname or alias.name).partition(".")[0] for alias in node.names)
    for top in tree.body:
        for node in ast.walk(top) if isinstance(top, ast.Assign | ast.For | ast.If | ast.Try) else ():
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.add(node.id)
    return found
