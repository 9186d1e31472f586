"""Entries of the event record in words: one line for a person, one row for a spreadsheet or a program."""

from firmware.board import port
from firmware.console import words
from firmware.protect import ride
from firmware.record import codes
from firmware.record.clock import NAMES as QUALITIES
from firmware.record.events import changed
from firmware.sense import plausible
from firmware.transfer import facts

COLUMNS = ("number", "time_s", "what", "from", "to", "detail", "start", "clock_s", "clock")

_CONTACT = {
    port.IN_CHARGER_READY: "READY contact",
    port.IN_CHARGER_FAULT: "FAULT contact",
    port.IN_E_STOP_OK: "emergency stop loop",
    port.IN_BYPASS_OFF: "bypass loop",
    port.IN_SERVICE_KEY: "service key",
    port.IN_RESET_BUTTON: "reset button",
}
_COMMAND = {
    port.OUT_K1: ("K1 told to", "close", "open"),
    port.OUT_K2: ("K2 told to", "close", "open"),
    port.OUT_KN: ("KN told to", "open", "make the bond"),
    port.OUT_ISLAND_REQUEST: ("island request", "on", "off"),
}
_WORD = {codes.V_FACTS: "V_", codes.S_FACTS: "S_", codes.O_FACTS: "O_"}
_TITLE = {code: name for name, code in codes.NAMES.items()}


def row(found):
    """(number, time, what, from, to, detail, start, clock, how good it is) of a record as Journal.get gives it."""
    number, s, clock, tenths, code, start, payload, quality = found
    what, old, new, detail = _told(code, payload) if code >= codes.OTHER else _seen(code, *changed(payload))
    return number, "%d.%04d" % (s, tenths), what, old, new, detail, start, clock, QUALITIES[quality & 3]


def line(found):
    """The record as one sentence."""
    what, old, new, detail = row(found)[2:6]
    code = found[4]
    if code in _WORD:
        text = what if new == "yes" else words.no_longer(what)
        return text + (" after " + detail if detail else "")
    if code == codes.TRIP:
        return "TRIP " + detail
    if code == codes.STATE:
        return "%s -> %s: %s" % (old, new, detail)
    if code == codes.ALARMS:
        return ("ALARM: " if new == "yes" else "alarm gone: ") + detail
    if code == codes.MORE:
        return "... " + detail
    change = "%s -> %s" % (old, new) if old and new else new
    return what + (" " + change if change else "") + (": " + detail if detail else "")


def _told(code, payload):
    """Text of the background's own events."""
    parts = payload.rstrip(b"\0").decode().split("\0")
    if code == codes.MORE:
        return "more", "", "", " ".join(parts)
    if code == codes.OTHER:
        what, parts = parts[0], parts[1:]
    else:
        what = _TITLE.get(code, "event %d" % code)
    parts = parts + [""] * (3 - len(parts))
    return what, parts[0], parts[1], parts[2]


def _seen(code, old, new, details):
    first = details[0]
    if code in _WORD:
        name = facts.names(_WORD[code]).get(old | new, "bit %d" % (old | new))
        took = "%d.%d ms" % (first // 10, first % 10) if code == codes.S_FACTS and first >= 0 else ""
        return (words.fact(name),) + _yes(old, new) + (took,)
    if code == codes.TRIP:
        return "trip", str(old), str(new), words.trip(*details)
    if code == codes.STATE:
        return "state", words.state(old), words.state(new), words.reason(first)
    if code == codes.CAUSE_86:
        return "86", "latched" if old else "clear", "latched" if new else "clear", words.reason(new) if new else "reset"
    if code == codes.ALARMS:
        return ("alarm",) + _yes(old, new) + (words.ALARM.get(old | new, "alarm %d" % (old | new)),)
    if code == codes.COMMANDS:
        what, on, off = _COMMAND.get(old | new, ("output %d" % (old | new), "on", "off"))
        return what, "", on if new else off, ""
    if code == codes.CONTACTS:
        return _CONTACT.get(old | new, "input %d" % (old | new)), "", "closed" if new else "open", ""
    if code == codes.BAD_CHANNELS:
        why = plausible.WHY_NAMES[first] if new and 0 < first < len(plausible.WHY_NAMES) else ""
        return "channel %d" % _place(old | new), "", "implausible" if new else "believed again", why
    if code == codes.RIDE_MODE:
        return "ride mode", _mode(old), _mode(new), "the source may trip" if new & ride.MAY_TRIP else ""
    return "entry %d" % code, str(old), str(new), ""


def _mode(word):
    at = word & ride.MODE_MASK
    return ride.MODE_NAMES[at] if at < len(ride.MODE_NAMES) else "mode %d" % at


def _yes(old, new):
    return ("no", "yes") if new else ("yes", "no")


def _place(bit):
    n = 0
    while bit > 1:
        bit >>= 1
        n += 1
    return n
