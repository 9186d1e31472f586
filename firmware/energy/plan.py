"""The next 24 hours as a person would read them: what the car will do, from when to when, and why. Pure; loaded on use.

`hours(...)` gives (minutes from now, minutes long, what, why), in order, without gaps. It plans nothing that `dispatch`
would not do: both ask the same tariff and the same mode.
"""

from firmware.energy import dispatch, tariff

_DAY_MIN = 1440


def doing(settings, kind, window=0):
    """(what, why) of a moment in a window of this kind; `window`: its number, 0 = none."""
    price = settings["window%d_price" % window] if window else 0
    at = " at %d.%02d a kWh" % (price // 100, price % 100) if price else ""
    mode = settings["energy_mode"]
    if mode == dispatch.CHARGE:
        return "charge", "mode charge, up to %d W" % settings["charge_w"]
    if mode == dispatch.BACKUP:
        return "hold", "mode backup: the car is kept for an outage"
    if mode == dispatch.EXPORT:
        if settings["window1_kind"] != tariff.SELL and settings["window2_kind"] != tariff.SELL:
            return "sell", "mode export without a window, up to %d W" % settings["export_w"]
        return ("sell", "a window to sell" + at) if kind == tariff.SELL else ("hold", "no window to sell")
    if mode == dispatch.SELF_USE:
        return ("cover the house", "power is dear" + at) if kind == tariff.DEAR else ("hold", "power is not dear")
    return "hold", "mode hold"


def hours(utc_s, settings):
    """Rows of the next day; one row saying so when the clock is not set and the mode needs it."""
    if not utc_s:
        kind = tariff.NOTHING
        what, why = doing(settings, kind)
        if settings["energy_mode"] in (dispatch.SELF_USE, dispatch.EXPORT) and uses_clock(settings):
            what, why = "hold", "the clock is not set: no tariff decisions (`clock set`)"
        return [(0, _DAY_MIN, what, why)]
    rows, edges = [], _edges(utc_s, settings)
    for at, until in zip(edges, edges[1:] + [_DAY_MIN]):
        what, why = doing(settings, *tariff.now(utc_s + at * 60, settings)[:2])
        if rows and rows[-1][2:] == (what, why):
            rows[-1] = (rows[-1][0], rows[-1][1] + until - at, what, why)
        else:
            rows.append((at, until - at, what, why))
    return rows


def _edges(utc_s, settings):
    """Minutes from now at which something may change: the windows' edges and midnight. On the day summer time begins or
    ends an edge may be shown an hour off; what is done asks the tariff every minute."""
    minute = tariff.local(utc_s, settings)[3]
    marks = [0]
    for n in range(1, tariff.WINDOWS + 1):
        marks += [settings["window%d_from_min" % n], settings["window%d_to_min" % n]]
    return sorted({0} | {tariff.minutes_to(minute, mark) for mark in marks})


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
