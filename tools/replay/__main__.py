"""Plays every record of a folder through the firmware's sensing and protection under MicroPython.

    python -m tools.replay RECORDS [--policy RIDE_THROUGH|SEAMLESS] [--code 3|"cat iii"]

Writes build/replay/results.json and a plot for each record. A file that is no record is one line, and the rest goes on;
the exit code is then 1.
"""

import argparse
import json
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.console import Console
from rich.progress import track

from tools.replay import play, plot, records

OUT = Path("build") / "replay"
DRAWING = threading.Lock()  # matplotlib draws one picture at a time


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("records", type=Path, help="a folder of .npz, COMTRADE (.cfg with .dat) and .csv records")
    parser.add_argument("--policy", choices=play.POLICIES, default="RIDE_THROUGH")
    parser.add_argument(
        "--code", help="grid code by number or part of its name; default: IEEE 1547 Cat III or VDE-AR-N 4105"
    )
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--no-plots", action="store_true")
    args = parser.parse_args()
    try:
        code, paths = play.code_of(args.code), records.found(args.records)
    except ValueError as why:
        print("replay: %s" % why, file=sys.stderr)
        return 2
    if not paths:
        print("replay: no .npz, .cfg or .csv in %s" % args.records, file=sys.stderr)
        return 2
    return run(paths, args, code)


def one(path: Path, args: argparse.Namespace, code: int | None) -> play.Played | str:
    """A record played and drawn, or what is wrong with it."""
    try:
        record = records.load(path)
        played = play.play(record, args.policy, code)
    except (ValueError, RuntimeError) as why:
        return str(why)
    if not args.no_plots:
        with DRAWING:
            plot.draw(record, played, args.out / (record.name + ".png"))
    return played


def run(paths: list[Path], args: argparse.Namespace, code: int | None) -> int:
    args.out.mkdir(parents=True, exist_ok=True)
    console = Console(stderr=True)
    rows, broken, simulated, began = [], [], 0.0, time.monotonic()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        answers = zip(paths, pool.map(lambda path: one(path, args, code), paths), strict=True)
        shown = track(answers, total=len(paths), description="replay", console=console, disable=not console.is_terminal)
        for path, answer in shown:
            if isinstance(answer, str):
                broken.append({"file": path.name, "why": answer})
                print("%-44s BROKEN: %s" % (path.name, answer))
                continue
            simulated += answer.simulated_s
            rows.append(answer.row)
            print(line_of(answer.row))
    factor = simulated / (time.monotonic() - began)
    results = {"policy": args.policy, "code": args.code, "times_real_time": round(factor, 1)}
    results |= {"records": rows, "broken": broken}
    (args.out / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    print(
        "%d records, %d broken, %.0f s at %.0f times real time; results and plots in %s"
        % (len(rows), len(broken), simulated, factor, args.out)
    )
    return 1 if broken else 0


def line_of(row: dict[str, object]) -> str:
    """A record on one line of a terminal."""
    what = "no action"
    if row["action"] == "open":
        late = "" if row["latency_ms"] is None else " (%.1f ms after the onset)" % float(str(row["latency_ms"]))
        what = "open at %.4f s%s: %s, %s" % (
            float(str(row["t_action_s"])),
            late,
            row["element"],
            row["lost_or_rejected"],
        )
    elif row["t_flag_s"] is not None:
        what = "no action; flag at %.4f s" % float(str(row["t_flag_s"]))
    return "%-44s %-34s %s" % (row["record"], str(row["event"])[:34], what)


if __name__ == "__main__":
    sys.exit(main())
