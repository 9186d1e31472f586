"""The emulator's own C sources compiled for this interpreter: twice or more the speed of the wheel's build, and with a
core whose rate can be set.

Optional: without a C compiler the wheel's build is used. `use()` must come before anything imports the emulator.
"""

import ctypes
import fcntl
import functools
import importlib.abc
import importlib.machinery
import importlib.metadata
import importlib.util
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

SUFFIX = sysconfig.get_config_var("EXT_SUFFIX")
ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "rp2040py.native."
SIMULATOR = "_simulator"
RATE = "__pyx_v_8rp2040py_6native_10_simulator_CYCLE_NANOS"  # the compiled constant of the wheel's source
SETTER = "\nvoid islander_cycle_nanos(double nanos) { %s = nanos; }\n"


def folder() -> Path:
    """One folder for each emulator version and interpreter."""
    version = importlib.metadata.version("rp2040py")
    return ROOT / "build" / "emulator" / ("native-rate-%s-%s" % (version, sys.implementation.cache_tag))


class _Finder(importlib.abc.MetaPathFinder):
    """Offers the compiled modules in place of the wheel's."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        file = self.place / (fullname.removeprefix(PACKAGE) + SUFFIX)
        if not fullname.startswith(PACKAGE) or not file.is_file():
            return None
        return importlib.util.spec_from_file_location(fullname, file)


def use() -> bool:
    """Prefer the compiled modules if they are there; True if so."""
    place = folder()
    if "rp2040py" in sys.modules or not (place / "done").is_file():
        return any(isinstance(finder, _Finder) for finder in sys.meta_path)
    sys.meta_path.insert(0, _Finder(place))
    return True


@functools.cache
def _setter() -> Any:
    """The compiled simulator's own setter of the time of a cycle, or None where the wheel's build runs."""
    module = sys.modules.get(PACKAGE + SIMULATOR)
    file = getattr(module, "__file__", None)
    if file is None or Path(file).parent != folder():
        return None
    call = getattr(ctypes.CDLL(file), "islander_cycle_nanos", None)
    if call is not None:
        call.argtypes, call.restype = (ctypes.c_double,), None
    return call


def core_rate(hz: int) -> bool:
    """Let every cycle take 1/hz from now on; False where the rate is fixed."""
    setter = _setter()
    if setter is None:
        return False
    setter(1e9 / hz)
    return True


def build() -> str:
    """Compile once (about half a minute); '' or why it could not be done. Others who want the same wait."""
    place = folder()
    place.mkdir(parents=True, exist_ok=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return "" if (place / "done").is_file() else _compile(place)


def _compile(place: Path) -> str:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        return "no C compiler: the emulator runs at the speed of its wheel"
    sources = sorted(Path(str(importlib.metadata.distribution("rp2040py").locate_file("rp2040py/native"))).glob("*.c"))
    include = sysconfig.get_path("include")
    for source in sources:
        if source.stem == SIMULATOR and RATE in (text := source.read_text()):
            source = place / source.name
            source.write_text(text + SETTER % RATE)
        out = place / (source.stem + SUFFIX)
        command = [compiler, "-O2", "-fPIC", "-shared", "-w", "-fno-strict-aliasing", "-I" + include, str(source)]
        done = subprocess.run([*command, "-o", str(out)], capture_output=True, text=True)
        if done.returncode:
            return "%s did not compile: %s" % (source.name, done.stderr.strip().splitlines()[-1:])
    (place / "done").write_text("\n".join(source.name for source in sources))
    return ""
