"""Sigenergy plant with a bidirectional DC charger (Sigen EVDC), V2.8 and V2.9. Registers as data, and its quirks.

There is no command for the direction, none to island, none to steer: it is given two caps and START, and what it does
is read back. 31513 and 31502 are the truth, never the acknowledgement. None of it was tried on a device.
"""

from micropython import const

from firmware.charger import bits
from firmware.charger.device import V2X_OFF

NAME = "sigen"
ISLAND_BY = "contact"  # there is no island command; the ISLAND_REQUEST contact is the only one
STEERS_F = 0  # nor can its island be steered: wait for coincidence
TAKES_Q = 0
SETPOINT = 0  # two caps, not a signed power
PERIOD_MS = 1000  # least time between two requests ("minimum request period", V2.9)
SETPOINT_PERIOD_MS = 10000  # between two raises of a cap; nobody says that they are not kept in flash
OWN_TIMEOUT_S = 0  # it has no watchdog: when the link is lost only the contactor stops it
LONGEST = 124
SLOW_EVERY = 8
UNSET = 0
STATE_ROW, GRID_ROW, W_ROW, VAR_ROW = "state", "off_grid", "discharge_limit_w", None
AFTER_WRITE_MS = 0
_START = const(0)  # zero starts!
_STOP = const(1)
_LEAST_CHARGE_W = const(500)  # below it 41002 latched a fault in the field: stop instead
_AGAIN_MS = const(60000)  # between two STARTs for a session that ended at the car or in the app
_TURN_MS = const(30000)  # it may take this long to turn its power round
_NONE_MS = const(120000)  # asked to give for this long and it never did
_REST_MS = const(900000)  # then leave the car alone for a quarter of an hour
_LEAST_STEP_W = const(100)

