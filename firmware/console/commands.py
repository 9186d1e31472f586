"""The commands of the console: name, what it is for, example, and what answers. Reading only."""

import json

from firmware.console import reading


class Context:
    """What the commands may look at."""

    def __init__(self, layout, snapshot, asks, settings, events, device, version, log, cost_unit):
        self.layout, self.snapshot, self.asks, self.settings = layout, snapshot, asks, settings
        self.events, self.device, self.version, self.log = events, device, version, log
        self.cost_unit = cost_unit


class Refused(ValueError):
    """A line that can't be carried out; the message is the answer."""


def _status(context, words_):
    return reading.as_json(reading.status_values(context)) if _json(words_) else reading.status(context)


def _meter(context, words_):
    return reading.as_json(reading.meter_values(context)) if _json(words_) else reading.meter(context)


def _why(context, words_):
    return reading.as_json(reading.why_values(context)) if _json(words_) else reading.why(context)


def _modbus(context, words_):
    found = context.device.stats.as_dict()
    return reading.as_json(found) if _json(words_) else reading.modbus(context, found)


def _version(context, words_):
    found = {"firmware": context.version, "licence": "GPL-3.0-or-later"}
    return reading.as_json(found) if _json(words_) else ["Islander %(firmware)s, %(licence)s, not certified" % found]


def _events(context, words_):
    context.events.drain()
    if words_ == ["csv"]:
        return reading.events_csv(context.events)
    if words_ == ["json"]:
        return [json.dumps(row) for row in context.events.rows()]
    count = 20
    if words_:
        if len(words_) > 1 or not words_[0].isdigit() or not 1 <= int(words_[0]) <= 1000:
            raise Refused("events: %r is not a count; allowed 1..1000, csv or json" % " ".join(words_))
        count = int(words_[0])
    return reading.events(context.events, count)


def _settings(context, words_):
    if words_:
        name = words_[0]
        from firmware.settings import NAMES, ROWS

        if name not in NAMES:
            raise Refused("settings: unknown name %r%s" % (name, _nearest(name, NAMES)))
        row = ROWS[NAMES.index(name)]
        shown = (name, context.settings[name], row[4], row[1], row[2], row[3], row[5])
        return ["%s = %d %s (default %d, allowed %d..%d; %s)" % shown]
    changed = context.settings.changed()
    return ["%s = %d" % (name, changed[name]) for name in sorted(changed)] or ["all settings are the factory's"]


def _log(context, words_):
    return context.log.lines() or ["the log is empty"]


def _counters(context, words_):
    return reading.counters(context)


def _help(context, words_):
    if words_:
        for name, _, what, example in COMMANDS:
            if name == words_[0]:
                return ["%s: %s" % (name, what), "example: %s" % example]
        raise Refused("help: unknown command %r%s" % (words_[0], _nearest(words_[0], NAMES)))
    return ["%-9s %s" % (name, what) for name, _, what, _ in COMMANDS]


COMMANDS = (
    ("help", _help, "this list, or help COMMAND for an example", "help events"),
    ("status", _status, "what the switch does, why, and what comes next [json]", "status"),
    ("meter", _meter, "voltages, frequencies, angles of grid and house [json]", "meter json"),
    ("why", _why, "the last trip: element, leg, value, limit, time [json]", "why"),
    ("events", _events, "the newest events [count | csv | json]", "events 50"),
    ("modbus", _modbus, "the line to the charger: requests, errors, times [json]", "modbus"),
    ("counters", _counters, "operations, learned times, the tick", "counters"),
    ("settings", _settings, "what differs from the factory's, or one setting", "settings es_delay_ms"),
    ("log", _log, "the background's log", "log"),
    ("version", _version, "what runs here [json]", "version json"),
)
NAMES = tuple(row[0] for row in COMMANDS)
_BARE = ("counters", "log")
_WITH_JSON = ("status", "meter", "why", "modbus", "version")


def answer(line, context):
    """Lines of the answer to one line."""
    parts = line.split()
    name, rest = parts[0].lower(), parts[1:]
    if name not in NAMES:
        yield "unknown command %r%s; help lists them" % (name, _nearest(name, NAMES))
        return
    if rest and (name in _BARE or (name in _WITH_JSON and rest != ["json"])):
        allowed = "json" if name in _WITH_JSON else "nothing"
        yield "%s: %r is not understood; allowed after it: %s" % (name, " ".join(rest), allowed)
        return
    context.snapshot.take()
    try:
        found = COMMANDS[NAMES.index(name)][1](context, rest)
    except Refused as why:
        yield str(why)
        return
    yield from found


def _json(words_):
    return words_ == ["json"]


def _nearest(word, names):
    """", did you mean 'status'?" or nothing, by the number of letters to change."""
    best, least = None, 3
    for name in names:
        d = distance(word[:16], name)
        if d < least:
            best, least = name, d
    return ", did you mean %r?" % best if best else ""


def distance(a, b):
    """Edits (insert, delete, replace) from one word to the other."""
    row = list(range(len(b) + 1))
    for i in range(len(a)):
        last, row[0] = row[0], i + 1
        for j in range(len(b)):
            last, row[j + 1] = row[j + 1], min(row[j + 1] + 1, row[j] + 1, last + (a[i] != b[j]))
    return row[len(b)]
