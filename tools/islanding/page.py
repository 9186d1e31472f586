"""The figures of `tools.islanding`, their picture and their page."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tools.islanding.cells import CASES, GIVEN_W, LONGEST_S

MOST_S = 2.0  # IEEE 1547-2018 8.1 and IEC 62116 [M]: an unintentional island ends within this
Row = dict[str, Any]
HEAD = """# Unintentional islands

<!-- Written by `python -m tools.islanding --page docs/islanding.md` from build/islanding; do not edit. -->

The grid opens upstream while the car exports just what the load left on the line draws. Voltage and frequency stay
within every limit, and the line stays live that a lineworker believes dead. Where the charger takes reactive power fast
enough (`sunspec_der` at 19200 baud or more), Islander asks it for 2 % of its rating, of one sign and then of the other,
200 ms each, and correlates the frequency with what was really sent (`firmware/protect/islanding.py`). An answer of
40 mHz raises a suspicion: 10 % is asked for, and an answer of 100 mHz on fresh data trips. **It never replaces the
charger's own certified method**; with the other profiles that one is alone, and `charger` on the console says so.

Measured with the whole firmware on MicroPython's unix interpreter in the simulated site: a parallel RLC load per leg of
Qf 1 (IEC 62116 [M]), an inverter without a method of its own but with its voltage and frequency trips, SunSpec
registers at 115200 baud, policy RIDE_THROUGH, WATTS W. The time ends when K1 is proven open or the line is dead. Not
measured: hardware, Qf above 1, several inverters on one line, a charger that is slow to change its reactive power.

