"""Finds the controller: the port that was named, a board on USB, or a simulation that runs from this clone."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tools.islander.errors import NoController

ROOT = Path(__file__).resolve().parent.parent.parent
SIM = ROOT / "build" / "run" / "console"
EMULATOR = ROOT / "build" / "emulate"
VARIABLE = "ISLANDER_PORT"
# USB vendors whose boards run this firmware: Raspberry Pi (MicroPython on the RP2040), Espressif.
VENDORS = {0x2E8A: "RP2040", 0x303A: "ESP32"}
_START = "start one with `make run SPEED=realtime`"


@dataclass(frozen=True)
class Port:
    """`device` is what is opened; `what` is for the person."""

    device: str
    what: str


def find(named: str = "") -> Port:
    """The port to use; NoController when there is none, or more than one to choose from."""
    named = named or os.environ.get(VARIABLE, "")
    if named == "sim":
        return simulation(SIM, "the simulation", _START)
    if named == "emulator":
        return emulated()
    if named:
        if "://" not in named and not Path(named).exists() and not named.upper().startswith("COM"):
            raise NoController("there is no port %s. %s" % (named, there_are()))
        return Port(named, named)
    boards = list(on_usb())
    if len(boards) > 1:
        names = ", ".join("%s (%s)" % (board.device, board.what) for board in boards)
        raise NoController("%d boards are connected: %s. Name one with --port" % (len(boards), names))
    if boards:
        return boards[0]
    try:
        return simulation(SIM, "the simulation", _START)
    except NoController:
        raise NoController(
            "no controller found: no board on USB, and no simulation runs. Plug the controller's USB in, "
            "name its port with --port, or %s" % _START
        ) from None


def on_usb() -> Iterable[Port]:
    """Boards on USB, in the order of their ports."""
    from serial.tools import list_ports

    for found in sorted(list_ports.comports()):
        if found.vid in VENDORS:
            yield Port(found.device, "%s on USB, serial number %s" % (VENDORS[found.vid], found.serial_number or "?"))


def simulation(link: Path, what: str, start: str) -> Port:
    """The console of a simulation that runs; NoController says how to start one."""
    if not link.exists():
        left = "left over from one that has ended" if link.is_symlink() else "not there"
        raise NoController("%s does not run (%s is %s): %s" % (what, link, left, start))
    return Port(str(link.resolve()), what)


def emulated() -> Port:
    """The console of the emulated chip: the newest of those that run."""
    links = [link for link in EMULATOR.glob("*/console") if link.exists()]
    if not links:
        raise NoController("no emulated controller runs (%s/*/console): start one with `make emulate`" % EMULATOR)
    newest = max(links, key=lambda link: link.lstat().st_mtime)
    return Port(str(newest.resolve()), "the emulated controller in %s" % newest.parent.name)


def there_are() -> str:
    """What could be named instead."""
    boards = ["%s (%s)" % (board.device, board.what) for board in on_usb()]
    if SIM.exists():
        boards.append("sim (the simulation)")
    return "There are: %s" % ", ".join(boards) if boards else "No board is on USB, and no simulation runs"
