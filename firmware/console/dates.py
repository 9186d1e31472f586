"""Seconds of 1970 as a date, UTC; the same on boards whose own epoch is another."""

_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def written(seconds):
    """1800000000 -> 2027-01-15 08:00:00."""
    left, rest = divmod(seconds, 86400)
    year, month = 1970, 1
    while left >= 365 + leap(year):
        left -= 365 + leap(year)
        year += 1
    while left >= days(year, month):
        left -= days(year, month)
        month += 1
    return "%04d-%02d-%02d %02d:%02d:%02d" % (year, month, left + 1, rest // 3600, rest // 60 % 60, rest % 60)


def leap(year):
    return 1 if year % 4 == 0 and (year % 100 or year % 400 == 0) else 0


def days(year, month):
    return _DAYS[month - 1] + (leap(year) if month == 2 else 0)
