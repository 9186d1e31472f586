"""Proves what can be proved of the transition table: exhaustively, cell by cell, and with the switchgear around it.

    python -m tools.prove

Three parts: every state x every combination of the facts it consults against a second statement of what is meant; every
cell of the table changed, each change seen or proved to alter nothing; then breadth first over the table together with
contacts that weld, stick, drag or drop, a grid that comes and goes, a charger that forms or does not, and people. The
exit code is 1 when anything is found; a way to it is printed step by step.
"""

import argparse
import sys
import time
from collections import Counter

from rich.console import Console
from rich.table import Table

from tools.prove import search
from tools.prove.world import NAMES, World

sys.path.append("host_tests/shim")
from host_tests.table import mutants  # noqa: E402 - the second statement and the mutants belong to the tests


def exhaustive() -> tuple[int, list[str]]:
    """(combinations, what differs)"""
    count, wrong = 0, []
    for state, name in enumerate(NAMES):
        space = mutants.Space(state)
        count += 1 << len(space.names)
        if space.answers(mutants.rows(state)) != space.intention():
            wrong.append("%s: the table does not do what is meant" % name)
    return count, wrong


def cells() -> Counter[str]:
    """How many changed cells were seen, and how many proved to alter nothing."""
    tally: Counter[str] = Counter()
    for state in range(len(NAMES)):
        space = mutants.Space(state)
        right = space.answers(mutants.rows(state))
        for _, changed in mutants.mutants(state, space.names):
            tally["proved equivalent" if space.answers(changed) == right else "seen"] += 1
    return tally


def shown(world: World) -> str:
    parts = ["K1 closed" if world.k1 else "K1 open", "K2 closed" if world.k2 else "K2 open"]
    parts += ["bonded" if world.bond else "not bonded", "grid live" if world.grid else "grid dead"]
    parts += ["charger forms"] * world.forming + ["K1 welded"] * world.welded
    return "%-15s %s" % (NAMES[world.state], ", ".join(parts))


def main() -> int:
    argparse.ArgumentParser(description=__doc__.partition("\n")[0]).parse_args()
    console, progress = Console(), Console(stderr=True)
    report = Table("part", "explored", "found", "s", title="the transition table")
    began = time.monotonic()
    count, wrong = exhaustive()
    report.add_row("against what is meant", "%d combinations" % count, "%d states differ" % len(wrong), clock(began))
    began = time.monotonic()
    tally = cells()
    found = "all seen or equivalent" if sum(tally.values()) else "nothing tried"
    text = "%d changed cells: %d seen, %d proved equivalent" % (
        sum(tally.values()),
        tally["seen"],
        tally["proved equivalent"],
    )
    report.add_row("every cell changed", text, found, clock(began))
    bad = bool(wrong)
    for faults in (False, True):
        began = time.monotonic()
        with progress.status("searching") as status:
            result = search.search(
                faults, lambda done, known: status.update("searching: %d of %d worlds" % (done, known))
            )
        name = "with contacts that %s" % ("weld, stick, drag, drop" if faults else "obey")
        seen = "%d worlds, %d steps, %d states" % (result.worlds, result.steps, len(result.states))
        outcome = result.rule or ("%d traps" % len(result.trapped) if result.trapped else "no rule broken, no trap")
        report.add_row(name, seen, outcome, clock(began))
        bad = bad or bool(result.rule) or bool(result.trapped)
        for world, choice in result.way:
            console.print("  %s   %s" % (shown(world), "<- " + choice.kind if choice else "start"))
        for world in result.trapped[:5]:
            console.print("  trap: %s" % shown(world))
    for text in wrong:
        console.print(text)
    console.print(report)
    return 1 if bad else 0


def clock(began: float) -> str:
    return "%.1f" % (time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main())
