"""Puts the third-party libraries of lib/manifest.json into lib/, checked file by file.

    python3 -m tools.libs            fetch what is missing or altered
    python3 -m tools.libs --check    only look

It must never install a file whose hash it does not know, nor leave half a package behind. Only the standard library;
the download itself is left to `python -m pip`, so the machine's own index, proxy and offline settings hold.

These source archives have no build files, so `pip download` ends with an error after it has downloaded, hash-checked
(--require-hashes) and unpacked them. `--no-clean` keeps that unpacked tree in TMPDIR, and its files are what is taken
here, each against its own sha256. Tried with pip 22 to 26.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MANIFEST = ROOT / "lib" / "manifest.json"


class LibraryError(RuntimeError):
    """A library that can't be installed; the message says which, why, and what to do."""


def load(manifest: Path = MANIFEST) -> list[dict]:
    """The packages of a manifest."""
    return json.loads(manifest.read_text())["packages"]


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def wrong_files(package: dict, folder: Path) -> list[str]:
    """Files of the package that are missing in `folder` or differ from the manifest."""
    return [name for name, wanted in package["files"].items() if not _is(folder / name, wanted)]


def _is(path: Path, wanted: str) -> bool:
    return path.is_file() and sha256(path) == wanted


def missing(lib: Path, manifest: Path = MANIFEST) -> list[dict]:
    """Packages that are not wholly and rightly in `lib`."""
    return [package for package in load(manifest) if wrong_files(package, lib)]


def install(package: dict, lib: Path, python: str = sys.executable) -> None:
    """Fetch one package and put it into `lib` whole, or raise LibraryError and change nothing."""
    lib.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=lib) as scratch:
        tree = _download(package, Path(scratch), python)
        wrong = wrong_files(package, tree)
        if wrong:
            raise LibraryError(
                "%s %s: %s differs from lib/manifest.json (sha256 %s); nothing was installed"
                % (package["name"], package["version"], wrong[0], sha256(tree / wrong[0]))
            )
        staged = Path(scratch) / "staged"
        for name in package["files"]:
            (staged / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(tree / name, staged / name)
        for top in sorted({name.split("/")[0] for name in package["files"]}):
            if (lib / top).exists():
                os.replace(lib / top, Path(scratch) / ("old-" + top))
            os.replace(staged / top, lib / top)


def _download(package: dict, scratch: Path, python: str) -> Path:
    """The unpacked source archive, found as the folder that holds every wanted file."""
    wanted = "%s==%s" % (package["name"], package["version"])
    request = scratch / "request.txt"
    request.write_text("%s --hash=sha256:%s\n" % (wanted, package["sha256"]))
    command = [python, "-m", "pip", "download", "--no-clean", "--no-deps", "--no-binary", ":all:", "--require-hashes"]
    command += ["--disable-pip-version-check", "-d", str(scratch / "archives"), "-r", str(request)]
    temporary = {name: str(scratch) for name in ("TMPDIR", "TEMP", "TMP")}
    done = subprocess.run(command, env={**os.environ, **temporary}, capture_output=True, text=True)
    for tree in sorted(scratch.glob("pip-*/*/")):
        if all((tree / name).is_file() for name in package["files"]):
            return tree
    said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-8:])
    raise LibraryError(
        "%s could not be downloaded, or is not what lib/manifest.json describes. Is there a network, or PIP_FIND_LINKS "
        "for an offline machine? pip said:\n%s" % (wanted, said)
    )


def ensure(lib: Path, manifest: Path = MANIFEST, python: str = sys.executable) -> list[str]:
    """Install what is missing; the names of what was installed."""
    lacking = missing(lib, manifest)
    for package in lacking:
        install(package, lib, python)
    return ["%s %s" % (package["name"], package["version"]) for package in lacking]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python3 -m tools.libs", description="lib/manifest.json's packages into lib/")
    parser.add_argument("--check", action="store_true", help="only look: exit 1 if a file is missing or altered")
    parser.add_argument("--lib", type=Path, default=ROOT / "lib", help="where they go (default: lib)")
    parser.add_argument("--manifest", type=Path, default=MANIFEST)
    options = parser.parse_args(arguments)
    if options.check:
        lacking = missing(options.lib, options.manifest)
        for package in lacking:
            files = ", ".join(wrong_files(package, options.lib))
            name = "%s %s" % (package["name"], package["version"])
            print("libs: %s is missing or altered: %s. Run `make libs`." % (name, files))
        return 1 if lacking else 0
    try:
        for name in ensure(options.lib, options.manifest):
            print("libs: installed %s" % name)
    except LibraryError as why:
        print("libs: %s" % why, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
