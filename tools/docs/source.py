"""The firmware's tables, read on the host: the test shim stands in for the interpreter's own module."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHIM = str(ROOT / "host_tests" / "shim")
if SHIM not in sys.path:
    sys.path.insert(0, SHIM)

from firmware import image, settings  # noqa: E402
from firmware.board import port  # noqa: E402
from firmware.console import words  # noqa: E402
from firmware.transfer import facts, states, table  # noqa: E402

__all__ = ["ROOT", "facts", "image", "port", "settings", "slots", "states", "table", "words"]


def fact_names(v: int, s: int, o: int) -> list[str]:
    """Names of the facts in three masks."""
    found = []
    for prefix, mask in (("V_", v), ("S_", s), ("O_", o)):
        names = facts.names(prefix)
        found += [names[bit] for bit in sorted(names) if mask & bit]
    return found


def output_names(bits: int) -> list[str]:
    """Names of the outputs in a word."""
    names = {value: name[4:] for name, value in vars(port).items() if name.startswith("OUT_")}
    return [names[bit] for bit in sorted(names) if bits & bit]


def slots() -> list[tuple[str, str, str, str]]:
    """(name, writer, unit, what) of every slot, from the comments of image.py."""
    text = Path(image.__file__).read_text(encoding="utf-8")
    return re.findall(r'^    "(\w+)",  # (\w+) \[([^\]]*)\] (.*)$', text, re.MULTILINE)
