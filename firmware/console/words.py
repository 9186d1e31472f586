"""Plain English for what the tick knows: states, reasons, facts, alarms, trips. What was seen, what to do next.

Only words live here; the numbers and their meaning are the other rooms'.
"""

from firmware.protect import elements
from firmware.transfer import facts, reasons, states

# state: what it is doing, what comes next
STATE = (
    ("out of service, every coil off", "DARK once in service, K1 and K2 proven open and the house dead"),
    (
        "house on the grid, sources held off",
        "PARALLEL when the grid has been good long enough and the charger is ready",
    ),
    ("house on the grid, sources permitted", "stays until the grid is lost or rejected, or an island is asked for"),
    ("K1 told to open, not yet proven open", "DARK or BONDING when 52b proves it open; LOCKOUT_86 if not in time"),
    ("house dark, K1 open", "the grid when it is good, an island when the charger is ready"),
    ("neutral bonded to earth, K2 closing", "STARTING when the bond and the open K1 are proven"),
    ("charger asked to form the island", "ISLAND when the house is live and steady; DARK if it does not come up"),
    ("house on its own source", "SYNCHRONISING when the grid has been good long enough"),
    ("waiting for house and grid to come into step", "closes K1 in step; a dark gap if that takes too long"),
    ("in step, opening the bond", "CLOSING when the bond is proven open"),
    ("K1 told to close in step", "HANDBACK when 52a proves it closed"),
    ("K1 closed, request off, charger to follow the grid", "PARALLEL when the charger says so; GRID if not in time"),
    ("dark gap before the grid comes back", "RECLOSING when the house is dead, K2 open and the request off"),
    ("K1 told to close onto a dead house", "GRID when 52a proves it closed"),
    ("LOCKED OUT: every coil off, permit withdrawn", "nothing, until a person on site resets 86"),
    ("service key: every coil off", "OUT_OF_SERVICE when the key is turned back"),
    ("bypass switch: the house is fed around this controller", "OUT_OF_SERVICE when the bypass is taken out"),
)

_THINGS = ("K1", "K2", "KN", "grid", "house", "charger")
SETTINGS_REFUSED = 1 << 8  # in asks BACKGROUND_ALARM, set by main
_ALARM = {
    "PROOF": "K1's proof contacts disagree with its command: islanding is barred; check 52a, 52b and the wiring",
    "SENSING": "a voltage channel is implausible: see `meter`; check the divider and its supply",
    "CHARGER_SILENT": "no fresh word from the charger: see `modbus`; check the RS-485 pair, unit and baud rate",
    "BACKGROUND": "a background task died: see `log`; the tick goes on, restart when convenient",
    "SLOW": "a contactor opens slower than declared: see `counters`; see to coil, spring and contacts",
    "BOUNCE": "a proof contact took long from first touch to rest: see `counters`; look at the contact and its wiring",
    "GAVE_UP": "too many starts failed in this outage: see `events`; hold the reset button for 1 s to try again",
    "K1_CLOSE": "K1 would not close, or KN not open: tried once more after 5 min; `return` or the button tries again",
    "SHED": "loads are shed or stay off: see `counters`; one that ended the island five times waits for the button",
    "SPLIT": "the charger says on grid in an island, or off grid with K1 closed: see `charger`; check its mode",
    "SUPPLY": "a quarter of the controller's own time in the dark is left: bring the house up or charge its supply",
    "PV": "the island's frequency is at the ceiling: local PV has to back off; switch it off if it does not",
    "BOND": "the neutral-earth bond does not do as told: no island; check KN and its proof contact",
}
ALARM = {bit: _ALARM.get(name, name) for bit, name in facts.names("A_").items()}

# What a person does about the cause of a lockout: (how the reason begins, what to do).
DO_NEXT = (
    ("emergency", "close the stop loop"),
    ("backfeed", "find what joins house and grid around K1: a bypass, a welded pole, a second feed"),
    ("K1 no longer", "K1 moved with the island on: check its coil, its lock and 52a/52b"),
    ("K1 would not open", "isolate K1 upstream; look for a welded pole, then at 52a/52b and the coil driver"),
    ("K1 is welded", "isolate K1 upstream and change it: its poles hold though its contacts say open"),
    ("K1 opened too often", "see `events` for what opened it: a grid that comes and goes, or a limit set too tight"),
    ("three restarts", "see `log` and the reset causes in `events`; check the controller's own supply"),
    ("86 is latched", "it was latched before the last start: see `events` for the cause and remove it"),
    ("K2 would not open", "isolate the charger; look for a welded pole, then at 52a/52b of K2"),
)