_DOC = "Sigenergy Modbus Protocol V2.9 2026-05-13"
ROWS = (
    ("ems_mode", 247, 4, 30003, "U16", 1, "R", 1, "-", "0 self-use, 1 AI, 2 by time, 5 feed-in, 7 remote, 9 own", _DOC),
    ("grid_sensor", 247, 4, 30004, "U16", 1, "R", 1, "-", "1 = gateway or meter connected; at 0 grid_w is void", _DOC),
    ("grid_w", 247, 4, 30005, "S32", 1, "R", 1, "W", "at the grid point, positive = import", _DOC),
    ("off_grid", 247, 4, 30009, "U16", 1, "R", 1, "-", "0 on grid, 1 off automatically, 2 off by hand", _DOC),
    ("battery_soc_e1", 247, 4, 30014, "U16", 1, "R", 1, "%/10", "home battery; 0 where there is none", _DOC),
    ("pcs_alarm1", 247, 4, 30027, "U16", 1, "R", 1, "bits", "9 outage, 10 11 voltage, 12 13 frequency", _DOC),
    ("pcs_alarm2", 247, 4, 30028, "U16", 1, "R", 1, "bits", "4 off-grid protection", _DOC),
    ("ess_alarm", 247, 4, 30029, "U16", 1, "R", 8, "bits", "home battery", _DOC),
    ("gateway_alarm", 247, 4, 30030, "U16", 1, "R", 8, "bits", "3 leakage, 4 N to earth, 7 phase loss", _DOC),
    ("battery_w", 247, 4, 30037, "S32", 1, "R", 1, "W", "home battery, positive = charging", _DOC),
    ("battery_in_w", 247, 4, 30047, "U32", 1, "R", 8, "W", "what the home battery could take now", _DOC),
    ("battery_out_w", 247, 4, 30049, "U32", 1, "R", 8, "W", "what the home battery could give now", _DOC),
    ("plant_state", 247, 4, 30051, "U16", 1, "R", 8, "-", "0 standby, 1 running, 2 fault, 3 shut down", _DOC),
    ("battery_left_wh", 247, 4, 30066, "U32", 10, "R", 8, "Wh", "what the home battery can still give", _DOC),
    ("car_alarm", 247, 4, 30072, "U16", 1, "R", 8, "bits", "DC charger", _DOC),
    ("battery_wh", 247, 4, 30083, "U32", 10, "R", 8, "Wh", "rated energy of the home battery", _DOC),
    ("plant_alarm1", 247, 4, 30280, "U16", 1, "R", 8, "bits", "0 gateway, 1 meter, 2 sensor lost; 6 export", _DOC),
    ("house_load_w", 247, 4, 30284, "S32", 1, "R", 8, "W", "all loads with the chargers (V2.8)", _DOC),
    ("car_v_e1", 0, 4, 31500, "U16", 1, "R", 1, "V/10", "pack voltage", _DOC),
    ("car_a_e1", 0, 4, 31501, "U16", 1, "R", 1, "A/10", "charging current", _DOC),
    ("car_w", 0, 4, 31502, "S32", 1, "R", 1, "W", "negative out of the car (two field reports)", _DOC),
    ("car_soc_e1", 0, 4, 31504, "U16", 1, "R", 1, "%/10", "0 = not known", _DOC),
    (
        "state",
        0,
        4,
        31513,
        "U16",
        1,
        "R",
        1,
        "-",
        "3 charging, 8 discharging, 4 9 fault, 0 7 no car; V2.8",
        _DOC,
    ),
    ("car_out_a_e1", 0, 4, 31514, "U16", 1, "R", 1, "A/10", "discharging current; since V2.9", _DOC),
    ("session_out_wh", 0, 4, 31515, "U32", 10, "R", 1, "Wh", "out of the car in this session; since V2.9", _DOC),
    ("rated_in_w", 0, 4, 31523, "U32", 1, "R", 1, "W", "rated charging power; since V2.9", _DOC),
    ("rated_out_w", 0, 4, 31525, "U32", 1, "R", 1, "W", "rated discharging power; since V2.9", _DOC),
    ("ems_remote", 247, 3, 40029, "U16", 1, "RW", 8, "-", "1 = the EMS obeys Modbus", _DOC),
    ("ems_order", 247, 3, 40031, "U16", 1, "RW", 8, "-", "0 PCS, 1 standby, 2 self-use .. 8 V2G (V2.9)", _DOC),
    ("battery_in_cap_w", 247, 3, 40032, "U32", 1, "RW", 8, "W", "always in force since V2.9", _DOC),
    ("battery_out_cap_w", 247, 3, 40034, "U32", 1, "RW", 8, "W", "always in force since V2.9", _DOC),
    ("export_cap_w", 247, 3, 40038, "U32", 1, "RW", 8, "W", "at the grid point, needs the sensor", _DOC),
    ("import_cap_w", 247, 3, 40040, "U32", 1, "RW", 8, "W", "at the grid point, needs the sensor", _DOC),
    ("backup_soc_e1", 247, 3, 40046, "U16", 1, "RW", 8, "%/10", "kept for outages while on grid", _DOC),
    ("full_soc_e1", 247, 3, 40047, "U16", 1, "RW", 8, "%/10", "charge cut-off", _DOC),
    ("empty_soc_e1", 247, 3, 40048, "U16", 1, "RW", 8, "%/10", "discharge cut-off; above the charge: imports!", _DOC),
    ("lockout_clear", 247, 3, 40159, "U16", 1, "WX", 1, "-", "1 clears the grid-loss lockout alarm", _DOC),
    ("start_stop", 0, 3, 41000, "U16", 1, "WX", 1, "-", "0 STARTS, 1 stops; function 6 only, never in a block", _DOC),
    ("charge_limit_w", 0, 3, 41002, "U32", 1, "RW", 8, "W", "never 0: a fault only a power cycle clears", _DOC),
    ("discharge_limit_w", 0, 3, 41004, "U32", 1, "RW", 8, "W", "a cap, not a command; since V2.9", _DOC),
)
# Documented without a gap: bus unit (0 = the inverter's own), function, first, last.
SPANS = (
    (247, 4, 30000, 30099),
    (247, 4, 30200, 30286),
    (0, 4, 31500, 31526),
    (247, 3, 40001, 40068),
    (0, 3, 41002, 41005),
)
_READY = (2, 3, 5, 6, 8, 10)
_FAULT = (4, 9)
_NO_CAR = (0, 7)
_RUNNING = (3, 8)
_CHARGING = const(3)
_DISCHARGING = const(8)


