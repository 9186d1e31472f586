"""Any SunSpec DER with models 701 (measures), 702 (ratings), 704 (controls), 713 (storage), 715 (control).

The unit column of the rows is the model; `discover` walks the chain and puts the addresses in their place. Power is
positive into the house. A setpoint goes out with its enable, mode, reversion value 0 and reversion timer in one write,
and again before the timer runs out; the controller's heartbeat goes with it. Off grid means DERMode GRID_FORMING.
"""

from micropython import const

from firmware.charger import bits, registers, setpoint
from firmware.charger.device import INTERLOCK
from firmware.charger.rtu import EXCEPTION, ModbusError

NAME = "sunspec_der"
ISLAND_BY = "contact"
STEERS_F = 0
TAKES_Q = 1
SETPOINT = 1
PERIOD_MS = 0
AFTER_WRITE_MS = 0
SETPOINT_PERIOD_MS = 100
OWN_TIMEOUT_S = 60
LONGEST = 123
SLOW_EVERY = 20
UNSET = 1
STATE_ROW, GRID_ROW, W_ROW, VAR_ROW = "on", "mode", "set_w", "set_var"
_AGAIN_MS = const(20000)
_BEAT_MS = const(5000)
_COMMAND_MS = const(60000)
_BASES = (40000, 0, 50000)
_MOST_MODELS = const(64)

_SRC = "sunspec/models 7abdf89"
ROWS = (
    ("on", 701, 3, 3, "U16", 1, "R", 1, "-", "St: 0 off, 1 on", _SRC),
    ("state", 701, 3, 4, "U16", 1, "R", 1, "-", "InvSt: 3 running, 4 throttled, 6 fault, 7 standby", _SRC),
    ("connected", 701, 3, 5, "U16", 1, "R", 1, "0/1", "ConnSt", _SRC),
    ("alarm", 701, 3, 6, "U32", 1, "R", 1, "bits", "Alrm", _SRC),
    ("mode", 701, 3, 8, "U32", 1, "R", 1, "bits", "DERMode: 0 grid following, 1 grid forming", _SRC),
    ("ac_w", 701, 3, 10, "S16", ("w_sf", 0), "R", 1, "W", "W, positive = injecting", _SRC),
    ("ac_var", 701, 3, 12, "S16", ("var_sf", 0), "R", 1, "var", "Var", _SRC),
    ("ac_mv", 701, 3, 16, "U16", ("v_sf", 3), "R", 1, "mV", "LNV", _SRC),
    ("ac_mhz", 701, 3, 17, "U32", ("hz_sf", 3), "R", 1, "mHz", "Hz", _SRC),
    ("v_sf", 701, 3, 114, "S16", 1, "R", 20, "10^", "", _SRC),
    ("hz_sf", 701, 3, 115, "S16", 1, "R", 20, "10^", "", _SRC),
    ("w_sf", 701, 3, 116, "S16", 1, "R", 20, "10^", "", _SRC),
    ("var_sf", 701, 3, 119, "S16", 1, "R", 20, "10^", "", _SRC),
    ("rated_w", 702, 3, 2, "U16", ("rated_sf", 0), "R", 20, "W", "WMaxRtg", _SRC),
    ("rated_in_w", 702, 3, 10, "U16", ("rated_sf", 0), "R", 20, "W", "WChaRteMaxRtg", _SRC),
    ("rated_out_w", 702, 3, 11, "U16", ("rated_sf", 0), "R", 20, "W", "WDisChaRteMaxRtg", _SRC),
    ("island_kinds", 702, 3, 25, "U16", 1, "R", 20, "bits", "IntIslandCatRtg: 1 capable, 2 black start", _SRC),
    ("rated_sf", 702, 3, 45, "S16", 1, "R", 20, "10^", "W_SF", _SRC),
    ("set_w", 704, 3, 22, "U16", 1, "W", 1, "-", "WSetEna, WSetMod, WSet .. WSetRvrtTms in one write", _SRC),
    ("set_shown_w", 704, 3, 24, "S32", ("set_sf", 0), "R", 20, "W", "WSet", _SRC),
    ("left_s", 704, 3, 33, "U32", 1, "R", 20, "s", "WSetRvrtRem", _SRC),
    ("set_var", 704, 3, 35, "U16", 1, "W", 1, "-", "VarSetEna .. VarSetRvrtTms in one write", _SRC),
    ("set_sf", 704, 3, 55, "S16", 1, "R", 20, "10^", "WSet_SF", _SRC),
    ("set_var_sf", 704, 3, 57, "S16", 1, "R", 20, "10^", "VarSet_SF", _SRC),
    ("car_wh", 713, 3, 2, "U16", ("wh_sf", 0), "R", 20, "Wh", "WHRtg", _SRC),
    ("car_left_wh", 713, 3, 3, "U16", ("wh_sf", 0), "R", 20, "Wh", "WHAvail", _SRC),
    ("car_soc_e1", 713, 3, 4, "U16", ("pct_sf", 1), "R", 1, "%/10", "SoC", _SRC),
    ("wh_sf", 713, 3, 7, "S16", 1, "R", 20, "10^", "WH_SF", _SRC),
    ("pct_sf", 713, 3, 8, "S16", 1, "R", 20, "10^", "Pct_SF", _SRC),
    ("local", 715, 3, 2, "U16", 1, "R", 1, "-", "LocRemCtl: 0 remote, 1 local", _SRC),
    ("beat", 715, 3, 5, "U32", 1, "WX", 1, "count", "ControllerHb", _SRC),
    ("operate", 715, 3, 8, "U16", 1, "WX", 1, "-", "OpCtl: 0 stop, 1 start, 2 and 3 standby", _SRC),
)
SPANS = ()
_STOP = const(0)
_START = const(1)
_WORKING = (2, 3, 4)
_AT_REST = (0, 1, 6, 7)
_FAULT = const(6)


