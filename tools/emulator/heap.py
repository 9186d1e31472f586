"""How much of the chip's heap the modules take once loaded, which takes how much, and what is left in service."""

import ast
import re
from pathlib import Path

from tools.emulator import deployed
from tools.emulator.chip import Chip

SEEN = """
_most = [0]
def _seen():
    _most[0] = max(_most[0], gc.mem_alloc())
"""
ROOT = Path(__file__).resolve().parents[2]

GUEST = """
import gc, sys
sys.path[:0] = ["/rom", "/rom/lib"]
gc.collect()
first = gc.mem_free()
for name in %r:
    before = gc.mem_free()
    try:
        __import__(name)
    except Exception as error:
        print("FAILED", name, repr(error))
    gc.collect()
    print("TOOK", name, before - gc.mem_free())
print("ALL", first - gc.mem_free(), first)
"""


def modules(slot: Path) -> list[str]:
    """Dotted names of a slot's modules, the entry (which would start everything) left out."""
    names = []
    for path in sorted(slot.rglob("*.mpy")):
        name = path.relative_to(slot).with_suffix("").as_posix().removeprefix("lib/").replace("/", ".")
        names.append(name.removesuffix(".__init__"))
    return [name for name in names if name != "app"]


def resident(entry: Path, slot: Path) -> list[str]:
    """What the wiring imports, and the board: modules loaded on demand (commands of the console) come and go."""
    there = set(modules(slot))
    names = ["firmware.board.rp2040", "firmware.charger.profiles.sigen"]  # the largest of the profiles
    for node in ast.parse(entry.read_text()).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            inner = ["%s.%s" % (node.module, alias.name) for alias in node.names]
            names += [name for name in inner if name in there] or [node.module]
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
    return [name for name in names if name in there]


def measure(image: Path, names: list[str] | None = None) -> tuple[int, dict[str, int], list[str]]:
    """(all, {module: bytes}, what failed) after loading the wiring's modules one after the other."""
    slot = image / "slot"
    if names is None:
        names = resident(ROOT / "main.py", slot)
    chip = Chip({"main.py": (GUEST % names).encode()}, slots=[(image / "slot.rom").read_bytes()])
    if not chip.wait_for("ALL ", 20):
        raise RuntimeError("the emulated chip did not load the modules: %s" % chip.console.decode()[-400:])
    chip.run(0.05)
    total, took, failed = 0, {}, []
    for line in chip.console.decode().splitlines():
        words = line.split(None, 2)
        if line.startswith("TOOK "):
            took[words[1]] = int(words[2])
        elif line.startswith("FAILED "):
            failed.append(line[7:])
        elif line.startswith("ALL "):
            total = int(words[1])
    return total, took, failed


def in_service(image: Path) -> int:
    """Bytes free after a collection, the whole firmware started and its console answering."""
    chip = deployed.chip(image, b"{}")
    if not chip.run_until(lambda: b"> " in chip.console, 12):
        raise RuntimeError("the emulated chip did not start the firmware: %s" % chip.console.decode()[-400:])
    chip.run(1.0)
    return told(chip)


def told(chip: Chip) -> int:
    """Bytes free as the console's selftest tells them, collected for within the last ten seconds."""
    shown = len(chip.console)
    chip.send("selftest\r")
    chip.run_until(lambda: b"bytes free" in chip.console[shown:], 5)
    text = chip.console[shown:].decode(errors="replace")
    found = re.search(r"heap +([0-9]+) bytes free", text)
    if not found:
        raise RuntimeError("no answer to selftest: %s" % text[-400:])
    return int(found.group(1))


def counted(app: str) -> str:
    """The wiring with the heap in use looked at after each of its statements, up to where the tick starts."""
    tree = ast.parse(app)
    body: list[ast.stmt] = []
    look = ast.parse("_seen()").body
    there = False
    for statement in tree.body:
        if there and "board.start(" in ast.unparse(statement):
            body += ast.parse("print('PEAK', _most[0])").body
        body.append(statement)
        if "import gc" in ast.unparse(statement) and not there:
            body += ast.parse(SEEN).body
            there = True
        if there:
            body += look
    return ast.unparse(ast.Module(body, []))


def import_peak(folder: Path) -> int:
    """Most bytes of the heap in use after any statement of the wiring, what is not collected yet with them."""
    from tools import build

    chip = build.CHIPS["rp2040"]
    build.make(chip, folder, changed={"app.py": counted(build.lean_sources(chip)["app.py"])})
    device = deployed.chip(folder, b"{}")
    if not device.wait_for("PEAK ", 12):
        raise RuntimeError("the emulated chip did not start the firmware: %s" % device.console.decode()[-400:])
    device.run(0.05)
    found = re.search(r"PEAK ([0-9]+)", device.console.decode())
    assert found
    return int(found.group(1))
