"""When the car has to begin to charge so that it leaves with what its driver asked for. Pure; loaded on use.

It must never guess: with a state of charge or a clock that is not known there is no plan, and `plan` says so.
"""

from firmware.energy import tariff

_MARGIN_MIN = 15  # a car tapers, and the last of it comes slowly
_EFFICIENCY_E1 = 9


def needed_min(settings, soc_e1):
    """Minutes of charging until the target, the margin included; 0 when it is reached."""
    missing_e1 = settings["departure_soc_e1"] - soc_e1
    if missing_e1 <= 0:
        return 0
    return missing_e1 * settings["car_wh"] * 60 // (100 * _EFFICIENCY_E1 * settings["charge_w"]) + _MARGIN_MIN


def left_min(utc_s, settings):
    """Minutes until the next departure; None when there is none within a day."""
    _, _, weekday, minute = tariff.local(utc_s, settings)
    left = tariff.minutes_to(minute, settings["departure_min"])
    if minute + left >= 1440:
        weekday = (weekday + 1) % 7
    return left if settings["departure_days"] >> weekday & 1 else None


def must_charge(utc_s, settings, soc_e1):
    """Is it time? False while the clock is not set, the state of charge unknown or no departure within a day."""
    if utc_s <= 0 or soc_e1 < 0 or not settings["departure_days"]:
        return False
    left = left_min(utc_s, settings)
    return left is not None and left <= needed_min(settings, soc_e1)


def line(utc_s, settings, soc_e1):
    """A sentence for `plan`; None where no departure is set."""
    if not settings["departure_days"]:
        return None
    at, target = settings["departure_min"], settings["departure_soc_e1"]
    wanted = "leaves at %02d:%02d with %d.%d %%" % (at // 60, at % 60, target // 10, target % 10)
    if utc_s <= 0:
        return wanted + ": not planned, the clock is not set (`clock set`)"
    if soc_e1 < 0:
        return wanted + ": not planned, the state of charge is not known"
    left = left_min(utc_s, settings)
    if left is None:
        return wanted + ": not within a day"
    needs = needed_min(settings, soc_e1)
    if not needs:
        return wanted + ": it has that"
    if left <= needs:
        return wanted + ": charging for it now, %d min needed, %d left" % (needs, left)
    return wanted + ": charging begins in %d min" % (left - needs)
