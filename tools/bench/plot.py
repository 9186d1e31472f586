"""Latency of every detector as distributions, one pane a level."""

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

LONGEST_MS = 20.0


def draw(drawn: dict[str, dict[str, list[float]]], path: Path) -> None:
    """`drawn`: level -> detector -> times in ms, NaN for never; what never came is a line that stays below 100 %."""
    figure, panes = plt.subplots(2, 2, figsize=(10, 6.4), sharex=True, sharey=True)
    for pane, (level, detectors) in zip(panes.flat, drawn.items(), strict=False):
        for name, times in detectors.items():
            values = np.sort(np.array(times, dtype=float))
            seen = values[~np.isnan(values)]
            share = 100 * np.arange(1, len(seen) + 1) / max(1, len(values))
            own = name == "this firmware"
            label = name if len(seen) else name + " (never)"
            pane.step(np.append(seen, LONGEST_MS), np.append(share, share[-1] if len(share) else 0), where="post",
                      linewidth=2.4 if own else 1.2, color="black" if own else None, label=label)  # fmt: skip
        pane.set_title(level, fontsize=10)
        pane.grid(alpha=0.3)
        pane.set_xlim(0, LONGEST_MS)
    for pane in panes[:, 0]:
        pane.set_ylabel("seen, %")
    for pane in panes[1]:
        pane.set_xlabel("ms after the onset")
    panes[0, 0].legend(fontsize=8, loc="lower right")
    figure.suptitle("Time to see a lost grid, 60 Hz, 8 % distortion, limits with no false trip", fontsize=11)
    figure.tight_layout()
    figure.savefig(path, dpi=100)
    plt.close(figure)
