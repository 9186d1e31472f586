"""Attaches this terminal to the console of the firmware that a running simulation holds, as a technician would.

    make run SPEED=realtime      in one terminal
    make console                 in another; leave with Ctrl-]

    echo status | make console   for scripts: sends the lines, prints the answers, ends

It talks to a pseudo-terminal as to the board's USB port and knows nothing of the simulation behind it.
"""

import argparse
import contextlib
import errno
import os
import select
import sys
import termios
import tty
from collections.abc import Iterator
from pathlib import Path

LINK = Path("build/run/console")
LEAVE = 0x1D  # Ctrl-]
QUIET_S = 1.0  # a script's session ends when the firmware has said nothing for this long
NOTHING_RUNS = (
    "console: nothing is running (%s is %s). Start a simulation in another terminal first:\n"
    "    make run SPEED=realtime\nthen run `make console` again."
)


class NothingRuns(RuntimeError):
    """No simulation offers its console; the message says how to start one."""


def attach(link: Path) -> int:
    """A raw file descriptor on the console's pseudo-terminal, or NothingRuns."""
    try:
        line = os.open(link, os.O_RDWR | os.O_NOCTTY)
    except OSError as why:
        gone = "left over from one that has ended" if link.is_symlink() else "not there"
        raise NothingRuns(NOTHING_RUNS % (link, gone if why.errno != errno.EACCES else "not yours to open")) from None
    if not os.isatty(line):
        os.close(line)
        raise NothingRuns(NOTHING_RUNS % (link, "not a terminal"))
    tty.setraw(line)
    return line


@contextlib.contextmanager
def raw_keyboard(keyboard: int) -> Iterator[None]:
    """Keys go to the firmware as they are pressed; the terminal is as before afterwards, whatever happens."""
    before = termios.tcgetattr(keyboard)
    try:
        tty.setraw(keyboard, termios.TCSADRAIN)
        yield
    finally:
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)


def converse(line: int, keyboard: int, screen: int, quiet_s: float | None = None) -> str:
    """Carry bytes both ways until one side ends; why it ended.

    `quiet_s`: after the keyboard's end, how long to wait for a last answer; None ends at once.
    """
    watched = [line, keyboard]
    while True:
        ready, _, _ = select.select(watched, [], [], None if keyboard in watched else quiet_s)
        if not ready:
            return "answered"
        if line in ready:
            said = _read(line)
            if not said:
                return "over"
            _write_all(screen, said)
        if keyboard in ready:
            typed = os.read(keyboard, 1024)
            if quiet_s is None and LEAVE in typed:
                return "left"
            if not typed:
                if quiet_s is None:
                    return "left"
                watched.remove(keyboard)
                continue
            with contextlib.suppress(OSError):  # the simulation has just ended: the next read says so
                _write_all(line, typed)


def _read(line: int) -> bytes:
    """What the console said; nothing when its other end is closed."""
    try:
        return os.read(line, 4096)
    except OSError as why:
        if why.errno == errno.EIO:
            return b""
        raise


def _write_all(where: int, data: bytes) -> None:
    while data:
        data = data[os.write(where, data) :]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.console", description=__doc__.splitlines()[0])
    parser.add_argument("link", nargs="?", type=Path, default=LINK, help="default: build/run/console")
    options = parser.parse_args(arguments)
    try:
        line = attach(options.link)
    except NothingRuns as why:
        print(why, file=sys.stderr)
        return 1
    keyboard, screen = sys.stdin.fileno(), sys.stdout.fileno()
    try:
        if not os.isatty(keyboard):
            converse(line, keyboard, screen, QUIET_S)
            return 0
        print("Connected to the firmware's console. Type help; Ctrl-] leaves.", flush=True)
        with raw_keyboard(keyboard):
            _write_all(line, b"\r")
            why_ended = converse(line, keyboard, screen)
        print("\nThe simulation is over." if why_ended == "over" else "\nLeft the console; the simulation goes on.")
        return 0
    finally:
        os.close(line)


if __name__ == "__main__":
    sys.exit(main())