def version(device):
    """What the device is, told by which registers answer."""
    values = device.values
    if "rated_in_w" in values:
        return "V2.9"
    return "V2.8" if "state" in values and "rated_in_w" in device.absent else ""


def facts(d):
    """(CHARGER_BITS, power into the house W, car soc, battery soc, house load W), -1 where not known."""
    v = d.values
    if "off_grid" not in v:
        return None
    state, car_w = v.get("state", -1), v.get("car_w", 0)
    d.there = state not in _NO_CAR
    found = bits.FORMING if v["off_grid"] else bits.FOLLOWING
    if state in _FAULT:
        found |= bits.FAULT
    elif state in _READY:
        found |= bits.READY
    if state not in _RUNNING and abs(car_w) < 100:
        found |= bits.STOPPED
    house_w = max(-1, v["grid_w"] - car_w) if v.get("grid_sensor") and "grid_w" in v else -1
    return found, -car_w, v.get("car_soc_e1", 0) or -1, v.get("battery_soc_e1", 0) or -1, house_w


def wants(d):
    """(register, value) to write now, or None."""
    state = d.values.get("state")
    if state is None or state in _NO_CAR:
        return None
    if d.in_island:
        for name, rated in (("discharge_limit_w", "rated_out_w"), ("charge_limit_w", "rated_in_w")):
            most = d.values.get(rated, 0)
            if most >= _LEAST_CHARGE_W and d.due(name, most):
                return name, most
        return _start(d, state)
    if not d.may_run or d.asked is None:
        return None
    charge_w, discharge_w = d.asked
    if (not charge_w and not discharge_w) or _resting(d, state, charge_w, discharge_w):
        return _stop(d, state)
    for name, value in (("discharge_limit_w", discharge_w), ("charge_limit_w", max(charge_w, _LEAST_CHARGE_W))):
        if d.unread(name):  # wait: it may stand, and START comes after the caps
            return None
        if _cap_due(d, name, value):
            return name, value
    return _start(d, state)


def _cap_due(d, name, value):
    """A cap goes down at once, up or by a little seldom: it may be kept in flash."""
    stands, age = d.standing(name), d.age_ms(name)
    if stands is None or age is None or value == 0 or value < stands - _LEAST_STEP_W:
        return d.due(name, value)
    return age >= SETPOINT_PERIOD_MS and abs(value - stands) >= _LEAST_STEP_W and d.due(name, value)


def _start(d, state):
    """START, and again for a session that has ended though it was wished for."""
    if d.standing("start_stop") != _START or (state not in _RUNNING and d.again("start_stop", _START, _AGAIN_MS)):
        return "start_stop", _START
    return None


def _stop(d, state):
    """STOP, and again while it still runs: the acknowledgement proves nothing."""
    if d.standing("start_stop") != _STOP or (state in _RUNNING and d.again("start_stop", _STOP, _AGAIN_MS)):
        return "start_stop", _STOP
    return None


def _resting(d, state, charge_w, discharge_w):
    """The direction is not ours: a car that charges though it should only give is stopped and left alone a while."""
    memory = d.memory
    if state == _DISCHARGING:
        memory.clear()
        d.note(V2X_OFF, False)
    if charge_w or not discharge_w:
        memory.clear()
        return False
    if "rest" in memory:
        if 0 <= d.now_ms - memory["rest"] < _REST_MS:
            return True
        memory.clear()
    if d.standing("start_stop") != _START or state == _DISCHARGING:
        memory.pop("asked", None)
        return False
    since = d.now_ms - memory.setdefault("asked", d.now_ms)
    if since < 0:  # the clock has wrapped
        memory["asked"], since = d.now_ms, 0
    if since >= (_TURN_MS if state == _CHARGING else _NONE_MS):
        d.note(V2X_OFF)
        memory["rest"] = d.now_ms
        return True
    return False
