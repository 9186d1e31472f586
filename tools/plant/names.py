"""The firmware's own numbers (inputs, outputs, states, image slots) for the host, read from the firmware itself."""

import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

for _folder in (ROOT, ROOT / "host_tests" / "shim"):
    if str(_folder) not in sys.path:
        sys.path.append(str(_folder))
if importlib.util.find_spec("micropython") is None:
    raise ImportError("host_tests/shim/micropython.py is missing: it stands in for the interpreter's module on a host")

from firmware import image  # noqa: E402 - needs the path above
from firmware.board import port  # noqa: E402
from firmware.transfer import states  # noqa: E402

STATE_NAMES = states.NAMES
SLOTS = image.SLOTS
IMAGE_LEN = len(image.ROWS)
COILS = port.OUT_K1 | port.OUT_K2 | port.OUT_ISLAND_REQUEST  # what the permit feeds; KN is outside it

__all__ = ["COILS", "IMAGE_LEN", "ROOT", "SLOTS", "STATE_NAMES", "port"]
