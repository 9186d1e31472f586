"""Console, event tap, log and store under the real interpreter, in a heap about as small as the chip's."""

import os
import subprocess
import zlib
from pathlib import Path

import pytest

from host_tests.unit.record import readback
from tools import interpreter

ROOT = Path(__file__).resolve().parents[2]
GUEST = ROOT / "host_tests" / "upy" / "guests" / "console_guest.py"


def ran(part, seed, count, heap="1200k"):  # 512 KB of it stand for the permanent memory
    """What the guest said; it ends with `done` or the test fails with its traceback."""
    path = ":".join((".frozen", str(ROOT), str(ROOT / "lib")))
    done = subprocess.run(
        [interpreter.find(), "-X", "heapsize=" + heap, str(GUEST), part, str(seed), str(count)],
        env=dict(os.environ, MICROPYPATH=path),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0 and done.stdout.endswith("done\n"), done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_is_typed_nothing_escapes_nothing_is_operated_and_the_heap_is_flat(seed):
    """`make fuzz` does the same with 100,000 lines."""
    assert "fuzz 2000 lines: no exception, nothing operated or stored" in ran("fuzz", seed, 2000)


def test_the_heap_does_not_shrink_however_long_one_types():
    ran("memory", 1, 400)


def test_the_tap_notes_storms_with_the_heap_locked():
    said = ran("tap", 3, 4000)
    assert "4000 ticks" in said and "lost 0" not in said  # a storm is meant to lose some, and to say how many


def test_code_and_settings_are_kept_and_used():
    assert "uv1_trip_mv" in ran("operate", 1, 1)


def test_waves_with_the_heap_locked_are_read_back_as_they_were():
    said = ran("wave", 3, 1900)
    lines = [line[5:] for line in said.splitlines() if line.startswith("LINE ")]
    head, frames, bits = readback.decode(lines)
    assert head["frames"] == 4160 and head["trigger_frame"] == 720 and head["cause"] == ["trip"]
    assert head["crc"] == zlib.crc32(readback.stored(frames, bits)) and "0 missed" in said


def test_the_store_holds_on_files():
    assert "cut short" in ran("store", os.getpid(), 1)
