"""One picture a record: the waves, the voltage and the frequency the firmware saw, and when it acted."""

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from tools.replay.play import Played
from tools.replay.records import Record

MOST = 20_000  # points of a wave drawn


def draw(record: Record, played: Played, path: Path) -> None:
    """Three panes over one time axis."""
    figure, (top, middle, bottom) = plt.subplots(3, 1, figsize=(9, 6.4), sharex=True, height_ratios=(2, 1, 1))
    times = np.arange(record.waves.shape[1]) / record.rate_hz
    every = max(1, len(times) // MOST)
    for leg, wave in enumerate(record.waves):
        top.plot(times[::every], wave[::every], linewidth=0.7, label="L%d" % (leg + 1))
    top.set_ylabel("pu of the peak")
    trace = played.trace[played.trace[:, 0] >= -0.02]
    middle.plot(trace[:, 0], trace[:, 1], label="lowest leg")
    middle.plot(trace[:, 0], trace[:, 2], label="highest leg")
    middle.set_ylabel("RMS, pu")
    seen = trace[trace[:, 3] > 0]
    bottom.plot(seen[:, 0], seen[:, 3], color="tab:green")
    bottom.set_ylabel("Hz, 2 cycles")
    bottom.set_xlabel("s")
    row = played.row
    for axis in (top, middle, bottom):
        if record.onset_s is not None:
            axis.axvline(record.onset_s, color="0.5", linestyle=":", label="onset")
        if row["t_flag_s"] is not None:
            axis.axvline(row["t_flag_s"], color="tab:orange", linestyle="--", label="loss flag")
        if row["action"] == "open":
            axis.axvline(row["t_action_s"], color="tab:red", label="opens: " + row["element"])
        axis.grid(alpha=0.3)
    top.legend(loc="upper right", fontsize=8, ncols=3)
    middle.legend(loc="lower left", fontsize=8)
    top.set_title("%s: %s" % (record.name, record.event or "no label"), fontsize=10)
    figure.tight_layout()
    figure.savefig(path, dpi=90)
    plt.close(figure)
