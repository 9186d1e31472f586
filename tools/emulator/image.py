"""The MicroPython image the emulator boots: where it is looked for, and what to say when it is not there."""

import hashlib
import importlib.util
import os
from pathlib import Path

NAME = "RPI_PICO-20250911-v1.26.1.uf2"
SHA256 = "fc2a8096e0d999d3caca11b34381854599d68aee3e905d3cccbd5247ca78d07c"
VARIABLE = "ISLANDER_UF2"


def path() -> Path:
    """The file named by ISLANDER_UF2, or the one in the emulator's own cache."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else Path.home() / ".cache" / "rp2040py" / NAME


def missing() -> str:
    """Empty when emulation is possible here, else why it is not and what to do."""
    for package in ("rp2040py", "littlefs"):
        if importlib.util.find_spec(package) is None:  # looked for, not imported: tools/emulator/native.py comes first
            return "the emulator is not installed (no package %s): make setup-dev" % package
    image = path()
    if not image.is_file():
        return (
            "no MicroPython image: put %s (a release for the Raspberry Pi Pico, micropython.org) into %s,"
            " or name another with %s" % (NAME, image.parent, VARIABLE)
        )
    if VARIABLE not in os.environ and hashlib.sha256(image.read_bytes()).hexdigest() != SHA256:
        return "%s is damaged: its sha256 does not begin with %s; delete it and fetch it again" % (image, SHA256[:8])
    return ""
