"""What each stage of the tick costs on the emulated chip: cycles, tick after tick, and its share of the budget.

    python -m tools.emulator.cost               all stages that are there
    python -m tools.emulator.cost protect       one

Representative samples go through the stages in the tick's own order: a healthy grid at 60 Hz and a house beside it. The
figures hold for code that runs from RAM on a 200 MHz core; flash wait states and exception entry are not emulated, so
docs/timing.md adds a reserve.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from tools import build
from tools.emulator import guests, image
from tools.emulator.chip import Chip

CORE_HZ = 200_000_000  # board/loader.py sets it
TICK_CYCLES = CORE_HZ // 2000
BUDGET = 35 * TICK_CYCLES // 100
ENTRY = 1_915  # hard timer interrupt into a native function (shared figures of the emulator)
TICKS, WARM = 160, 320

CHANGES: dict[str, int] = {"in_service": 1}
VALUES = {
    "G1_MV": 120000,
    "G2_MV": 120000,
    "H1_MV": 120000,
    "H2_MV": 120000,
    "GRID_MIN_MV": 120000,
    "GRID_MAX_MV": 120000,
    "HOUSE_MIN_MV": 120000,
    "HOUSE_MAX_MV": 120000,
    "GRID_MHZ": 60000,
    "GRID_FINE_MHZ": 60000,
    "HOUSE_MHZ": 60000,
    "HOUSE_FINE_MHZ": 60000,
}
# (name, code that makes `step`, its arguments), in the order of the tick
RIGS: list[tuple[str, str, tuple[str, ...]]] = [
    (
        "sense",
        (
            "from firmware.board.take_rp2040 import take\nfrom firmware.sense.sense import Sense\n"
            "step = Sense(settings, image, ring, take=take).step"
        ),
        ("newest", "n"),
    ),
    (
        "protect",
        "from firmware.protect.protect import Protect\nstep = Protect(settings, image, asks).step",
        ("n",),
    ),
    (
        "transfer",
        "from firmware.transfer.transfer import Transfer\nstep = Transfer(settings, image, asks).step",
        ("n", "bits"),
    ),
    (
        "record",
        ("from firmware.record.tap import EventTap\nstep = EventTap(image, layout, ring, 300, 100).step"),
        ("n", "newest"),
    ),
]
PARTS: list[tuple[str, str, tuple[str, ...]]] = []
BITS = 0x19A  # K1 and K2 open, bond made, no e-stop, no bypass


@dataclass
class Costs:
    """Cycles of each stage for every tick measured, heap of each, and what could not be measured."""

    stages: dict[str, list[int]] = field(default_factory=dict)
    heap: dict[str, int] = field(default_factory=dict)
    parts: dict[str, int] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    free: int = 0


def slot_files(extra: dict[str, str]) -> tuple[dict[str, bytes], list[str]]:
    """The firmware compiled for slot a, guests at the root; modules that do not compile are left out and named."""
    files: dict[str, bytes] = {}
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "x.mpy"
        for name, path in build.sources(build.CHIPS["rp2040"]).items():
            try:
                build.compile_one(path, name[:-4] + ".py", "armv6m", out)
            except build.BuildError as why:
                failed.append(str(why))
                continue
            files["a/" + name] = out.read_bytes()
        for name, text in extra.items():
            source = Path(folder) / (name + ".py")
            source.write_text(text)
            build.compile_one(source, name + ".py", "armv6m", out)
            files[name + ".mpy"] = out.read_bytes()
    return files, failed


def measure(only: list[str], start: int = 0, limit_s: float = 60) -> Costs:
    """Run the rigs on a chip."""
    rigs = [rig for rig in RIGS if not only or rig[0] in only]
    parts = [part for part in PARTS if not only or part[0].split(":")[0] in only]
    head = "CHANGES, VALUES, RIGS, PARTS = %r, %r, %r, %r\n" % (CHANGES, VALUES, rigs, parts)
    head += "TICKS, WARM, START, BITS = %d, %d, %d, %d\n" % (TICKS, WARM, start, BITS)
    files, failed = slot_files({"meter": guests.METER, "waves": guests.WAVES, "stages": head + guests.STAGES})
    files["main.py"] = b"import stages\n"
    chip = Chip(files)
    found = Costs(failed=failed)
    if not chip.wait_for("DONE ", limit_s):
        found.failed.append("the guest did not end: " + chip.console.decode(errors="replace")[-1500:])
    chip.run(0.05)
    for line in chip.console.decode(errors="replace").splitlines():
        word, _, rest = line.partition(" ")
        name, _, rest = rest.partition(" ")
        if word == "STAGE":
            found.stages[name] = [int(x) for x in rest.split()]
        elif word == "HEAP":
            found.heap[name] = int(rest)
        elif word == "PART":
            found.parts[name] = int(rest.split()[1])
        elif word == "FAILED":
            found.failed.append("%s %s" % (name, rest))
        elif word == "DONE":
            found.free = int(rest)
    return found


def table(found: Costs) -> list[str]:
    """Stage by stage: median, 99 %, max, the median of each of the eight phases; then the sum."""
    lines = ["%-14s %7s %7s %7s   %s" % ("stage", "median", "p99", "max", "median in each of the 8 phases")]
    for name, cycles in found.stages.items():
        phases = [int(statistics.median(cycles[phase::8])) for phase in range(8)]
        p99 = sorted(cycles)[int(len(cycles) * 0.99)]
        row = (name, statistics.median(cycles), p99, max(cycles), " ".join("%6d" % value for value in phases))
        lines.append("%-14s %7d %7d %7d   %s" % row)
    if found.stages:
        whole = [ENTRY + sum(tick) for tick in zip(*found.stages.values(), strict=True)]
        share = 100 * max(whole) / TICK_CYCLES
        lines.append(
            "%-14s %7d %7s %7d   budget %d; worst %.1f %% of the core"
            % ("stages + entry", statistics.median(whole), "", max(whole), BUDGET, share)
        )
    lines += ["heap of %-12s %6d B" % pair for pair in found.heap.items()]
    lines += ["part %-32s %6d cycles" % pair for pair in found.parts.items()]
    lines += ["NOT MEASURED: %s" % text for text in found.failed]
    lines.append("free heap after all: %d B" % found.free)
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("stage", nargs="*", help="names of stages; all if none")
    args = parser.parse_args()
    why = image.missing()
    if why:
        print("cost: %s" % why, file=sys.stderr)
        return 1
    try:
        print("\n".join(table(measure(args.stage))))
    except (build.BuildError, subprocess.SubprocessError) as error:
        print("cost: %s" % error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
