"""When power is dear, and when it may be sold: two windows of the week, in local time. Pure; loaded on use.

A window: kind (nothing, dear, sell), from and to in minutes of the day (a window may run over midnight and then belongs
to the day it begins on), days as bits (1 = Monday), months as bits (1 = January), price in hundredths of the site's
currency a kWh. Local time is UTC plus `utc_offset_min`, and an hour more while the chosen rule says summer.
"""

from micropython import const

NOTHING = const(0)
DEAR = const(1)
SELL = const(2)
WINDOWS = const(2)
DST_NONE = const(0)
DST_EU = const(1)  # last Sunday of March to last Sunday of October, 01:00 UTC
DST_US = const(2)  # second Sunday of March to first Sunday of November, 02:00 local
_DAY_S = const(86400)


def civil(days):
    """(year, month, day) of a day counted from 1970-01-01, Gregorian."""
    z = days + 719468
    era = z // 146097
    doe = z - era * 146097
    yoe = (doe - doe // 1460 + doe // 36524 - doe // 146096) // 365
    doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
    mp = (5 * doy + 2) // 153
    month = mp + 3 if mp < 10 else mp - 9
    return yoe + era * 400 + (1 if month <= 2 else 0), month, doy - (153 * mp + 2) // 5 + 1


def day_of(year, month, day):
    """The inverse: days since 1970-01-01."""
    y = year - 1 if month <= 2 else year
    era = y // 400
    yoe = y - era * 400
    mp = month - 3 if month > 2 else month + 9
    doy = (153 * mp + 2) // 5 + day - 1
    return era * 146097 + yoe * 365 + yoe // 4 - yoe // 100 + doy - 719468


def sunday(year, month, nth):
    """Day number of the nth Sunday of a month; 0 = the last."""
    if nth:
        first = day_of(year, month, 1)
        return first + (6 - (first + 3) % 7) % 7 + 7 * (nth - 1)
    last = day_of(year + month // 12, month % 12 + 1, 1) - 1
    return last - (last + 4) % 7


def summer(utc_s, offset_min, rule):
    """Is it summer time at this moment?"""
    year = civil(utc_s // _DAY_S)[0]
    if rule == DST_EU:
        return sunday(year, 3, 0) * _DAY_S + 3600 <= utc_s < sunday(year, 10, 0) * _DAY_S + 3600
    if rule == DST_US:
        standard = utc_s + offset_min * 60
        year = civil(standard // _DAY_S)[0]
        return sunday(year, 3, 2) * _DAY_S + 7200 <= standard < sunday(year, 11, 1) * _DAY_S + 3600
    return False


def local(utc_s, settings):
    """(day number, month 1..12, weekday 0 = Monday, minute of the day)"""
    here = utc_s + settings["utc_offset_min"] * 60
    if summer(utc_s, settings["utc_offset_min"], settings["dst_rule"]):
        here += 3600
    day = here // _DAY_S
    return day, civil(day)[1], (day + 3) % 7, here % _DAY_S // 60


def _holds(settings, n, month, weekday, minute):
    """Is this minute of this day inside window n?"""
    key = "window%d_" % n
    begin, end = settings[key + "from_min"], settings[key + "to_min"]
    days, months = settings[key + "days"], settings[key + "months"]
    if not months >> (month - 1) & 1:
        return False
    if begin <= end:
        return begin <= minute < end and bool(days >> weekday & 1)
    if minute >= begin:
        return bool(days >> weekday & 1)
    return minute < end and bool(days >> (weekday - 1) % 7 & 1)


def now(utc_s, settings):
    """(kind, number of the window, price in hundredths) in force; (NOTHING, 0, 0) outside. The first window wins."""
    _, month, weekday, minute = local(utc_s, settings)
    for n in range(1, WINDOWS + 1):
        kind = settings["window%d_kind" % n]
        if kind and _holds(settings, n, month, weekday, minute):
            return kind, n, settings["window%d_price" % n]
    return NOTHING, 0, 0


def minutes_to(minute, target):
    """From one minute of the day to the next time it is another."""
    return (target - minute) % 1440
