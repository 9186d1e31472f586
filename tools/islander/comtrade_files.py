"""A wave record as COMTRADE files (IEEE C37.111 / IEC 60255-24), revisions 1999 and 2013, ASCII and binary.

Raw counts stay raw: the configuration file carries volts a count, the middle, and each channel's time skew, so nothing
is lost on the way. Where the controller's clock was not set, times begin in 1970 and the 2013 time code says so.
"""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tools.islander.readout import Wave

REVISIONS = ("1999", "2013")
FORMS = ("ascii", "binary")
PHASES = {"G1": "L1", "G2": "L2", "H1": "L1", "H2": "L2"}
# C37.111-2013, time quality: B = within 10 s (a clock set by hand or by the host), F = not to be relied on.
_SET, _UNSET = "B", "F"
_NO_LEAP_SECONDS = 3  # C37.111-2013: the source can't tell
_COUNTS = 4095  # the converter's highest
_EOL = "\r\n"


@dataclass(frozen=True)
class Station:
    """Who recorded it. Commas would break the file and are replaced."""

    name: str = "Islander"
    device: str = "controller"


def times(wave: Wave) -> tuple[dt.datetime, dt.datetime]:
    """(first sample, trigger), UTC. Without a set clock: the time since the controller's start, from 1970 on."""
    head = wave.head
    seconds = head["clock_s"] or head["uptime_s"]
    epoch = dt.datetime(1970, 1, 1)
    trigger = epoch + dt.timedelta(seconds=seconds, microseconds=100 * (head["tenths"] % 10000))
    first = trigger - dt.timedelta(microseconds=round(head["trigger_frame"] * 1e6 / head["sample_hz"]))
    return first, trigger


def cfg(wave: Wave, revision: str, form: str, station: Station) -> str:
    """The configuration file."""
    head, digital = wave.head, wave.head["digital"]
    channels = head["channels"]
    lines = ["%s,%s,%s" % (_clean(station.name), _clean(station.device), revision)]
    lines.append("%d,%dA,%dD" % (len(channels) + len(digital), len(channels), len(digital)))
    for i, name in enumerate(channels):
        gain = head["uv_per_count"][i] / 1e6
        skew_us = i * head["skew_ns"] / 1e3
        row = (i + 1, name, PHASES.get(name, ""), "grid" if name[0] == "G" else "house", gain, -gain * head["mid"])
        lines.append("%d,%s,%s,%s,V,%.9g,%.9g,%.6g,0,%d,1,1,P" % (*row, skew_us, _COUNTS))
    for i, name in enumerate(digital):
        lines.append("%d,%s,,%s,%d" % (i + 1, name, "", 0))
    lines += ["%g" % head["nominal_hz"], "1", "%d,%d" % (head["sample_hz"], head["frames"])]
    lines += [when.strftime("%d/%m/%Y,%H:%M:%S.%f") for when in times(wave)]
    lines += [form.upper(), "1"]
    if revision == "2013":
        lines += ["0,0", "%s,%d" % (_SET if head["clock_s"] else _UNSET, _NO_LEAP_SECONDS)]
    return _EOL.join(lines) + _EOL


def _clean(text: str) -> str:
    return text.replace(",", ";").replace("\r", " ").replace("\n", " ")[:64]


def digital_by_frame(wave: Wave) -> np.ndarray:
    """(frames, bits) of 0 and 1: each tick's bits held over its frames."""
    bits = (wave.digital[:, None] >> np.arange(len(wave.head["digital"]))) & 1
    return np.repeat(bits, wave.head["tick_frames"], axis=0)


def dat(wave: Wave, form: str) -> bytes:
    """The data file: sample number, microseconds since the first, counts, status bits."""
    numbers = np.arange(1, wave.head["frames"] + 1)
    stamps_us = np.round((numbers - 1) * 1e6 / wave.head["sample_hz"]).astype(int)
    bits = digital_by_frame(wave)
    if form == "ascii":
        table = np.column_stack((numbers, stamps_us, wave.counts, bits))
        return "".join(",".join(map(str, row)) + _EOL for row in table.tolist()).encode("ascii")
    words = -(-bits.shape[1] // 16)
    padded = np.zeros((len(bits), 16 * words), np.int64)
    padded[:, : bits.shape[1]] = bits
    packed = (padded.reshape(len(bits), words, 16) << np.arange(16)).sum(axis=2)
    row = np.dtype([("n", "<u4"), ("t", "<u4"), ("a", "<i2", (wave.counts.shape[1],)), ("d", "<u2", (words,))])
    rows = np.empty(len(bits), row)
    rows["n"], rows["t"], rows["a"], rows["d"] = numbers, stamps_us, wave.counts, packed
    return rows.tobytes()


def header(wave: Wave, station: Station) -> str:
    """The free text beside it."""
    head = wave.head
    first, trigger = times(wave)
    clock = "by the controller's clock, UTC" if head["clock_s"] else "since the controller's start: no clock was set"
    lines = [
        "Islander record %d, start %d of the controller %s" % (head["wave"], head["start"], station.device),
        "cause: %s" % ", ".join(head["cause"]),
        "trigger: %s, %s" % (trigger.strftime("%Y-%m-%d %H:%M:%S.%f"), clock),
        "%d samples a channel at %d Hz, %d of them before the trigger; first at %s"
        % (head["frames"], head["sample_hz"], head["trigger_frame"], first.strftime("%H:%M:%S.%f")),
        "channel n is sampled n * %d ns after channel 0; status bits are of the tick (0.5 ms)" % head["skew_ns"],
        "bits STATE_0 to STATE_4 are the number of the state, low bit first",
    ]
    if head["short"]:
        lines.append("the record ended early: the memory did not keep up")
    return _EOL.join(lines) + _EOL


def write(wave: Wave, folder: Path, revision: str, form: str, station: Station | None = None) -> Path:
    """Three files NAME-REVISION-FORM.cfg, .dat, .hdr; the path of the first."""
    if revision not in REVISIONS or form not in FORMS:
        raise ValueError("COMTRADE %s %s: revisions %s, forms %s" % (revision, form, REVISIONS, FORMS))
    station = station or Station()
    folder.mkdir(parents=True, exist_ok=True)
    base = folder / ("%s-%s-%s" % (wave.name, revision, form))
    path = base.with_suffix(".cfg")
    base.with_suffix(".dat").write_bytes(dat(wave, form))
    base.with_suffix(".hdr").write_bytes(header(wave, station).encode())
    path.write_bytes(cfg(wave, revision, form, station).encode())  # last: a .cfg says that the others are whole
    return path
