"""Holds the tree to the house rules: which way dependencies point, and what logic and kernels may contain."""

import ast
import subprocess

import pytest

from host_tests import house_rules as rules

LOGIC_FILES = [path for room in rules.LOGIC for path in rules.sources(rules.FIRMWARE / room)]
FIRMWARE_FILES = rules.sources()


def name(path):
    return str(path.relative_to(rules.ROOT))


logic = pytest.mark.parametrize("path", LOGIC_FILES, ids=name)
firmware = pytest.mark.parametrize("path", FIRMWARE_FILES, ids=name)


def test_the_rooms_are_there():
    assert LOGIC_FILES and {path.parent.name for path in LOGIC_FILES} >= set(rules.LOGIC)


@logic
def test_logic_reaches_no_hardware_time_or_asyncio(path):
    """Through whatever of the project's own files it imports."""
    outside = rules.HARDWARE | rules.TIMED | {"logging", "os", "sys"}
    assert not {module: chain for module, chain in rules.reached(path).items() if module in outside}


@logic
def test_logic_imports_only_arrays_micropython_and_the_firmware(path):
    assert rules.tops(rules.imports(ast.parse(path.read_text()))) <= {"micropython", "array", "firmware"}


@logic
def test_logic_imports_no_board_but_its_port(path):
    found = {n for n in rules.imports(ast.parse(path.read_text())) if n.startswith("firmware.board")}
    assert {n for n in found if not n.startswith("firmware.board.port")} <= {"firmware.board"}


@logic
def test_samples_flow_one_way(path):
    """sense knows nothing of protect, protect nothing of transfer, and none of the three the background's rooms."""
    room = path.parent.name
    later = {"sense": ("protect", "transfer"), "protect": ("transfer",)}.get(room, ())
    vocabulary = ("firmware.transfer.facts", "firmware.transfer.states")  # names of bits and states, no behaviour
    found = {n for n in rules.imports(ast.parse(path.read_text())) if not n.startswith(vocabulary)}
    background = ("energy", "record", "console", "tick")
    wrong = {n for n in found for r in (*later, *background) if n.startswith("firmware.%s." % r)}
    assert not wrong


@logic
def test_logic_has_no_float_no_print_no_waiting(path):
    assert rules.not_logic(path.read_text()) == []


@firmware
def test_only_the_board_imports_hardware(path):
    if path.parent.name == "board":
        return
    assert not rules.tops(rules.imports(ast.parse(path.read_text()))) & rules.HARDWARE


@firmware
def test_nothing_imports_what_blocks(path):
    assert not rules.imports(ast.parse(path.read_text())) & rules.BLOCKING


@firmware
def test_the_file_is_micropython(path):
    assert rules.not_micropython(path.read_text()) == []


@firmware
def test_kernels_hold_to_viper(path):
    assert rules.not_viper(path.read_text()) == []


@firmware
def test_the_file_says_what_it_is_for_and_is_one_idea(path):
    text = path.read_text()
    assert rules.undocumented(text) + rules.too_long(text) == []


KERNEL = "import micropython\nfrom micropython import const\n_A = const(3)\nB = 4\n"
VIPER = KERNEL + "@micropython.viper\ndef f(p: ptr32, n: int) -> int:\n    x = int(p[n])\n    %s\n    return x\n"
BROKEN = (
    (rules.not_logic, "x = 0.5\n", "float literal"),
    (rules.not_logic, "x = 1 / 2\n", "makes a float"),
    (rules.not_logic, "x = 1\nx /= 2\n", "makes a float"),
    (rules.not_logic, "print(1)\n", "print()"),
    (rules.not_logic, "async def f():\n    pass\n", "does not wait"),
    (rules.not_logic, "try:\n    x = 1\nexcept ValueError:\n    x = 2\n", "catches nothing"),
    (rules.not_micropython, "from dataclasses import dataclass\n", "dataclasses"),
    (rules.not_micropython, "import typing\n", "typing"),
    (rules.not_micropython, "match 1:\n    case 1:\n        pass\n", "match"),
    (rules.not_viper, VIPER % "x = x / 2", "Div"),
    (rules.not_viper, VIPER % "x **= 3", "Pow"),
    (rules.not_viper, VIPER % "x = x + B", "looked up as a global"),
    (rules.not_viper, VIPER % "x, n = n, x", "Tuple"),
    (rules.not_viper, VIPER % "x = 1.5", "float literal"),
    (rules.too_long, "x = 1\n" * 351, "351 lines"),
    (rules.too_long, "def f():\n" + "    x = 1\n" * 45, "46 lines of code"),
    (rules.undocumented, "x = 1\n", "no module docstring"),
)


@pytest.mark.parametrize(("rule", "text", "says"), BROKEN, ids=[says for _, _, says in BROKEN])
def test_a_copy_broken_on_purpose_is_caught(rule, text, says):
    assert any(says in why for why in rule(text)), rule(text)


def test_what_is_right_passes():
    assert rules.not_viper(VIPER % "x = ((x + _A) * n) >> 2") == []
    assert rules.not_logic("x = 7 // 2\n") == []
    assert rules.too_long("x = 1\n" * 350) == []
    assert rules.undocumented("") == []


def test_a_clock_two_files_away_is_caught(tmp_path):
    for file, text in (
        ("firmware/sense/a.py", "from firmware import helper\n"),
        ("firmware/helper.py", "from firmware.deep import x\n"),
        ("firmware/deep.py", "import time\nx = time\n"),
    ):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text)
    assert "time" in rules.reached(tmp_path / "firmware/sense/a.py", tmp_path)


def test_no_machine_path_in_the_tree():
    """Tracked text names no folder of the machine it was written on."""
    listed = subprocess.run(["git", "ls-files"], cwd=rules.ROOT, capture_output=True, text=True)
    homes = tuple("/%s/" % part for part in ("root", "home", "Users", "work"))
    wrong = []
    for file in listed.stdout.split():
        path = rules.ROOT / file
        if path.suffix in (".py", ".md", ".toml", ".txt", ".json", "") and path.is_file():
            text = path.read_text(errors="ignore")
            wrong += ["%s: %s" % (file, home) for home in homes if home in text]
    assert not wrong
