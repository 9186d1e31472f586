"""One run as the reports see it: columns over the whole run, the sampled waves, switching edges and the marks.

The runner fills it from the plant; timeline.py draws it and summary.py counts in it. It must never come from what the
firmware believes alone: voltages, currents and contacts are the plant's truth, the state is the firmware's.
"""

from dataclasses import dataclass, field

import numpy as np

MARK_WORDS = {
    "disturbance": "disturbance",
    "grid_lost": "grid lost",
    "k1_open_command": "K1 told to open",
    "k1_proven_open": "K1 proven open",
    "house_live": "house live",
    "recovered": "grid well again",
    "grid_back": "grid back",
    "k1_close_command": "K1 told to close",
    "k1_closed": "K1 closed",
}


@dataclass
class Recording:
    """Times in seconds of simulated time; volts RMS leg to neutral; watts positive into the house."""

    scenario: str
    title: str
    seed: int
    nominal_v: float
    nominal_hz: float
    # columns over the whole run, one row every 10 ms
    time_s: np.ndarray
    grid_v: np.ndarray  # rows x legs
    house_v: np.ndarray
    grid_hz: np.ndarray  # nan: not measurable
    house_hz: np.ndarray
    house_w: np.ndarray
    charger_w: np.ndarray
    soc: np.ndarray  # percent
    # the samples: grid L1, grid L2, house L1, house L2 in volts
    wave_s: np.ndarray
    wave_v: np.ndarray  # samples x 4
    states: list[tuple[float, str]]
    edges: dict[str, list[tuple[float, bool]]]  # signal -> [(time, level from then on)]
    marks: dict[str, float] = field(default_factory=dict)

    @property
    def end_s(self) -> float:
        return float(self.time_s[-1]) if len(self.time_s) else 0.0

    def waves_between(self, start_s: float, end_s: float) -> tuple[np.ndarray, np.ndarray]:
        """Times and samples of a stretch."""
        first, last = np.searchsorted(self.wave_s, (start_s, end_s))
        return self.wave_s[first:last], self.wave_v[first:last]

    def state_at(self, time_s: float) -> str:
        """The state the firmware was in; empty before it said any."""
        name = ""
        for since, state in self.states:
            if since > time_s:
                break
            name = state
        return name
