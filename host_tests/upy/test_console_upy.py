"""Console, event tap, log and store under the real interpreter, in a heap about as small as the chip's."""

import os
import subprocess
from pathlib import Path

import pytest

from tools import interpreter

ROOT = Path(__file__).resolve().parents[2]
GUEST = ROOT / "host_tests" / "upy" / "guests" / "console_guest.py"


def ran(part, seed, count, heap="384k"):
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
def test_noise_on_the_line_breaks_nothing_and_asks_for_nothing(seed):
    assert "2000 lines" in ran("console", seed, 2000)


def test_the_heap_does_not_shrink_however_long_one_types():
    ran("memory", 1, 400)


def test_the_tap_notes_storms_with_the_heap_locked():
    said = ran("tap", 3, 4000)
    assert "4000 ticks" in said and "lost 0" not in said  # a storm is meant to lose some, and to say how many


def test_code_and_settings_are_kept_and_used():
    assert "uv1_trip_mv" in ran("operate", 1, 1)


def test_the_store_holds_on_files():
    assert "cut short" in ran("store", os.getpid(), 1)
