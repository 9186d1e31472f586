"""Random traces of a grid, heavy on the boundaries: levels at and one millivolt (one millihertz) beside every limit,
durations one step around every time.

A trace is a list of (steps, lowest leg mV, highest leg mV, mHz); a step is 10 ms. The same seed makes the same trace.
"""

import random
from dataclasses import dataclass

STEP_S = 0.01
NOMINAL_MV = 120000
# OpenDER's timers start beyond any limit: one step inside every trip limit and outside the enter-service window sets
# them all to zero.
PRIME = (1, 108000, 108000, 60000)
QUIET = (50, NOMINAL_MV, NOMINAL_MV, 60000)

# Levels that mean something to any category: trip points, ride-through regions, the enter-service window.
LEVELS_E4 = (3000, 4500, 5000, 6500, 7000, 8800, 9170, 10500, 11000, 11500, 11750, 12000)
LEVELS_MHZ = (56500, 57000, 58500, 58800, 59500, 60100, 61200, 61800, 62000)
CATEGORIES = (1, 2, 3)


@dataclass(frozen=True)
class Case:
    """One trace with the category and the settings both models run it with (times in ms)."""

    category: int
    settings: dict[str, int]
    segments: tuple[tuple[int, int, int, int], ...]

    @property
    def steps(self) -> int:
        return sum(segment[0] for segment in self.segments)


# Times shortened within each category's range, so that a trace of seconds crosses every timer.
TIMES = {
    1: {"ov1_trip_ms": (1000, 2000), "uv1_trip_ms": (2000, 3000), "uv2_trip_ms": (160, 500)},
    2: {"ov1_trip_ms": (1000, 2000), "uv1_trip_ms": (2000, 3000), "uv2_trip_ms": (160, 500)},
    3: {"ov1_trip_ms": (1000, 2000), "uv1_trip_ms": (2000, 3000), "uv2_trip_ms": (160, 2000)},
}
FREQUENCY_MS = {"of2_trip_ms": (160, 400), "uf2_trip_ms": (160, 400)}
ES_MS = (100, 1500)


def _around(rng: random.Random, value: int) -> int:
    return value + rng.choice((-1, 0, 0, 1, rng.randint(-300, 300)))


def _voltage(rng: random.Random) -> int:
    pick = rng.random()
    if pick < 0.7:
        return _around(rng, rng.choice(LEVELS_E4) * NOMINAL_MV // 10000)
    if pick < 0.85:
        return NOMINAL_MV
    return rng.randint(0, 150000)


def _frequency(rng: random.Random) -> int:
    pick = rng.random()
    if pick < 0.5:
        return 60000
    if pick < 0.9:
        return _around(rng, rng.choice(LEVELS_MHZ))
    return rng.randint(50000, 66000)


def _steps(rng: random.Random, times_ms: list[int]) -> int:
    if rng.random() < 0.6:
        return max(1, rng.choice(times_ms) // 10 + rng.choice((-2, -1, 0, 1, 2)))
    return rng.randint(1, 40)


def case(category: int, seed: int, longest: int = 400) -> Case:
    """The trace of this seed: primed, quiet, then up to `longest` steps."""
    rng = random.Random("%d/%d" % (category, seed))
    settings = {name: rng.randrange(low, high + 1, 10) for name, (low, high) in TIMES[category].items()}
    settings.update({name: rng.randrange(low, high + 1, 10) for name, (low, high) in FREQUENCY_MS.items()})
    settings["es_delay_ms"] = rng.randrange(ES_MS[0], ES_MS[1] + 1, 10)
    times = [*settings.values(), 160, 200, 320, 500, 1000]
    segments = [PRIME, QUIET]
    left = longest
    while left > 0:
        n = min(left, _steps(rng, times))
        left -= n
        if rng.random() < 0.15:  # at the edges of the enter-service window, for about its delay
            low, high = (
                _around(rng, 110040) if rng.random() < 0.5 else 115000,
                rng.choice((120000, 125999, 126000, 126001)),
            )
            mhz = rng.choice((59499, 59500, 60000, 60100, 60101))
            segments.append((settings["es_delay_ms"] // 10 + rng.choice((0, 1, 2, 20)), low, high, mhz))
        one, other = _voltage(rng), _voltage(rng)
        if rng.random() < 0.5:
            other = one
        segments.append((n, min(one, other), max(one, other), _frequency(rng)))
        if rng.random() < 0.2:  # one healthy step in between: every timer must begin anew
            segments.append((1, NOMINAL_MV, NOMINAL_MV, 60000))
    return Case(category, settings, tuple(segments))
