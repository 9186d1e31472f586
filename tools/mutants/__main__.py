"""Operator mutants on firmware/protect and firmware/transfer: how many do their own tests notice?

    python -m tools.mutants                 a sample of 600, drawn by --seed; goes on where it stopped
    python -m tools.mutants --full          every one (many hours)
    python -m tools.mutants --page docs/mutants.md    writes the page from the results there are

Results: build/mutants/results.jsonl. Exit code 0 when the score is at least 95 %, 1 when not, 130 when stopped.
A survivor that no test could notice is named with its reason in tools/mutants/equivalent.json and does not count.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path

from tools.mutants import mutant as making
from tools.mutants.mutant import KILLED, ROOT, SAME, SURVIVED, Mutant

OUT = ROOT / "build" / "mutants" / "results.jsonl"
EQUIVALENT = Path(__file__).with_name("equivalent.json")
LEAST = 0.95
PAGE = """# Operator mutants

<!-- Written by `python -m tools.mutants --page docs/mutants.md`; do not edit. -->

cosmic-ray's operators (a comparison, an arithmetic or bit operator, a number, a condition changed, one at a time) on
the code of `firmware/protect` and `firmware/transfer`; a mutant is killed when a test of the room's own fails. Every
cell of the transition table is mutated elsewhere, exhaustively: `make prove`. `make mutants` tries a sample drawn by a
fixed seed and goes on where it stopped, `make mutants FULL=1` all of them. Survivors have had tests written against
them, so that the score is that of these tests on this sample, not an estimate for mutants never looked at.

"""


def everything() -> list[Mutant]:
    return [one for module in making.modules() for one in making.all_of(module)]


def sample(found: list[Mutant], count: int, seed: int) -> list[Mutant]:
    """What was tried on modules that have not changed since, filled up in the order of a hash: a change of one module
    leaves the other modules' results in the sample."""
    there = known()

    def rank(one: Mutant) -> tuple[bool, str]:
        return one.key not in there, hashlib.sha256(("%d %s" % (seed, one.key)).encode()).hexdigest()

    tried = sum(one.key in there for one in found)
    return sorted(sorted(found, key=rank)[: max(count, tried)])


def known() -> dict[str, str]:
    """Results there are: key -> KILLED or SURVIVED."""
    if not OUT.is_file():
        return {}
    return dict(json.loads(line) for line in OUT.read_text().splitlines())


def reasons() -> dict[str, str]:
    """'module: difference' -> why no test can notice it."""
    return dict(json.loads(EQUIVALENT.read_text()))


def name(one: Mutant) -> str:
    return "%s: %s" % (one.module.removeprefix("firmware."), making.difference(one))


def play(mutants: list[Mutant]) -> None:
    """Try those that are not known yet, each result written as it comes."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    making.warm()
    there = known()
    OUT.parent.mkdir(parents=True, exist_ok=True)
    columns = (TextColumn("mutants"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with OUT.open("a") as out, Progress(*columns) as bar:
        task = bar.add_task("", total=len(mutants))
        for one in mutants:
            if there.get(one.key) not in (KILLED, SAME):  # tests may have learnt to notice a survivor
                result = making.attempt(one)
                out.write(json.dumps([one.key, result]) + "\n")
                out.flush()
                if result == SURVIVED and name(one) not in reasons():
                    bar.console.print("survived: %s" % name(one), highlight=False, markup=False)
            bar.advance(task)


def tell(mutants: list[Mutant], population: int) -> tuple[list[str], float]:
    """(lines, score) of the results there are."""
    results, why = known(), reasons()
    tried = [one for one in mutants if one.key in results]
    alike = sum(results[one.key] == SAME for one in tried)
    lived = [one for one in tried if results[one.key] == SURVIVED]
    equivalent = [one for one in lived if name(one) in why]
    counted = len(tried) - alike - len(equivalent)
    killed = len(tried) - alike - len(lived)
    score = killed / counted if counted else 0.0
    half = 1.96 * (score * (1 - score) / counted) ** 0.5 if counted else 0.0
    text = (
        "%d of %d mutants tried: %d are the same program, %d killed, %d survived, %d of these named as equivalent;"
        " score %.1f %% (95 %% interval +-%.1f)"
    )
    figures = (len(tried), population, alike, killed, len(lived), len(equivalent), 100 * score, 100 * half)
    lines = [text % figures]
    for room in making.ROOMS:
        there = [one for one in tried if one.module.split(".")[1] == room]
        dead = sum(results[one.key] == KILLED for one in there)
        lines.append("%-9s %d tried, %d killed" % (room, len(there), dead))
    lines += ["equivalent  %s  (%s)" % (name(one), why[name(one)]) for one in equivalent]
    lines += ["survived    %s" % name(one) for one in lived if one not in equivalent]
    return lines, score


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=600, help="how many of all (default: 600)")
    parser.add_argument("--seed", type=int, default=1, help="draws the sample")
    parser.add_argument("--full", action="store_true", help="all of them")
    parser.add_argument("--page", type=Path, default=None, help="write the page from the results there are")
    options = parser.parse_args(arguments)
    if options.count < 1:
        print("mutants: --count must be at least 1", file=sys.stderr)
        return 2
    found = everything()
    mutants = found if options.full else sample(found, options.count, options.seed)
    if options.page is None:
        try:
            play(mutants)
        except KeyboardInterrupt:
            print("mutants: stopped; the same command goes on from here", file=sys.stderr)
            return 130
    lines, score = tell(mutants, len(found))
    print("\n".join(lines))
    if options.page:
        options.page.write_text(PAGE + "```\n" + "\n".join(lines) + "\n```\n")
    return 0 if score >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
