"""Finds the real MicroPython interpreter that the firmware runs on.

It must never fall back on another interpreter: without MicroPython nothing is simulated.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

MISSING = (
    "no MicroPython interpreter found. On Linux x86-64 `make setup` installs one; elsewhere put a `micropython` (unix "
    "port 1.24 or newer, with viper) on PATH, or name it in the environment variable MICROPYTHON."
)
# Fails on an interpreter built without the native emitter, which the kernels need.
PROBE = "import micropython\n@micropython.viper\ndef f(a: int) -> int:\n    return a + 1\nprint(f(41))"


class NoInterpreter(RuntimeError):
    """No MicroPython that can run the firmware; the message says what to do."""


def find(scripts: Path | None = None) -> str:
    """Path of the interpreter: MICROPYTHON, else in `scripts` (beside this Python), else on PATH."""
    named = os.environ.get("MICROPYTHON")
    beside = (scripts or Path(sys.executable).parent) / "micropython"
    path = named or (str(beside) if beside.exists() else shutil.which("micropython"))
    if not path:
        raise NoInterpreter(MISSING)
    return path


def check(path: str) -> None:
    """NoInterpreter unless `path` runs viper code."""
    try:
        done = subprocess.run([path, "-c", PROBE], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired) as why:
        raise NoInterpreter("%s does not run (%s); %s" % (path, why, MISSING)) from None
    if done.stdout.strip() != "42":
        said = (done.stdout + done.stderr).strip()[-200:]
        raise NoInterpreter("%s does not run viper code (it said: %s); %s" % (path, said or "nothing", MISSING))
