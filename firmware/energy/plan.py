"""The next 24 hours as a person would read them: what the car will do, from when to when, and why. Pure; loaded on use.

`hours(...)` gives (minutes from now, minutes long, what, why), in order, without gaps. It plans nothing that `dispatch`
would not do: both ask the same tariff and the same mode.
"""

from firmware.energy import dispatch, tariff

_STEP_MIN = 15
_DAY_MIN = 1440


def doing(settings, kind):
    """(what, why) of a moment in a window of this kind."""
    mode = settings["energy_mode"]
    if mode == dispatch.CHARGE:
        return "charge", "mode charge, up to %d W" % settings["charge_w"]
    if mode == dispatch.BACKUP:
        return "hold", "mode backup: the car is kept for an outage"
    if mode == dispatch.EXPORT:
        if settings["window1_kind"] != tariff.SELL and settings["window2_kind"] != tariff.SELL:
            return "sell", "mode export without a window, up to %d W" % settings["export_w"]
        return ("sell", "a window to sell") if kind == tariff.SELL else ("hold", "no window to sell")
    if mode == dispatch.SELF_USE:
        return ("cover the house", "power is dear") if kind == tariff.DEAR else ("hold", "power is not dear")
    return "hold", "mode hold"


def hours(utc_s, settings):
    """Rows of the next day; one row saying so when the clock is not set and the mode needs it."""
    if not utc_s:
        kind = tariff.NOTHING
        what, why = doing(settings, kind)
        if settings["energy_mode"] in (dispatch.SELF_USE, dispatch.EXPORT) and uses_clock(settings):
            what, why = "hold", "the clock is not set: no tariff decisions (`clock set`)"
        return [(0, _DAY_MIN, what, why)]
    rows = []
    for at in range(0, _DAY_MIN, _STEP_MIN):
        what, why = doing(settings, tariff.now(utc_s + at * 60, settings)[0])
        if rows and rows[-1][2:] == (what, why):
            rows[-1] = (rows[-1][0], rows[-1][1] + _STEP_MIN, what, why)
        else:
            rows.append((at, _STEP_MIN, what, why))
    return rows


def uses_clock(settings):
    """Does the mode ask what time it is?"""
    if settings["energy_mode"] == dispatch.SELF_USE:
        return True
    return settings["energy_mode"] == dispatch.EXPORT and (
        settings["window1_kind"] == tariff.SELL or settings["window2_kind"] == tariff.SELL
    )


def lines(utc_s, settings):
    """The same as lines for a console: local times where the clock is set."""
    minute = tariff.local(utc_s, settings)[3] if utc_s else 0
    for at, long, what, why in hours(utc_s, settings):
        if utc_s:
            begin, end = (minute + at) % _DAY_MIN, (minute + at + long) % _DAY_MIN
            yield "%02d:%02d-%02d:%02d  %-16s %s" % (begin // 60, begin % 60, end // 60, end % 60, what, why)
        else:
            yield "%-16s %s" % (what, why)
