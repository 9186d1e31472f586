"""Writes docs/timing.md from measurements on the emulated chip: stages of the tick, heap, what the board's parts take.

python -m tools.emulator.timing
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tools import build
from tools.emulator import cost, heap, image, latency, native

PAGE = build.ROOT / "docs" / "timing.md"
POINTS = 160
RESERVE = 1.4  # silicon against the emulator

HEAD = """# What the chip has time and room for

Written by `python -m tools.emulator.timing` from measurements on an emulated RP2040 (rp2040py {emulator},
{interpreter}, {mhz} MHz, kernels by mpy-cross {compiler}); do not edit. Every figure is of the
emulator, none of silicon.

**Method.** The firmware's own `.mpy` files run on the emulated chip. Cycles are differences of SysTick around a call,
the cost of measuring taken off; samples are a 60 Hz grid and a house 0.1 Hz beside it; {ticks} ticks after {warm} to
settle.

**What the emulator does not show.** Flash wait states and the 16 KB cache in front of it (the interpreter's own code
runs from flash; kernels run from RAM), about 15 cycles of exception entry and as many of exit, flash erase times,
contention for the bus, a second core, frequency errors of the crystal. Plan with a reserve of {reserve}: a tick must
stay below {planned:,} cycles here to stay below its period of {period:,} there.
"""


def stages(found: cost.Costs) -> list[str]:
    lines = ["", "## The tick, stage by stage (cycles)", ""]
    lines.append("| stage | median | p99 | max | dearest phase of the eight |")
    lines.append("|---|---|---|---|---|")
    for name, cycles in found.stages.items():
        phases = [int(statistics.median(cycles[phase::8])) for phase in range(8)]
        p99 = sorted(cycles)[int(len(cycles) * 0.99)]
        row = (name, statistics.median(cycles), p99, max(cycles), phases.index(max(phases)), max(phases))
        lines.append("| %s | %d | %d | %d | %d: %d |" % row)
    if found.stages:
        whole = [cost.ENTRY + sum(tick) for tick in zip(*found.stages.values(), strict=True)]
        median, worst = statistics.median(whole), max(whole)
        lines.append("| **all, with the interrupt's entry** | **%d** | | **%d** | |" % (median, worst))
        fits = "fits" if worst * RESERVE < cost.TICK_CYCLES else "DOES NOT FIT"
        share = 100 * worst / cost.TICK_CYCLES
        what = (cost.BUDGET, worst, share, RESERVE, worst * RESERVE, fits)
        text = "Budget %d; worst tick %d = %.0f %% of the period; with the reserve of %.1f: %d. **It %s.**"
        lines += ["", text % what]
    return [*lines, *("\nNot measured: %s" % text.splitlines()[0] for text in found.failed)]


def service() -> list[str]:
    """A scenario's figures, as `make emulate` wrote them."""
    path = build.ROOT / "build" / "emulate" / "summary.json"
    if not path.is_file():
        return ["", "Not measured: a scenario in service (`make emulate` first)."]
    told = json.loads(path.read_text())
    tick = told["tick"]
    lines = [
        "",
        "## In service: `make emulate`, scenario %s" % told["scenario"],
        "",
        "| what | figure | target |",
        "|---|---|---|",
    ]
    share = 100 * tick["cycles_max"] / cost.TICK_CYCLES
    rows = (
        (
            "tick, median",
            "%d cycles, %.1f %% of the core" % (tick["cycles_median"], tick["share_of_core_percent"]),
            "35 %",
        ),
        ("99 of 100 ticks within", "%d cycles" % tick["cycles_p99"], ""),
        ("dearest tick", "%d cycles, %.0f %% of the period" % (tick["cycles_max"], share), "50 %"),
        ("begin of a tick against its place, everything going on", "+-%.2f us" % tick["jitter_us_max"], "5 us"),
        ("ticks without exactly their samples", "%d of %d" % (tick["overruns"], tick["count"]), "0"),
        ("power-up to the first tick", "%.0f ms" % told["boot_ms"], "1000 ms"),
        ("permit's last edge after the last renewal", "%.2f ms" % told["permit_drop_ms"], "5 ms"),
        ("heap free at the end", "%d bytes" % told["heap_free_bytes"], "60000"),
        ("writes to flash in service", "%d" % told["flash_writes_in_service"], "0"),
    )
    return lines + ["| %s | %s | %s |" % row for row in rows]


def reaction(told: dict[str, float]) -> list[str]:
    """From the loss to the coil."""
    lines = ["", "## From the loss of the grid to K1's coil low: `python -m tools.emulator.latency`", ""]
    lines.append("SEAMLESS, the grid's EMF gone at once, %d points round the wave." % told["points"])
    lines += ["", "| what | figure | target |", "|---|---|---|"]
    lines.append("| median | %.2f ms | 2.8 ms |" % told["loss_to_drive_ms_median"])
    lines.append("| longest | %.2f ms | 3.6 ms |" % told["loss_to_drive_ms_max"])
    lines.append(
        "| newest sample of the deciding tick to the coil, at most | %.0f us | 600 us |"
        % told["newest_sample_to_drive_us_max"]
    )
    lines.append(
        "| oldest sample of that tick to the coil, at most | %.0f us | 600 us |"
        % told["oldest_sample_of_the_tick_to_drive_us_max"]
    )
    return [*lines, "", "![latency round the wave](img/latency.png)"]


