"""Stored settings: text in, a whole checked set out, or the factory set with the reason why.

It must never hand on half a set: one bad name or value refuses all of it, and the controller stays out of service.
"""

import json

from firmware.settings import SettingError, Settings, check

LONGEST = 16384


def parse(text):
    """The whole set described by a JSON object {name: whole number}. SettingError says what is wrong and where."""
    if len(text) > LONGEST:
        raise SettingError("settings: %d characters; allowed up to %d" % (len(text), LONGEST))
    try:
        values = json.loads(text)
    except ValueError:
        problem = "settings: not a whole JSON object (%d characters, cut short or damaged)" % len(text)
        raise SettingError(problem) from None
    if not isinstance(values, dict):
        raise SettingError("settings: a JSON object {name: number} was expected, not a %s" % type(values).__name__)
    for name in values:
        check(name, values[name])
    return Settings(values)


def load(text, last_good=None):
    """(settings, problem): the stored set and None, or the last good set (else the factory's, out of service) and
    why."""
    if text is None:
        return Settings(), None
    try:
        return parse(text), None
    except SettingError as why:
        return last_good or Settings(), str(why)
