"""The names that the firmware's modules use, as a module to be frozen into the interpreter.

Every name that a loaded module brings and the interpreter does not know costs heap (15 KB for all of them). Those that
are in the image cost none. An image with the names of another version of the firmware works as well: it saves less.
"""

import keyword
from pathlib import Path

MODULE = "islander_names"


def of_mpy(content: bytes) -> list[str]:
    """The names in a compiled module's table; those that every MicroPython knows have a number there, no text."""
    if content[:2] != b"M\x06":
        raise ValueError("not a compiled module of version 6: it begins with %r" % content[:2])
    count, at = _number(content, 4)
    _, at = _number(content, at)
    found = []
    for _ in range(count):
        word, at = _number(content, at)
        if not word & 1:
            found.append(content[at : at + (word >> 1)].decode())
            at += (word >> 1) + 1
    return found


def _number(content: bytes, at: int) -> tuple[int, int]:
    value = 0
    while True:
        byte = content[at]
        value, at = value << 7 | byte & 0x7F, at + 1
        if not byte & 0x80:
            return value, at


def source(slot: Path) -> str:
    """The module's text. Nobody calls it: that it is there is what it is for."""
    names = {name for path in slot.rglob("*.mpy") for name in of_mpy(path.read_bytes())}
    usable = sorted(name for name in names if name.isidentifier() and not keyword.iskeyword(name))
    return "def names(it):\n%s\n" % "\n".join("    it.%s" % name for name in usable)
