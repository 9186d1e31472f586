"""The simulation's pseudo-terminal towards other programs: a slow reader loses nothing, none holds nothing up."""

import contextlib
import os

from tools import console
from tools.plant import terminal
from tools.plant.terminal import Terminal

LONG = bytes(i % 251 for i in range(30000))  # several times what the kernel keeps for a pseudo-terminal


def test_a_slow_reader_gets_everything(tmp_path):
    ours = Terminal(tmp_path / "console")
    line = console.attach(tmp_path / "console")
    os.set_blocking(line, False)
    got = b""
    for at in range(0, len(LONG), 1000):
        ours.show(LONG[at : at + 1000])
        if at % 3000 == 0:
            got += os.read(line, 700)
    for _ in range(100):
        ours.take(1)
        with contextlib.suppress(BlockingIOError):
            got += os.read(line, 4096)
    assert got == LONG
    os.close(line)
    ours.close()


def test_without_a_reader_nothing_piles_up(tmp_path, monkeypatch):
    monkeypatch.setattr(terminal, "PATIENCE_S", -1.0)
    ours = Terminal(tmp_path / "console")
    for _ in range(40):
        ours.show(LONG)
    line = console.attach(tmp_path / "console")
    os.set_blocking(line, False)
    assert 0 < len(os.read(line, 10**6)) < len(LONG)
    assert ours.read() == (LONG * 3)[-terminal.KEPT :]
    os.close(line)
    ours.close()