def state(code):
    """Name of a state, or its number."""
    return states.NAMES[code] if 0 <= code < len(states.NAMES) else "state %d" % code


def reason(code):
    """Why the state was entered."""
    return reasons.REASONS[code] if 0 <= code < len(reasons.REASONS) else "reason %d" % code


def do_next(cause):
    """What to do about the cause of a lockout."""
    for begins, what in DO_NEXT:
        if cause.startswith(begins):
            return what
    return "see `events`, find and remove the cause"


def fact(name):
    """GRID_LIVE -> grid live."""
    name = name.replace("_", " ").lower().replace("wont", "would not").replace("e stop", "emergency stop")
    for contactor in ("k1", "k2", "kn"):
        name = name.replace(contactor, contactor.upper())
    return name


def no_longer(text):
    """K1 proven open -> K1 no longer proven open; sensing ok -> no longer sensing ok."""
    first, _, rest = text.partition(" ")
    return "%s no longer %s" % (first, rest) if rest and first in _THINGS else "no longer " + text


def alarms(bits, failed=0):
    """The sentences of the standing alarms; `failed`: asks BACKGROUND_ALARM, one bit a part of the background."""
    found = [ALARM[bit] for bit in sorted(ALARM) if bits & bit]
    if failed & SETTINGS_REFUSED:
        died = ALARM[facts.A_BACKGROUND]
        found = [text for text in found if text != died or failed & ~SETTINGS_REFUSED]
        found.append("the stored settings are not to be used, the factory's are in force, out of service: `selftest` "
                     "says why; import the settings again, `commit`, `restart`, `service in`")  # fmt: skip
    return found


def volts(mv):
    """119570 -> 119.6."""
    tenths = (abs(mv) + 50) // 100
    return "%s%d.%d" % ("-" if mv < 0 and tenths else "", tenths // 10, tenths % 10)


def hertz(mhz):
    """59980 -> 59.98; 0 is not measurable."""
    return "%d.%02d" % ((mhz + 5) // 1000, (mhz + 5) % 1000 // 10) if mhz else "--"


def quantity(value, unit):
    """96000, mV -> 96.00 V."""
    sign, size = "-" if value < 0 else "", abs(value)
    if unit == "mV":
        return "%s%d.%02d V" % (sign, size // 1000, size % 1000 // 10)
    if unit == "mHz":
        return "%s%d.%03d Hz" % (sign, size // 1000, size % 1000)
    if unit == "cdeg":
        return "%s%d.%02d deg" % (sign, size // 100, size % 100)
    if unit == "W":
        return "%s%d.%02d kW" % (sign, size // 1000, size % 1000 // 10)
    return "%d %s" % (value, unit)


def seconds(ms):
    """2000 -> 2.00 s; 65000 -> 65 s; 4000000 -> 1 h 6 min."""
    s = ms // 1000
    if ms < 10000:
        return "%d.%02d s" % (s, ms % 1000 // 10)
    if s < 120:
        return "%d s" % s
    if s < 7200:
        return "%d min %d s" % (s // 60, s % 60)
    return "%d h %d min" % (s // 3600, s % 3600 // 60)


def trip(element, leg, value, limit, time_ms):
    """27-1 (rejected): L1 96.00 V < 105.60 V for 20.96 s."""
    if element == 0:
        return "none since the start"
    name, unit = elements.name(element)
    if element == elements.LOSS_BANK:
        return "%s (grid lost): L%d at %s when its wave went" % (name, leg, quantity(value, unit))
    what = "grid lost" if elements.is_lost(element) else "island" if element >= elements.ISLAND_59_2 else "rejected"
    sign = "<" if value < limit else ">"
    where = "L%d " % leg if leg else ""
    numbers = "%s%s %s %s" % (where, quantity(value, unit), sign, quantity(limit, unit))
    return "%s (%s): %s for %s" % (name, what, numbers, seconds(time_ms))
