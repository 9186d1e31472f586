"""The firmware's own detectors over waves of one channel, under the real MicroPython, several at a time."""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tools.replay import counts as converter
from tools.replay import play
from tools.replay.play import TICK_S

TRACE_COLUMNS = 4  # lowest mV, highest mV, mHz over 2 cycles, mHz over 6


@dataclass(frozen=True)
class Said:
    """flags, trips: [times s], [(time s, element)]; trace: rows of TRACE_COLUMNS every 4 ms."""

    flags: npt.NDArray[np.float64]
    trips: list[tuple[float, str]]
    trace: npt.NDArray[np.float64]


def settings(hz: int, **changes: int) -> dict[str, int]:
    """A single-phase controller, 1.0 pu = 1024 counts."""
    mv = play.NOMINAL_MV[hz]
    scale = {side + "_uv_per_count": mv * 1414 // converter.PEAK_COUNTS for side in ("g1", "g2", "h1", "h2")}
    return {
        "nominal_hz": hz,
        "nominal_mv": mv,
        "legs": 1,
        "in_service": 1,
        "grid_code": play.DEFAULT_CODE[hz],
        **scale,
        **changes,
    }


def play_wave(counts: npt.NDArray[np.uint16], values: dict[str, int], protect: bool = False) -> Said:
    """One wave ([samples], or [samples, legs]) through Sense, and Protect where asked for; the house sees the same."""
    n = len(counts) - len(counts) % 4
    legs = counts[:n].reshape(n, -1)
    frames = np.full((n, 4), 2048, "<u2")
    frames[:, : legs.shape[1]] = frames[:, 2 : 2 + legs.shape[1]] = legs
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        frames.tofile(folder / "wave")
        job = {"settings": values, "wave": str(folder / "wave"), "stride": 4, "seamless": 0, "from": 0,
               "trace": str(folder / "trace"), "protect": int(protect)}  # fmt: skip
        said = play.guest([job], folder)[0]
        trace = np.fromfile(folder / "trace", "<i4").reshape(-1, TRACE_COLUMNS).astype(float)
    flags, trips, was, tripped = [], [], 0, False
    for change in said["changes"]:
        at = (change[0] + 1) * TICK_S
        if change[2] and not was:
            flags.append(at)
        was = change[2]
        hit = bool(change[1] & play.words.GRID_TRIP)
        if hit and not tripped:
            trips.append((at, play.words.element(change[3]) if change[3] else ""))
        tripped = hit
    return Said(np.array(flags), trips, trace)


def many(work: Iterable[Callable[[], Said]]) -> Iterator[Said]:
    """Several waves side by side, one for each core, in order."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(lambda call: call(), work)