""".replace("WATTS", str(GIVEN_W))


@dataclass(frozen=True)
class Results:
    """What was measured last: rows of `cells.detect` and of `cells.benign`."""

    matrix: list[Row]
    diet: list[Row]

    @classmethod
    def read(cls, folder: Path) -> "Results":
        """From the folder `tools.islanding` writes; what is not there is empty."""
        paths = (folder / "matrix.json", folder / "diet.json")
        return cls(*(json.loads(path.read_text()) if path.exists() else [] for path in paths))

    def of(self, case: tuple[float, float], dither_e3: int) -> list[Row]:
        """The rows of one case."""
        return [r for r in self.matrix if (r["pll_hz"], r["latency_s"]) == case and r["dither_e3"] == dither_e3]

    def wrong(self) -> bool:
        """A cell of the dither not ended in time, or a grid that stayed taken for an island."""
        late = [r for r in self.matrix if r["dither_e3"] and (r["ended_s"] is None or r["ended_s"] > MOST_S)]
        return bool(late) or any(r["trips"] for r in self.diet)

    def lines(self) -> list[str]:
        """The table, as text."""
        head = ("PLL, latency, dither", "cells", "within 2 s", "median s", "p95 s", "longest s")
        said = ["%-28s %6s %11s %9s %8s %10s" % head]
        for case, dither in [*((case, 20) for case in CASES), (CASES[1], 0)]:
            rows = self.of(case, dither)
            if rows:
                said.append("%-28s %6d " % (name(case, dither), len(rows)) + "%11s %9s %8s %10s" % _figures(rows))
        for words, rows in (
            ("severe events", [r for r in self.diet if r["events"]]),
            ("quiet", [r for r in self.diet if not r["events"]]),
        ):
            if rows:
                said.append(
                    "%s: %d events in %.2f h of watching: %d suspicions, %d trips; largest answer %d mHz"
                    % (
                        words,
                        sum(r["events"] for r in rows),
                        sum(r["watched_s"] for r in rows) / 3600,
                        sum(r["suspicions"] for r in rows),
                        sum(r["trips"] for r in rows),
                        max(r["most_mhz"] for r in rows),
                    )
                )
        return said


def name(case: tuple[float, float], dither_e3: int) -> str:
    """20 Hz, 50 ms, 2 %."""
    return "%g Hz, %g ms, %s" % (case[0], case[1] * 1000, "%g %%" % (dither_e3 / 10) if dither_e3 else "none")


def _figures(rows: list[Row]) -> tuple[str, str, str, str]:
    times = np.array([LONGEST_S if r["ended_s"] is None else r["ended_s"] for r in rows])

    def shown(x: float) -> str:
        return ">%.1f" % LONGEST_S if x >= LONGEST_S else "%.2f" % x

    within = "%.1f %%" % (100.0 * float(np.mean(times <= MOST_S)))
    return within, shown(np.median(times)), shown(np.percentile(times, 95)), shown(times.max())


def passive() -> tuple[float, float, float, float]:
    """(dP low, dP high, dQ low, dQ high) that the passive limits see within 2 s, closed form for Qf 1: an island of
    this load comes to V = sqrt(P/P_R) and f where L and C leave nothing over. Limits of category III [M]: 0.50 and
    1.20 pu, 56.5 and 62 Hz; what lies between is not seen."""
    return (1.0 / 1.2**2 - 1.0, 1.0 / 0.5**2 - 1.0, -(62.0 / 60.0 - 60.0 / 62.0), 60.0 / 56.5 - 56.5 / 60.0)


def draw(told: Results, path: Path) -> None:
    """A map a case: the time until the island ended, and the edge of what the passive limits see."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    shown = [(case, 20) for case in CASES] + [(CASES[1], 0)]
    figure, axes = plt.subplots(1, len(shown), figsize=(15, 4.3), layout="constrained", sharey=True)
    image = None
    for ax, (case, dither) in zip(axes, shown, strict=True):
        rows = told.of(case, dither)
        if not rows:
            continue
        places = sorted({r["dp"] for r in rows})
        at = {(r["dq"], r["dp"]): LONGEST_S if r["ended_s"] is None else r["ended_s"] for r in rows}
        field = np.array([[at[dq, dp] for dp in places] for dq in places])
        half = (places[1] - places[0]) * 50
        extent = (100 * places[0] - half, 100 * places[-1] + half) * 2
        image = ax.imshow(field, origin="lower", extent=extent, vmin=0, vmax=LONGEST_S, cmap="RdYlGn_r", aspect="auto")
        for y, dq in enumerate(places):
            for x, dp in enumerate(places):
                text = "%.1f" % field[y, x] if field[y, x] < LONGEST_S else "-"
                ax.text(100 * dp, 100 * dq, text, ha="center", va="center", fontsize=6)
        for edge in passive()[2:]:
            ax.axhline(100 * edge, color="black", linestyle="--", linewidth=1)
        ax.set(title="PLL %g Hz, latency %g ms, dither %s" % (case[0], case[1] * 1000, "2 %" if dither else "none"))
        ax.title.set_fontsize(9)
        ax.set_ylim(extent[2], extent[3])
        ax.set_xlabel("mismatch of P, % of the power given")
    axes[0].set_ylabel("mismatch of Q, %")
    if image is not None:
        figure.colorbar(image, ax=axes, label="s until the island ended (- = not within %g s)" % LONGEST_S)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=90)
    plt.close(figure)


def text(told: Results) -> str:
    """The page."""
    rows = ["    " + line for line in told.lines()]
    low, high, under, over = (100 * x for x in passive())
    return HEAD + "\n".join(
        [
            *rows,
            "",
            "![time until the island ended](img/islanding.png)",
            "",
            "Dashed: the edges of the passive non-detection zone in closed form (Qf 1; limits of category III [M] that",
            "act within 2 s): dP %.0f to %+.0f %%, dQ %.1f to %+.1f %%." % (low, high, under, over),
            "",
            "Severe events: phase jumps of 10 to 60 degrees, ramps of 0.5 to 3 Hz/s, sags to 0.55..0.9 pu with jumps,",
            "steps of load, one every two seconds. A suspicion costs 0.8 s of 10 % reactive power and nothing else.",
            "`make islanding` measures the maps anew, `python -m tools.islanding --events 1000 --quiet-h 5` the rest.",
            "",
        ]
    )
