"""The matrix of IEC 62116 with and without the dither, and a diet of grids that never opened.

    python -m tools.islanding                    the matrix; picture and figures in build/islanding/
    python -m tools.islanding --events 1000 --quiet-h 1    the diet as well, in whole 200 s and 600 s stretches
    python -m tools.islanding --page docs/islanding.md     the page and its picture from what was measured last

Exit code 1 when a cell was not seen within 2 s or a grid that stayed was taken for an island.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tools.islanding import cells, page

OUT = Path("build/islanding")
STRETCH_EVENTS, EVERY_S, STRETCH_S = 100, 2.0, 600.0


def play(title: str, what: Callable[[Any], dict], each: list) -> list[dict]:
    """On all cores, in the order of `each`."""
    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with ProcessPoolExecutor(os.cpu_count()) as pool, Progress(*columns) as bar:
        task = bar.add_task("", total=len(each))
        waiting = {pool.submit(what, one): i for i, one in enumerate(each)}
        found: dict[int, dict] = {}
        for done in as_completed(waiting):
            found[waiting[done]] = done.result()
            bar.advance(task)
    return [found[i] for i in range(len(each))]


def matrix(steps: int) -> list[cells.Cell]:
    """Every case with the dither, and the middle one without."""
    places = [round(0.2 * i / (steps - 1) - 0.1, 4) for i in range(steps)]
    cases = [(*case, 20) for case in cells.CASES] + [(*cells.CASES[1], 0)]
    return [cells.Cell(dp, dq, *case) for case in cases for dp in places for dq in places]


def diets(events: int, quiet_h: float) -> list[cells.Diet]:
    """Stretches short enough for all cores to be busy."""
    loud = [cells.Diet(i, STRETCH_EVENTS, EVERY_S) for i in range(-(-events // STRETCH_EVENTS))]
    return loud + [cells.Diet(1000 + i, 0, 1.0, STRETCH_S) for i in range(round(quiet_h * 3600 / STRETCH_S))]


def main(arguments: list[str] | None = None) -> int:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m tools.islanding", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--steps", type=int, default=5, help="cells from -10 %% to +10 %% each way (default 5, as IEC 62116 has it [M])"
    )
    parser.add_argument("--events", type=int, default=0, help="severe events on a grid that stays (default none)")
    parser.add_argument("--quiet-h", type=float, default=0.0, help="hours of a quiet grid (default none)")
    parser.add_argument("--diet-only", action="store_true", help="keep the matrix that was measured last")
    parser.add_argument("--page", type=Path, help="write the page and its picture from what was measured last, and end")
    options = parser.parse_args(arguments)
    if options.steps < 2 or options.events < 0 or options.quiet_h < 0:
        print("islanding: --steps is at least 2, --events and --quiet-h at least 0", file=sys.stderr)
        return 2
    OUT.mkdir(parents=True, exist_ok=True)
    if not options.page:
        if not options.diet_only:
            found = play("matrix", cells.detect, matrix(options.steps))
            (OUT / "matrix.json").write_text(json.dumps(found, indent=1) + "\n")
        if options.events or options.quiet_h:
            diet = play("grids that stay", cells.benign, diets(options.events, options.quiet_h))
            (OUT / "diet.json").write_text(json.dumps(diet, indent=1) + "\n")
    told = page.Results.read(OUT)
    page.draw(told, options.page.parent / "img" / "islanding.png" if options.page else OUT / "islanding.png")
    print("\n".join(told.lines()))
    if options.page:
        options.page.write_text(page.text(told), encoding="utf-8")
    return 1 if told.wrong() else 0


if __name__ == "__main__":
    sys.exit(main())
