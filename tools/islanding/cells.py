"""One run of the whole firmware: the car exports, then the grid upstream opens on a load that nearly fits, or the grid
shakes and stays.

The load is a parallel RLC per leg, as IEC 62116 has it: R draws (1 + dP) of the power, L and C circulate Qf times as
much at a resonance that leaves dQ of it over. The inverter has no method of its own (`islanding_gain` 0); its own
voltage and frequency trips act.
"""

import dataclasses as dc
import math
import random
import shutil
import tempfile
from typing import Any

from tools.plant import scenario as base
from tools.plant.names import SLOTS
from tools.plant.specs import HouseSpec, Site
from tools.plant.sunspec import Near, SunSpecBus
from tools.plant.world import World

GIVEN_W, RATED_W = 2500, 2700  # a rating with room for the reactive power besides
OPENS_S, LONGEST_S = 9.0, 2.5  # the grid opens, and how long an island may last to be seen at all
DEAD_MV = 12000.0  # 0.1 pu
WATCHING, SUSPECT, TRIPPED = 1, 2, 3  # protect.islanding
CASES = ((20.0, 0.05), (10.0, 0.10), (5.0, 0.15))  # the inverter's PLL in Hz, its latency to a setpoint in s


@dc.dataclass(frozen=True)
class Cell:
    """dp, dq: mismatch of the load as a share of the power; dither in thousandths of the rating."""

    dp: float
    dq: float
    pll_hz: float
    latency_s: float
    dither_e3: int
    qf: float = 1.0


def site(cell: Cell) -> Site:
    """The load alone on the line: no neighbours, nothing else in the house."""
    tilt = cell.dq / cell.qf
    resonance = 60.0 * (math.sqrt(tilt * tilt + 4.0) - tilt) / 2.0
    watts = GIVEN_W * (1.0 + cell.dp) / 2.0
    return Site(
        grid=dc.replace(base.SLOW_GRID, neighbours_w=(0.0, 0.0), neighbours_var=(0.0, 0.0)),
        house=HouseSpec((0.0, 0.0), (0.0, 0.0), rlc_w=watts, rlc_qf=cell.qf, rlc_hz=resonance),
        charger=dc.replace(base.EXPORTING, rated_w=float(RATED_W), pll_hz=cell.pll_hz, enter_service_s=1.0),
    )


def scenario(cell: Cell, duration_s: float, events: tuple[base.Event, ...]) -> base.Scenario:
    """RIDE_THROUGH, so that nothing but a trip opens K1."""
    return base.Scenario(
        "unintentional-island",
        "",
        duration_s,
        events,
        settings=base.with_settings(
            energy_mode=2, export_w=GIVEN_W, charger_rated_w=RATED_W, transfer_policy=1, charger_profile=1,
            charger_baud=115200, dither_e3=cell.dither_e3,
        ),
        site=site(cell),
        device="sunspec_der",
        baud=115200,
    )  # fmt: skip


def _world(told: base.Scenario, cell: Cell, seed: int, folder: str) -> World:
    return World(told, seed, folder, make_bus=lambda model, baud: SunSpecBus(model, baud, Near(), cell.latency_s))


def detect(cell: Cell, seed: int = 1) -> dict[str, Any]:
    """{"ended_s": until nothing of ours held the line up any more, K1 proven open or the line dead, None = not within
    LONGEST_S; "element": what tripped, 0 = the charger itself; "gave_w": what the car gave before}"""
    folder = tempfile.mkdtemp(prefix="islander-islanding-")
    opens = OPENS_S + random.Random(seed).uniform(0.0, 0.4)  # anywhere in the dither's period
    events: tuple[base.Event, ...] = ((opens, "grid_off", {}),)
    try:
        with _world(scenario(cell, opens + LONGEST_S, events), cell, seed, folder) as world:
            ended, gave_w = None, 0.0
            while ended is None and world.step():
                if world.time_s < opens:
                    gave_w = float(world.truth["charger_w"])
                elif "k1_proven_open" in world.marks:
                    ended = world.marks["k1_proven_open"]
                elif max(world.truth["grid_mv"]) < DEAD_MV:
                    ended = world.time_s
            return {
                **dc.asdict(cell),
                "gave_w": round(gave_w),
                "ended_s": None if ended is None else round(ended - opens, 4),
                "element": int(world.image[SLOTS["TRIP_ELEMENT"]]),
            }
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def severe(rng: random.Random) -> tuple[str, dict[str, Any]]:
    """One event of a bad day on a grid that stays."""
    kind = rng.choice(("jump", "jump", "rocof", "sag", "load"))
    if kind == "jump":
        return "grid_jump", {"deg": rng.choice((-1, 1)) * rng.uniform(10.0, 60.0)}
    if kind == "rocof":
        return "grid_rocof", {"hz_s": rng.choice((-1, 1)) * rng.uniform(0.5, 3.0), "seconds": rng.uniform(0.1, 0.4)}
    if kind == "sag":
        return "sag", {"pu": rng.uniform(0.55, 0.9), "seconds": rng.uniform(0.05, 0.5), "deg": rng.uniform(-30.0, 30.0)}
    return "load", {"w1": rng.uniform(0.0, 3000.0), "w2": rng.uniform(0.0, 3000.0)}


@dc.dataclass(frozen=True)
class Diet:
    """A stretch of grid: `events` severe ones (0 = quiet), `every_s` apart."""

    seed: int
    events: int
    every_s: float
    quiet_s: float = 0.0


def benign(diet: Diet) -> dict[str, Any]:
    """What the dither made of a grid that never opened: {"suspicions", "trips",
    "watched_s", "events", "most_mhz"}."""
    rng, folder = random.Random(diet.seed), tempfile.mkdtemp(prefix="islander-islanding-")
    cell = Cell(3.0, 0.0, 10.0, 0.1, 20)
    events: list[base.Event] = []
    for i in range(diet.events):
        at = OPENS_S + i * diet.every_s + rng.uniform(0.0, 0.4)
        action, args = severe(rng)
        events.append((at, action, args))
        if action == "grid_rocof":
            events.append((at + 1.2, "grid_hz", {"hz": 60.0 + rng.uniform(-0.1, 0.1)}))
    duration = OPENS_S + diet.events * diet.every_s + diet.quiet_s
    found = {"suspicions": 0, "trips": 0, "watched_s": 0.0, "events": diet.events, "most_mhz": 0}
    stage = 0
    try:
        with _world(scenario(cell, duration, tuple(events)), cell, diet.seed, folder) as world:
            while world.step():
                now = int(world.image[SLOTS["UI_STAGE"]])
                found["watched_s"] += 0.002 if now else 0.0
                if now == WATCHING:
                    found["most_mhz"] = max(found["most_mhz"], int(world.image[SLOTS["UI_MHZ"]]))
                if now != stage:
                    found["suspicions"] += now == SUSPECT
                    found["trips"] += now == TRIPPED
                    stage = now
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return {**found, "watched_s": round(found["watched_s"], 1)}
