"""The firmware's own names of elements, facts and grid codes, read from the firmware itself."""

from tools.plant import names  # first: it brings the stand-in for the interpreter's own module

from firmware import grid_codes  # isort: skip
from firmware.protect import elements  # isort: skip
from firmware.transfer import facts  # isort: skip

ROOT = names.ROOT
CODES = {number: code for number, code in enumerate(grid_codes.CODES) if number}  # name, Hz, ..; 0 is none
GRID_LOST: int = facts.V_GRID_LOST
GRID_TRIP: int = facts.V_GRID_TRIP
LAST_LOST_CODE = 9  # docs/decisions/0022: element codes 1..9 say the grid was lost


def element(code: int) -> str:
    """Name of an element by its code."""
    return str(elements.name(code)[0])
