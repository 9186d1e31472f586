"""Wallbox Quasar 1 over an RTU gateway. Registers as data, watchdog, order of the writes.

Remote control, no auto-start and power setpoints have to be set first; a write needs 2.5 s. The state of charge reads 0
at 0 W and 1 now and then: both are not known, and the last good one of the session stays for a while.
"""

from micropython import const

from firmware.charger import bits, setpoint

NAME = "quasar"
ISLAND_BY = "none"
STEERS_F = 0
TAKES_Q = 0
SETPOINT = 1
PERIOD_MS = 100
AFTER_WRITE_MS = 2500
SETPOINT_PERIOD_MS = 5000
OWN_TIMEOUT_S = 60
LONGEST = 124
SLOW_EVERY = 10
UNSET = 0
STATE_ROW, GRID_ROW, W_ROW, VAR_ROW = "state", None, "set_w", None
SETUP = (("control", 1), ("autostart", 0), ("set_kind", 1), ("timeout_s", 60))
_AGAIN_MS = const(600000)  # its watchdog looks at the traffic, not at the setpoint
_COMMAND_MS = const(60000)
_SOC_MS = const(1800000)
_MOST_W = const(7400)
_START = const(1)
_STOP = const(2)

_SRC = "Wallbox map, V2G-liberty modbus_evse_client.py"
ROWS = (
    ("firmware", 0, 3, 1, "U16", 1, "R", 10, "-", "", _SRC),
    ("control", 0, 3, 81, "U16", 1, "RW", 10, "-", "0 app, 1 remote; every write below needs 1", _SRC),
    ("autostart", 0, 3, 82, "U16", 1, "RW", 10, "-", "1 again whenever control goes back to the app", _SRC),
    ("set_kind", 0, 3, 83, "U16", 1, "RW", 10, "-", "0 current, 1 power", _SRC),
    ("timeout_s", 0, 3, 88, "U16", 1, "RW", 10, "s", "no traffic for this long: it idles", _SRC),
    ("lock", 0, 3, 256, "U16", 1, "RW", 10, "-", "0 unlocked, 1 locked", _SRC),
    ("action", 0, 3, 257, "U16", 1, "WX", 1, "-", "1 start, 2 stop", _SRC),
    ("set_w", 0, 3, 260, "S16", 1, "W", 1, "W", "negative = discharge, +-7400", _SRC),
    ("car_w", 0, 3, 526, "S16", 1, "R", 1, "W", "AC power, negative = discharging", _SRC),
    ("state", 0, 3, 537, "U16", 1, "R", 1, "-", "0 no car, 1 charging, 4 paused, 7 error, 11 discharging", _SRC),
    ("car_soc_e1", 0, 3, 538, "U16", 10, "R", 1, "%/10", "0 and 1 % are not known", _SRC),
    ("error_1", 0, 3, 539, "U32", 1, "R", 1, "-", "unrecoverable", _SRC),
    ("error_2", 0, 3, 541, "U32", 1, "R", 1, "-", "recoverable", _SRC),
)
SPANS = ((0, 3, 1, 3), (0, 3, 81, 83), (0, 3, 88, 88), (0, 3, 256, 256), (0, 3, 526, 526), (0, 3, 537, 542))
_READY = (1, 2, 3, 4, 5, 8, 10, 11)
_RUNNING = (1, 11)
_ERROR = const(7)


def version(device):
    return ""


def facts(d):
    """(CHARGER_BITS, power into the house W, car soc, battery soc, house load W), -1 where not known."""
    v = d.values
    if "state" not in v or "car_w" not in v:
        return None
    state, found = v["state"], bits.FOLLOWING
    d.there = state not in (0, 6)
    if state == _ERROR or v.get("error_1"):
        found |= bits.FAULT
    elif state in _READY:
        found |= bits.READY
    if state not in _RUNNING and abs(v["car_w"]) < 100:
        found |= bits.STOPPED
    return found, -v["car_w"], _soc(d, state, v), -1, -1


def _soc(d, state, v):
    """What it said last in this session, while it says nothing: at 0 W it always reads 0."""
    if state not in _READY:
        d.memory.pop("soc", None)
        return -1
    now = setpoint.unknown_or(v.get("car_soc_e1"), 11)
    if now > 0:
        d.memory["soc"] = (now, d.now_ms)
    kept = d.memory.get("soc")
    return kept[0] if kept and 0 <= d.now_ms - kept[1] < _SOC_MS else -1


def wants(d):
    """(register, value) to write now, or None."""
    v = d.values
    watts = setpoint.target_w(d)
    if watts is None or "state" not in v:
        return None
    first = setpoint.prepare(d)
    if first is not None:
        return first or None
    if "control" in v and v["control"] != 1:  # the app has it: `prepare` takes it back within a minute
        return None
    asked = max(-_MOST_W, min(_MOST_W, -watts))
    if setpoint.due(d, "set_w", asked, _AGAIN_MS):
        return "set_w", asked
    command = _START if asked else _STOP
    running = v["state"] in _RUNNING
    if d.told("action") != command or (running != bool(asked) and d.again("action", command, _COMMAND_MS)):
        return "action", command
    return None
