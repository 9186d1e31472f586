"""From waves in per unit to what the converter would read: a steady lead-in, 8 kS/s, twelve bits, noise."""

import numpy as np
import numpy.typing as npt

from tools.replay.records import Record

SAMPLE_HZ = 8000
LEAD_S = 4.0  # the detector arms after one second, 78 speaks three seconds after the line came alive
BLEND_S = 0.002
PEAK_COUNTS = 1024  # of 1.0 per unit: +-2 pu over 4096 counts
NOISE_COUNTS = 4.0  # 4 mpu
HARMONICS = 25
WELL = 0.12  # pu
BEFORE_S = 0.004  # what an onset may be early


def lead_in(record: Record) -> npt.NDArray[np.float64]:
    """The record with LEAD_S of a steady wave before it, fitted to what lies before the onset."""
    rate, waves = record.rate_hz, record.waves
    before = record.onset_s - BEFORE_S if record.onset_s else 0.2
    count = int(min(max(before, 1.2 / record.nominal_hz) * rate, 0.2 * rate, waves.shape[1]))
    times = np.arange(count) / rate
    orders = [h for h in range(1, HARMONICS + 1) if h * record.nominal_hz < 0.45 * rate]
    orders = orders[: max(1, min(len(orders), count // 8))]

    def basis(hz: float, at: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        parts = [np.ones((len(at), 1))]
        parts += [np.column_stack([np.cos(2 * np.pi * h * hz * at), np.sin(2 * np.pi * h * hz * at)]) for h in orders]
        return np.hstack(parts)

    def left(hz: float) -> float:
        known = basis(hz, times)[:, :11]
        return sum(
            float(np.sum((w[:count] - known @ np.linalg.lstsq(known, w[:count], rcond=None)[0]) ** 2)) for w in waves
        )

    hz = float(record.nominal_hz)
    for span, steps in ((0.5, 41), (0.03, 31)):
        tries = np.linspace(hz - span, hz + span, steps)
        hz = float(tries[int(np.argmin([left(x) for x in tries]))])
    earlier = (np.arange(int(LEAD_S * rate)) - int(LEAD_S * rate)) / rate
    now, then = basis(hz, times), basis(hz, earlier)
    return np.hstack([np.array([then @ healthy(np.linalg.lstsq(now, w[:count], rcond=None)[0]) for w in waves]), waves])


def healthy(parts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The fitted wave; a leg that was not well before the record began gets a clean wave of 1.0 in the same phase, for
    the lead-in has to be a grid."""
    size = float(np.hypot(parts[1], parts[2]))
    if abs(size - 1) <= WELL and abs(parts[0]) < WELL and float(np.abs(parts[3:]).sum()) < 2 * WELL:
        return parts
    clean = np.zeros_like(parts)
    clean[1:3] = parts[1:3] / size if size > WELL else (1.0, 0.0)
    return clean


def resampled(waves: npt.NDArray[np.float64], rate_hz: float) -> npt.NDArray[np.float64]:
    """At SAMPLE_HZ: above it after a moving average of one new sample, below it as they are; linear between samples."""
    if rate_hz == SAMPLE_HZ:
        return waves
    width = int(rate_hz // SAMPLE_HZ)
    if width > 1:
        kernel = np.ones(width) / width
        waves = np.array([np.convolve(w, kernel, mode="same") for w in waves])
    old = np.arange(waves.shape[1]) / rate_hz
    new = np.arange(int(waves.shape[1] / rate_hz * SAMPLE_HZ)) / SAMPLE_HZ
    return np.array([np.interp(new, old, w) for w in waves])


def frames(record: Record, seed: int = 1) -> npt.NDArray[np.uint16]:
    """[ticks * 4, stride] counts: the grid's legs; the house sees the same, as behind a closed K1."""
    waves = resampled(lead_in(record), record.rate_hz)
    legs, n = waves.shape
    n -= n % 4
    stride = 8 if legs == 3 else 4
    out = np.full((n, stride), 2048.0)
    house = 3 if legs == 3 else 2
    for leg in range(legs):
        out[:, leg] += PEAK_COUNTS * waves[leg, :n]
        out[:, house + leg] += PEAK_COUNTS * waves[leg, :n]
    out += np.random.default_rng(seed).normal(0, NOISE_COUNTS, out.shape)
    return np.clip(np.rint(out), 0, 4095).astype("<u2")
