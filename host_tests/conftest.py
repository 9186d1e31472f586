"""The firmware's own files under pytest: the shim stands in for the interpreter's `micropython` module."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
for folder in (ROOT, ROOT / "lib", ROOT / "host_tests" / "shim"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
