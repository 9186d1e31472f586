"""`charger` and `modbus`: what the charger says, and the line it says it on."""

import json

from firmware.charger import bits
from firmware.chosen import FAST, LEAST_BAUD
from firmware.console import words
from firmware.console.commands import only

# Of protect.islanding, which is not kept for their sake; a test compares.
STAGES, SUSPECT_MHZ, TRIP_MHZ = ("off", "watching", "SUSPECT", "TRIPPED"), 40, 100
_TICKS_MS = 2
_WRAP = 0x1FFFFFFF


def do_charger(context, rest):
    get, asks, ask = context.snapshot.get, context.asks, context.layout.ask
    told, said = asks[ask("CHARGER_TICK")], asks[ask("CHARGER_BITS")]
    age = None if told < 0 else ((get("TICK") - told) & _WRAP) // _TICKS_MS
    names = [bits.NAMES[i] for i in range(len(bits.NAMES)) if said >> i & 1]
    if only("charger", rest, "json"):
        found = {"age_ms": age, "says": names, "charger_w": asks[ask("CHARGER_W")], "registers": context.device.values}
        found["device"], found["warnings"] = _device(context.device), _warnings(context.device)
        for name in ("CAR_SOC_E1", "BATTERY_SOC_E1", "HOUSE_W"):
            found[name.lower()] = asks[ask(name)]
        yield json.dumps(found)
        return
    if age is None:
        yield "the charger has never answered: see `modbus`; check the RS-485 pair, unit and baud rate"
        return
    fresh = age <= context.settings["charger_fresh_ms"]
    yield "says     %s, %s ago%s" % (
        ", ".join(names) or "nothing",
        words.seconds(age),
        "" if fresh else ": TOO OLD TO COUNT",
    )
    yield "power    %s into the house" % words.quantity(asks[ask("CHARGER_W")], "W")
    for name, title in (("CAR_SOC_E1", "car"), ("BATTERY_SOC_E1", "battery")):
        e1 = asks[ask(name)]
        yield "%-8s %s" % (title, "%d.%d %%" % (e1 // 10, e1 % 10) if e1 >= 0 else "unknown or none")
    device = context.device
    yield "device   %s; told last: %s into the house" % (_device(device), words.quantity(device.sent_w, "W"))
    yield "islands  " + _islanding(context.settings, get)
    for warning in _warnings(device):
        yield "warning  " + warning
    if device.absent:
        yield "missing  %s (the device refuses these registers)" % ", ".join(device.absent)
    for name in sorted(device.values):
        yield "         %s = %d" % (name, device.values[name])


def _islanding(settings, get):
    """What is done against an unintentional island."""
    if not settings.dithers:
        why = "dither_e3 is 0"
        if settings["charger_profile"] not in FAST:
            why = "this profile takes no reactive power, or not fast enough"
        elif settings["charger_baud"] < LEAST_BAUD:
            why = "charger_baud is %d and must be at least %d" % (settings["charger_baud"], LEAST_BAUD)
        return "the charger's own method is alone: " + why
    if not get("UI_STAGE"):
        return "no dither now: the car gives nothing, or the switch is not in PARALLEL"
    said = "%s: the frequency answers the dither by %d mHz; suspect from %d, a trip from %d"
    return said % (STAGES[get("UI_STAGE")], get("UI_MHZ"), SUSPECT_MHZ, TRIP_MHZ)


def _device(device):
    return (device.profile.NAME + " " + device.version).strip()


def _warnings(device):
    """What stands in the way of the wish, each with what to do."""
    if not device.notes:
        return []
    from firmware.charger.notes import NOTES

    return [NOTES[number] for number in device.notes]


def do_modbus(context, rest):
    found = context.device.stats.as_dict()
    if only("modbus", rest, "json"):
        yield json.dumps(found)
        return
    up, since_s = context.device.link_up, context.device.since_s
    age = words.seconds(1000 * max(0, context.snapshot.get("UPTIME_S") - since_s))
    said = {True: "up for %s" % age, False: "LOST for %s: %s" % (age, found["last_error"])}
    yield "link     %s" % said.get(up, "no answer yet")
    yield "requests %(requests)d, answered %(ok)d, errors %(errors)d, retries %(retries)d" % found
    kinds = ["%s %d" % (kind, n) for kind, n in sorted(found["by_kind"].items()) if n]
    yield "errors   %s" % (", ".join(kinds) or "none")
    if found["last_error"]:
        yield "last     %s" % found["last_error"]
    if len(found["by_unit"]) > 1:
        for unit in sorted(found["by_unit"]):
            yield "unit %-3d answered %d, not %d" % (
                unit,
                found["by_unit"][unit]["ok"],
                found["by_unit"][unit]["errors"],
            )
    if found["echo_bytes"]:
        yield "echo     %d bytes of our own came back: is the receiver off while we send?" % found["echo_bytes"]
    if context.site:
        yield from _site(context.site)
    p99 = "none yet" if found["p99_ms"] is None else "%d ms" % found["p99_ms"]
    yield "time     last exchange %d ms, 99 %% within %s; junk bytes %d" % (found["last_ms"], p99, found["junk_bytes"])


def _site(site):
    """The other line: the site's energy manager."""
    yield "site     %d requests answered, %d refused, %d frames broken" % (site.answered, site.refused, site.broken)
    asked = site.requests.power_w()
    if asked is not None:
        left = "until it says otherwise" if site.requests.hold else "%d s left" % site.requests.left_s()
        yield "         it asks for %s into the house, %s" % (words.quantity(asked, "W"), left)
