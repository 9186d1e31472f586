"""Thousands of random runs on all cores, or on a cluster: each run's safety is judged by the plant.

    python -m tools.campaign --runs 10000                what is missing of seeds 0..9999: it goes on where it was
    python -m tools.campaign --scheduler tcp://host:8786 the same on a Dask cluster (the same clone on each worker)
    python -m tools.campaign --seed 4711                 one run again, told, its files in build/campaign/seed-4711
    python -m tools.campaign --page docs/campaign.md     writes the page from the runs there are

Results: build/campaign/VERSION/*.parquet, where VERSION changes with the firmware's and the plant's source, and a plot.
Exit code 0 when no run broke a rule, 1 when one did, 2 for a wrong call, 130 when stopped.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from tools.campaign import play, summary
from tools.campaign.table import ROOT, Table, batches, fingerprint

OUT = ROOT / "build" / "campaign"
BATCH = 10


def work(seeds: list[int]) -> list[dict[str, Any]]:
    """One batch, in a worker's process."""
    return [play.play(seed) for seed in seeds]


def client(scheduler: str, workers: int | None) -> Any:
    """Dask's client: of the cluster named, or of this machine's cores, one process each."""
    from dask.distributed import Client, LocalCluster

    if scheduler:
        return Client(scheduler)
    cluster = LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None, memory_limit=0
    )
    return Client(cluster)


def campaign(table: Table, seeds: list[int], scheduler: str, workers: int | None) -> int:
    """Play the seeds, each batch written as it comes; the number of runs that must be looked at."""
    from dask.distributed import as_completed
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    looks = 0
    columns = (TextColumn("campaign"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with client(scheduler, workers) as cluster, Progress(*columns, TextColumn("{task.fields[told]}")) as bar:
        task = bar.add_task("", total=len(seeds), told="")
        futures = cluster.map(work, batches(seeds, BATCH), pure=False)
        for future, rows in as_completed(futures, with_results=True):
            table.add(rows)
            future.release()
            for row in filter(play.bad, rows):
                looks += 1
                bar.console.print("seed %d: %s" % (row["seed"], summary.trouble(row)), highlight=False)
            bar.update(task, advance=len(rows), told="%d to look at" % looks if looks else "")
    return looks


LEAST_TOLD = 200  # a version with fewer runs is a trial


def earlier(out: Path) -> dict[str, list[dict[str, Any]]]:
    """The runs there are of other versions."""
    folders = [path.name for path in sorted(out.iterdir()) if any(path.glob("*.parquet"))]
    tables = {name: Table(out, name).rows() for name in folders if name != fingerprint()}
    return {name: rows for name, rows in tables.items() if len(rows) >= LEAST_TOLD}


def again(seed: int) -> int:
    """One run, told."""
    from tools import report, timeline

    folder = OUT / ("seed-%d" % seed)
    told = play.story(seed)
    print("seed %d: contactors %g ms, load %.0f %%" % (seed, told.open_ms, 100 * told.load_share))
    for at_s, action, args in told.scenario.events:
        print("  %7.3f s  %s %s" % (at_s, action, args or ""))
    for fault in told.faults:
        when = "at %.3f s" % fault.at_s
        if fault.state:
            when = "%.3f s after %s, from %.3f s on" % (fault.delay_s, fault.state, fault.at_s)
        print("  fault    %s %s: %s" % (fault.name, dict(fault.args), when))
    seen: list[Any] = []

    def each(world: Any) -> None:
        if world.states and (not seen or seen[-1] != world.states[-1]):
            seen.append(list(world.states[-1]))
            print("  %7.3f s  %s" % tuple(seen[-1]))
        if world.time_s >= world.scenario.duration_s - 0.003:
            timeline.draw(report.recording(world), ["seed %d" % seed], folder / "timeline.png")

    row = play.play(seed, folder, each=each)
    print("\n".join("  %-20s %s" % pair for pair in row.items()))
    return 1 if play.bad(row) else 0


def main(arguments: list[str] | None = None) -> int:
    text = (__doc__ or "").partition("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m tools.campaign", description=text)
    parser.add_argument("--runs", type=int, default=1000, help="seeds 0 to this, less one (default: 1000)")
    parser.add_argument("--first", type=int, default=0, help="begin with this seed instead")
    parser.add_argument("--scheduler", default="", help="tcp://host:port of a Dask scheduler (default: this machine)")
    parser.add_argument("--workers", type=int, default=None, help="processes on this machine (default: one a core)")
    parser.add_argument("--seed", type=int, default=None, help="one run again, told")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument(
        "--page", type=Path, default=None, help="write the page from the runs there are, and its picture"
    )
    options = parser.parse_args(arguments)
    if options.seed is not None:
        return again(options.seed)
    if options.runs < 1 or options.first < 0 or (options.workers or 1) < 1:
        print("campaign: --runs and --workers must be at least 1, --first at least 0", file=sys.stderr)
        return 2
    table = Table(options.out, fingerprint())
    if options.page is None:
        there = {row["seed"] for row in table.rows()}
        missing = [seed for seed in range(options.first, options.first + options.runs) if seed not in there]
        print("campaign: %d runs, %d there already, in %s" % (options.runs, options.runs - len(missing), table.folder))
        try:
            campaign(table, missing, options.scheduler, options.workers)
        except KeyboardInterrupt:
            print("campaign: stopped; the same command goes on from here", file=sys.stderr)
            return 130
    rows = table.rows()
    print("\n".join(summary.lines(rows)))
    if rows:
        picture = options.page.parent / "img" / "campaign.png" if options.page else table.folder / "campaign.png"
        summary.draw(rows, picture)
        print("campaign: drawn in %s" % picture)
    if options.page:
        options.page.write_text(summary.page(rows, earlier(options.out)))
    return 1 if any(play.bad(row) for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
