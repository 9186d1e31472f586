"""Writes the board definition for those who build their own MicroPython: flash layout, manifest, names, coils off.

    python3 -m tools.micropython            build/micropython/ISLANDER_RP2040, a folder to give as BOARD_DIR

Why an own one: a released image keeps every byte of the firmware on the heap, where it does not fit; this one runs it
from flash (docs/decisions/0080-the-firmware-runs-from-flash.md). manifest.py freezes what the slots need,
manifest_frozen.py the firmware as well. Building MicroPython is MicroPython's own affair: docs/deploy.md.
"""

import argparse
import shutil
import sys
from pathlib import Path

from tools import build as firmware
from tools.emulator import image
from tools.micropython import names

ROOT = Path(__file__).resolve().parents[2]
BOARD = "ISLANDER_RP2040"
RELEASE = "v1.28.0"  # the first whose own compiler and runtime are known to be right (tools/build.py)
OUT = ROOT / "build" / "micropython"


def write(out: Path) -> Path:
    """The folder, anew and whole: nothing in it points outside it."""
    folder = out / BOARD
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(Path(__file__).with_name(BOARD), folder)
    chip = firmware.CHIPS["rp2040"]
    firmware.make(chip, out / "image")
    (folder / "names").mkdir()
    (folder / "names" / (names.MODULE + ".py")).write_text(names.source(out / "image" / firmware.SLOT))
    firmware.make(chip, out / "frozen", shown=str)  # MicroPython's build makes names in C of a module's path
    shutil.copytree(out / "frozen" / firmware.SLOT, folder / "slot")
    shutil.copy(ROOT / "boot.py", folder / "frozen" / "boot.py")
    return folder


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.micropython", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, default=OUT, help="where to (default: build/micropython)")
    args = parser.parse_args(arguments)
    try:
        folder = write(args.out)
    except firmware.BuildError as why:
        print("micropython: %s" % why, file=sys.stderr)
        return 1
    print("micropython: %s, for the rp2 port of MicroPython %s (docs/deploy.md)" % (folder, RELEASE))
    print("micropython: the emulator looks for the image that comes of it at %s" % (image.CACHE / image.OWN_NAME))
    return 0


if __name__ == "__main__":
    sys.exit(main())
