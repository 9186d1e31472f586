"""The names that the firmware's modules use, as a module to be frozen into the interpreter.

Every name that a loaded module brings and the interpreter does not know costs heap, and is never given back (15 KB for
all of them): attributes, modules, and every text of ten bytes or less. Those that are in the image cost none. An image
with the names of another version of the firmware works as well: it saves less.
"""

import keyword
from pathlib import Path

MODULE = "islander_names"
SHORT = 10  # bytes: texts up to here are names to MicroPython (MICROPY_ALLOC_PARSE_INTERN_STRING_LEN)


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
    names = sorted({name for path in slot.rglob("*.mpy") for name in of_mpy(path.read_bytes())})
    return "def names(it):\n%s\n" % "\n".join("    " + spoken for spoken in map(_spoken, names) if spoken)


def _spoken(name: str) -> str:
    """A statement in which the compiler makes an entry of this name: of an attribute, of a module, of a short text; ''
    for the few long texts, of which it makes none."""
    parts = name.split(".")
    if all(part.isidentifier() and not keyword.iskeyword(part) for part in parts):
        return "it.%s" % name if len(parts) == 1 else "import %s" % name
    return "it(%r)" % name if len(name.encode()) <= SHORT else ""
