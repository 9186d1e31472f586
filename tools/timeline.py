"""Draws one run as a picture a person can read: the waves around each transfer, and the whole run below them.

It draws what the recording holds and judges nothing.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402 - the backend must be chosen first
import numpy as np  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from matplotlib.gridspec import GridSpec, GridSpecFromSubplotSpec  # noqa: E402

from tools.recording import MARK_WORDS, Recording  # noqa: E402

GRID, HOUSE, CAR, SOC = "#2b6cb0", "#dd6b20", "#2f855a", "#805ad5"
INK, FAINT, RULE, ALARM = "#1a202c", "#718096", "#cbd5e0", "#c53030"
STATE_COLOURS = {
    "OUT_OF_SERVICE": "#a0aec0",
    "GRID": "#63a4dd",
    "PARALLEL": "#2b6cb0",
    "OPENING": "#b7791f",
    "DARK": "#2d3748",
    "BONDING": "#b7791f",
    "STARTING": "#ecc94b",
    "ISLAND": "#ed8936",
    "SYNCHRONISING": "#9f7aea",
    "UNBONDING": "#b7791f",
    "CLOSING": "#b7791f",
    "HANDBACK": "#4fb3a5",
    "OPEN_TRANSITION": "#718096",
    "RECLOSING": "#b7791f",
    "LOCKOUT_86": ALARM,
    "SERVICE": "#a0aec0",
    "BYPASSED": "#a0aec0",
}
RUN_MARKS = {"grid_lost", "disturbance", "recovered", "grid_back", "k1_closed"}
SIGNALS = ("K1 command", "K1 52a", "K1 52b", "KN proof", "K2 52a", "Island request")
SIZE_IN, DPI = (16.0, 11.5), 110


@dataclass(frozen=True)
class Moment:
    """A stretch worth a close look; `zero_s` is where its milliseconds count from."""

    title: str
    zero_s: float
    before_ms: float
    after_ms: float

    def span_s(self) -> tuple[float, float]:
        return self.zero_s - self.before_ms / 1000, self.zero_s + self.after_ms / 1000


def moments(recording: Recording) -> list[Moment]:
    """The one to three stretches to look at closely, in order of time."""
    marks = recording.marks
    found = []
    lost, opened = marks.get("grid_lost", marks.get("disturbance")), marks.get("k1_open_command")
    if lost is not None:
        found.append(Moment("The grid fails" if "grid_lost" in marks else "The disturbance", lost, 45, 75))
    if opened is not None and (lost is None or opened - lost > 0.06):
        found.append(Moment("K1 opens", opened, 45, 75))
    if "house_live" in marks:
        found.append(Moment("The house is live again", marks["house_live"], 330, 130))
    if "k1_closed" in marks:
        found.append(Moment("Back to the grid", marks["k1_closed"], 75, 45))
    if "recovered" in marks and len(found) < 3:
        found.append(Moment("The grid is well again", marks["recovered"], 45, 75))
    if not found:
        found.append(Moment("The end of the run", recording.end_s - 0.06, 60, 60))
    return sorted(found, key=lambda moment: moment.zero_s)[:3]


def draw(recording: Recording, headline: list[str], path: Path) -> None:
    """Write the picture. `headline`: short facts for the line under the title."""
    with plt.rc_context({"font.size": 9, "axes.edgecolor": RULE, "text.color": INK, "axes.labelcolor": INK}):
        figure = plt.figure(figsize=SIZE_IN, dpi=DPI, facecolor="white")
        whole = GridSpec(
            2, 1, figure, left=0.068, right=0.945, top=0.885, bottom=0.05, height_ratios=(1.0, 1.22), hspace=0.2
        )
        _title(figure, recording, headline)
        looks = moments(recording)
        above = GridSpecFromSubplotSpec(2, len(looks), whole[0], height_ratios=(3.1, 1.0), hspace=0.06, wspace=0.1)
        for column, moment in enumerate(looks):
            wave = figure.add_subplot(above[0, column])
            logic = figure.add_subplot(above[1, column], sharex=wave)
            _waves(wave, recording, moment, first=column == 0)
            _logic(logic, recording, moment, first=column == 0)
        _run(figure, whole[1], recording, looks)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=DPI)
        plt.close(figure)


def _title(figure: Figure, recording: Recording, headline: list[str]) -> None:
    figure.text(0.068, 0.965, recording.scenario, fontsize=19, fontweight="bold")
    figure.text(0.945, 0.968, "seed %d" % recording.seed, fontsize=9, color=FAINT, ha="right")
    figure.text(0.068, 0.944, recording.title, fontsize=11.5, color=INK)
    figure.text(0.068, 0.921, "   ·   ".join(headline), fontsize=10.5, color=FAINT)


def _waves(axes: Axes, recording: Recording, moment: Moment, first: bool) -> None:
    start_s, end_s = moment.span_s()
    times, volts = recording.waves_between(start_s, end_s)
    ms = (times - moment.zero_s) * 1000
    axes.plot(ms, volts[:, 0], color=GRID, lw=3.4, alpha=0.55, label="grid L1")  # seen beneath a house in step with it
    axes.plot(ms, volts[:, 2], color=HOUSE, lw=1.3, label="house L1")
    peak = 1.5 * recording.nominal_v * 1.4142
    axes.set(xlim=(-moment.before_ms, moment.after_ms), ylim=(-peak, peak))
    axes.set_title("%s, %.3f s" % (moment.title, moment.zero_s), loc="left", fontsize=11, fontweight="bold")
    _mark_moment(axes, recording, moment, peak)
    _plain(axes, bottom=False)
    axes.tick_params(labelbottom=False, length=0)
    if first:
        axes.set_ylabel("volts")
        axes.legend(loc="lower right", frameon=False, ncols=2, borderaxespad=0.1, handlelength=1.4)
    else:
        axes.tick_params(labelleft=False)


def _mark_moment(axes: Axes, recording: Recording, moment: Moment, peak: float) -> None:
    """Marks inside the stretch: a line each, words stepped down so that they never overlap."""
    start_s, end_s = moment.span_s()
    inside = sorted((s, name) for name, s in recording.marks.items() if start_s <= s <= end_s and name in MARK_WORDS)
    for row, (when_s, name) in enumerate(inside):
        at_ms = (when_s - moment.zero_s) * 1000
        right = at_ms < moment.after_ms - 0.45 * (moment.before_ms + moment.after_ms)
        axes.axvline(at_ms, color=INK, lw=0.8, ls=(0, (3, 2)))
        words = MARK_WORDS[name] if at_ms == 0 else ("%s %+.1f ms" % (MARK_WORDS[name], at_ms)).replace("-", "\u2212")
        axes.annotate(
            words,
            (at_ms, peak * (0.97 - 0.105 * row)),
            xytext=(4 if right else -4, 0),
            textcoords="offset points",
            ha="left" if right else "right",
            va="top",
            fontsize=8.5,
            bbox={"boxstyle": "square,pad=0.12", "fc": "white", "ec": "none", "alpha": 0.85},
        )


def _logic(axes: Axes, recording: Recording, moment: Moment, first: bool) -> None:
    """Commands and proof contacts as a logic analyser shows them, the same rows in every column."""
    start_s, end_s = moment.span_s()
    shown = [name for name in SIGNALS if len(recording.edges.get(name, ())) > 1]  # those that ever change
    for row, name in enumerate(shown):
        times, levels = _steps(recording.edges[name], start_s, end_s)
        ms, height = (times - moment.zero_s) * 1000, -row + 0.62 * levels
        colour = INK if name.endswith(("command", "request")) else HOUSE
        axes.fill_between(ms, -row, height, step="post", color=colour, alpha=0.18, lw=0)
        axes.step(ms, height, where="post", color=colour, lw=1.2)
    axes.set(ylim=(-len(shown) + 0.8, 0.85), xlabel="ms")
    axes.set_yticks([0.3 - row for row in range(len(shown))], shown if first else [""] * len(shown), fontsize=8)
    axes.tick_params(axis="y", length=0)
    _plain(axes)


def _steps(edges: list[tuple[float, bool]], start_s: float, end_s: float) -> tuple[np.ndarray, np.ndarray]:
    """The edges inside a stretch with the level at both its ends."""
    level = next((on for when, on in reversed(edges) if when <= start_s), False)
    inside = [(when, on) for when, on in edges if start_s < when < end_s]
    last = inside[-1][1] if inside else level
    rows = [(start_s, level), *inside, (end_s, last)]
    return np.array([when for when, _ in rows]), np.array([float(on) for _, on in rows])


def _run(figure: Figure, place, recording: Recording, looks: list[Moment]) -> None:
    """The whole run: states, voltage, frequency, power."""
    rows = GridSpecFromSubplotSpec(4, 1, place, height_ratios=(0.62, 1.0, 1.0, 1.15), hspace=0.12)
    band = figure.add_subplot(rows[0])
    panels = [figure.add_subplot(rows[i], sharex=band) for i in (1, 2, 3)]
    band.set_xlim(0, max(recording.end_s, 0.01))
    _states(band, recording)
    _voltage(panels[0], recording)
    _frequency(panels[1], recording)
    _power(panels[2], recording)
    for axes in panels:
        for name in RUN_MARKS & recording.marks.keys():
            axes.axvline(recording.marks[name], color=INK, lw=0.7, ls=(0, (3, 2)), zorder=0)
        for moment in looks:
            axes.axvspan(*moment.span_s(), color=HOUSE, alpha=0.15, lw=0)
    for name in RUN_MARKS & recording.marks.keys():
        at = (recording.marks[name], 0.97)
        over: dict[str, Any] = {"xytext": (3, 0), "textcoords": "offset points", "va": "top", "fontsize": 8.5}
        panels[0].annotate(MARK_WORDS[name], at, xycoords=("data", "axes fraction"), **over)
    for axes in panels[:-1]:
        axes.tick_params(labelbottom=False, length=0)
    panels[-1].set_xlabel("seconds of simulated time")


def _states(axes: Axes, recording: Recording) -> None:
    """The band. A state too short for its name gets it above, on a leader."""
    ends = [*(since for since, _ in recording.states), recording.end_s][1:]
    width = SIZE_IN[0] * 0.877 * 72 / max(recording.end_s, 1e-9)  # points per second
    above = []
    for (since, name), end in zip(recording.states, ends, strict=True):
        axes.axvspan(since, end, 0.0, 0.5, color=STATE_COLOURS.get(name, FAINT), lw=0.4)
        if (end - since) * width > 6.0 * len(name):
            inside: dict[str, Any] = {"ha": "center", "va": "center", "color": "white", "weight": "bold"}
            axes.text((since + end) / 2, 0.245, name, fontsize=8.5, **inside)
        else:
            above.append((since, end, name))
    points = _spread([(since + end) / 2 for since, end, _ in above], [6.6 * len(name) / width for *_, name in above])
    for (since, end, name), x in zip(above, points, strict=True):
        axes.plot([(since + end) / 2, x], [0.5, 0.68], color=FAINT, lw=0.7, clip_on=False)
        axes.text(x, 0.7, name, ha="center", va="bottom", fontsize=7.5, color=INK)
    axes.set(ylim=(0, 1), yticks=[])
    axes.set_ylabel("state", rotation=0, ha="right", va="center", y=0.25)
    axes.tick_params(labelbottom=False, length=0)
    for side in axes.spines.values():
        side.set_visible(False)


def _spread(wanted: list[float], widths: list[float]) -> list[float]:
    """Places as near to `wanted` (in order) as their widths allow: pushed right, then each cluster centred again."""
    clusters: list[list[int]] = []
    places: list[float] = []
    for i in range(len(wanted)):
        clusters.append([i])
        while True:
            places = _place(clusters, wanted, widths)
            if len(clusters) < 2:
                break
            left, right = clusters[-2][-1], clusters[-1][0]
            if places[left] + widths[left] / 2 <= places[right] - widths[right] / 2:
                break
            clusters[-2:] = [clusters[-2] + clusters[-1]]
    return places


def _place(clusters: list[list[int]], wanted: list[float], widths: list[float]) -> list[float]:
    places = []
    for cluster in clusters:
        total = sum(widths[i] for i in cluster)
        left = max(sum(wanted[i] for i in cluster) / len(cluster) - total / 2, 0.0)
        for i in cluster:
            places.append(left + widths[i] / 2)
            left += widths[i]
    return places


def _voltage(axes: Axes, recording: Recording) -> None:
    low, high = 0.88 * recording.nominal_v, 1.10 * recording.nominal_v
    axes.axhspan(low, high, color=CAR, alpha=0.10, lw=0)
    for leg in range(recording.grid_v.shape[1]):
        kind = "-" if leg == 0 else (0, (4, 1.5))
        axes.plot(recording.time_s, recording.grid_v[:, leg], color=GRID, lw=1.4, ls=kind, label=_leg("grid", leg))
        axes.plot(recording.time_s, recording.house_v[:, leg], color=HOUSE, lw=1.4, ls=kind, label=_leg("house", leg))
    axes.set(ylabel="volts RMS", ylim=(-0.06 * recording.nominal_v, 1.28 * recording.nominal_v))
    _legend(axes)
    _plain(axes)


def _leg(side: str, leg: int) -> str:
    return side if leg == 0 else "_" + side


def _frequency(axes: Axes, recording: Recording) -> None:
    axes.plot(recording.time_s, recording.house_hz, color=HOUSE, lw=1.4, label="house")
    axes.plot(recording.time_s, recording.grid_hz, color=GRID, lw=1.4, label="grid")
    both = np.concatenate((recording.grid_hz, recording.house_hz))
    off = np.abs(both[np.isfinite(both)] - recording.nominal_hz)
    reach = float(np.clip(1.3 * np.quantile(off, 0.995), 0.2, 3.0)) if len(off) else 0.2
    axes.set(ylabel="hertz", ylim=(recording.nominal_hz - reach, recording.nominal_hz + reach))
    axes.ticklabel_format(axis="y", useOffset=False)
    _legend(axes)
    _plain(axes)


def _power(axes: Axes, recording: Recording) -> None:
    axes.axhline(0, color=RULE, lw=0.8)
    axes.plot(recording.time_s, recording.house_w / 1000, color=HOUSE, lw=1.4, label="house load")
    axes.plot(recording.time_s, recording.charger_w / 1000, color=CAR, lw=1.4, label="charger into the house")
    low, high = axes.get_ylim()
    axes.set(ylabel="kilowatts", ylim=(low, high + 0.38 * (high - low)))  # room for the legend
    battery = axes.twinx()
    battery.plot(recording.time_s, recording.soc, color=SOC, lw=1.4, ls=(0, (5, 1.5)), label="car's charge")
    middle = float(np.nanmean(recording.soc)) if len(recording.soc) else 50.0
    reach = max(1.0, 1.2 * float(np.nanmax(np.abs(recording.soc - middle)))) if len(recording.soc) else 1.0
    battery.set_ylim(middle - reach, middle + reach)
    battery.set_ylabel("car, %", color=SOC)
    battery.tick_params(axis="y", colors=SOC, length=0)
    for side in battery.spines.values():
        side.set_visible(False)
    handles = [*axes.get_legend_handles_labels()[0], *battery.get_legend_handles_labels()[0]]
    battery.legend(handles=handles, loc="upper left", ncols=3, frameon=False, borderaxespad=0.1, fontsize=8.5)
    _plain(axes)


def _legend(axes: Axes) -> None:
    axes.legend(loc="lower right", ncols=4, frameon=False, borderaxespad=0.1, fontsize=8.5)


def _plain(axes: Axes, bottom: bool = True) -> None:
    axes.grid(True, color=RULE, lw=0.5, alpha=0.7)
    axes.set_axisbelow(True)
    for name, side in axes.spines.items():
        side.set_visible(name == "left" or (name == "bottom" and bottom))
    axes.tick_params(colors=FAINT, labelcolor=INK)
