"""The rows of the bench: each a figure of the firmware's own detectors, its target, and what the peers reach."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from tools.bench import firmware, peers, signals
from tools.bench.firmware import Said
from tools.bench.signals import HZ

TUNED = range(10)  # seeds the peers' limits and the firmware's numbers were chosen with
UNSEEN = 1000  # first seed of the waves it is measured with; docs/detection.md says what was chosen with them
CHUNK = 6000  # cycles of benign grid in one wave
LEVELS = ((0.0, "hard loss"), (0.3, "sag to 0.30"), (0.5, "sag to 0.50"), (0.65, "sag to 0.65"))
TARGETS_MS = {0.0: (2.3, 2.8, 3.0), 0.3: (None, None, 5.0), 0.5: (None, None, 6.5), 0.65: (None, None, 15.0)}


@dataclass
class Row:
    """A line of bench.json. `better` is lower or higher; a target of None is a figure without one."""

    metric: str
    unit: str
    value: float | None
    target: float | None
    better: str = "lower"
    peers: dict[str, float | None] = field(default_factory=dict)

    @property
    def met(self) -> bool | None:
        if self.target is None or self.value is None:
            return None
        return self.value <= self.target if self.better == "lower" else self.value >= self.target

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def _late_ms(said: Said, onsets: npt.NDArray[np.int64], within_s: float) -> npt.NDArray[np.float64]:
    """From each onset to the first flag after it; NaN where none came in time."""
    times = onsets / HZ
    found = np.full(len(onsets), np.nan)
    for i, onset in enumerate(times):
        after = said.flags[(said.flags > onset) & (said.flags <= onset + within_s)]
        if len(after):
            found[i] = 1000 * (after[0] - onset)
    return found


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 3)


def _worst(times: npt.NDArray[np.float64]) -> float | None:
    """The longest; None when one was not seen at all."""
    return None if np.isnan(times).any() else _number(float(times.max()))


def _figure(times: npt.NDArray[np.float64], figure: str) -> float | None:
    """median, p99 or max; None when one of them was not seen at all."""
    if figure == "max" or np.isnan(times).any():
        return _worst(times)
    return _number(float(np.percentile(times, 50 if figure == "median" else 99)))


def latencies(hz: int, points: int, limit: dict[str, float]) -> tuple[list[Row], dict[str, dict[str, list[float]]]]:
    """Rows of every level, and all times for the plot."""
    waves = [signals.losses(level, points, hz, UNSEEN + i) for i, (level, _) in enumerate(LEVELS)]
    values = firmware.settings(hz)
    said = list(firmware.many(partial(firmware.play_wave, wave.counts, values) for wave in waves))
    scale = 60 / hz  # the targets are for 60 Hz; times of a cycle at 50
    rows, drawn = [], {}
    for (level, name), wave, answer in zip(LEVELS, waves, said, strict=True):
        own = _late_ms(answer, wave.onsets, 0.08)
        others = peers.latencies_ms(wave.counts, wave.onsets, hz, limit)
        drawn[name] = {"this firmware": own.tolist(), **{peer: times.tolist() for peer, times in others.items()}}
        for figure, target in zip(("median", "p99", "max"), TARGETS_MS[level], strict=True):
            if target is not None:
                metric = "%s, %s, %d points, %d Hz" % (name, figure, points, hz)
                beside = {peer: _figure(times, figure) for peer, times in others.items()}
                rows.append(Row(metric, "ms", _figure(own, figure), round(target * scale, 2), peers=beside))
    return rows, drawn


def decay(hz: int, count: int) -> Row:
    """A line fed by motors that run down."""
    wave = signals.back_emf(count, hz, UNSEEN)
    said = firmware.play_wave(wave.counts, firmware.settings(hz))
    times = _late_ms(said, wave.onsets, 0.3)
    return Row("motor back-EMF from 0.7 pu, max, %d Hz" % hz, "ms", _worst(times), round(13 * 60 / hz, 1))


def benign(hz: int, cycles: int) -> Iterator[Row | tuple[int, int]]:
    """(cycles done, false trips) as it goes, then the row."""
    chunks = max(1, cycles // CHUNK)
    size = min(CHUNK, cycles)
    values = firmware.settings(hz)

    def one(seed: int) -> Said:
        return firmware.play_wave(signals.benign(size, hz, seed)[0], values)

    false = 0
    for i, said in enumerate(firmware.many(partial(one, UNSEEN + k) for k in range(chunks))):
        false += len(said.flags)
        yield (i + 1) * size, false
    yield Row("false losses in %d benign cycles, %d Hz" % (chunks * size, hz), "count", false, 0)


def peer_limits(hz: int, cycles: int) -> dict[str, float]:
    """The limits the peers may have, from the waves they were tuned with."""
    return peers.limits([signals.benign(cycles, hz, seed)[0] for seed in TUNED], hz)


def frequency(hz: int, legs: int) -> list[Row]:
    """Largest error over +-2 Hz with 8 % distortion, after a second; a split phase has the noise of two converters."""
    tries = [hz + step for step in (-2.0, -1.3, -0.7, -0.2, 0.0, 0.2, 0.7, 1.3, 2.0)]
    values = firmware.settings(hz, legs=legs)
    waves = [(f, signals.steady(f, 1.0, 3.0, UNSEEN + seed, legs=legs)) for f in tries for seed in range(3)]
    said = firmware.many(partial(firmware.play_wave, wave, values) for _, wave in waves)
    wrong = np.zeros(2)
    dft = 0.0
    for (f, wave), answer in zip(waves, said, strict=True):
        wrong = np.maximum(wrong, abs(answer.trace[300:-1, 2:4] - 1000 * f).max(axis=0))
        dft = max(dft, _dft_error(wave.reshape(len(wave), -1)[:, 0], f, hz))
    where = "%s, %d Hz" % ("split phase" if legs == 2 else "one leg", hz)
    targets = (25, 5) if legs == 2 else (None, None)  # the reference board is split phase
    return [
        Row("frequency over 2 cycles, largest error, " + where, "mHz", _number(wrong[0]), targets[0],
            peers={"one-cycle DFT": _number(dft)}),
        Row("frequency over 6 cycles, largest error, " + where, "mHz", _number(wrong[1]), targets[1]),
    ]  # fmt: skip


def _dft_error(counts: npt.NDArray[np.uint16], f: float, hz: int) -> float:
    """Of the phase difference of a one-cycle DFT over one cycle, mHz."""
    x, n = counts.astype(float) - signals.MID, round(HZ / hz)
    turning = x * np.exp(-2j * np.pi * hz * np.arange(len(x)) / HZ)
    sums = np.cumsum(turning)
    phasor = sums[n:] - sums[:-n]
    step = np.angle(phasor[n:] / phasor[:-n])
    return float(1000 * abs(hz + step / (2 * np.pi) * HZ / n - f)[HZ:].max())


def rms(hz: int) -> Row:
    """Largest error of the RMS from 0.1 to 1.3 pu, 45 to 65 Hz, 8 % distortion, mean of a tenth of a second."""
    values, worst = firmware.settings(hz), 0.0
    tries = [(f, pu) for f in (45.0, 50.0, 55.0, 60.0, 65.0) for pu in (0.1, 0.5, 1.0, 1.3)]
    waves = [signals.steady(f, pu, 2.0, UNSEEN) for f, pu in tries]
    for (_, pu), answer in zip(
        tries, firmware.many(partial(firmware.play_wave, w, values) for w in waves), strict=True
    ):
        true = values["nominal_mv"] * pu * np.sqrt(1 + 0.08**2)
        noise = 4.5 / 1024 * np.sqrt(2) * values["nominal_mv"]  # the wave's own noise adds to its RMS
        seen = answer.trace[250:-1, 0].reshape(-1)[: 9 * 25].reshape(9, 25).mean(axis=1)
        worst = max(worst, 100 * abs(seen / np.hypot(true, noise) - 1).max())
    return Row("RMS, largest error, %d Hz nominal" % hz, "%", round(worst, 3), 0.5)


def elements(hz: int, jumps: int) -> list[Row]:
    """No 81 or 81R on jumps of 60 degrees. 81 on a step with the least persistence it ever has (60 ms, K1 taking 45 of
    the 160 ms; the 50 Hz codes state a delay of the relay's own), 81R on ramps where a code asks for 1 Hz/s (G98/G99).
    """
    values = firmware.settings(hz, **({"grid_code": 6} if hz == 50 else {"k1_open_ms": 45}))
    n, rise = 12 * HZ, 8 * HZ
    step = np.full(n, float(hz))
    step[rise:] += 2.5 if hz == 60 else 3.0
    spacing = 2 * HZ
    flat = np.full(6 * HZ + jumps * spacing, float(hz))
    turns = [(6 * HZ + i * spacing, 60.0 if i % 2 else -60.0) for i in range(jumps)]
    waves = [signals.moving(step, UNSEEN), signals.moving(flat, UNSEEN, turns)]
    waves += [signals.moving(_ramp(hz, rate, n, rise), UNSEEN) for rate in (1.25, 0.9)]
    work = [partial(firmware.play_wave, wave, values, True) for wave in waves]
    over, jumped, fast, slow = firmware.many(work)
    first = [1000 * (at - rise / HZ) for at, name in over.trips if name.startswith("81O")]
    wrong = [name for _, name in jumped.trips if name.startswith("81")]
    rows = [Row("81 and 81R on %d jumps of 60 degrees, %d Hz" % (jumps, hz), "count", len(wrong), 0)]
    if hz == 60:
        rows.append(Row("81 with 60 ms persistence, on a step", "ms", _number(first[0]) if first else None, 100))
    else:
        times = [1000 * (at - rise / HZ) for at, name in fast.trips if name == "81R"]
        rows.append(Row("81R at 1 Hz/s: time at 1.25 Hz/s", "ms", _number(times[0]) if times else None, 600))
        rows.append(Row("81R at 1 Hz/s: trips at 0.9 Hz/s", "count", len(slow.trips), 0))
    return rows


def _ramp(hz: int, rate: float, n: int, rise: int) -> npt.NDArray[np.float64]:
    """Frequency that rises by `rate` Hz/s for a second and stays."""
    speed = np.full(n, float(hz))
    speed[rise : rise + HZ] += rate * np.arange(HZ) / HZ
    speed[rise + HZ :] += rate
    return speed


def cost() -> list[Row]:
    """Cycles of the tick's stages on the emulated chip, and their share of a 125 MHz core; nothing without an image."""
    from tools.emulator import cost as emulated
    from tools.emulator import image

    if image.missing():
        return []
    stages = emulated.measure([]).stages
    rows = [
        Row("cost of %s, median" % name, "cycles", float(np.median(cycles)), None) for name, cycles in stages.items()
    ]
    whole = [emulated.ENTRY + sum(tick) for tick in zip(*stages.values(), strict=True)]
    share = 100 * float(np.median(whole)) / emulated.TICK_CYCLES
    return [*rows, Row("cost of the stages and the interrupt's entry, of the core", "%", round(share, 1), 35)]
