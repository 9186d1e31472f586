"""Detectors as others build them, ours by the textbook, for the same waves: how low each may look without a false trip.

Each gives for every sample a number that falls when the line is lost: the amplitude it measures, in pu, or for the
counter of zero crossings the share of a half cycle that may still pass.
"""

import numba
import numpy as np
import numpy.typing as npt

from tools.bench.signals import HZ, MID, PEAK

Numbers = npt.NDArray[np.float64]
NAMES = ("one-cycle DFT", "half-cycle DFT", "SOGI", "zero crossings")


@numba.njit(cache=True)
def dft(x: Numbers, hz: float, samples: int) -> Numbers:
    """Amplitude of the fundamental over the last `samples` by a sliding sum."""
    out = np.zeros(len(x))
    w = 2 * np.pi * hz / 8000.0
    re = im = 0.0
    for i in range(len(x)):
        re += x[i] * np.cos(w * i)
        im += x[i] * np.sin(w * i)
        if i >= samples:
            re -= x[i - samples] * np.cos(w * (i - samples))
            im -= x[i - samples] * np.sin(w * (i - samples))
        out[i] = 2 * np.sqrt(re * re + im * im) / samples
    return out


@numba.njit(cache=True)
def sogi(x: Numbers, hz: float) -> Numbers:
    """Second-order generalised integrator, k = 1.41, trapezoidal; amplitude from both outputs."""
    out = np.zeros(len(x))
    w, k, step = 2 * np.pi * hz, 1.41, 1 / 8000.0
    a = b = 0.0
    for i in range(len(x)):
        for _ in range(4):
            a += step / 4 * w * (k * (x[i] - a) - b)
            b += step / 4 * w * a
        out[i] = np.sqrt(a * a + b * b)
    return out


@numba.njit(cache=True)
def crossings(x: Numbers, hz: float) -> Numbers:
    """1 - time since the last crossing of a band of +-0.02 pu, in half cycles; below zero where it is overdue."""
    out = np.zeros(len(x))
    side, since = 0, 0
    for i in range(len(x)):
        since += 1
        now = 1 if x[i] > 0.02 else (-1 if x[i] < -0.02 else 0)
        if now != 0 and now != side:
            side = now
            since = 0
        out[i] = 1 - since * 2 * hz / 8000.0
    return out


def numbers(counts: npt.NDArray[np.uint16], hz: int) -> dict[str, Numbers]:
    """Of every peer, over one wave; its offset (the mean of the first second) is taken out as a relay would."""
    x = (counts.astype(float) - MID) / PEAK
    x -= x[:HZ].mean()
    cycle = round(HZ / hz)
    return {
        "one-cycle DFT": dft(x, float(hz), cycle),
        "half-cycle DFT": dft(x, float(hz), cycle // 2),
        "SOGI": sogi(x, float(hz)),
        "zero crossings": crossings(x, float(hz)),
    }


def limits(waves: list[npt.NDArray[np.uint16]], hz: int) -> dict[str, float]:
    """The highest limit of each peer that trips on none of these benign waves, less 2 % of a pu."""
    lowest = dict.fromkeys(NAMES, 1.0)
    for wave in waves:
        for name, values in numbers(wave, hz).items():
            lowest[name] = min(lowest[name], float(values[HZ:].min()) - 0.02)
    return lowest


def latencies_ms(counts: npt.NDArray[np.uint16], onsets: npt.NDArray[np.int64], hz: int, limit: dict[str, float],
                 within_s: float = 0.08) -> dict[str, Numbers]:  # fmt: skip
    """For each peer the time from each onset to its trip, ms; NaN where it saw nothing in `within_s`."""
    found = {}
    for name, values in numbers(counts, hz).items():
        times = np.full(len(onsets), np.nan)
        for i, onset in enumerate(onsets):
            low = np.flatnonzero(values[onset : onset + int(within_s * HZ)] < limit[name])
            if len(low):
                times[i] = (low[0] + 1) * 1000 / HZ
        found[name] = times
    return found
