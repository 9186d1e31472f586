"""summary.json: one run in figures, the same for the same seed, `realtime_factor` alone excepted.

Times with `_ms` count from the loss; a thing that did not happen is null. `sync_at_close` and the violations come
from the plant's truth, `tick.overruns` and the states from the firmware's image.
"""

import json

import numpy as np

from tools.plant.names import SLOTS, port


def build(world):
    """The summary of a world, finished or not, as a dictionary."""
    marks, safety = world.marks, world.plant.safety
    lost = marks.get("grid_lost", marks.get("disturbance"))

    def after(name):
        return None if lost is None or name not in marks else round((marks[name] - lost) * 1e3, 2)

    return {
        "scenario": world.scenario.name,
        "seed": world.seed,
        "states": [list(row) for row in world.states],
        "grid_lost_at_s": lost,
        "k1_open_command_ms": after("k1_open_command"),
        "k1_proven_open_ms": after("k1_proven_open"),
        "island_up_ms": after("house_live"),
        "grid_back_at_s": marks.get("grid_back", marks.get("recovered")),
        "reclosed_at_s": marks.get("k1_closed"),
        "sync_at_close": safety.sync_at_close,
        "unsynchronised_parallel_ms": round(safety.unsynchronised_parallel_ms, 1),
        "energy": energy(world),
        "modbus": world.modbus,
        "tick": {"rate_hz": port.TICK_HZ, "count": world.ticks, "overruns": int(world.image[SLOTS["TICK_BAD"]])},
        "realtime_factor": round(world.realtime_factor, 2),
        "violations": [dict(v) for v in world.violations],
    }


def energy(world):
    """What went through the grid point and out of the batteries, Wh, and the most that was exported, W; of whole
    seconds, so that a load's step is not taken for an export."""
    log = world.log
    time_s, grid_w, charger_w = log["time_s"], log["grid_w"], log["charger_w"]
    if len(time_s) < 2:
        return {"imported_wh": 0.0, "exported_wh": 0.0, "given_wh": 0.0, "most_exported_w": 0}
    step_h = float(np.median(np.diff(time_s))) / 3600.0
    second = max(1, round(1.0 / (3600.0 * step_h)))
    means = np.convolve(grid_w, np.ones(second) / second, "valid") if len(grid_w) >= second else grid_w
    return {
        "imported_wh": round(float(np.sum(np.maximum(grid_w, 0))) * step_h, 2),
        "exported_wh": round(float(np.sum(np.maximum(-grid_w, 0))) * step_h, 2),
        "given_wh": round(float(np.sum(np.maximum(charger_w, 0))) * step_h, 2),
        "most_exported_w": round(max(0.0, float(-np.min(means)))),
    }


def repeatable(summary):
    """The summary without what depends on this machine's speed."""
    return {name: value for name, value in summary.items() if name != "realtime_factor"}


def text(summary):
    """As it is written to summary.json."""
    return json.dumps(summary, indent=2, sort_keys=False) + "\n"
