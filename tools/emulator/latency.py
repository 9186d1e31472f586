"""From the loss of the grid to K1's coil driven low, on the emulated chip, at points all round the wave.

    python -m tools.emulator.latency                 160 points, some minutes; build/emulate/latency.json and .png

The whole firmware starts once and comes to PARALLEL; from there every point is a copy of that process, so all begin
with the same controller, sample for sample. The grid's EMF goes to nothing at the point's step (a fault upstream); time
ends with the edge on the coil's pin. SEAMLESS, for else the code's curve and not the detector decides.
"""

import argparse
import dataclasses
import json
import os
import statistics
import sys
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tools.emulator import image, native

OUT = Path("build/emulate")
BEGIN_S, LIMIT_S = 5.0, 0.1
K1_PIN = 3
BEFORE_TICK_S = 25e-6  # board/rp2040.py: the newest sample lands so long before the tick
SAMPLE_S = 125e-6


class _Mute:
    """The charger's end of the line in a copy of the process, whose server's thread stayed behind."""

    def rx_until(self, t_us: float) -> list[Any]:
        return []

    def tx(self, t_us: float, byte: int) -> None:
        """Nobody hears it."""


def lose(world: Any, firmware: Any, at_s: float) -> dict[str, float]:
    """The figures of one loss, ms; to be called in a copy of the process."""
    world._bus = _Mute()
    world.plant.schedule(at_s, "grid_scale", {"pu": 0.0})
    chip = firmware.chip
    chip.systick_reads = []
    while world.time_s < at_s + LIMIT_S:
        world.step()
        edges = [time_s for time_s, level in chip.changes(K1_PIN, firmware.block_s) if level == 0]
        if edges:
            plant_s = world.time_s - (chip.now_s - edges[0])
            begin = max(time_s for time_s in chip.systick_reads if time_s < edges[0])
            return {
                "phase_deg": 0.0,
                "loss_to_drive_ms": (plant_s - at_s) * 1e3,
                "newest_sample_to_drive_us": (edges[0] - begin + BEFORE_TICK_S) * 1e6,
            }
    return {"phase_deg": 0.0, "loss_to_drive_ms": float("nan"), "newest_sample_to_drive_us": float("nan")}


def in_a_copy(world: Any, firmware: Any, at_s: float) -> dict[str, float]:
    """`lose` in a forked process."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.write(write, json.dumps(lose(world, firmware, at_s)).encode())
            code = 0
        finally:
            os._exit(code)
    os.close(write)
    with os.fdopen(read) as answer:
        text = answer.read()
    if os.waitpid(child, 0)[1]:
        raise RuntimeError("the copy for a loss at %.4f s failed" % at_s)
    return dict(json.loads(text))


def measure(points: int, image_dir: Path, out: Path) -> list[dict[str, float]]:
    """One row a point; the controller is started once."""
    from rich.progress import track

    from tools.plant.scenarios import find
    from tools.plant.world import World  # before the next: it brings the stand-in for micropython

    from tools.emulator.firmware import EmulatedFirmware  # isort: skip

    made: list[Any] = []

    def firmware(run_dir: Path, settings: Path) -> Any:
        made.append(EmulatedFirmware(run_dir, settings, image_dir))
        return made[-1]

    told = find("blackout")
    settings = MappingProxyType({**told.settings, "transfer_policy": 2})
    scenario = dataclasses.replace(told, events=(), duration_s=60.0, settings=settings)
    rows = []
    with World(scenario, 1, out, make_firmware=firmware) as world:
        while world.time_s < BEGIN_S:
            world.step()
        if world.states[-1][1] != "PARALLEL":
            raise RuntimeError("the controller is in %s after %g s" % (world.states[-1][1], BEGIN_S))
        period = 1.0 / scenario.site.grid.nominal_hz
        for i in track(range(points), "points on the wave"):
            row = in_a_copy(world, made[0], world.time_s + 0.004 + period * i / points)
            rows.append({**row, "phase_deg": 360.0 * i / points})
    return rows


def told(rows: list[dict[str, float]]) -> dict[str, float]:
    """Median and largest of both times."""
    loss = [row["loss_to_drive_ms"] for row in rows]
    sample = [row["newest_sample_to_drive_us"] for row in rows]
    return {
        "points": len(rows),
        "loss_to_drive_ms_median": round(statistics.median(loss), 3),
        "loss_to_drive_ms_max": round(max(loss), 3),
        "newest_sample_to_drive_us_max": round(max(sample), 1),
        "oldest_sample_of_the_tick_to_drive_us_max": round(max(sample) + 3 * SAMPLE_S * 1e6, 1),
    }


def draw(rows: list[dict[str, float]], path: Path) -> None:
    """Latency over the point on the wave."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 3), layout="constrained")
    axes.plot([row["phase_deg"] for row in rows], [row["loss_to_drive_ms"] for row in rows], "o-", ms=3)
    axes.set(xlabel="point on the wave [deg, from an arbitrary zero]", ylabel="loss to K1's coil low [ms]")
    axes.set_ylim(0, None)
    axes.grid(alpha=0.3)
    figure.savefig(path, dpi=130)
    plt.close(figure)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tools.emulator.latency", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--points", type=int, default=160)
    parser.add_argument("--image", type=Path, default=Path("build/image"))
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    why = image.lacks_slots()
    if why:
        print("latency: %s" % why, file=sys.stderr)
        return 1
    native.build()
    native.use()
    args.out.mkdir(parents=True, exist_ok=True)
    rows = measure(args.points, args.image, args.out)
    figures = told(rows)
    (args.out / "latency.json").write_text(json.dumps({**figures, "rows": rows}, indent=1) + "\n")
    draw(rows, args.out / "latency.png")
    for name, value in figures.items():
        print("%-44s %s" % (name, value))
    return 0


if __name__ == "__main__":
    sys.exit(main())
