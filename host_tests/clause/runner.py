"""Plays traces through Protect under the real interpreter: `play(jobs)`; `Trace` builds a job in volts and seconds."""

import json
import os
import subprocess
from pathlib import Path

from firmware import grid_codes
from firmware.protect import elements
from firmware.transfer import facts, states, table
from tools import interpreter

ROOT = Path(__file__).resolve().parents[2]
GUEST = ROOT / "host_tests" / "clause" / "guests" / "protect_guest.py"
BEFORE_WRAP = (1 << 29) - 1000
TICKS_S = 2000
WATCH = ("V_FACTS", "TRIP_ELEMENT", "TRIP_TIME_MS", "RIDE_MODE", "TRIP_COUNT")
NAMES = facts.names("V_")


def guest(path, folder, jobs, root=ROOT, heap="4m"):
    """Answers of a guest, one for each job; `root` is where it finds the firmware."""
    file = folder / "jobs.json"
    file.write_text("".join(json.dumps(job) + "\n" for job in jobs))
    run = subprocess.run(
        [interpreter.find(), "-X", "heapsize=" + heap, str(path), str(file)],
        cwd=root,
        env=dict(os.environ, MICROPYPATH=":.frozen:" + str(root)),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(answers) == len(jobs)
    return answers


def play(folder, jobs, root=ROOT):
    """For each job its steps as dictionaries: `at_ms` of the first wanted fact, `facts`, `element`, `mode`."""
    found = []
    for job, result in zip(jobs, guest(GUEST, folder, jobs, root), strict=True):
        steps = []
        for row in result["steps"]:
            values = dict(zip(job["watch"], row[1:], strict=True))
            values["at_ms"] = row[0] / 2 if row[0] >= 0 else None
            values["facts"] = {name for bit, name in NAMES.items() if values["V_FACTS"] & bit}
            values["element"] = elements.name(values["TRIP_ELEMENT"])[0]
            values["mode"] = values["RIDE_MODE"] & 15
            steps.append(values)
        found.append(steps)
    return found


class Trace:
    """A grid's voltage and frequency step by step; both legs alike unless told otherwise."""

    def __init__(self, stop="GRID_TRIP", seamless=0, state="PARALLEL", times=1, **settings):
        hz = grid_codes.CODES[settings.get("grid_code", 3)][1]
        self.nominal_mv = settings.get("nominal_mv", 120000 if hz == 60 else 230000)
        self.mhz = hz * 1000
        number = states.NAMES.index(state)
        self.first = {"STATE": number, "OUTPUTS": table.OUTPUTS[number]}
        self.job = {
            "settings": {"nominal_hz": hz, "nominal_mv": self.nominal_mv, **settings},
            "asks": {"SEAMLESS": seamless},
            "tick": BEFORE_WRAP,
            "watch": list(WATCH),
            "stop": next(bit for bit, name in NAMES.items() if name == stop),
            "steps": [],
            "times": times,
        }

    def mv(self, seconds, low, high=None, mhz=None, bank=None, **slots):
        """A step in mV. The loss bank stands where a leg is below 0.10 pu unless told."""
        high = low if high is None else high
        mhz = self.mhz if mhz is None else mhz
        bank = int(low < self.nominal_mv // 10) if bank is None else bank
        change = {"G1_MV": low, "G2_MV": high, "GRID_MIN_MV": min(low, high), "GRID_MAX_MV": max(low, high)}
        change.update(GRID_MIN_LEG=1 if low <= high else 2, GRID_MAX_LEG=2 if low <= high else 1, LOSS_BANK=bank)
        change.update(GRID_MHZ=mhz, GRID_FINE_MHZ=mhz, **slots)
        if not self.job["steps"]:
            change.update(self.first)
        self.job["steps"].append([round(seconds * TICKS_S), change])
        return self

    def pu(self, seconds, low, high=None, **more):
        """A step in per unit."""
        to_mv = self.nominal_mv
        return self.mv(seconds, round(low * to_mv), None if high is None else round(high * to_mv), **more)
