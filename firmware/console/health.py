"""`clock` and `selftest`: what time it is, and what this controller knows of its own health."""

import json

from firmware.console import words
from firmware.console.access import needed, who
from firmware.console.commands import Refused
from firmware.console.dates import days, leap, written
from firmware.record import clock as clocks

_LAST_YEAR = 2099
_TICKS_MS = 2
_WRAP = 0x1FFFFFFF
_USAGE = "allowed: json, set YYYY-MM-DD HH:MM:SS (UTC), set SECONDS of 1970"


def do_clock(context, rest):
    clock = context.clock
    if rest and rest[0].lower() == "set":
        yield from _set(context, rest[1:])
        return
    if rest and [word.lower() for word in rest] != ["json"]:
        raise Refused("clock: %r is not understood; %s" % (" ".join(rest)[:40], _USAGE))
    now, up = clock.seconds(), context.snapshot.get("UPTIME_S")
    if rest:
        yield json.dumps({"clock_s": now, "quality": clocks.NAMES[clock.quality()], "uptime_s": up})
        return
    if now:
        yield "%s UTC, %s; set %s ago" % (
            written(now), clocks.NAMES[clock.quality()], words.seconds((up - clock.set_at) * 1000))  # fmt: skip
    else:
        yield "not set: `clock set 2026-11-23 14:05:00` (UTC) sets it, until the power goes"
    yield "running for %s" % words.seconds(up * 1000)


def _set(context, rest):
    seconds = _parsed(rest)
    if seconds is None or not clocks.LEAST <= seconds < 4102444800:
        raise Refused("clock: %r is not a time from %s to %d; %s" % (
            " ".join(rest)[:40], written(clocks.LEAST)[:10], _LAST_YEAR, _USAGE))  # fmt: skip
    needed(context, "clock set")
    before = context.clock.seconds()
    context.clock.set(seconds)
    context.events.add("clock", before, seconds, who(context))
    yield "%s UTC" % written(context.clock.seconds())


def _parsed(rest):
    """Seconds of 1970, or None."""
    if len(rest) == 1 and rest[0].isdigit() and len(rest[0]) <= 10:
        return int(rest[0])
    parts = " ".join(rest).replace("-", " ").replace(":", " ").replace("T", " ").rstrip("Z").split()
    if len(parts) == 5:
        parts.append("0")
    if len(parts) != 6 or not all(part.isdigit() and len(part) <= 4 for part in parts):
        return None
    year, month, day, hour, minute, second = [int(part) for part in parts]
    if not (1970 <= year <= _LAST_YEAR and 1 <= month <= 12 and hour < 24 and minute < 60 and second < 60):
        return None
    if not 1 <= day <= days(year, month):
        return None
    count = sum([365 + leap(y) for y in range(1970, year)]) + sum([days(year, m) for m in range(1, month)]) + day - 1
    return ((count * 24 + hour) * 60 + minute) * 60 + second


def do_selftest(context, rest):
    """One line a part: what was seen, what was expected, what to do."""
    if rest and [word.lower() for word in rest] != ["json"]:
        raise Refused("selftest: %r is not understood; allowed after it: json" % " ".join(rest)[:40])
    found = list(checks(context))
    if rest:
        parts = [{"part": part, "ok": ok, "seen": seen, "do": do} for part, ok, seen, do in found]
        yield json.dumps({"ok": all(part["ok"] for part in parts), "parts": parts})
        return
    for part, ok, seen, do in found:
        yield "%s  %-9s %s%s" % ("ok  " if ok else "LOOK", part, seen, "" if ok else ": " + do)
    bad = sum([not ok for _, ok, _, _ in found])
    yield "nothing to look at" if not bad else "%d of %d to look at" % (bad, len(found))


def checks(context):
    """(part, in order?, what was seen, what to do if not)."""
    get, board = context.snapshot.get, context.board
    bad, strange, disagree = _count(get("BAD_CHANNELS")), get("TICK_BAD"), get("ALARMS") & 1
    yield "sensing", not bad, "%d channels not believed" % bad, "see `meter`; check divider, transformer and wiring"
    yield "samples", not strange, "%d ticks without exactly their samples" % strange, "if it goes on, change the board"
    period = board.tick_cost
    if period:
        most = get("TICK_COST_MAX")
        yield "tick", most <= period, "dearest %d of %d %s" % (most, period, context.cost_unit), "report it"
    seen = "K1 and its proof contacts %s" % ("disagree" if disagree else "agree")
    yield "contacts", not disagree, seen, "check 52a, 52b, coil and wiring of K1"
    if hasattr(board, "stuck_outputs"):
        stuck = board.stuck_outputs()
        yield "outputs", stuck < 4, "%d ticks in a row a coil's pin did not follow" % stuck, "change the driver"
    told = context.asks[context.layout.ask("CHARGER_TICK")]
    age = ((get("TICK") - told) & _WRAP) // _TICKS_MS
    fresh = told >= 0 and age <= context.settings["charger_fresh_ms"]
    seen = "last word %s ago" % words.seconds(age) if told >= 0 else "never answered"
    yield "charger", fresh, seen, "see `modbus`; check the pair, unit and baud rate"
    yield from _kept(context, board)
    died = context.asks[context.layout.ask("BACKGROUND_ALARM")]
    yield "background", not died, "%d parts failed" % _count(died), "see `log`; restart when convenient"
    free = context.asks[context.layout.ask("HEAP_FREE")]  # at rest: this command's own code takes some now
    if free:
        yield "heap", free > 16384, "%d bytes free" % free, "restart when convenient; report it"


def _kept(context, board):
    """Memory, events, waves, settings, 86, clock."""
    lasting, waves, store = context.lasting, context.waves, context.store
    permanent = bool(board and getattr(board, "has_fram", False))
    yield "memory", permanent, "permanent" if permanent else "RAM only", "events and waves are gone with the power"
    lost = context.events.lost
    yield "events", not lost, "%d lost in storms" % lost, "the background was too slow; see `events`"
    if waves:
        seen = "%d ms in the ring, %d ticks missed" % (waves.ring_ticks() // _TICKS_MS, waves.missed())
        yield "waves", not waves.missed(), seen, "records ended early: the background was too slow"
    else:
        yield "waves", False, "no room for them", "the heap is too full; report it"
    note = (context.problem or store.note) if store else context.problem
    yield "settings", not note, note or "as stored", "`settings`, then `commit` writes both copies anew in turn"
    if lasting:
        known = lasting.latch.value is not None
        yield "86", known, "its memory can%s be read" % ("" if known else "'t"), "`reset 86` with the key turned"
    good = context.clock.quality() == clocks.SET
    yield "clock", good, clocks.NAMES[context.clock.quality()], "`clock set`"


def _count(bits):
    n = 0
    while bits:
        n += bits & 1
        bits >>= 1
    return n
