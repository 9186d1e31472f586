"""Ambibox ambiCHARGE Home, charge point 1, over an RTU gateway. Registers as data, and its quirks.

The setpoint is negative for charging, the opposite of the others; no watchdog is documented, so it is written again
every 20 s and only the contactor ends an export when the link is lost. Discharge needs ISO 15118-20. A sleeping charger
is woken first. The battery's state is the reliable direction; the sign of the AC power is not documented.
"""

from micropython import const

from firmware.charger import bits, setpoint

NAME = "ambibox"
ISLAND_BY = "none"
STEERS_F = 0
TAKES_Q = 0
SETPOINT = 1
PERIOD_MS = 100
AFTER_WRITE_MS = 0
SETPOINT_PERIOD_MS = 2000
OWN_TIMEOUT_S = 0
LONGEST = 124
SLOW_EVERY = 10
UNSET = 0
STATE_ROW, GRID_ROW, W_ROW, VAR_ROW = "session", None, "set_w", None
SETUP = ()
_AGAIN_MS = const(20000)
_WAKE_MS = const(60000)
_ISO_20 = const(5)

_SRC = "OpenEMS evse.chargepoint.ambibox, evcc charger/ambibox.go b29b49e"
ROWS = (
    ("asleep", 0, 4, 4000, "S32", 1, "R", 1, "-", "1 = asleep", _SRC),
    ("ac_v_e1", 0, 4, 4010, "F32", 10, "R", 1, "V/10", "", _SRC),
    ("ac_w", 0, 4, 4018, "S32", 1, "R", 1, "W", "sign not documented; consumer = positive in both drivers", _SRC),
    ("inverter", 0, 4, 4042, "U32", 1, "R", 1, "-", "0 offline, 3 running, 6 fault, 7 standby, 8 started", _SRC),
    ("inverter_error", 0, 4, 4044, "U32", 1, "R", 1, "bits", "", _SRC),
    ("car_wh", 0, 4, 4048, "F32", 1, "R", 1, "Wh", "", _SRC),
    ("car_soc_e1", 0, 4, 4054, "F32", 10, "R", 1, "%/10", "holds the last car's when unplugged", _SRC),
    ("in_most_w", 0, 4, 4064, "U32", 1, "R", 1, "W", "most the car takes", _SRC),
    ("out_most_w", 0, 4, 4068, "U32", 1, "R", 1, "W", "most the car gives", _SRC),
    ("battery", 0, 4, 4070, "U32", 1, "R", 1, "-", "0 sleep, 1 idle, 2 charge, 3 discharge", _SRC),
    ("battery_error", 0, 4, 4074, "U32", 1, "R", 1, "bits", "", _SRC),
    ("control", 0, 4, 4076, "U32", 1, "R", 1, "-", "0 disabled, 1 controllable, 2 limitable", _SRC),
    ("car_w", 0, 4, 4078, "S32", 1, "R", 1, "W", "DC, positive into the car", _SRC),
    ("protocol", 0, 4, 4080, "U32", 1, "R", 1, "-", "5 = ISO 15118-20; discharge needs it", _SRC),
    ("session", 0, 4, 4082, "U32", 1, "R", 1, "-", "5 charge loop, 7 paused, 8 stopped, 9 error", _SRC),
    ("connected", 0, 4, 4084, "U32", 1, "R", 1, "0/1", "", _SRC),
    ("departs_s", 0, 4, 4086, "U32", 1, "R", 1, "s", "seconds to departure", _SRC),
    ("charger_error", 0, 4, 4096, "U32", 1, "R", 1, "bits", "", _SRC),
    ("replug", 0, 4, 4102, "U32", 1, "R", 1, "0/1", "", _SRC),
    ("set_w", 0, 3, 3000, "S32", 1, "W", 1, "W", "negative = charge, positive = discharge, 0 stops", _SRC),
    ("wake", 0, 3, 3002, "U32", 1, "WX", 1, "-", "1 wakes it", _SRC),
)
SPANS = ((0, 4, 4000, 4103),)
_ERROR = const(9)
_CHARGE = const(2)
_DISCHARGE = const(3)


def version(device):
    return ""


def facts(d):
    """(CHARGER_BITS, power into the house W, car soc, battery soc, house load W), -1 where not known."""
    v = d.values
    if "session" not in v:
        return None
    there, found = v.get("connected") == 1, bits.FOLLOWING
    d.there = there
    if v["session"] == _ERROR or v.get("inverter") == 6 or v.get("charger_error"):
        found |= bits.FAULT
    elif there and v.get("control") and not v.get("replug"):
        found |= bits.READY
    watts = abs(v.get("ac_w", 0))
    if v.get("battery") not in (_CHARGE, _DISCHARGE) and watts < 100:
        found |= bits.STOPPED
    if v.get("battery") == _CHARGE:
        watts = -watts
    return found, watts, setpoint.unknown_or(v.get("car_soc_e1")) if there else -1, -1, -1


def wants(d):
    """(register, value) to write now, or None."""
    v, watts = d.values, setpoint.target_w(d)
    if watts is None or "session" not in v:
        return None
    watts = setpoint.allowed(d, watts, v.get("protocol") == _ISO_20 and v.get("control") != 0)
    if watts > 0:
        watts = min(watts, v.get("out_most_w", watts))
    elif watts < 0:
        watts = max(watts, -v.get("in_most_w", -watts))
    if watts and v.get("asleep") == 1:
        return ("wake", 1) if d.again("wake", 1, _WAKE_MS) else None
    return ("set_w", watts) if setpoint.due(d, "set_w", watts, _AGAIN_MS) else None
