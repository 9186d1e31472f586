"""boot.py: coils off and nothing else, without any other file of the project."""

import ast
import sys
import types
from pathlib import Path

import pytest

BOOT = Path(__file__).resolve().parents[2] / "boot.py"


def test_boot_needs_no_file_of_the_project():
    names = set()
    for node in ast.walk(ast.parse(BOOT.read_text())):
        if isinstance(node, ast.Import):
            names |= {a.name for a in node.names}
        if isinstance(node, ast.ImportFrom):
            names.add(node.module)
    assert names == {"sys", "machine"}


@pytest.fixture
def fake_machine(monkeypatch):
    made = []

    class Pin:
        OUT = "out"

        def __init__(self, number, mode, value):
            made.append((number, mode, value))

    monkeypatch.setitem(sys.modules, "machine", types.SimpleNamespace(Pin=Pin))
    return made


def test_every_coil_pin_is_driven_low_on_the_chip(fake_machine, monkeypatch):
    monkeypatch.setattr(sys, "platform", "rp2")
    exec(compile(BOOT.read_text(), "boot.py", "exec"), {})
    assert fake_machine == [(n, "out", 0) for n in (2, 3, 4, 5, 6)]


def test_nothing_is_touched_elsewhere(fake_machine, monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    exec(compile(BOOT.read_text(), "boot.py", "exec"), {})
    assert fake_machine == []
