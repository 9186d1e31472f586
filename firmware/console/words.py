"""Plain English for what the tick knows: states, facts, alarms, trips. What was seen, what was expected, what to do
next.

Only words live here; the numbers and their meaning are the other rooms'.
"""

from firmware.protect import elements
from firmware.sense import plausible
from firmware.transfer import facts, states, table

# state: what it is doing, what comes next
STATE = (
    ("out of service, every coil off", "DARK when it is put in service, K1 and K2 are proven open, the house is dead"),
    ("house on the grid, sources held off", "PARALLEL after the enter-service delay, if the charger is ready"),
    ("house on the grid, sources permitted", "stays until the grid is lost or rejected, or an island is asked for"),
    ("K1 told to open, not yet proven open", "DARK or BONDING when 52b says open; LOCKOUT_86 if it does not in time"),
    ("house dark, K1 open", "the grid if it is good, an island if the charger is ready"),
    ("neutral bonded to earth, K2 closing", "STARTING when the bond and K1's open position are proven"),
    ("charger asked to form the island", "ISLAND when the house is live and steady; DARK if it does not come up"),
    ("house on its own source", "SYNCHRONISING when the grid has been good for the enter-service delay"),
    ("waiting for house and grid to come into step", "closes K1 in step; a dark gap if that takes too long"),
    ("in step, opening the bond", "CLOSING when the bond is proven open"),
    ("K1 told to close in step", "HANDBACK when 52a says closed"),
    ("K1 closed, charger to follow the grid", "PARALLEL when the charger says so; GRID if it does not in time"),
    ("dark gap before the grid comes back", "RECLOSING when the house is dead, K2 open and the request off"),
    ("K1 told to close onto a dead house", "GRID when 52a says closed"),
    ("LOCKED OUT: every coil off, permit withdrawn", "nothing, until a person on site resets 86"),
    ("service key: every coil off", "OUT_OF_SERVICE when the key is turned back"),
    ("bypass switch: the house is fed around this controller", "OUT_OF_SERVICE when the bypass is taken out"),
)

ALARM = {
    facts.A_PROOF: "K1's proof contacts disagree with its command: islanding is barred; check 52a, 52b and the wiring",
    facts.A_SENSING: "a voltage channel is implausible: see `meter`; check the divider and its supply",
    facts.A_CHARGER_SILENT: "no fresh word from the charger: see `modbus`; check the RS-485 pair, unit and baud rate",
    facts.A_BACKGROUND: "a background task died: see `log`; the tick goes on, restart when convenient",
    facts.A_BOND: "the neutral-earth bond does not do as told: no island; check KN and its proof contact",
}

_FACT = (facts.names("V_"), facts.names("S_"), facts.names("O_"))


def state(code):
    """Name of a state, or its number."""
    return states.NAMES[code] if 0 <= code < len(states.NAMES) else "state %d" % code


def reason(code):
    """Why the state was entered."""
    return table.REASONS[code] if 0 <= code < len(table.REASONS) else "reason %d" % code


def fact(name):
    """GRID_LIVE -> grid live."""
    return name.replace("_", " ").lower().replace("k1", "K1").replace("k2", "K2").replace("kn", "KN")


def alarms(bits):
    """The sentences of the standing alarms."""
    return [ALARM[bit] for bit in sorted(ALARM) if bits & bit]


def quantity(value, unit):
    """96000, mV -> 96.00 V."""
    if unit == "mV":
        return "%d.%02d V" % (value // 1000, value % 1000 // 10)
    if unit == "mHz":
        return "%d.%03d Hz" % (value // 1000, value % 1000)
    if unit == "cdeg":
        return "%s%d.%02d deg" % ("-" if value < 0 else "", abs(value) // 100, abs(value) % 100)
    return "%d %s" % (value, unit)


def trip(element, leg, value, limit, time_ms):
    """27-1: leg 1 at 96.00 V, limit 105.60 V, for 20.96 s."""
    found = [row for row in elements.NAMES if row[0] == element]
    if not found:
        return "none since start"
    _, name, unit = found[0]
    where = "leg %d at " % leg if leg else ""
    kind = "grid lost" if element < 10 else "rejected"
    text = "%s (%s): %s%s, limit %s" % (name, kind, where, quantity(value, unit), quantity(limit, unit))
    return text + ", for %d.%03d s" % (time_ms // 1000, time_ms % 1000)


def event(name, old, new, detail):
    """Lines of the record for one change: (what, from, to, detail)."""
    if name == "STATE":
        return [("state", state(old), state(new), reason(detail[0]))]
    if name == "TRIP_COUNT":
        return [("trip", str(old), str(new), trip(*detail))]
    if name == "CAUSE_86":
        turned = ("latched" if old else "clear", "latched" if new else "clear")
        return [("86",) + turned + (reason(new) if new else "reset on site",)]
    if name == "BAD_CHANNELS":
        return [("bad channels", "%d" % old, "%d" % new, plausible.WHY_NAMES[detail[0]])]
    if name == "ALARMS":
        return [("alarm",) + _turned(old, bit) + (ALARM[bit],) for bit in sorted(ALARM) if (old ^ new) & bit]
    if name in ("V_FACTS", "S_FACTS", "O_FACTS"):
        word = _FACT["VSO".index(name[0])]
        return [(fact(word[bit]),) + _turned(old, bit) + ("",) for bit in sorted(word) if (old ^ new) & bit]
    return [(name.replace("_", " ").lower(), str(old), str(new), "")]


def _turned(old, bit):
    return ("yes", "no") if old & bit else ("no", "yes")
