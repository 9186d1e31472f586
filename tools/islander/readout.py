"""A wave record from the lines the controller reads out: checked line by line, put together, and resumable.

The format is written down in firmware/record/waves.py. Nothing that fails a checksum is ever used: a block that came
broken stays missing, and `missing()` says from which frame to ask again.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import numpy as np

CHANNELS = 4
_LINE = re.compile(r"^((?:wave|end|\d+) .*) ([0-9a-f]{8})$")
_FORMAT = 1


class BadRecord(ValueError):
    """A record that can't be read; the message says what was seen and what was expected."""


@dataclass(frozen=True)
class Wave:
    """counts: (frames, 4) raw converter counts; digital: (ticks,) bits of each tick; head: see record/waves.py."""

    head: dict[str, Any]
    counts: np.ndarray
    digital: np.ndarray

    @property
    def name(self) -> str:
        """wave-000003-start-7: the number counts on over restarts."""
        return "wave-%06d-start-%d" % (self.head["wave"], self.head["start"])

    def volts(self) -> np.ndarray:
        """(frames, 4) volts."""
        gain = np.array(self.head["uv_per_count"], float) / 1e6
        return (self.counts.astype(float) - self.head["mid"]) * gain

    def times_s(self) -> np.ndarray:
        """(frames,) seconds of channel 0, zero at the trigger."""
        frames = np.arange(len(self.counts)) - self.head["trigger_frame"]
        return frames / float(self.head["sample_hz"])

    def bit(self, name: str) -> np.ndarray:
        """(ticks,) 0 or 1 of a digital channel."""
        return (self.digital >> self.head["digital"].index(name)) & 1

    def states(self) -> np.ndarray:
        """(ticks,) number of the state."""
        return (self.digital >> self.head["state_bit"]) & 31


@dataclass
class Readout:
    """Collects the lines of one record: `take(line)` until `wave()` gives it whole."""

    head: dict[str, Any] | None = None
    blocks: dict[int, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)
    ended: bool = False
    bad_lines: int = 0

    def take(self, line: str) -> bool:
        """One line; True if it was part of the record. Others (echo, prompt) are skipped, broken ones counted."""
        found = _LINE.match(line.strip())
        if not found:
            return False
        if crc32(found[1].encode()) != int(found[2], 16):
            self.bad_lines += 1
            return False
        word, _, rest = found[1].partition(" ")
        if word == "wave":
            self._begin(json.loads(rest))
        elif word == "end":
            self.ended = True
        elif self.head:
            self._block(int(word), rest)
        return True

    def _begin(self, head: dict[str, Any]) -> None:
        if head.get("format") != _FORMAT:
            raise BadRecord("the record has format %r, this tool reads %d: update it" % (head.get("format"), _FORMAT))
        if self.head and self.head["crc"] != head["crc"]:
            raise BadRecord("record %s is not the one begun before: start anew" % head["wave"])
        self.head = head

    def _block(self, frame: int, text: str) -> None:
        assert self.head is not None
        frames = min(self.head["block_frames"], self.head["frames"] - frame)
        if frame % self.head["block_frames"] or frames <= 0:
            raise BadRecord("a block at frame %d does not fit %d frames" % (frame, self.head["frames"]))
        try:
            self.blocks[frame] = unpack(base64.b64decode(text, validate=True), frames, self.head["tick_frames"])
        except (binascii.Error, IndexError):
            raise BadRecord("the block at frame %d does not decode" % frame) from None

    def missing(self) -> int | None:
        """First frame that is not there; None when all are."""
        if self.head is None:
            return 0
        every = range(0, self.head["frames"], self.head["block_frames"])
        return next((frame for frame in every if frame not in self.blocks), None)

    def share(self) -> float:
        """How much is there, 0..1."""
        return len(self.blocks) * self.head["block_frames"] / max(1, self.head["frames"]) if self.head else 0.0

    def wave(self) -> Wave:
        """The record whole, its own checksum checked; BadRecord otherwise."""
        gap = self.missing()
        if self.head is None or gap is not None:
            raise BadRecord("the record is not whole: frame %s is missing" % gap)
        order = sorted(self.blocks)
        counts = np.concatenate([self.blocks[frame][0] for frame in order])
        digital = np.concatenate([self.blocks[frame][1] for frame in order])
        if crc32(stored(counts, digital)) != self.head["crc"]:
            raise BadRecord("record %d: its checksum is not the stored one" % self.head["wave"])
        return Wave(self.head, counts, digital)


def stored(counts: np.ndarray, digital: np.ndarray) -> bytes:
    """The ticks as the controller stores them, 36 bytes each."""
    ticks = len(digital)
    rows = np.empty(ticks, np.dtype([("counts", "<u2", (16,)), ("bits", "<u4")]))
    rows["counts"], rows["bits"] = counts.reshape(ticks, 16), digital
    return rows.tobytes()


def unpack(data: bytes, frames: int, tick_frames: int) -> tuple[np.ndarray, np.ndarray]:
    """((frames, 4) counts, (ticks,) bits) of one block."""
    counts, at = np.zeros((frames, CHANNELS), np.int64), 0
    for channel in range(CHANNELS):
        order, width = data[at] >> 4, data[at] & 15
        first = int.from_bytes(data[at + 1 : at + 4], "little")
        length = ((frames - 2) * width + 7) // 8
        packed = int.from_bytes(data[at + 4 : at + 4 + length], "little")
        residuals = [_signed(packed >> i * width & ((1 << width) - 1)) for i in range(frames - 2)]
        counts[:, channel] = _rebuilt(order, first & 0xFFF, first >> 12, residuals)
        at += 4 + length
    runs, ticks = data[at], frames // tick_frames
    digital, at = np.zeros(ticks, np.int64), at + 1
    for _ in range(runs):
        digital[data[at] :] = int.from_bytes(data[at + 1 : at + 5], "little")
        at += 5
    if at != len(data):
        raise IndexError("a block of %d bytes, %d used" % (len(data), at))
    return counts, digital


def _signed(u: int) -> int:
    return (u >> 1) ^ -(u & 1)


def _rebuilt(order: int, x0: int, x1: int, residuals: Iterable[int]) -> list[int]:
    out = [x0, x1]
    for r in residuals:
        guess = (x0, out[-1], 2 * out[-1] - out[-2])[order]
        out.append(guess + r)
    return out
