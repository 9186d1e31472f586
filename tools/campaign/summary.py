"""What a campaign found: figures, a picture, a page."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from tools.campaign import play
from tools.campaign.draw import OPEN_MS, RIDE_THROUGH, SEAMLESS, STATES

Row = dict[str, Any]
QUANTILES = (50, 90, 99, 100)
WHATS = (("K1 proven open", "k1_proven_open_ms"), ("house live again", "house_live_ms"))
HEAD = """# The campaign: random runs of the whole firmware

<!-- Written by `python -m tools.campaign --page docs/campaign.md` from the runs in build/campaign; do not edit. -->

Each run is drawn from its seed: house load 0 to 80 % of the charger's power, resistive, electronic and motors;
contactors that open in 8, 15 or 25 ms; an outage that is clean, a sag, comes twice, returns within the opening itself,
stays, or none; and none, one or two faults, at a moment or when the controller is in a given state. The firmware is the
real one on MicroPython's unix interpreter, the charger's end pymodbus's server; the plant judges safety on its own
voltages and contacts. `make campaign N=10000` plays them on all cores, `SCHEDULER=tcp://host:8786` on a Dask cluster
whose workers have the same clone at the same path; stopped and started again it goes on where it was. `make campaign
AGAIN=17` plays one again and tells it. The delays of the grid code are shortened through settings, as in `make run`.

Not real: contactors of the plant are armatures with travel, jitter and bounce, not recordings; a run lasts some ten
seconds; no run has been made on hardware.

"""


BEFORE = """
## Versions of before

Runs count for the version they were made with: any change to the firmware or the plant begins anew. What these found,
and what was done about it, is in [decision 0091](decisions/0091-what-the-campaign-found.md).

```
%s
```
"""


def trouble(row: Row) -> str:
    """What there is to look at in a run."""
    late = "%d ticks without their samples" % row["overruns"] if row["overruns"] else ""
    return " | ".join(text for text in (row["violations"], row["died"].partition("\n")[0], late, row["faults"]) if text)


# An outage as the controller meets it: (words, transfer_policy, the charger feeds the cut-off line)
CASES = (
    ("seamless", SEAMLESS, False),
    ("seamless, charger fed the line", SEAMLESS, True),
    ("by the code", RIDE_THROUGH, False),
    ("by the code, charger fed the line", RIDE_THROUGH, True),
)


def times(rows: list[Row], name: str, open_ms: float, policy: int, fed: bool) -> np.ndarray:
    """Of the sound runs whose grid was cut off: no fault began, so the figure is its own and its contactors'."""
    sound = (r for r in rows if r["open_ms"] == open_ms and r["grid_lost"] and not r["faults"])
    return np.array(
        [r[name] for r in sound if r["policy"] == policy and (r["plan_w"] < 0) == fed and r[name] is not None]
    )


def pairs(rows: list[Row]) -> Counter:
    """(fault, state in which it began) -> runs."""
    found: Counter = Counter()
    for row in rows:
        for pair in filter(None, row["faults"].split("; ")):
            fault, _, state = pair.partition("@")
            found[fault, state] += 1
    return found


def quantile_lines(rows: list[Row]) -> list[str]:
    head = ("ms from the loss, no fault", "contactor", "runs", "median", "p90", "p99", "max")
    lines = ["%-50s %9s %5s %8s %8s %8s %8s" % head]
    for what, name in WHATS:
        for words, policy, fed in CASES:
            for open_ms in OPEN_MS:
                found = times(rows, name, open_ms, policy, fed)
                if len(found):
                    q = np.percentile(found, QUANTILES)
                    row = ("%s, %s" % (what, words), open_ms, len(found), *q)
                    lines.append("%-50s %6.0f ms %5d %8.1f %8.1f %8.1f %8.1f" % row)
    return lines


def lines(rows: list[Row]) -> list[str]:
    """For the terminal."""
    bad = [row for row in rows if play.bad(row)]
    begun = pairs(rows)
    hours = sum(row["duration_s"] for row in rows) / 3600
    said = [
        "campaign: %d runs, %.1f simulated hours, %d faults begun in %d of %d pairs of fault and state"
        % (len(rows), hours, sum(begun.values()), len(begun), len({f for f, _ in begun}) * (len(STATES) + 2))
    ]
    said += quantile_lines(rows) if rows else []
    said.append("campaign: %d runs broke a rule or died" % len(bad))
    said += ["  make campaign AGAIN=%d   %s" % (row["seed"], trouble(row)) for row in bad[:40]]
    return said


def draw(rows: list[Row], path: Path) -> None:
    """Distributions by contactor, and how often each fault began in each state."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure = plt.figure(figsize=(11, 12), layout="constrained")
    top, bottom = np.ravel(np.array(figure.subfigures(2, 1, height_ratios=[1, 1.5])))
    for axes, (what, name) in zip(top.subplots(1, 2), WHATS, strict=True):
        _steps(axes, rows, what, name)
    _matrix(bottom.subplots(), pairs(rows))
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=90)
    plt.close(figure)


def _steps(axes: Any, rows: list[Row], what: str, name: str) -> None:
    for open_ms in OPEN_MS:
        found = np.sort(times(rows, name, open_ms, SEAMLESS, False))
        if len(found):
            axes.step(
                found, np.arange(1, len(found) + 1) / len(found), where="post", label="%g ms contactors" % open_ms
            )
    axes.set(
        title="%s after the loss, policy seamless" % what,
        xlabel="ms",
        ylabel="share of runs without fault",
        ylim=(0, 1),
    )
    axes.grid(True, alpha=0.3)
    if axes.get_lines():
        axes.legend()


def _matrix(axes: Any, begun: Counter) -> None:
    faults = sorted({fault for fault, _ in begun})
    seen = {state for _, state in begun}
    states = [state for state in ("OUT_OF_SERVICE", *STATES, "LOCKOUT_86", play.DEAD) if state in seen]
    states += sorted(seen - set(states))
    counts = np.array([[begun[fault, state] for state in states] for fault in faults], ndmin=2)
    axes.imshow(np.log1p(counts), aspect="auto", cmap="Blues")
    axes.set_xticks(range(len(states)), states, rotation=30, ha="right")
    axes.set_yticks(range(len(faults)), faults)
    for y, x in np.ndindex(counts.shape):
        dark = counts[y, x] > np.expm1(np.log1p(counts.max()) / 2)
        axes.text(x, y, counts[y, x] or "", ha="center", va="center", fontsize=7, color="white" if dark else "black")
    axes.set_title("how often each fault began in each state")


def page(rows: list[Row], earlier: dict[str, list[Row]] | None = None) -> str:
    """docs/campaign.md: this version's runs, and in short those of `earlier` versions."""
    from tools.campaign.table import fingerprint

    text = "\n".join(lines(rows))
    found = "Runs of version %s of firmware and plant:\n\n```\n%s\n```\n\n" % (fingerprint(), text)
    return HEAD + found + "![distributions, and faults by state](img/campaign.png)\n" + before(earlier or {})


def before(earlier: dict[str, list[Row]]) -> str:
    """What was found in versions of before."""
    if not earlier:
        return ""
    said = []
    for version, rows in sorted(earlier.items(), key=lambda item: -len(item[1])):
        bad = [row for row in rows if play.bad(row)]
        said.append("version %s: %d runs, %d broke a rule or died" % (version, len(rows), len(bad)))
        said += ["  seed %d   %s" % (row["seed"], trouble(row)) for row in bad[:40]]
    return BEFORE % "\n".join(said)