async def discover(master, unit):
    """(rows, spans) with the addresses of this device; ModbusError when there is no chain with 701 in it."""
    for base in _BASES:
        try:
            words = await master.read(unit, base, 2, 3)
        except ModbusError as why:
            if why.kind != EXCEPTION:
                raise
            continue
        if words == [0x5375, 0x6E53]:
            return await _walk(master, unit, base + 2)
    raise ModbusError(EXCEPTION, "no SunSpec mark at 40000, 0 or 50000")


async def _walk(master, unit, at):
    found, first = {}, at
    for _ in range(_MOST_MODELS):
        model, length = await master.read(unit, at, 2, 3)
        if model == 0xFFFF or at + length + 4 > 65536:
            break
        found.setdefault(model, at)
        at += 2 + length
    if 701 not in found:
        raise ModbusError(EXCEPTION, "SunSpec without model 701; found %s" % sorted(found))
    rows = [(row[0], unit, 3, found[row[1]] + row[3]) + tuple(row[4:]) for row in ROWS if row[1] in found]
    return rows, ((unit, 3, first, at - 1),)


def version(device):
    return ""


def facts(d):
    """(CHARGER_BITS, power into the house W, car soc, battery soc, house load W), -1 where not known."""
    v = d.values
    if "ac_w" not in v or "mode" not in v:
        return None
    state, found = v.get("state", -1), 0
    if v["mode"] & 2:
        found |= bits.FORMING
    elif v["mode"] & 1:
        found |= bits.FOLLOWING
    if state == _FAULT:
        found |= bits.FAULT
    elif state != 5:  # shutting down
        found |= bits.READY
    if (state in _AT_REST or (state < 0 and v.get("on") == 0)) and abs(v["ac_w"]) < 100:
        found |= bits.STOPPED
    return found, v["ac_w"], setpoint.unknown_or(v.get("car_soc_e1")), -1, -1


def wants(d):
    """(register, value) to write now, or None."""
    v = d.values
    local = v.get("local") == 1
    d.note(INTERLOCK, local)
    if local or "mode" not in v or (d.has("local") and "local" not in v):
        return None
    if d.has("beat") and d.rested("beat", _BEAT_MS):
        return "beat", d.now_ms
    watts = setpoint.target_w(d)
    if watts is not None:
        watts = max(-v.get("rated_in_w", abs(watts)), min(v.get("rated_out_w", abs(watts)), watts))
        if "set_sf" in v and setpoint.due(d, "set_w", watts, _AGAIN_MS):
            return "set_w", watts
    # an island needs the last of it taken back too
    if "set_var_sf" in v and (d.asked_var or d.told("set_var")) and setpoint.due(d, "set_var", d.asked_var, _AGAIN_MS):
        return "set_var", d.asked_var
    if watts is None:
        return _operate(d, _START) if d.in_island else None
    return _operate(d, _START if watts else _STOP) if d.may_run else None


def _operate(d, command):
    """START or STOP, and again while the state does not follow."""
    if not d.has("operate"):
        return None
    state = d.values.get("state", -1)
    done = state in _WORKING if command == _START else state in _AT_REST
    if d.told("operate") != command or (not done and d.again("operate", command, _COMMAND_MS)):
        return "operate", command
    return None


def words(d, name, value):
    """Words of a setpoint that is a group of points; None for the plain registers."""
    if name not in (W_ROW, VAR_ROW):
        return None
    raw = registers.unscaled(value, ("set_sf" if name == W_ROW else "set_var_sf", 0), d.values)
    high, low = raw >> 16 & 0xFFFF, raw & 0xFFFF
    if name == W_ROW:  # WSetEna, WSetMod = watts, WSet, WSetRvrt, two percents, WSetEnaRvrt, WSetRvrtTms
        return [1, 1, high, low, 0, 0, 0, 0, 1, 0, OWN_TIMEOUT_S]
    return [1, 4, 0, high, low, 0, 0, 0, 0, 1, 0, OWN_TIMEOUT_S]
