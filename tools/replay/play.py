"""A record through the firmware under MicroPython, and what came of it as one row of the results."""

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tools import interpreter
from tools.replay import counts, words
from tools.replay.records import Record

ROOT = words.ROOT
GUEST = Path(__file__).with_name("guest.py")
POLICIES = ("RIDE_THROUGH", "SEAMLESS")
TICK_S = 0.0005
NOMINAL_MV = {50: 230_000, 60: 120_000}
DEFAULT_CODE = {60: 3, 50: 5}


@dataclass(frozen=True)
class Played:
    """The row of results.json, the traces (time s, lowest pu, highest pu, Hz) and how long it took (s simulated)."""

    row: dict[str, Any]
    trace: npt.NDArray[np.float64]
    simulated_s: float


def settings_for(record: Record, code: int | None) -> dict[str, int]:
    """Settings of a controller where this was recorded: nominal values, +-2 pu over the converter, the grid code."""
    mv = NOMINAL_MV[record.nominal_hz]
    chosen = code or DEFAULT_CODE[record.nominal_hz]
    hz = words.CODES[chosen][1]
    if hz != record.nominal_hz:
        raise ValueError("grid code %d (%s) is for %d Hz, the record is of %d Hz" %
                         (chosen, words.CODES[chosen][0], hz, record.nominal_hz))  # fmt: skip
    scale = {side + "_uv_per_count": mv * 1414 // counts.PEAK_COUNTS for side in ("g1", "g2", "h1", "h2")}
    return {"nominal_hz": hz, "nominal_mv": mv, "legs": record.waves.shape[0], "grid_code": chosen, **scale}


def code_of(text: str | None) -> int | None:
    """A grid code by number or by part of its name; ValueError names those there are."""
    if not text:
        return None
    names = {number: code[0] for number, code in words.CODES.items()}
    hits = [n for n, name in names.items() if text == str(n) or text.lower() in name.lower()]
    if len(hits) != 1:
        raise ValueError("CODE=%s is not one of: %s" % (text, "; ".join("%d %s" % pair for pair in names.items())))
    return hits[0]


def guest(jobs: list[dict[str, Any]], folder: Path) -> list[dict[str, Any]]:
    """Answers of the guest, one a job; RuntimeError with its own words if it failed."""
    file = folder / "jobs.json"
    file.write_text("".join(json.dumps(job) + "\n" for job in jobs))
    run = subprocess.run(
        [interpreter.find(), "-X", "heapsize=4m", str(GUEST), str(file)],
        cwd=ROOT,
        env=dict(os.environ, MICROPYPATH=":.frozen:" + str(ROOT)),
        capture_output=True,
        text=True,
    )
    if run.returncode:
        raise RuntimeError("the firmware ended with code %d: %s" % (run.returncode, (run.stdout + run.stderr)[-800:]))
    return [json.loads(line) for line in run.stdout.splitlines()]


def play(record: Record, policy: str, code: int | None = None) -> Played:
    """The whole way of one record."""
    settings = settings_for(record, code)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        samples = counts.frames(record)
        samples.tofile(folder / "wave")
        job = {"settings": settings, "wave": str(folder / "wave"), "stride": samples.shape[1],
               "seamless": POLICIES.index(policy), "from": int(counts.LEAD_S / TICK_S) - 40,
               "trace": str(folder / "trace")}  # fmt: skip
        said = guest([job], folder)[0]
        raw = np.fromfile(folder / "trace", "<i4").reshape(-1, 4).astype(float)
    times = (np.arange(len(raw)) * 8 + 7) * TICK_S - counts.LEAD_S
    trace = np.column_stack(
        [times, raw[:, 0] / settings["nominal_mv"], raw[:, 1] / settings["nominal_mv"], raw[:, 2] / 1e3]
    )
    return Played(row_of(record, said, policy, settings), trace, said["ticks"] * TICK_S)


def row_of(record: Record, said: Mapping[str, Any], policy: str, settings: Mapping[str, int]) -> dict[str, Any]:
    """What results.json says of a record. Times are of the record: 0 is its first sample."""
    wanted = words.GRID_TRIP | (words.GRID_LOST if policy == "SEAMLESS" else 0)
    hits = [change for change in said["changes"] if change[1] & wanted]
    row: dict[str, Any] = {"record": record.name, "event": record.event, "onset_s": record.onset_s, "action": "none",
                           "element": "", "t_action_s": None, "latency_ms": None, "lost_or_rejected": ""}  # fmt: skip
    if hits:
        tick, _, _, element = hits[0][:4]
        at_s = (tick + 1) * TICK_S - counts.LEAD_S
        onset = record.onset_s
        row.update(action="open", t_action_s=round(at_s, 4), element=words.element(element))
        row["latency_ms"] = None if onset is None else round(1000 * (at_s - onset), 2)
        row["lost_or_rejected"] = "lost" if 1 <= element <= words.LAST_LOST_CODE else "rejected"
    flagged = [change[0] for change in said["changes"] if change[2]]
    row["t_flag_s"] = round((flagged[0] + 1) * TICK_S - counts.LEAD_S, 4) if flagged else None
    row["f_min_mhz"], row["f_max_mhz"] = said["f"] if said["f"][1] else (None, None)
    low, high = said["v"]
    row["v_min_pu"], row["v_max_pu"] = (round(v / settings["nominal_mv"], 3) for v in (low, high))
    return row