def soaked() -> list[str]:
    """Long service with random events, as `make soak` wrote it."""
    path = build.ROOT / "build" / "emulate" / "soak.json"
    if not path.is_file():
        return ["", "Not measured: long service (`make soak` first)."]
    told = json.loads(path.read_text())
    lines = ["", "## Long service: `make soak`", ""]
    what = (
        "%.0f s on the emulated chip with %d random events (sags, jumps, load steps, motors, outages, a silent charger)"
    )
    lines.append(what % (told["seconds"], told["events"]))
    lines.append("and somebody at the console: %d changes of state." % told["states"])
    thirds = (told["heap_free_first_third"], told["heap_free_last_third"], told["heap_free_least"])
    rows = (
        ("ticks without exactly their samples", "%d of %d" % (told["ticks_bad"], told["ticks"]), "0"),
        ("dearest tick", "%d cycles" % told["cycles_max"], "%d" % (cost.TICK_CYCLES // 2)),
        ("restarts; safety rules broken", "%d; %d" % (told["restarts"], len(told["violations"])), "0; 0"),
        ("heap free, median of the first and the last third; least", "%d, %d; %d bytes" % thirds, "60000, not falling"),
    )
    lines += ["", "| what | figure | target |", "|---|---|---|"]
    return lines + ["| %s | %s | %s |" % row for row in rows]


def rooms(total: int, took: dict[str, int], free: int, peak: int) -> list[str]:
    """What the modules take; what is left in service."""
    by_room: Counter[str] = Counter()
    for name, size in took.items():
        parts = name.split(".")
        by_room[".".join(parts[:2]) if parts[0] == "firmware" and len(parts) > 2 else name] += size
    lines = ["", "## Heap of the loaded modules (bytes)", ""]
    lines.append(
        "A module's figure has in it what it is the first to import; several rooms are emptied after the wiring."
    )
    left = "In service, console answering, after a collection: **%d bytes free**, at least %d wanted (`make build`)."
    lines += ["", left % (free, build.BUDGET_FREE)]
    lines.append("Most in use after any statement of the wiring, with what was not collected yet: **%d bytes**." % peak)
    lines += ["", "| room | bytes |", "|---|---|"]
    lines += ["| %s | %d |" % pair for pair in by_room.most_common() if pair[1]]
    return [*lines, "| **all** | **%d** |" % total]


BOARD = """
## The board

Held by tests in host_tests/emulator; each figure is the test's limit.

| what | figure | test |
|---|---|---|
| ring: hand-overs between the two DMA channels without a lost or repeated sample | 1000 | test_ring.py |
| frames found by each tick under printing, allocation and garbage collection | exactly 4 | test_tick_on_chip.py |
| begin of a tick against its place, the same load | within +-5 us | test_tick_on_chip.py |
| permit: last renewal to last edge | 3.5..5 ms | test_tick_on_chip.py |
| a coil's pin that does not follow its command: permit gone | 7 ms | test_tick_on_chip.py |
| power-up to every coil driven low | 50 ms | test_boot.py |
| background hung to restart, pins released | 8 s | test_boot.py |
| RS-485: last stop bit to driver off the bus | 1.2 ms | test_parts.py |
"""


def main(arguments: list[str] | None = None) -> int:
    text = (__doc__ or "").partition("\n")[0]
    argparse.ArgumentParser(prog="python -m tools.emulator.timing", description=text).parse_args(arguments)
    why = image.lacks_slots()
    if why:
        print("timing: %s" % why, file=sys.stderr)
        return 1
    native.build()
    native.use()
    import importlib.metadata

    found = cost.measure([])
    with tempfile.TemporaryDirectory() as folder:
        build.make(build.CHIPS["rp2040"], Path(folder) / "image")
        total, took, _ = heap.measure(Path(folder) / "image")
        free = heap.in_service(Path(folder) / "image")
        rows = latency.measure(POINTS, Path(folder) / "image", Path(folder))
        peak = heap.import_peak(Path(folder) / "peak")
    latency.draw(rows, PAGE.parent / "img" / "latency.png")
    head = HEAD.format(
        emulator=importlib.metadata.version("rp2040py"),
        compiler=importlib.metadata.version("mpy-cross"),
        ticks=cost.TICKS,
        warm=cost.WARM,
        reserve=RESERVE,
        interpreter="MicroPython " + image.path().stem.partition("-")[2],
        mhz=cost.CORE_HZ // 1_000_000,
        period=cost.TICK_CYCLES,
        planned=int(cost.TICK_CYCLES / RESERVE),
    )
    sections = stages(found) + service() + soaked() + reaction(latency.told(rows)) + rooms(total, took, free, peak)
    PAGE.write_text(head + "\n".join(sections) + "\n" + BOARD)
    print("wrote %s" % PAGE.relative_to(build.ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
