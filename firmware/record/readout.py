"""A wave record as lines of text: the format is in record/waves.py. Loaded when somebody reads, forgotten after."""

import json
from binascii import b2a_base64, crc32

import micropython
from micropython import const

from firmware.board.port import CHANNEL_SKEW_NS, SAMPLE_HZ
from firmware.record.waves import causes
from firmware.record.wavetap import TICK_BYTES, words

FORMAT = 1
BLOCK_TICKS = const(10)
_BLOCK_FRAMES = const(40)
_TICK_WORDS = const(9)
_MID = 2048
_CHANNELS = const(4)
DIGITAL = (
    "K1_52A", "K1_52B", "K2_52A", "K2_52B", "KN_PROOF", "CHARGER_READY", "CHARGER_FAULT", "E_STOP_OK", "BYPASS_OFF",
    "SERVICE_KEY", "RESET_BUTTON", "K1", "K2", "KN", "ISLAND_REQUEST", "SHED_1", "SHED_2", "SHED_3", "LAMP_LIVE",
    "LAMP_ALARM", "PERMIT", "STATE_0", "STATE_1", "STATE_2", "STATE_3", "STATE_4", "GRID_LOST", "GRID_TRIP",
    "ISLAND_TRIP",
)  # fmt: skip
_STATE_BIT = 21


class Gone(ValueError):
    """The record made room for a newer one while it was read."""


def describe(head):
    """The head as a dictionary, from Waves.head()."""
    return {
        "wave": head[1], "format": FORMAT, "frames": head[6] * 4, "trigger_frame": head[7] * 4,
        "sample_hz": SAMPLE_HZ, "tick_frames": 4, "block_frames": _BLOCK_FRAMES, "channels": ["G1", "G2", "H1", "H2"],
        "uv_per_count": list(head[12:16]), "mid": _MID, "skew_ns": CHANNEL_SKEW_NS, "digital": list(DIGITAL),
        "state_bit": _STATE_BIT, "nominal_mv": head[11], "nominal_hz": head[10], "start": head[8],
        "uptime_s": head[2], "tenths": head[4], "clock_s": head[3], "cause": causes(head[5]), "short": head[9] & 1,
        "crc": head[16],
    }  # fmt: skip


def lines(waves, number, frame=0):
    """The read-out of a record from a frame on."""
    head = waves.head(number)
    if head is None:
        raise Gone("no record %d" % number)
    ticks = head[6]
    yield summed("wave " + json.dumps(describe(head)))
    buf = bytearray(BLOCK_TICKS * TICK_BYTES)
    for tick in range(frame // _BLOCK_FRAMES * BLOCK_TICKS, ticks, BLOCK_TICKS):
        n = min(BLOCK_TICKS, ticks - tick)
        view = memoryview(buf)[: n * TICK_BYTES]
        if not waves.read(number, tick, view):
            raise Gone("record %d made room for a newer one" % number)
        yield summed("%d %s" % (tick * 4, b2a_base64(pack(buf, n)).decode().strip()))
    yield summed("end %d" % (ticks * 4))


def summed(text):
    """The line with its checksum."""
    return "%s %08x" % (text, crc32(text.encode()) & 0xFFFFFFFF)


def pack(buf, ticks):
    """One block, compressed; buf holds `ticks` ticks as stored."""
    out, data = bytearray(512), words(buf)
    at = 0
    for channel in range(_CHANNELS):
        at = _channel(data, channel, ticks * 4, out, at)
    runs, last = bytearray(1), None
    for tick in range(ticks):
        bits = buf[tick * TICK_BYTES + 32 : tick * TICK_BYTES + 36]
        if bits != last:
            runs[0] += 1
            runs += bytes((tick,)) + bits
            last = bits
    return bytes(out[:at]) + bytes(runs)


@micropython.viper
def _count(data: ptr32, channel: int, frame: int) -> int:
    word = data[(frame >> 2) * _TICK_WORDS + (frame & 3) * 2 + (channel >> 1)]
    return (word >> 16) & 0xFFFF if channel & 1 else word & 0xFFFF


@micropython.viper
def _residual(order: int, x0: int, x1: int, x2: int, x: int) -> int:
    r = x - x0
    if order == 1:
        r = x - x1
    if order == 2:
        r = x - x1 - x1 + x2
    return (r << 1) if r >= 0 else -1 - (r << 1)


@micropython.viper
def _channel(data: ptr32, channel: int, n: int, out: ptr8, at: int) -> int:
    """Pack one channel at `at`; where the next begins."""
    x0 = int(_count(data, channel, 0))
    x1 = int(_count(data, channel, 1))
    all0 = 0
    all1 = 0
    all2 = 0
    a = x0
    b = x1
    i = 2
    while i < n:
        x = int(_count(data, channel, i))
        all0 |= int(_residual(0, x0, b, a, x))
        all1 |= int(_residual(1, x0, b, a, x))
        all2 |= int(_residual(2, x0, b, a, x))
        a = b
        b = x
        i += 1
    order = 0
    least = all0
    if all1 < least:
        order = 1
        least = all1
    if all2 < least:
        order = 2
        least = all2
    width = 0
    while least >> width:
        width += 1
    out[at] = order * 16 + width
    out[at + 1] = x0 & 255
    out[at + 2] = (x0 >> 8) | ((x1 & 15) << 4)
    out[at + 3] = x1 >> 4
    at += 4
    held = 0
    bits = 0
    a = x0
    b = x1
    i = 2
    while i < n:
        x = int(_count(data, channel, i))
        held |= int(_residual(order, x0, b, a, x)) << bits
        bits += width
        while bits >= 8:
            out[at] = held & 255
            at += 1
            held = held >> 8
            bits -= 8
        a = b
        b = x
        i += 1
    if bits:
        out[at] = held
        at += 1
    return at
