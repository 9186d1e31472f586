"""`status` and `why`: one diagram, what the switch does and why, what comes next and when, what is live."""

import json

from firmware.board import port
from firmware.console import words
from firmware.console.commands import only
from firmware.protect import sync_check
from firmware.transfer import facts, states

_TRIP = ("ELEMENT", "LEG", "VALUE", "LIMIT", "TIME_MS", "TICK", "COUNT")
_ON_GRID = (states.GRID, states.PARALLEL)
_WAITS_FOR_GRID = (states.ISLAND, states.GRID, states.OUT_OF_SERVICE)
# How long a state lasts at most.
_AT_MOST = {
    states.BONDING: "bond_max_ms",
    states.STARTING: "start_max_ms",
    states.UNBONDING: "unbond_max_ms",
    states.HANDBACK: "handback_max_ms",
    states.OPEN_TRANSITION: "gap_max_ms",
    states.SYNCHRONISING: "sync_wait_ms",
}
_TOUCH_MV = 25000  # above this a leg is called live here; below it nothing is promised either


def do_status(context, rest):
    v = values(context)
    get = context.snapshot.get
    doing, then = words.STATE[get("STATE")] if get("STATE") < len(words.STATE) else ("", "")
    if only("status", rest, "json"):
        v["doing"], v["next"], v["when"], v["touch"] = doing, then, list(when(context)), touch(v)
        v["do"] = words.do_next(v["cause_86"]) if v["cause_86"] else None
        yield json.dumps(v)
        return
    yield from diagram(context, v)
    yield "state  %s for %s: %s" % (v["state"], words.seconds(v["in_state_ms"]), doing)
    yield "why    %s" % v["reason"]
    yield "next   %s" % then
    for text in when(context):
        yield "       " + text
    if v["cause_86"]:
        yield "86     latched by: %s. Make it safe: %s. Then `reset 86` with the key turned, or the button for 1 s" % (
            v["cause_86"], words.do_next(v["cause_86"]))  # fmt: skip
    for text in v["alarms"]:
        yield "alarm  " + text
    yield "touch  " + touch(v)


def values(context):
    """State, why, sides, contacts, charger, alarms; plain numbers and names."""
    get, asks, ask = context.snapshot.get, context.asks, context.layout.ask
    legs = range(1, context.settings["legs"] + 1)
    contacts = get("INPUTS")
    return {
        "state": words.state(get("STATE")),
        "last_state": words.state(get("LAST_STATE")),
        "reason": words.reason(get("REASON")),
        "in_state_ms": get("IN_STATE_MS"),
        "uptime_s": get("UPTIME_S"),
        "grid_mv": [get("G%d_MV" % leg) for leg in legs],
        "house_mv": [get("H%d_MV" % leg) for leg in legs],
        "grid_mhz": get("GRID_MHZ"),
        "house_mhz": get("HOUSE_MHZ"),
        "k1": position(contacts & port.IN_K1_52A, contacts & port.IN_K1_52B),
        "k2": position(contacts & port.IN_K2_52A, contacts & port.IN_K2_52B),
        "enter_service_left_ms": get("ES_LEFT_MS"),
        "reclose_left_ms": get("RECLOSE_LEFT_MS"),
        "charger_w": asks[ask("CHARGER_W")],
        "charger_bits": asks[ask("CHARGER_BITS")],
        "charger_age_ms": said_ago(asks[ask("CHARGER_TICK")], get("TICK")),
        "car_soc_e1": asks[ask("CAR_SOC_E1")],
        "alarms": words.alarms(get("ALARMS"), asks[ask("BACKGROUND_ALARM")]),
        "cause_86": words.reason(get("CAUSE_86")) if get("CAUSE_86") else None,
        "tick_bad": get("TICK_BAD"),
    }


def said_ago(told, now):
    """How old the charger's last word is in ms; None where it never spoke."""
    return None if told < 0 else ((now - told) & 0x1FFFFFFF) // 2


def position(a, b):
    """What the proof contacts say of a contactor."""
    if bool(a) == bool(b):
        return "unproven"
    return "closed" if a else "open"


