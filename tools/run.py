"""Plays a scenario: the firmware on the real interpreter against the simulated site, shown live, told in three files.

    python -m tools.run blackout --speed max --seed 1

Exit code 0 only when the scenario ended as it should and no safety rule was broken, 1 when not, 2 for a wrong call. It
decides nothing about the run: the scenario says what should happen, the plant says what did.
"""

import argparse
import itertools
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.live import Live

from tools import report, timeline, view
from tools.interpreter import NoInterpreter
from tools.plant import summary as figures
from tools.plant.firmware import FirmwareDied
from tools.plant.protocol import ProtocolError
from tools.plant.scenarios import SCENARIOS
from tools.plant.world import World
from tools.watch import Watch

RUN_DIR = Path("build/run")
ASK_BEFORE_END_S = 1.0  # the technician asks for the events this long before the end
REFRESH_S = 0.12
LINE_EVERY_S = 5.0  # of simulated time, where there is no terminal
ASK = b"events csv\r"


class Screen:
    """The live screen of a terminal."""

    def __init__(self, console: Console):
        self._console = console
        plain = console.encoding.lower().replace("-", "") != "utf8"
        self._signs = view.PLAIN_SIGNS if plain else view.Signs()
        self._live = Live(console=console, auto_refresh=False)
        self._next = 0.0

    def __enter__(self):
        self._live.start()
        return self

    def __exit__(self, *why):
        self._live.stop()

    def show(self, watch: Watch, final: bool = False) -> None:
        """Draw, if it is time to."""
        now = time.monotonic()
        if now < self._next and not final:
            return
        self._next = now + REFRESH_S
        self._live.update(view.screen(watch.scene(), self._console.width, self._signs), refresh=True)


class Lines:
    """A line for each event, and one every few seconds, for logs."""

    def __init__(self):
        self._told, self._next_s = 0, 0.0

    def __enter__(self):
        return self

    def __exit__(self, *why):
        pass

    def show(self, watch: Watch, final: bool = False) -> None:
        """Tell what is new."""
        for when, text, _ in watch.events[self._told :]:
            print("%7.2f s  * %s" % (when, text), flush=True)
        self._told = len(watch.events)
        if watch.world.time_s >= self._next_s:
            self._next_s += LINE_EVERY_S
            print(view.line(watch.scene()), flush=True)


def play(world: World, watch: Watch, shown: Screen | Lines, realtime: bool) -> str:
    """Step to the end; what the firmware's console said to `events csv`."""
    began = time.monotonic()
    asked = False
    while world.step():
        watch.look()
        shown.show(watch)
        if not asked and world.time_s >= world.scenario.duration_s - ASK_BEFORE_END_S:
            world.console_read()
            world.console_send(ASK)
            asked = True
        if realtime:
            time.sleep(max(0.0, began + world.time_s - time.monotonic()))
    said = world.console_read()
    watch.look()
    shown.show(watch, final=True)
    return said.decode("utf-8", "replace")


def events_csv(said: str) -> str:
    """The rows of the answer without the echo and the prompt: the header, and what follows with no fewer commas."""
    lines = [line.rstrip("\r") for line in said.split("\n")]
    rows = list(itertools.dropwhile(lambda line: line.count(",") < 2, lines))
    rows = list(itertools.takewhile(lambda line: line.count(",") >= rows[0].count(","), rows))
    return "".join(row + "\n" for row in rows)


def run(name: str, seed: int, realtime: bool, folder: Path, console: Console, make_world=World) -> int:
    """Play one scenario and leave its files; the exit code."""
    scenario, died, said = SCENARIOS[name], "", ""
    for old in ("timeline.png", "events.csv", "summary.json"):
        (folder / old).unlink(missing_ok=True)
    print("%s: %s" % (name, scenario.title), flush=True)
    with make_world(scenario, seed, folder) as world:
        watch = Watch(world)
        try:
            with Screen(console) if console.is_terminal else Lines() as shown:
                said = play(world, watch, shown, realtime)
        except (FirmwareDied, ProtocolError) as why:
            died = str(why)
        summary = figures.build(world)
        failures = [died] if died else scenario.failures(summary)
        rows = events_csv(said)
        if not died and not rows:
            failures.append("events.csv: the console gave no rows to `events csv`; it said %r" % said[-200:])
        write(folder, world, summary, rows)
    print(report.verdict(summary, failures, str(folder)), flush=True)
    return 1 if failures or summary["violations"] else 0


def write(folder: Path, world: World, summary: dict, rows: str) -> None:
    """The three files."""
    (folder / "events.csv").write_text(rows)
    (folder / "summary.json").write_text(figures.text(summary))
    timeline.draw(report.recording(world), report.headline(summary), folder / "timeline.png")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.run", description="Play a scenario.")
    parser.add_argument("scenario", nargs="?", default="blackout", help="a name that `python -m tools.scenarios` lists")
    parser.add_argument("--speed", choices=("max", "realtime"), default="max")
    parser.add_argument("--seed", type=int, default=1, help="everything random hangs on it")
    parser.add_argument("--dir", type=Path, default=RUN_DIR, help="where the files go (default: build/run)")
    options = parser.parse_args(arguments)
    if options.scenario not in SCENARIOS:
        print("run: no scenario %r; there are %s" % (options.scenario, ", ".join(SCENARIOS)), file=sys.stderr)
        return 2
    try:
        return run(options.scenario, options.seed, options.speed == "realtime", options.dir, Console())
    except NoInterpreter as why:
        print("run: %s" % why, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("run: stopped.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
