"""The one room that knows the hardware. `this()` gives the board the code runs on."""

import sys


def this():
    """The board object for the chip (or the simulation) this interpreter runs on."""
    if sys.platform == "linux":
        from firmware.board.sim import SimBoard

        return SimBoard()
    if sys.platform == "rp2":
        from firmware.board.rp2040 import Rp2040Board

        return Rp2040Board(pico=_named() == "pico")
    if sys.platform == "esp32":
        from firmware.board.esp32 import Esp32Board

        return Esp32Board()
    raise RuntimeError("no board for platform %r; there are linux (simulation), rp2 and esp32" % sys.platform)


def _named():
    """What the file /board says: `pico` for a bare Raspberry Pi Pico, anything else for the reference board."""
    try:
        with open("/board") as file:
            return file.read().strip()
    except OSError:
        return "reference"
