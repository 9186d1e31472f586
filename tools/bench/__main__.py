"""Measures the detectors: how fast, how surely, at what cost, beside their targets and beside textbook peers.

    python -m tools.bench            the whole bench, about ten minutes on two cores
    python -m tools.bench --quick    a small share of it, under a minute: figures of less worth

Prints the table, writes build/bench/bench.json and build/bench/latency.png. All times are of the flag at the end of the
tick that raises it. The peers are ours, by the textbook; their limits are the highest that trip on no benign wave of
ten seeds. The exit code is 1 when a target is missed.
"""

import argparse
import json
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tools.bench import measure, page, peers, plot
from tools.bench.measure import Row

OUT = Path("build") / "bench"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer points and cycles")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--no-cost", action="store_true", help="leave the emulated chip alone")
    parser.add_argument("--page", type=Path, help="write the table as this page too")
    args = parser.parse_args()
    rows, drawn = gather(20_000 if args.quick else 1_000_000, 60 if args.quick else 1000, not args.no_cost)
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "bench.json").write_text(json.dumps([row.as_dict() for row in rows], indent=1) + "\n")
    plot.draw(drawn, args.out / "latency.png")
    if args.page:
        args.page.write_text(page.text(rows))
    show(rows)
    print("all of it in %s" % args.out)
    return 1 if any(row.met is False or (row.value is None and row.target is not None) for row in rows) else 0


def gather(cycles: int, points: int, cost: bool) -> tuple[list[Row], dict[str, dict[str, list[float]]]]:
    """Every row, with progress on a terminal; the latencies at 60 Hz for the plot."""
    rows: list[Row] = []
    drawn: dict[str, dict[str, list[float]]] = {}
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
        steps = progress.add_task("bench", total=14)
        for hz in (60, 50):
            limit = measure.peer_limits(hz, max(2000, cycles // 100))
            progress.advance(steps)
            found, times = measure.latencies(hz, points, limit)
            drawn = drawn or times
            rows += found
            progress.advance(steps)
            rows.append(measure.decay(hz, max(20, points // 5)))
            progress.advance(steps)
            task = progress.add_task("benign grid, %d Hz" % hz, total=cycles)
            for step in measure.benign(hz, cycles):
                if isinstance(step, Row):
                    rows.append(step)
                else:
                    progress.update(task, completed=step[0])
            rows += measure.frequency(hz, 2) + measure.frequency(hz, 1)
            progress.advance(steps)
            rows.append(measure.rms(hz))
            progress.advance(steps)
            rows += measure.elements(hz, points)
            progress.advance(steps)
        rows += measure.cost() if cost else []
        progress.advance(steps, 2)
    return rows, drawn


def show(rows: list[Row]) -> None:
    """The table for a terminal: value, target, peers."""
    table = Table("what", "value", "target", "", *peers.NAMES, title="detectors of this tree")
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows:
        missed = row.met is False or (row.value is None and row.target is not None)
        mark = "MISSED" if missed else "met" if row.met else ""
        sign = "<=" if row.better == "lower" else ">="
        target = "" if row.target is None else "%s %g %s" % (sign, row.target, row.unit)
        others = ["" if name not in row.peers else page.shown(row.peers[name]) for name in peers.NAMES]
        table.add_row(row.metric, page.shown(row.value) + " " + row.unit, target, mark, *others)
    Console(width=170 if not sys.stdout.isatty() else None).print(table)


if __name__ == "__main__":
    sys.exit(main())
