"""Every kernel gives the same integers under CPython (int32 checked), MicroPython here and the emulated RP2040.

One made-up day goes through sense, protect and transfer on each; a checksum of all their memory every eighth tick must
agree. A kernel that the day does not reach fails the test, so a new kernel has to be played.
"""

import ast
import os
import subprocess
from pathlib import Path

import micropython
import pytest

from host_tests import house_rules
from host_tests.equal import player
from tools import build, interpreter
from tools.emulator import image

ROOT = Path(__file__).resolve().parents[2]
TICKS = 7200
ON_CHIP, SCENE = 104, 6  # the emulator takes its time
ROOMS = ("sense", "protect", "transfer")
SINGLE = {"nominal_hz": 50, "nominal_mv": 230000, "grid_code": 6, "legs": 1, "bond_required": 1, "ne_measured": 1}
DITHERS = {"charger_profile": 1, "charger_baud": 115200}
CHANGES = ({"bad_channel_trip_ms": 20, "scene_ticks": 400, **DITHERS}, SINGLE)


def kernels():
    """room.file.name of every viper function of the three rooms."""
    found = set()
    for room in ROOMS:
        for path in sorted((ROOT / "firmware" / room).glob("*.py")):
            for f in house_rules.viper_functions(ast.parse(path.read_text())):
                found.add("%s.%s.%s" % (room, path.stem, f.name))
    return found


def here(changes, ticks=TICKS):
    """(lines under CPython, kernels called)"""
    said, called = [], set()
    micropython.CALLED = called
    try:
        player.play(ticks, say=said.append, **changes)
    finally:
        micropython.CALLED = None
    return said, called


@pytest.fixture(scope="module")
def played():
    before, micropython.CHECK = micropython.CHECK, True
    result = [here(changes) for changes in CHANGES]
    micropython.CHECK = before
    return result


@pytest.mark.parametrize("case", range(len(CHANGES)))
def test_micropython_computes_what_cpython_does(played, case):
    code = "import sys\nsys.path[:0] = [%r]\nfrom host_tests.equal.player import play\nplay(%d, **%r)\n"
    run = subprocess.run(
        [interpreter.find(), "-X", "heapsize=8m", "-c", code % (str(ROOT), TICKS, CHANGES[case])],
        capture_output=True, text=True, cwd=ROOT, timeout=120,
        env=dict(os.environ, MICROPYPATH=":.frozen:%s:%s" % (ROOT, ROOT / "lib")),
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-1500:] + run.stderr
    assert run.stdout.split("\n")[:-1] == played[case][0]


def test_the_day_reaches_every_kernel(played):
    called = set().union(*(called for _, called in played))
    assert kernels() - called == set()


def test_the_checksum_tells_one_changed_bit():
    assert player.checksum([[1, 2, 3]]) != player.checksum([[1, 2, 2]])
    assert player.checksum([[0, 1]]) != player.checksum([[1, 0]])


def slot_files(folder):
    """What the player needs, compiled for the chip."""
    names = list(build.sources(build.CHIPS["rp2040"]).items())
    files = {}
    for name, path in names:
        if name.startswith("firmware/"):
            build.compile_one(path, name[:-4] + ".py", "armv6m", folder / "x.mpy")
            files[name] = (folder / "x.mpy").read_bytes()
    build.compile_one(ROOT / "host_tests" / "equal" / "player.py", "player.py", "armv6m", folder / "x.mpy")
    files["player.mpy"] = (folder / "x.mpy").read_bytes()
    return files


@pytest.mark.skipif(bool(image.missing()), reason=str(image.missing()))
def test_the_chip_computes_what_cpython_does(tmp_path):
    from tools.emulator.chip import Chip

    main = "import gc\ngc.threshold(4096)\nfrom player import play\nfrom firmware.board.take_rp2040 import take\n"
    main += "play(%d, take, scene_ticks=%d)\n" % (ON_CHIP, SCENE)
    chip = Chip({**slot_files(tmp_path), "main.py": main.encode()})
    assert chip.wait_for("END", 60), chip.console.decode(errors="replace")[-1500:]
    lines = [line for line in chip.console.decode().splitlines() if line.startswith("SUM")]
    own = []
    player.play(ON_CHIP, say=own.append, scene_ticks=SCENE)
    assert lines == own[:-1] and len(lines) == ON_CHIP // player.EVERY
