"""Long service on the emulated chip with random events: does the heap fall, is a sample missed, does a tick run over?

    python -m tools.emulator.soak --minutes 10       ten minutes of this machine; build/emulate/soak.json

Sags, jumps, load steps and outages drawn by the seed, for as long as the minutes last. In rounds of half a minute a
technician types for eight seconds and then rests; before the next round `selftest` tells the heap that was free with
nobody at the console. Exit code 0 only if no tick was missed, the chip never restarted, no rule was broken, and the
last third of the readings is no lower than the first by more than 512 bytes.
"""

import argparse
import dataclasses
import json
import random
import re
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from tools.emulator import image, native

OUT = Path("build/emulate")
SETTLE_S, BETWEEN_S = 6.0, 1.5
ROUND_S, TYPED_S = 31.0, 8.0  # the console rests ten seconds after the last key, and the heap is read every ten
COMMANDS = ("status", "why", "meter", "events 5", "modbus", "plan", "battery", "contacts")
MOST_FALL = 512


class TooShort(RuntimeError):
    """It ended before there was anything to tell; the message says how long it would have to be."""


def draw(dice: random.Random, at_s: float) -> list[tuple[float, str, dict[str, Any]]]:
    """What happens next, from `at_s` on."""
    kind = dice.randrange(6)
    if kind == 0:
        sag = {"pu": dice.uniform(0.3, 0.85), "seconds": dice.uniform(0.05, 0.5), "deg": dice.uniform(-30, 30)}
        return [(at_s, "sag", sag)]
    if kind == 1:
        return [(at_s, "grid_jump", {"deg": dice.uniform(-15, 15)})]
    if kind == 2:
        return [(at_s, "load", {"w1": dice.uniform(0, 5000), "w2": dice.uniform(0, 5000)})]
    if kind == 3:
        return [(at_s, "grid_off", {}), (at_s + dice.uniform(2, 10), "grid_on", {})]
    if kind == 4:
        return [(at_s, "charger_silent", {"on": True}), (at_s + dice.uniform(0.5, 5), "charger_silent", {"on": False})]
    return [(at_s, "motor", {"w1": dice.uniform(200, 1500)})]


def readings(console: str) -> list[int]:
    """Every answer of `selftest` that tells the free heap."""
    return [int(found) for found in re.findall(r"heap +([0-9]+) bytes free", console)]


def heap(told: list[int], played_s: float) -> dict[str, Any]:
    """The heap's part of the figures: is there less at the end than at the beginning?"""
    if not told:
        text = "%.0f s were played, the first reading of the heap comes after %.0f: give it more --minutes"
        raise TooShort(text % (played_s, SETTLE_S + ROUND_S))
    third = max(1, len(told) // 3)
    return {
        "heap_free_first_third": int(statistics.median(told[:third])),
        "heap_free_last_third": int(statistics.median(told[-third:])),
        "heap_free_least": min(told),
        "heap_free": told,
    }


def soak(minutes: float, seed: int, image_dir: Path, out: Path) -> dict[str, Any]:
    """The figures; progress on the terminal."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from tools.plant.names import SLOTS
    from tools.plant.scenarios import find
    from tools.plant.world import World

    from tools.emulator.firmware import EmulatedFirmware  # isort: skip

    made: list[Any] = []

    def firmware(run_dir: Path, settings: Path) -> Any:
        made.append(EmulatedFirmware(run_dir, settings, image_dir))
        return made[-1]

    dice, events = random.Random(seed), 0
    scenario = dataclasses.replace(find("blackout"), events=(), duration_s=1800.0)
    end, next_s, read_s = time.monotonic() + 60 * minutes, SETTLE_S, SETTLE_S + ROUND_S - 1.0
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with World(scenario, seed, out / "soak", make_firmware=firmware) as world, Progress(*columns) as bar:
        task = bar.add_task("soak", total=60 * minutes)
        while time.monotonic() < end and world.step():
            if world.time_s >= next_s:
                for at_s, action, args in draw(dice, world.time_s + 0.01):
                    world.plant.schedule(at_s, action, args)
                    events += 1
                if (world.time_s - SETTLE_S) % ROUND_S < TYPED_S:
                    made[0].chip.send(dice.choice(COMMANDS) + "\r")
                next_s += BETWEEN_S + dice.random()
            if world.time_s >= read_s:
                made[0].chip.send("selftest\r")
                read_s += ROUND_S
                left = max(0.0, end - time.monotonic())
                bar.update(task, completed=60 * minutes - left, description="%.0f s in service" % world.time_s)
        return {
            "seconds": round(world.time_s, 1),
            "events": events,
            "states": len(world.states),
            "ticks": int(world.image[SLOTS["TICK"]]),
            "ticks_bad": int(world.image[SLOTS["TICK_BAD"]]),
            "restarts": len(made[0].chip.resets),
            "cycles_max": int(world.image[SLOTS["TICK_COST_MAX"]]),
            "violations": [v["kind"] for v in world.violations],
            **heap(readings(made[0].chip.console.decode(errors="replace")), world.time_s),
        }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.emulator.soak", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0, help="of this machine's time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--image", type=Path, default=Path("build/image"))
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    why = image.lacks_slots()
    if why:
        print("soak: %s" % why, file=sys.stderr)
        return 1
    native.build()
    native.use()
    args.out.mkdir(parents=True, exist_ok=True)
    try:
        found = soak(args.minutes, args.seed, args.image, args.out)
    except TooShort as short:
        print("soak: %s" % short, file=sys.stderr)
        return 1
    (args.out / "soak.json").write_text(json.dumps(found, indent=1) + "\n")
    for name, value in found.items():
        print("%-24s %s" % (name, value))
    fell = found["heap_free_first_third"] - found["heap_free_last_third"]
    return (
        0 if not found["ticks_bad"] and not found["restarts"] and not found["violations"] and fell <= MOST_FALL else 1
    )


if __name__ == "__main__":
    sys.exit(main())
