"""The one room that knows the hardware. `this()` gives the board the code runs on."""

import sys


def this():
    """The board object for the chip (or the simulation) this interpreter runs on."""
    if sys.platform == "linux":
        from firmware.board.sim import SimBoard

        return SimBoard()
    raise RuntimeError("no board for platform %r: this build has linux (simulation) only" % sys.platform)
