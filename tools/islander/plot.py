"""A wave record as a picture: grid and house volts, their difference, and what contacts and coils did."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tools.islander.readout import Wave

GRID, HOUSE, MARK, QUIET = ("#0B5FA5", "#5AA9E6"), ("#B85C00", "#F2A65A"), "#B00020", "#667085"
_TICK_MS = 0.5
_ALWAYS = ("K1", "K1_52A", "K1_52B", "K2", "ISLAND_REQUEST", "PERMIT")  # shown even where they stand still


def draw(wave: Wave, path: Path, state_names: tuple[str, ...]) -> Path:
    """Write the picture (PNG or SVG by its suffix)."""
    bits = changing(wave)
    figure = Figure(figsize=(12, 5.2 + 0.27 * len(bits)), dpi=110, layout="constrained")
    volts, house, track = figure.subplots(3, 1, sharex=True, height_ratios=[2.2, 2.2, 0.4 + 0.27 * (len(bits) + 1)])
    figure.suptitle(title(wave), x=0.01, ha="left", fontsize=12, fontweight="bold")
    _volts(volts, wave, "G", GRID, "grid, V")
    _volts(house, wave, "H", HOUSE, "house, V")
    _digital(track, wave, bits, state_names)
    for axis in (volts, house, track):
        axis.axvline(0, color=MARK, linewidth=1.2, linestyle=(0, (4, 3)))
        axis.spines[["top", "right"]].set_visible(False)
    track.set_xlabel("ms after the trigger")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
    return path


def title(wave: Wave) -> str:
    """Record 3 (start 7): trip, grid lost."""
    head = wave.head
    early = ", ended early" if head["short"] else ""
    return "Record %d, start %d: %s%s" % (head["wave"], head["start"], ", ".join(head["cause"]) or "no cause", early)


def changing(wave: Wave) -> list[str]:
    """The status bits that are worth a row."""
    names = [name for name in wave.head["digital"] if not name.startswith("STATE_")]
    return [name for name in names if name in _ALWAYS or np.ptp(wave.bit(name))]


def _volts(axis: Axes, wave: Wave, side: str, colours: tuple[str, str], label: str) -> None:
    volts, times = wave.volts(), wave.times_s() * 1e3
    columns = [i for i, name in enumerate(wave.head["channels"]) if name[0] == side]
    for n, i in enumerate(columns):
        skewed = times + i * wave.head["skew_ns"] / 1e6
        name = "%s L%s" % (label.split(",")[0], wave.head["channels"][i][1])
        axis.plot(skewed, volts[:, i], color=colours[n % 2], linewidth=1.1, label=name)
    peak = wave.head["nominal_mv"] / 1000 * 2**0.5
    axis.set_ylim(-1.35 * peak, 1.35 * peak)
    if np.abs(volts[:, columns]).max() > 1.3 * peak:
        axis.autoscale(axis="y")
    axis.set_ylabel(label)
    axis.grid(color="#D0D5DD", linewidth=0.5)
    axis.legend(loc="upper right", ncols=2, frameon=False, fontsize=9)
    axis.margins(x=0)


def _digital(axis: Axes, wave: Wave, names: list[str], state_names: tuple[str, ...]) -> None:
    ticks = len(wave.digital)
    edges = (np.arange(ticks + 1) - wave.head["trigger_frame"] / wave.head["tick_frames"]) * _TICK_MS
    for row, name in enumerate(names):
        for start, stop, on in runs(wave.bit(name)):
            axis.plot([edges[start], edges[stop]], [-row] * 2, color=HOUSE[0] if on else "#D0D5DD",
                      linewidth=6 if on else 1.5, solid_capstyle="butt")  # fmt: skip
    place = 1
    for start, stop, state in runs(wave.states()):
        name = state_names[state] if 0 <= state < len(state_names) else str(state)
        axis.axvspan(edges[start], edges[stop], ymin=0, ymax=1, alpha=0.05 if start else 0.0, color=GRID[0])
        if (stop - start) > 0.04 * ticks:
            axis.text((edges[start] + edges[stop]) / 2, place, name, ha="center", va="center", fontsize=8,
                      color=QUIET, fontweight="bold", clip_on=True)  # fmt: skip
    axis.set_yticks([1] + [-i for i in range(len(names))], ["state", *names], fontsize=8)
    axis.set_ylim(-len(names) + 0.4, place + 0.6)
    axis.tick_params(axis="y", length=0)


def runs(values: np.ndarray) -> list[tuple[int, int, int]]:
    """(first, one past the last, value) of each stretch of equal values."""
    cuts = [0, *(np.flatnonzero(np.diff(values)) + 1).tolist(), len(values)]
    return [(a, b, int(values[a])) for a, b in zip(cuts[:-1], cuts[1:], strict=True)]
