"""Plays one story and tells it as one row: what the plant saw, what the controller did, what went wrong, and when."""

import functools
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from tools.campaign.draw import RESTART, Fault, Story, story
from tools.plant import slave
from tools.plant.firmware import FirmwareDied
from tools.plant.names import SLOTS, STATE_NAMES
from tools.plant.protocol import ProtocolError
from tools.plant.world import World

DEAD = "RESTARTING"  # the controller has no supply


class _Kept:
    """One Modbus server for all the runs of a worker: it holds nothing between two requests."""

    def __init__(self, server: slave.Server) -> None:
        self.ask = server.ask

    def close(self) -> None:
        """It is needed again."""


@functools.cache
def _server(baud: int) -> slave.Server:
    return slave.Server(baud)


def bus(model: Any, baud: int) -> slave.ChargerBus:
    """The charger's end of the line, its server kept."""
    return slave.ChargerBus(model, baud, server=lambda baud: _Kept(_server(baud)))


class Faults:
    """Brings a story's faults into the plant as their moments come; `began` is [fault, state] of each that has."""

    def __init__(self, world: World, faults: tuple[Fault, ...]) -> None:
        self._world, self._waiting, self._due = world, list(faults), []  # type: tuple[World, list[Fault], list]
        self.began: list[tuple[str, str]] = []

    def state(self) -> str:
        """The controller's state as the process image tells it."""
        if self._world.dead:
            return DEAD
        number = int(self._world.image[SLOTS["STATE"]])
        return STATE_NAMES[number] if 0 <= number < len(STATE_NAMES) else "STATE %d" % number

    def step(self) -> None:
        """After each block."""
        if not self._waiting and not self._due:
            return
        now, state = self._world.time_s, self.state()
        for fault in list(self._waiting):
            if now >= fault.at_s and fault.state in ("", state):
                self._waiting.remove(fault)
                self._due.append((now + fault.delay_s, fault))
        for moment, fault in list(self._due):
            if now >= moment:
                self._due.remove((moment, fault))
                self._begin(fault, state)

    def _begin(self, fault: Fault, state: str) -> None:
        self.began.append((fault.name, state))
        if fault.action == RESTART:
            self._world.restart(fault.args["seconds"])
        else:
            self._world.plant.schedule(self._world.time_s, fault.action, dict(fault.args))


def play(seed: int, folder: Path | None = None, make_world: Any = World, each: Any = None) -> dict[str, Any]:
    """The row of a seed. `folder` keeps the run's files; `each(world)` is called after every block."""
    told, began = story(seed), time.monotonic()
    place = Path(folder or tempfile.mkdtemp(prefix="islander-campaign-"))
    died, faults = "", None
    try:
        with make_world(told.scenario, seed, place, make_bus=bus) as world:
            faults = Faults(world, told.faults)
            try:
                while world.step():
                    faults.step()
                    if each:
                        each(world)
            except (FirmwareDied, ProtocolError) as why:
                died = str(why)
            return {**row(told, world, faults, died), "wall_s": round(time.monotonic() - began, 2)}
    finally:
        if folder is None:
            shutil.rmtree(place, ignore_errors=True)


def row(told: Story, world: World, faults: Faults, died: str) -> dict[str, Any]:
    """One line of the table. Times in ms count from the loss; what did not happen is None."""
    marks = world.marks
    lost = marks.get("grid_lost", marks.get("disturbance"))

    def after(name: str) -> float | None:
        return None if lost is None or name not in marks else round((marks[name] - lost) * 1e3, 3)

    return {
        "seed": told.seed,
        "open_ms": told.open_ms,
        "load_share": round(told.load_share, 4),
        "duration_s": told.scenario.duration_s,
        "policy": int(told.scenario.settings["transfer_policy"]),
        "plan_w": round(told.scenario.site.charger.plan_w, 1),
        "faults": "; ".join("%s@%s" % pair for pair in faults.began),
        "faults_drawn": "; ".join(fault.name for fault in told.faults),
        "states": " ".join(name for _, name in world.states),
        "end": faults.state(),
        "grid_lost": "grid_lost" in marks,
        "k1_open_command_ms": after("k1_open_command"),
        "k1_proven_open_ms": after("k1_proven_open"),
        "house_live_ms": after("house_live"),
        "violations": "; ".join("%s at %.3f s: %s" % (v["kind"], v["time_s"], v["detail"]) for v in world.violations),
        "overruns": int(world.image[SLOTS["TICK_BAD"]]),
        "died": died,
    }


def bad(found: dict[str, Any]) -> bool:
    """A run that must be looked at."""
    return bool(found["violations"] or found["died"] or found["overruns"])
