"""Waves to try detectors with, in the converter's counts: what must not trip, what must, seeded.

One channel, 8 kS/s, 12 bits over +-2 pu, offset up to +-1 %, noise of 3 to 6 mpu and the RP2040's four dead codes. A
benign wave carries one disturbance after another, never two at once, each followed by a rest.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

HZ = 8000
PEAK = 1024  # counts of 1.0 pu
MID = 2048
DEAD_CODES = (512, 1536, 2560, 3584)  # wide steps of the converter: the codes just above are drawn to them
ORDERS = (3, 5, 7, 11, 13)
SHARES = np.array((0.05, 0.04, 0.035, 0.02, 0.02))
KINDS = ("jump 20", "jump 60", "sag 0.9", "sag 0.8", "gap", "swell", "motor", "capacitor", "notches", "ramp", "nothing")

Wave = npt.NDArray[np.float64]
Counts = npt.NDArray[np.uint16]


@dataclass(frozen=True)
class Event:
    """A disturbance that begins at a sample."""

    sample: int
    kind: str


def harmonics(angle: Wave, thd: float, dice: np.random.Generator) -> Wave:
    """sin(angle) with `thd` of harmonics in random phases, as large at every phase."""
    wave = np.sin(angle)
    shares = SHARES * thd / np.sqrt((SHARES**2).sum())
    for order, share in zip(ORDERS, shares, strict=True):
        wave = wave + share * np.sin(order * angle + dice.uniform(0, 2 * np.pi))
    return wave


def converted(wave: Wave, dice: np.random.Generator) -> Counts:
    """What the converter reads of a wave in pu."""
    offset = dice.uniform(-0.01, 0.01) * PEAK
    noise = dice.normal(0, dice.uniform(0.003, 0.006) * PEAK, len(wave))
    counts = np.rint(MID + offset + PEAK * wave + noise)
    for code in DEAD_CODES:
        counts[(counts > code) & (counts < code + 3)] = code
    return np.clip(counts, 0, 4095).astype("<u2")


def benign(cycles: int, hz: int, seed: int) -> tuple[Counts, list[Event]]:
    """A grid that nothing may call lost."""
    dice = np.random.default_rng(seed)
    n = int(cycles * HZ / hz)
    t = np.arange(n) / HZ
    speed = hz * (1 + 0.02 * np.sin(2 * np.pi * t / dice.uniform(20, 60) + dice.uniform(0, 6)))
    size = 1 + 0.03 * np.sin(2 * np.pi * 8.8 * t)
    turned, added = np.zeros(n), np.zeros(n)
    there, notched = np.ones(n), np.zeros(n, bool)
    events = []
    at = 2 * HZ
    while at < n - HZ:
        kind = KINDS[dice.integers(len(KINDS))]
        events.append(Event(at, kind))
        long = int(dice.uniform(0.05, 0.4) * HZ)
        _disturb(kind, at, at + long, dice, speed, size, turned, added, there, notched)
        at += long + int(dice.uniform(0.1, 0.4) * HZ)
    angle = 2 * np.pi * np.cumsum(speed) / HZ + turned + dice.uniform(0, 2 * np.pi)
    wave = harmonics(angle, 0.08, dice) * size
    count, width_s, depth = dice.integers(2, 7), dice.uniform(0.1e-3, 0.6e-3), dice.uniform(0.3, 1.0)
    place = (angle / (2 * np.pi) * count + dice.uniform()) % 1.0
    wave[notched & (place < width_s * hz * count)] *= 1 - depth
    return converted(wave * there + added, dice), events


def _disturb(kind: str, at: int, end: int, dice: np.random.Generator, speed: Wave, size: Wave, turned: Wave,
             added: Wave, there: Wave, notched: npt.NDArray[np.bool_]) -> None:  # fmt: skip
    sign = dice.choice((-1.0, 1.0))
    if kind.startswith("jump"):
        turned[at:] += sign * np.deg2rad(float(kind[5:]))
    elif kind.startswith("sag"):
        size[at:end] *= float(kind[4:])
        turned[at:end] += np.deg2rad(dice.uniform(-20, 20))
    elif kind == "gap":
        there[at : at + round(dice.uniform(0.3e-3, 0.8e-3) * HZ)] = 0
    elif kind == "swell":
        size[at:end] *= 1.2
    elif kind == "motor":
        size[at:end] *= np.linspace(0.82, 1.0, end - at)
    elif kind == "capacitor":
        t = np.arange(min(len(added) - at, HZ // 20)) / HZ
        ring = np.exp(-t / 0.005) * np.sin(2 * np.pi * dice.uniform(300, 1000) * t)
        added[at : at + len(t)] += sign * dice.uniform(0.3, 2.0) * ring
    elif kind == "notches":
        notched[at:end] = True
    elif kind == "ramp":
        speed[at:end] += sign * 3.0 * np.arange(end - at) / HZ


@dataclass(frozen=True)
class Losses:
    """Losses one after the other, each with a healthy grid before it; `onsets` are samples."""

    counts: Counts
    onsets: npt.NDArray[np.int64]


def losses(level: float, count: int, hz: int, seed: int, healthy_s: float = 1.4, low_s: float = 0.08) -> Losses:
    """`count` sags to `level` (0 = dead) at points spread evenly over the wave, in random order, 8 % distortion."""
    dice = np.random.default_rng(seed)
    period = HZ / hz
    order = dice.permutation(count)
    step = int((healthy_s + low_s) * HZ)
    onsets = np.array([i * step + int(healthy_s * HZ) + round(order[i] / count * period) for i in range(count)])
    n = count * step + HZ
    speed = hz * (1 + 0.01 * np.sin(2 * np.pi * np.arange(n) / HZ / 7.3))
    wave = harmonics(2 * np.pi * np.cumsum(speed) / HZ, 0.08, dice)
    for onset in onsets:
        wave[onset : onset + int(low_s * HZ)] *= level
    return Losses(converted(wave, dice), onsets)


def back_emf(count: int, hz: int, seed: int) -> Losses:
    """Motors feed the dead line: from 0.7 pu with a time constant of 60 ms, slowing by 15 Hz/s."""
    dice = np.random.default_rng(seed)
    step, low = int(1.7 * HZ), int(0.3 * HZ)
    onsets = np.array([(i + 1) * step - low + int(dice.integers(HZ // hz)) for i in range(count)])
    n = count * step + HZ
    speed, size = np.full(n, float(hz)), np.ones(n)
    t = np.arange(low) / HZ
    for onset in onsets:
        size[onset : onset + low] = 0.7 * np.exp(-t / 0.06)
        speed[onset : onset + low] -= 15 * t
    return Losses(converted(harmonics(2 * np.pi * np.cumsum(speed) / HZ, 0.03, dice) * size, dice), onsets)


def steady(hz: float, pu: float, seconds: float, seed: int, thd: float = 0.08, legs: int = 1) -> Counts:
    """A grid that stays as it is: [samples], or [samples, 2] for the two legs of a split phase, each with its noise."""
    dice = np.random.default_rng(seed)
    t = np.arange(int(seconds * HZ)) / HZ
    wave = pu * harmonics(2 * np.pi * hz * t + dice.uniform(0, 6), thd, dice)
    if legs == 1:
        return converted(wave, dice)
    return np.column_stack([converted(wave, dice), converted(-wave, dice)])


def moving(speed: Wave, seed: int, jumps: list[tuple[int, float]] | None = None, thd: float = 0.03) -> Counts:
    """A grid of 1 pu whose frequency is `speed` sample by sample, with jumps of phase (sample, degrees)."""
    dice = np.random.default_rng(seed)
    angle = 2 * np.pi * np.cumsum(speed) / HZ
    for sample, degrees in jumps or ():
        angle[sample:] += np.deg2rad(degrees)
    return converted(harmonics(angle, thd, dice), dice)
