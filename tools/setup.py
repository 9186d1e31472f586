"""Makes this clone ready to run: .venv with pinned, hashed packages, the libraries in lib/, a MicroPython that works.

    python3 -m tools.setup run     what `make run` needs
    python3 -m tools.setup dev     what `make test` and `make check` need on top

It asks nothing, changes nothing outside the clone, and does nothing when all is in place already (a stamp in .venv
holds the hash of the requirements file). It must never install a package whose hash is not in that file. Standard
library only, for it runs before anything is installed.
"""

import contextlib
import fcntl
import hashlib
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

from tools import interpreter, libs

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
REQUIREMENTS = {"run": ROOT / "requirements.txt", "dev": ROOT / "requirements-dev.txt"}
COMMAND = "islander"
# It finds the clone by where it lies, so that a moved or linked environment works.
COMMAND_TEXT = """#!%s
import os, sys

for here in (os.path.abspath(__file__), os.path.realpath(__file__)):
    clone = os.path.dirname(os.path.dirname(os.path.dirname(here)))
    if os.path.isdir(os.path.join(clone, "tools", "islander")):
        sys.path.insert(0, clone)
        break
from tools.islander.cli import main

sys.exit(main())
"""
LOWEST, BEYOND = (3, 11), (3, 15)  # numpy's lowest; the interpreter's wheels end before 3.15


class SetupError(RuntimeError):
    """Setting up failed; the message says what, and what to do."""


def fingerprint(requirements: Path) -> str:
    """Changes whenever the packages would: this Python and the locked file."""
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()
    return "python %d.%d\n%s %s\n" % (*sys.version_info[:2], requirements.name, digest)


def is_ready(level: str, folder: Path = VENV) -> bool:
    """True if the packages of `level` are installed; dev contains run."""
    levels = ("dev",) if level == "dev" else ("run", "dev")
    return any(_stamp(name, folder) == fingerprint(REQUIREMENTS[name]) for name in levels)


def _stamp(level: str, folder: Path) -> str:
    path = folder / ("%s.stamp" % level)
    return path.read_text() if path.is_file() and (folder / "bin" / "python").exists() else ""


def make_venv(folder: Path) -> None:
    """A fresh environment, unless one of this Python version is there."""
    python = folder / "bin" / "python"
    version = "import sys; print('%d.%d' % sys.version_info[:2])"
    with contextlib.suppress(OSError):
        done = subprocess.run([python, "-c", version + "; import pip"], capture_output=True, text=True)
        if done.stdout.strip() == "%d.%d" % sys.version_info[:2] and done.returncode == 0:
            return
    say("making %s with Python %d.%d" % (folder.name, *sys.version_info[:2]))
    try:
        venv.create(folder, clear=True, with_pip=True)
    except (subprocess.CalledProcessError, OSError) as why:
        raise SetupError(
            "can't make %s (%s). Is this Python's venv whole? On Debian: apt-get install python3-venv" % (folder, why)
        ) from None


def install(requirements: Path, folder: Path) -> None:
    """pip, hashes required, nothing built and nothing but what the file names; SetupError with pip's own words."""
    count = sum("==" in line for line in requirements.read_text().splitlines())
    say("installing up to %d packages of %s" % (count, requirements.name))
    command = [str(folder / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    command += ["--no-deps", "--only-binary", ":all:", "--require-hashes", "-r", str(requirements)]
    said: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        for line in pip.stdout or ():
            said.append(line.rstrip())
            if line.startswith(("Collecting ", "Installing ")):
                show_progress(len(said), line.split(" (")[0].strip())
    if sys.stdout.isatty():
        print("\r\033[K", end="")
    if pip.returncode:
        raise SetupError("pip could not install %s:\n%s" % (requirements.name, "\n".join(said[-15:])))


def show_progress(count: int, text: str) -> None:
    """One line that is written over on a terminal; a line each elsewhere, but only a few."""
    if sys.stdout.isatty():
        print("\r\033[K  %s" % text[:90], end="", flush=True)
    elif text.startswith("Installing") or count % 40 == 1:
        print("  %s" % text[:90], flush=True)


def say(text: str) -> None:
    print("setup: %s" % text, flush=True)


@contextlib.contextmanager
def only_one(lock_file: Path) -> Iterator[None]:
    """Two `make` at once: the second waits for the first."""
    lock_file.parent.mkdir(parents=True, exist_ok=True)
    with open(lock_file, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def put_command(folder: Path = VENV) -> None:
    """The command `islander` beside the environment's Python."""
    path = folder / "bin" / COMMAND
    text = COMMAND_TEXT % (folder.resolve() / "bin" / "python")
    if not path.is_file() or path.read_text() != text:
        path.write_text(text)
        path.chmod(0o755)


def set_up(level: str) -> None:
    """Everything of `level` in place, or SetupError, LibraryError, NoInterpreter."""
    if not LOWEST <= sys.version_info[:2] < BEYOND:
        raise SetupError("Python %d.%d is not supported; 3.11 to 3.14 are" % sys.version_info[:2])
    if is_ready(level) and not libs.missing(ROOT / "lib"):
        put_command()
        return
    with only_one(ROOT / "build" / "setup.lock"):
        if not is_ready(level):
            make_venv(VENV)
            install(REQUIREMENTS[level], VENV)
        for name in libs.ensure(ROOT / "lib", python=str(VENV / "bin" / "python")):
            say("lib/ has %s" % name)
        interpreter.check(interpreter.find(VENV / "bin"))
        put_command()
        (VENV / ("%s.stamp" % level)).write_text(fingerprint(REQUIREMENTS[level]))
        say("ready")


def main(arguments: list[str]) -> int:
    level = arguments[0] if arguments else "run"
    if level not in REQUIREMENTS or len(arguments) > 1:
        print("setup: %r is not a level; use run or dev" % " ".join(arguments), file=sys.stderr)
        return 2
    try:
        set_up(level)
    except (SetupError, libs.LibraryError, interpreter.NoInterpreter) as why:
        print("setup: %s" % why, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
