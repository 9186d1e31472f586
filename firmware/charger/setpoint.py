"""What the profiles share whose device takes one signed power: when it has to be written, and what goes before it.

Zero is written at once and whenever the switch does not permit sources, so that nothing old is carried out when it
does again.
"""

from firmware.charger.device import INTERLOCK


def target_w(d):
    """The power into the house that is asked for, W; 0 when nothing may run; None = leave things as they are."""
    if d.in_island:
        return None
    if not d.may_run:
        return 0
    if d.asked is None:
        return None
    return d.asked[1] - d.asked[0]


def due(d, name, value, again_ms):
    """Must this setpoint go out? When it is new, zero at once and others no sooner than the device's period; or again
    after `again_ms`, so that the device's own timeout does not run out."""
    told, age = d.told(name), d.age_ms(name)
    if told is None or age < 0:
        return True
    if told != value:
        return value == 0 or age >= d.profile.SETPOINT_PERIOD_MS
    return age >= again_ms


def prepare(d):
    """The next of the profile's SETUP that does not stand yet; False to wait until they were read; None when all do."""
    for name, value in d.profile.SETUP:
        if d.unread(name):
            return False
        if d.due(name, value):
            return name, value
    return None


def allowed(d, watts, may_give):
    """The power that may be asked for: discharge only where the device offers it. Says so when it does not."""
    d.note(INTERLOCK, watts > 0 and not may_give)
    return 0 if watts > 0 and not may_give else watts


def unknown_or(e1, lowest=1):
    """A state of charge in tenths of a percent, -1 when it is missing, below `lowest` or beyond 100 %."""
    return e1 if e1 is not None and lowest <= e1 <= 1000 else -1
