"""`settings`: what is in force."""

import json

from firmware import grid_codes
from firmware.console.commands import Refused
from firmware.console.near import nearest
from firmware.console.presets import custom
from firmware.settings import NAMES, ROWS


def do_settings(context, rest):
    settings = context.settings
    what = rest[0].lower() if rest else ""
    if len(rest) > 1:
        raise Refused("settings: %r is not understood; allowed: all, json, or one name" % " ".join(rest)[:40])
    if what == "json":
        for row in ROWS:  # one object a line: the whole set in one string is more than a splintered heap can give
            yield json.dumps(
                {"name": row[0], "value": settings[row[0]], "factory": row[1], "low": row[2], "high": row[3],
                 "unit": row[4], "source": row[5]}
            )  # fmt: skip
    elif what == "all":
        for row in ROWS:
            yield one(row, settings[row[0]])
    elif what:
        yield from _named(what, settings)
    else:
        changed = settings.changed()
        for row in ROWS:
            if row[0] in changed:
                yield one(row, changed[row[0]])
        yield "%d of %d settings differ from the factory's" % (len(changed), len(ROWS))
        moved = custom(settings)
        yield "grid code %s%s" % (
            grid_codes.CODES[settings["grid_code"]][0], ", custom: " + ", ".join(moved) if moved else "")  # fmt: skip
        if context.restart_due:
            yield "some are in force after a `restart` only"
        if context.draft:
            yield "%d changes collected, see `diff`" % len(context.draft)


def _named(what, settings):
    """That setting, or all that begin so."""
    if what in NAMES:
        row = ROWS[NAMES.index(what)]
        yield one(row, settings[what])
        if row[5]:
            yield "  " + row[5]
        return
    begins = [row for row in ROWS if row[0].startswith(what)]
    if not begins:
        raise Refused("settings: no setting %r%s" % (what[:40], nearest(what, NAMES)))
    for row in begins:
        yield one(row, settings[row[0]])


def one(row, value):
    """uv1_trip_mv = 0 mV  (factory 0, allowed 0..500000)."""
    name, factory, low, high, unit = row[:5]
    return "%-20s = %d %s  (factory %d, allowed %d..%d)" % (name, value, unit, factory, low, high)
