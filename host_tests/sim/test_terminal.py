"""The simulation's pseudo-terminal towards other programs: a slow reader loses nothing, none holds nothing up."""

import contextlib
import os
import time

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


def test_what_is_typed_is_seen_though_not_every_block_looks(tmp_path):
    ours = Terminal(tmp_path / "console")
    line = console.attach(tmp_path / "console")
    got = b""
    for key in (b"status", b"\r"):
        got += ours.take(10)
        os.write(line, key)
        for _ in range(50 * terminal.POLL_EVERY):  # the kernel hands it over in its own time
            time.sleep(0.002)
            got += ours.take(10)
    assert got == b"status\r"
    os.close(line)
    ours.close()


def test_what_is_sent_from_here_waits_for_no_look_at_the_terminal(tmp_path):
    ours = Terminal(tmp_path / "console")
    ours.take(10)
    ours.send(b"help\r")
    assert (ours.take(4), ours.take(4), ours.take(4)) == (b"help", b"\r", b"")
    ours.close()
