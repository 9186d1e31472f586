"""EVtec BiDiPro (ECP4, Modbus 2.0), connector 1, over an RTU gateway. Registers as data, watchdog, interlocks.

The setpoint is negative for discharge and must lie in the window the connector offers; 0 is the only thing that stops
power (the suspend register does nothing on the real unit). With no traffic for the time in register 42 it idles.
"""

from micropython import const

from firmware.charger import bits, setpoint

NAME = "evtec"
ISLAND_BY = "none"
STEERS_F = 0
TAKES_Q = 0
SETPOINT = 1
PERIOD_MS = 100
AFTER_WRITE_MS = 0
SETPOINT_PERIOD_MS = 2000
OWN_TIMEOUT_S = 60
LONGEST = 124
SLOW_EVERY = 10
UNSET = 0
STATE_ROW, GRID_ROW, W_ROW, VAR_ROW = "state", None, "set_w", None
SETUP = (("timeout_s", 60),)
_AGAIN_MS = const(20000)

_SRC = "V2G-liberty evtec_bidipro.py, ECP4 Modbus 2.0"
ROWS = (
    ("point_state", 0, 3, 40, "S32", 1, "R", 10, "-", "state of the charge point", _SRC),
    ("timeout_s", 0, 3, 42, "S32", 1, "RW", 10, "s", "watchdog, 600 at most", _SRC),
    ("state", 0, 3, 100, "S32", 1, "R", 1, "-", "7 charging, 8 discharging, 1 no car, 12 error", _SRC),
    ("session", 0, 3, 104, "S32", 1, "R", 1, "-", "discharge only at 3 (V2X dynamic) and 5 (bidirectional)", _SRC),
    ("car_v_e1", 0, 3, 106, "F32", 10, "R", 1, "V/10", "", _SRC),
    ("car_w", 0, 3, 110, "F32", 1, "R", 1, "W", "negative = discharging", _SRC),
    ("car_soc_e1", 0, 3, 112, "S32", 1, "R", 1, "%/10", "", _SRC),
    ("lowest_w", 0, 3, 122, "F32", 1, "R", 1, "W", "negative = V2G is offered, and how far; else none now", _SRC),
    ("highest_w", 0, 3, 130, "F32", 1, "R", 1, "W", "charge ceiling; 0 while the car is not ready", _SRC),
    ("floor_w", 0, 3, 138, "F32", 1, "R", 10, "W", "charge floor", _SRC),
    ("set_shown_w", 0, 3, 146, "F32", 1, "R", 10, "W", "realised setpoint", _SRC),
    ("errors", 0, 3, 154, "U64", 1, "R", 10, "bits", "0 = none", _SRC),
    ("car_wh", 0, 3, 158, "F32", 1, "R", 10, "Wh", "battery capacity", _SRC),
    ("set_w", 0, 3, 186, "S32", 1, "W", 1, "W", "negative = discharge; outside the window it is refused", _SRC),
)
SPANS = (
    (0, 3, 36, 37),
    (0, 3, 40, 43),
    (0, 3, 100, 115),
    (0, 3, 118, 123),
    (0, 3, 130, 131),
    (0, 3, 138, 139),
    (0, 3, 146, 147),
    (0, 3, 154, 159),
    (0, 3, 162, 163),
)
_READY = (5, 6, 7, 8, 10, 11)
_RUNNING = (7, 8)
_ERROR = const(12)


def version(device):
    return ""


def facts(d):
    """(CHARGER_BITS, power into the house W, car soc, battery soc, house load W), -1 where not known."""
    v = d.values
    if "state" not in v or "car_w" not in v:
        return None
    state, found = v["state"], bits.FOLLOWING
    d.there = state != 1
    if state == _ERROR or v.get("errors"):
        found |= bits.FAULT
    elif state in _READY:
        found |= bits.READY
    if state not in _RUNNING and abs(v["car_w"]) < 100:
        found |= bits.STOPPED
    return found, -v["car_w"], setpoint.unknown_or(v.get("car_soc_e1")) if state in _READY else -1, -1, -1


def wants(d):
    """(register, value) to write now, or None."""
    v, first = d.values, setpoint.prepare(d)
    if first is not None:
        return first or None
    watts = setpoint.target_w(d)
    if watts is None or "state" not in v:
        return None
    watts = setpoint.allowed(d, watts, v.get("session") in (3, 5) and v.get("lowest_w", 0) < 0)
    most, least = v.get("highest_w", 0), v.get("lowest_w", 0)
    asked = max(min(-watts, max(most, 0)), min(least, 0))
    if 0 < asked < v.get("floor_w", 0):
        asked = 0  # less than the floor can't be had, and more was not wished
    return ("set_w", asked) if setpoint.due(d, "set_w", asked, _AGAIN_MS) else None
