"""Plays scenarios with the firmware on the emulated chip, and measures the chip while it does.

    python -m tools.emulator blackout           build/emulate/summary.json: the keys of `make run`, and the chip's own
    python -m tools.emulator --image build/image blackout return

Exit code 0 only when every scenario ended as it should. What the emulator can't show is in docs/timing.md.
"""

import argparse
import functools
import json
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools.emulator import image, native
from tools.emulator.cost import TICK_CYCLES

OUT = Path("build/emulate")


def jitter_us(begins: list[float]) -> float | None:
    """Largest distance of a tick's begin from its place on the grid of 500 us that fits them best, both sides."""
    if len(begins) < 100:
        return None
    late = [(time_s - begins[0]) - round((time_s - begins[0]) / 500e-6) * 500e-6 for time_s in begins]
    middle = (max(late) + min(late)) / 2
    return round(max(abs(value - middle) for value in late) * 1e6, 2)


def tick_figures(costs: list[int], worst: int, begins: list[float]) -> dict[str, Any]:
    """The `tick` part of the summary; costs are cycles, sampled once a block."""
    ordered = sorted(costs) or [0]
    median = statistics.median(ordered)
    return {
        "cycles_median": int(median),
        "cycles_p99": ordered[int(len(ordered) * 0.99)] if len(ordered) > 1 else ordered[0],
        "cycles_max": worst,
        "share_of_core_percent": round(100 * median / TICK_CYCLES, 1),
        "jitter_us_max": jitter_us(begins),
    }


def permit_drop_ms(chip: Any) -> float | None:
    """Take every interrupt away: from the last renewal to the last edge of the permit."""
    chip.mcu.core.enabled_interrupts = 0
    chip.run(0.02)
    edges = chip.changes(2)
    return round((edges[-1][0] - chip.renewals[-1]) * 1e3, 2) if edges and chip.renewals else None


@functools.cache
def _import_peak() -> int:
    from tools.emulator import heap

    with tempfile.TemporaryDirectory() as folder:
        return heap.import_peak(Path(folder) / "image")


class Watched:
    """A factory of emulated firmware that keeps the last one, and the costs its image told."""

    def __init__(self, image_dir: Path) -> None:
        self.image_dir = image_dir
        self.last: Any = None
        self.costs: list[int] = []
        self.worst = 0

    def __call__(self, run_dir: Path, settings_path: Path) -> Any:
        from tools.emulator.firmware import EmulatedFirmware
        from tools.plant.names import SLOTS

        firmware = EmulatedFirmware(run_dir, settings_path, self.image_dir)
        firmware.chip.systick_reads = []
        exchange: Callable[[bytes, int], Any] = firmware.exchange

        def noted(data: bytes, block: int) -> Any:
            answer = exchange(data, block)
            self.costs.append(int(answer.image[SLOTS["TICK_COST"]]))
            self.worst = int(answer.image[SLOTS["TICK_COST_MAX"]])
            return answer

        firmware.exchange = noted  # type: ignore[method-assign]
        self.last = firmware
        return firmware


def play(name: str, seed: int, image_dir: Path, out: Path) -> int:
    """One scenario; its summary gets the chip's figures."""
    from rich.console import Console

    from tools import run
    from tools.emulator import heap
    from tools.plant.world import World

    watched = Watched(image_dir)
    folder = out / name
    folder.mkdir(parents=True, exist_ok=True)
    world = functools.partial(World, make_firmware=watched)
    code = run.run(name, seed, False, folder, Console(), make_world=world)
    firmware = watched.last
    summary = json.loads((folder / "summary.json").read_text())
    if firmware is not None:
        summary["tick"].update(tick_figures(watched.costs, watched.worst, (firmware.chip.systick_reads or [])[0::2]))
        summary["boot_ms"] = round(firmware.boot_s * 1e3, 1)
        summary["heap_free_bytes"] = heap.told(firmware.chip)
        summary["import_peak_bytes"] = _import_peak()
        summary["permit_drop_ms"] = permit_drop_ms(firmware.chip)
        summary["flash_writes_in_service"] = len([t for t, _ in firmware.chip.flash_writes if t > firmware.boot_s])
    (folder / "summary.json").write_text(json.dumps(summary, indent=2) + "\n")
    (out / "summary.json").write_text(json.dumps(summary, indent=2) + "\n")
    return code


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.emulator", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("scenario", nargs="*", default=["blackout"])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--image", type=Path, default=Path("build/image"))
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    why = image.missing()
    if why:
        print("emulate: %s" % why, file=sys.stderr)
        return 1
    slow = native.build()
    if slow:
        print("emulate: " + slow, file=sys.stderr)
    native.use()
    from tools.plant.firmware import FirmwareDied

    try:
        return max(play(name, args.seed, args.image, args.out) for name in args.scenario)
    except FirmwareDied as died:
        args.out.mkdir(parents=True, exist_ok=True)
        (args.out / "summary.json").write_text(json.dumps({"failed": str(died)}, indent=2) + "\n")
        print("emulate: %s" % died, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