def diagram(context, v):
    """Grid, K1, house, K2, charger; below each what is measured there."""
    mark = {"closed": "[====]", "open": "[=  =]", "unproven": "[ ?? ]"}
    grid, house = "/".join(words.volts(x) for x in v["grid_mv"]), "/".join(words.volts(x) for x in v["house_mv"])
    bits, soc = v["charger_bits"], v["car_soc_e1"]
    does = "silent" if not bits else "+%s" % words.quantity(v["charger_w"], "W")
    if bits and v["charger_w"] <= 0:
        does = words.quantity(v["charger_w"], "W")
    if bits and (v["charger_age_ms"] or 0) > context.settings["charger_fresh_ms"]:
        does += " %s ago" % words.seconds(v["charger_age_ms"])
    car = "car %d.%d %%" % (soc // 10, soc % 10) if soc >= 0 else "car unknown"
    yield "GRID              K1            HOUSE             K2         CHARGER"
    yield "%-15s --%s-- %-15s --%s-- %s" % (grid + " V", mark[v["k1"]], house + " V", mark[v["k2"]], does)
    yield "%-15s   %-9s %-15s   %-9s %s" % (
        words.hertz(v["grid_mhz"]) + " Hz", v["k1"], words.hertz(v["house_mhz"]) + " Hz", v["k2"], car)  # fmt: skip


def when(context):
    """Lines that say when, or what is still missing."""
    get, settings = context.snapshot.get, context.settings
    state, v, o, in_ms = get("STATE"), get("V_FACTS"), get("O_FACTS"), get("IN_STATE_MS")
    if state in _WAITS_FOR_GRID and not v & facts.V_ENTER_SERVICE:
        if v & facts.V_GRID_IN_WINDOW:
            yield "the grid is good; it must stay so for %s more" % words.seconds(get("ES_LEFT_MS"))
        else:
            yield "the grid is %s now; the wait begins when it is inside its limits" % _grid(v)
    if state == states.DARK:
        if v & facts.V_GRID_IN_WINDOW:
            yield "the grid is good; K1 may close in %s" % words.seconds(get("RECLOSE_LEFT_MS"))
        else:
            yield "the grid is %s; the charger is %s; an island is %s" % (
                _grid(v), "ready" if o & facts.O_CHARGER_READY else "not ready",
                "allowed" if o & facts.O_MAY_ISLAND else "barred (a pause after a failed start, or a failed proof)",
            )  # fmt: skip
    if state == states.GRID and not o & facts.O_CHARGER_READY:
        yield "the charger is not ready"
    if state == states.SYNCHRONISING:
        yield "25 waits for: %s" % (_names(get("SYNC_WHY"), sync_check.WHY_NAMES) or "nothing")
    if state in _AT_MOST:
        yield "at most %s more" % words.seconds(max(0, settings[_AT_MOST[state]] - in_ms))


def _grid(v):
    return "dead" if v & facts.V_GRID_DEAD else "live, outside its limits" if v & facts.V_GRID_LIVE else "not live"


def _names(bits, names):
    return ", ".join(names[i] for i in range(len(names)) if bits >> i & 1)


def touch(v):
    """Never yes: what reads live is named, and what reads dead must still be proved so by other means."""
    live = [side for side in ("grid", "house") if max(v[side + "_mv"]) > _TOUCH_MV]
    if live:
        return "NO: %s live. Isolate, lock, prove dead, earth" % " and ".join(live)
    return "not on this word: grid and house read dead, K1 is %s, K2 is %s. Isolate, lock, prove dead, earth" % (
        v["k1"], v["k2"])  # fmt: skip


def do_why(context, rest):
    get = context.snapshot.get
    v = {name.lower(): get("TRIP_" + name) for name in _TRIP}
    if only("why", rest, "json"):
        v["state"], v["last_state"] = words.state(get("STATE")), words.state(get("LAST_STATE"))
        v["reason"] = words.reason(get("REASON"))
        v["text"] = words.trip(v["element"], v["leg"], v["value"], v["limit"], v["time_ms"])
        yield json.dumps(v)
        return
    yield "last trip   %s" % words.trip(v["element"], v["leg"], v["value"], v["limit"], v["time_ms"])
    if v["element"]:
        ago = ((get("TICK") - v["tick"]) & 0x1FFFFFFF) // 2
        yield "            %s ago; %d since the start" % (words.seconds(ago), v["count"])
    yield "now         %s, entered from %s %s ago because: %s" % (
        words.state(get("STATE")), words.state(get("LAST_STATE")), words.seconds(get("IN_STATE_MS")),
        words.reason(get("REASON")))  # fmt: skip
    if get("CAUSE_86"):
        yield "86          latched by: %s; %s" % (
            words.reason(get("CAUSE_86")),
            words.do_next(words.reason(get("CAUSE_86"))),
        )
