"""`wave`: which records there are, one drawn in letters, and the read-out for the host (format: record/waves.py)."""

import json
from array import array

from firmware.console import words
from firmware.console.commands import Refused
from firmware.record import readout, waves

_COLUMNS = 72
_ROWS = 9  # an odd number: the middle one is zero volts
_AROUND_TICKS = 100  # 50 ms before and after the trigger
_NAMES = ("G1", "G2", "H1", "H2")
_TITLE = ("grid L1", "grid L2", "house L1", "house L2")
_USAGE = "allowed: list, list json, N, N CHANNEL (G1 G2 H1 H2), get N, get N from FRAME"


def do_wave(context, rest):
    kept, words_ = context.waves, [word.lower() for word in rest]
    if kept is None:
        raise Refused("wave: this board keeps no waves")
    if not words_ or words_[0] in ("list", "json") and words_[1:] in ([], ["json"]):
        yield from _list(kept, words_[-1:] == ["json"])
    elif words_[0] == "get" and len(words_) in (2, 4) and words_[2:3] in ([], ["from"]):
        yield from _get(kept, _number(words_[1]), _number(words_[3]) if words_[2:] else 0)
    elif words_[0].isdigit() and len(words_) <= 2:
        yield from _draw(kept, _number(words_[0]), words_[1].upper() if words_[1:] else None)
    else:
        raise Refused("wave: %r is not understood; %s" % (" ".join(rest)[:40], _USAGE))


def _number(text):
    if not text.isdigit() or len(text) > 9:
        raise Refused("wave: %r is not a number; %s" % (text[:20], _USAGE))
    return int(text)


def _list(kept, machine):
    count = 0
    for head in kept.heads():
        count += 1
        if machine:
            yield json.dumps(readout.describe(head)).encode()
        else:
            yield "%5d  %7d.%04d  %3d ms, %3d before  %s%s" % (
                head[1], head[2], head[4], head[6] // 2, head[7] // 2, ", ".join(waves.causes(head[5])),
                "; ended early" if head[9] & 1 else "")  # fmt: skip
    if not count and not machine:
        yield "no wave was recorded yet"


def _get(kept, number, frame):
    try:
        for text in readout.lines(kept, number, frame):
            yield text.encode()
    except readout.Gone as why:
        raise Refused("wave: %s%s" % (why, _there(kept)))


def _there(kept):
    numbers = [head[1] for head in kept.heads()]
    return "; there are %d..%d" % (numbers[0], numbers[-1]) if numbers else "; there is none"


def _draw(kept, number, name):
    """100 ms around the trigger: one channel as a drawing, all as volts, and what the contacts did."""
    head = kept.head(number)
    if head is None:
        raise Refused("wave: no record %d%s" % (number, _there(kept)))
    if name is not None and name not in _NAMES:
        raise Refused("wave: no channel %r; allowed: G1 G2 H1 H2" % name[:8])
    first, last = max(0, head[7] - _AROUND_TICKS), min(head[6], head[7] + _AROUND_TICKS)
    channel = _NAMES.index(name or "G1")
    lows, highs, changes = _scan(kept, head, first, last, channel)
    yield "record %d, %s, %d.%04d s after start %d: %s" % (
        number, _TITLE[channel], head[2], head[4], head[8], ", ".join(waves.causes(head[5])))  # fmt: skip
    yield from _plot(lows, highs, head[12 + channel])
    mark = (head[7] - first) * _COLUMNS // (last - first)
    yield " " * mark + "^ trigger; %d ms before, %d ms after" % ((head[7] - first) // 2, (last - head[7]) // 2)
    yield from changes
    yield "all of it: `wave get %d`, for a program" % number


def _scan(kept, head, first, last, channel):
    """Lowest and highest count a column, and the changes of the digital bits in words."""
    lows, highs = array("h", [4096] * _COLUMNS), array("h", [-1] * _COLUMNS)
    buf, was, changes = bytearray(36), None, []
    for tick in range(first, last):
        if not kept.read(head[1], tick, buf):
            raise Refused("wave: record %d made room for a newer one" % head[1])
        column = (tick - first) * _COLUMNS // (last - first)
        for at in range(2 * channel, 32, 8):
            count = buf[at] | buf[at + 1] << 8
            lows[column], highs[column] = min(lows[column], count), max(highs[column], count)
        bits = buf[32] | buf[33] << 8 | buf[34] << 16 | (buf[35] & 0x1F) << 24
        if was is not None and bits != was:
            changes += _changed(was, bits, (tick - head[7]) * 5)
        was = bits
    return lows, highs, changes


def _changed(was, bits, at_ms_x10):
    when = "%s%d.%d ms" % ("-" if at_ms_x10 < 0 else "+", abs(at_ms_x10) // 10, abs(at_ms_x10) % 10)
    found = []
    for i in range(len(readout.DIGITAL)):
        name = readout.DIGITAL[i]
        if (was ^ bits) >> i & 1 and not name.startswith("STATE_"):
            found.append("%10s  %s %s" % (when, name, "on" if bits >> i & 1 else "off"))
    if (was ^ bits) >> 21 & 31:
        found.append("%10s  %s" % (when, words.state(bits >> 21 & 31)))
    return found


def _plot(lows, highs, uv):
    """Rows of letters, highest volts first."""
    most = max([max(abs(lows[i] - 2048), abs(highs[i] - 2048)) for i in range(_COLUMNS)] + [16])
    step = (2 * most + _ROWS - 1) // _ROWS
    for row in range(_ROWS):
        top = step * _ROWS // 2 - row * step
        middle = top - step // 2
        cells = "".join(
            ["#" if lows[i] - 2048 <= top and highs[i] - 2048 > top - step else
             "-" if row == _ROWS // 2 else " " for i in range(_COLUMNS)])  # fmt: skip
        yield "%s %4d V" % (cells, 0 if row == _ROWS // 2 else middle * uv // 1000000)
