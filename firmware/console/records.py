"""`events`: the sequence of events, for people, spreadsheets and programs."""

import json

from firmware.console import happened
from firmware.console.commands import Refused
from firmware.console.dates import written

_SHOWN = 20
_MOST = 5000
_USAGE = "allowed: 1..5000, follow, csv, [after N] json"


def do_events(context, rest):
    log, what = context.events, rest[0].lower() if len(rest) == 1 else ""
    log.drain()
    rest = [word.lower() for word in rest]
    if what == "csv":
        yield ",".join(happened.COLUMNS)
        for found in log.raw():
            yield ",".join(_cell(x) for x in happened.row(found))
    elif rest[-1:] == ["json"]:
        for found in _which(log, rest[:-1]):
            one = dict(zip(happened.COLUMNS, happened.row(found)))
            one["text"] = happened.line(found)
            yield json.dumps(one)
    elif what == "follow":
        yield from _follow(log)
    elif not rest or what.isdigit() and 1 <= int(what) <= _MOST:
        if not log.number:
            yield "no events yet"
        yield from _lines(log.raw(int(what or _SHOWN)))
        if log.number > log.journal.records:
            yield "%6d older ones made room" % (log.journal.oldest() - 1)
    else:
        raise Refused("events: %r is not understood; %s" % (" ".join(rest)[:40], _USAGE))


def _which(log, words):
    """All, the newest COUNT, or those after a number."""
    if not words:
        return log.raw()
    if len(words) == 1 and words[0].isdigit() and 1 <= int(words[0]) <= _MOST:
        return log.raw(int(words[0]))
    if len(words) == 2 and words[0] == "after" and words[1].isdigit() and len(words[1]) < 10:
        return log.raw(after=int(words[1]))
    raise Refused("events: %r is not understood; %s" % (" ".join(words)[:40], _USAGE))


def _lines(rows):
    for found in rows:
        when = written(found[2])[5:] if found[2] else "%7d" % found[1]  # the day, where the clock was set
        yield "%6d %s.%04d  %s" % (found[0], when, found[3], happened.line(found))


def _follow(log):
    """Each event as it comes, until a key is pressed."""
    seen = log.number
    yield "every event as it comes; any key ends it"
    while True:
        yield None
        log.drain()
        for found in log.raw(after=seen):
            yield from _lines((found,))
        seen = log.number


def _cell(x):
    text = str(x)
    return '"%s"' % text.replace('"', '""') if "," in text or '"' in text else text
