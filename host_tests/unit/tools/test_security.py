"""docs/security.md: every line has a test, every test it names is there; and two lines that need one of their own."""

import ast
import re

from firmware.console import commands
from host_tests.house_rules import ROOT
from tools.docs import technician

TEXT = (ROOT / "docs" / "security.md").read_text()
ROWS = [line for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith("| line |")]


def functions(path):
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}


def test_every_line_names_tests_that_are_there():
    assert len(ROWS) > 25
    for row in ROWS:
        named = re.findall(r"`(host_tests/[a-z_0-9/]+\.py)::([a-z_0-9]+)`", row)
        assert named, "no test: " + row
        for file, test in named:
            assert test in functions(ROOT / file), "%s is not in %s" % (test, file)


def test_ctrl_c_is_a_character_before_the_tick_starts():
    main = (ROOT / "main.py").read_text()
    assert 0 < main.index("board.keep_console(True)") < main.index("board.start(")


def test_no_command_erases_a_record():
    """Whoever adds one has to think of this line."""
    assert not {"clear", "erase", "delete", "format", "wipe", "forget"} & set(commands.names())
    for group in {commands.where(name) for name in commands.names()} - {"upkeep"}:
        source = (ROOT / "firmware" / "console" / (group + ".py")).read_text()
        calls = set(re.findall(r"\b([a-z_.]+)\.write\(", source))
        assert calls <= {"device"}, "%s writes through %s" % (group, calls)  # access.py: the unlock code's own place


def test_the_five_questions_take_at_most_three_commands_that_exist():
    page = (ROOT / "docs" / "technician.md").read_text()
    assert len(technician.QUESTIONS) == 5
    for question in technician.QUESTIONS:
        assert 1 <= len(question.typed) <= technician.MOST_COMMANDS
        part = page[page.index(question.title) :].split("\n## ")[0]
        for _, command in question.typed:
            assert command.split()[0] in commands.names()
            assert re.search(r"^[A-Z_0-9]+> %s$" % re.escape(command), part, re.M), command
