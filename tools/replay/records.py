"""Records of voltage, from .npz, COMTRADE and CSV, as one kind of thing: waves in per unit.

    .npz       v float [channels, samples], 1.0 = nominal phase-to-neutral peak (Hz where `quantity` is frequency_hz),
               fs_hz, nominal_hz, event, onset_s (NaN: none)
    .cfg/.dat  COMTRADE 1991, 1999 or 2013, read by the comtrade package; its voltage channels
    .csv       a header `time_s,name,...`, then numbers in volts (or per unit where all stay below 3)

COMTRADE and CSV say nothing of the nominal voltage: the median RMS of the first two cycles that live counts as 1.0.
"""

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

SUFFIXES = (".npz", ".cfg", ".csv")
PHASES = 3  # more than three voltages are not three legs
WAVE_HZ = 8000.0


class RecordError(ValueError):
    """The file is no record; the message says what was expected and what was found."""


@dataclass(frozen=True)
class Record:
    """waves: [legs, samples] in per unit of the nominal peak; onset_s and event as the file has them."""

    name: str
    waves: npt.NDArray[np.float64]
    rate_hz: float
    nominal_hz: int
    event: str = ""
    onset_s: float | None = None

    @property
    def seconds(self) -> float:
        return self.waves.shape[1] / self.rate_hz


def found(folder: Path) -> list[Path]:
    """The records of a folder, COMTRADE by its .cfg, in order of name."""
    if not folder.is_dir():
        raise RecordError("%s is not a folder" % folder)
    return sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES and p.name != "catalogue.csv")


def load(path: Path) -> Record:
    """One record; RecordError for anything that is not one."""
    try:
        record = {".npz": _npz, ".cfg": _comtrade, ".csv": _csv}[path.suffix.lower()](path)
    except RecordError:
        raise
    except Exception as why:
        raise RecordError("can't be read as %s: %s" % (path.suffix, str(why) or type(why).__name__)) from why
    return checked(record)


def checked(record: Record) -> Record:
    """The record, or RecordError naming the field and the allowed range."""
    legs, samples = record.waves.shape
    if not 1 <= legs <= PHASES:
        raise RecordError("has %d voltage channels; 1 to 3 are expected" % legs)
    if not np.isfinite(record.waves).all():
        raise RecordError("holds samples that are no numbers")
    if record.nominal_hz not in (50, 60):
        raise RecordError("nominal_hz is %s; 50 or 60 is expected" % record.nominal_hz)
    if not 1000 <= record.rate_hz <= 1e6:
        raise RecordError("is sampled at %.6g Hz; 1 kHz to 1 MHz is expected" % record.rate_hz)
    if samples < 2 * record.rate_hz / record.nominal_hz:
        raise RecordError("lasts %.1f ms; at least two cycles are expected" % (1000 * record.seconds))
    return record


def _npz(path: Path) -> Record:
    with np.load(path, allow_pickle=False) as file:
        missing = [name for name in ("v", "fs_hz", "nominal_hz") if name not in file]
        if missing:
            raise RecordError("has no field %s" % ", ".join(missing))
        waves = np.atleast_2d(file["v"]).astype(float)
        rate, nominal = float(file["fs_hz"]), round(float(file["nominal_hz"]))
        onset = float(file["onset_s"]) if "onset_s" in file else math.nan
        event = str(file["event"]) if "event" in file else ""
        quantity = str(file["quantity"]) if "quantity" in file else "voltage_pu"
    if quantity == "frequency_hz":
        waves, rate = turning(waves[0], rate), WAVE_HZ
    elif quantity != "voltage_pu":
        raise RecordError("quantity is %r; voltage_pu or frequency_hz is expected" % quantity)
    return Record(path.stem, waves, rate, nominal, event, None if math.isnan(onset) else onset)


def turning(hz: npt.NDArray[np.float64], rate_hz: float) -> npt.NDArray[np.float64]:
    """One wave of 1.0 whose frequency follows a series of frequencies."""
    times = np.arange(int(len(hz) / rate_hz * WAVE_HZ)) / WAVE_HZ
    now = np.interp(times, np.arange(len(hz)) / rate_hz, hz)
    return np.sin(2 * np.pi * np.cumsum(now) / WAVE_HZ)[None, :]


def _comtrade(path: Path) -> Record:
    import comtrade

    file = comtrade.Comtrade(ignore_warnings=True)
    file.load(str(path))
    volts = [i for i, channel in enumerate(file.cfg.analog_channels) if "v" in channel.uu.lower()][:PHASES]
    if not volts:
        raise RecordError("has no channel in V or kV")
    waves = np.array([file.analog[i] for i in volts], dtype=float)
    times = np.asarray(file.time, dtype=float)
    rate = (len(times) - 1) / (times[-1] - times[0])
    nominal = round(file.frequency)
    onset = float(file.trigger_time) if 0 < file.trigger_time < times[-1] else None
    return Record(path.stem, scaled(waves, rate, nominal), rate, nominal, "", onset)


def _csv(path: Path) -> Record:
    with open(path, newline="") as file:
        rows = [row for row in csv.reader(file) if row]
    if len(rows) < 3 or rows[0][0].strip() not in ("time_s", "t_s"):
        raise RecordError("has no header `time_s,name,...` with two rows of numbers")
    table = np.array(rows[1:], dtype=float)
    steps = np.diff(table[:, 0])
    if steps.min() <= 0 or steps.max() > 1.5 * np.median(steps):
        raise RecordError("time_s does not grow in even steps")
    rate = 1 / float(np.mean(steps))
    waves = table[:, 1:].T
    nominal = nearest_nominal(waves, rate)
    if np.abs(waves).max() >= 3:
        waves = scaled(waves, rate, nominal)
    return Record(path.stem, waves, rate, nominal)


def nearest_nominal(waves: npt.NDArray[np.float64], rate_hz: float) -> int:
    """50 or 60, whichever the first half second holds more of."""
    head = waves[0][: int(rate_hz / 2)]
    times = np.arange(len(head)) / rate_hz
    strength = {hz: abs(np.sum(head * np.exp(-2j * np.pi * hz * times))) for hz in (50, 60)}
    return max(strength, key=lambda hz: strength[hz])


def scaled(waves: npt.NDArray[np.float64], rate_hz: float, nominal_hz: int) -> npt.NDArray[np.float64]:
    """Volts in per unit: the median RMS of the legs that live over the first two cycles is 1.0."""
    head = waves[:, : max(2, int(2 * rate_hz / nominal_hz))]
    rms = head.std(axis=1)
    living = rms[rms > 0.5 * rms.max()]
    if not len(living) or living[0] == 0:
        raise RecordError("begins with a dead line; nothing says what its nominal voltage is")
    return waves / (float(np.median(living)) * math.sqrt(2))
