"""What the reading commands show: text for people, dictionaries for programs."""

import json

from firmware.board import port
from firmware.console import words

_LEGS = ("G1", "G2", "G3", "H1", "H2", "H3")


def as_json(values):
    """One line a program reads."""
    return [json.dumps(values)]


def volts(mv):
    """119570 -> 119.6."""
    return "%d.%d" % (mv // 1000, mv % 1000 // 100)


def hertz(mhz):
    """59980 -> 59.98; 0 is not measurable."""
    return "%d.%02d" % (mhz // 1000, mhz % 1000 // 10) if mhz else "-"


def _switch(closed, open_):
    return "===" if closed and not open_ else "= =" if open_ and not closed else "=?="


def status_values(context):
    """State, why, sides, charger, alarms."""
    get, asks, ask = context.snapshot.get, context.asks, context.layout.ask
    return {
        "state": words.state(get("STATE")),
        "reason": words.reason(get("REASON")),
        "in_state_ms": get("IN_STATE_MS"),
        "uptime_s": get("UPTIME_S"),
        "grid_mv": [get("G%d_MV" % (leg + 1)) for leg in range(context.settings["legs"])],
        "house_mv": [get("H%d_MV" % (leg + 1)) for leg in range(context.settings["legs"])],
        "grid_mhz": get("GRID_MHZ"),
        "house_mhz": get("HOUSE_MHZ"),
        "enter_service_left_ms": get("ES_LEFT_MS"),
        "reclose_left_ms": get("RECLOSE_LEFT_MS"),
        "charger_w": asks[ask("CHARGER_W")],
        "car_soc_e1": asks[ask("CAR_SOC_E1")],
        "charger_bits": asks[ask("CHARGER_BITS")],
        "alarms": words.alarms(get("ALARMS")),
        "cause_86": words.reason(get("CAUSE_86")) if get("CAUSE_86") else None,
        "tick_bad": get("TICK_BAD"),
    }


def status(context):
    """One-line diagram, what it does, why, what comes next and when."""
    v, get = status_values(context), context.snapshot.get
    inputs = get("INPUTS")
    k1 = _switch(inputs & port.IN_K1_52A, inputs & port.IN_K1_52B)
    k2 = _switch(inputs & port.IN_K2_52A, inputs & port.IN_K2_52B)
    soc = "" if v["car_soc_e1"] < 0 else ", car %d.%d %%" % (v["car_soc_e1"] // 10, v["car_soc_e1"] % 10)
    power = "%d W" % v["charger_w"] if v["charger_bits"] else "silent"
    doing, then = words.STATE[get("STATE")]
    yield "grid --%s K1-- house --%s K2-- charger" % (k1, k2)
    yield "grid %s V %s Hz   house %s V %s Hz   charger %s%s" % (
        "/".join(volts(x) for x in v["grid_mv"]), hertz(v["grid_mhz"]),
        "/".join(volts(x) for x in v["house_mv"]), hertz(v["house_mhz"]), power, soc)  # fmt: skip
    yield "state  %s for %d s: %s" % (v["state"], v["in_state_ms"] // 1000, doing)
    yield "why    %s" % v["reason"]
    yield "next   %s" % then
    if v["enter_service_left_ms"] and get("V_FACTS") & 1 << 15:
        yield "       grid good for the enter-service delay in %d s" % (v["enter_service_left_ms"] // 1000)
    if v["cause_86"]:
        yield "86     latched by: %s; make it safe, then reset on site" % v["cause_86"]
    for text in v["alarms"]:
        yield "alarm  " + text
    yield "safe to touch: never on this page's word alone; isolate, prove dead, earth"


def meter_values(context):
    """Every measured quantity by its slot name."""
    get, legs = context.snapshot.get, context.settings["legs"]
    sides = _LEGS[:legs] + _LEGS[3 : 3 + legs]
    names = [side + what for side in sides for what in ("_MV", "_FUND_MV", "_THD_E2", "_DC_MV")]
    names += ["D%d_CDEG" % (leg + 1) for leg in range(legs)] + ["D%d_MV" % (leg + 1) for leg in range(legs)]
    names += ["GRID_MHZ", "GRID_FINE_MHZ", "GRID_ROCOF_MHZ_S", "GRID_JUMP_CDEG"]
    names += ["HOUSE_MHZ", "HOUSE_FINE_MHZ", "SLIP_MHZ"]
    names += ["GRID_SPREAD_MV", "HOUSE_SPREAD_MV", "BAD_CHANNELS", "BAD_WHY", "LOSS_BANK"]
    return {name.lower(): get(name) for name in names}


def meter(context):
    """A table of legs, then the sides."""
    get, legs = context.snapshot.get, context.settings["legs"]
    yield "leg   RMS V  fund V   THD %    DC V"
    for side in _LEGS[:legs] + _LEGS[3 : 3 + legs]:
        thd, dc = get(side + "_THD_E2"), get(side + "_DC_MV")
        yield "%-4s %7s %7s %4d.%02d %7d.%d" % (
            side, volts(get(side + "_MV")), volts(get(side + "_FUND_MV")), thd // 100, thd % 100,
            dc // 1000, abs(dc) % 1000 // 100)  # fmt: skip
    yield "grid %s Hz (6 cycles %s), ROCOF %d mHz/s; house %s Hz; slip %d mHz" % (
        hertz(get("GRID_MHZ")), hertz(get("GRID_FINE_MHZ")), get("GRID_ROCOF_MHZ_S"), hertz(get("HOUSE_MHZ")),
        get("SLIP_MHZ"))  # fmt: skip
    for leg in range(legs):
        cdeg, mv = get("D%d_CDEG" % (leg + 1)), get("D%d_MV" % (leg + 1))
        yield "L%d house minus grid: %s, %d mV" % (leg + 1, words.quantity(cdeg, "cdeg"), mv)
    if get("BAD_CHANNELS"):
        yield "implausible channels (bits) %d: %s" % (get("BAD_CHANNELS"), words.plausible.WHY_NAMES[get("BAD_WHY")])


def why_values(context):
    """The last trip in numbers."""
    get = context.snapshot.get
    names = ("ELEMENT", "LEG", "VALUE", "LIMIT", "TIME_MS", "TICK", "COUNT")
    return {name.lower(): get("TRIP_" + name) for name in names}


def why(context):
    """The last trip in words, and why the present state was entered."""
    v, get = why_values(context), context.snapshot.get
    yield "last trip: " + words.trip(v["element"], v["leg"], v["value"], v["limit"], v["time_ms"])
    yield "trips since start: %d" % v["count"]
    yield "%s was entered from %s because: %s" % (
        words.state(get("STATE")), words.state(get("LAST_STATE")), words.reason(get("REASON")))  # fmt: skip


def modbus(context, found):
    """Requests and errors by kind, times, and since when the line is silent."""
    yield "requests %(requests)d, good %(ok)d, errors %(errors)d" % found
    yield "retries %(retries)d, junk bytes %(junk_bytes)d" % found
    bad = ["%s %d" % (kind, found["by_kind"][kind]) for kind in sorted(found["by_kind"]) if found["by_kind"][kind]]
    yield "errors by kind: %s" % (", ".join(bad) or "none")
    yield "last exchange %d ms, 99th percentile %s ms" % (found["last_ms"], found["p99_ms"])
    if context.device.stats.silent_since_ms is not None:
        yield "SILENT since %d ms on this clock: %s" % (context.device.stats.silent_since_ms, found["last_error"])


def events(log, count):
    """Lines of the record, newest last."""
    if not log.number:
        yield "no events yet"
    for number, when, what, old, new, detail in log.rows(count):
        change = "%s -> %s" % (old, new) if old else new
        yield "%5d %11s  %-22s %s%s" % (number, when, what, change, "  " + detail if detail else "")
    if log.dropped:
        yield "(%d older ones made room)" % log.dropped


def events_csv(log):
    """The record for a spreadsheet."""
    yield "number,time_s,what,from,to,detail"
    for row in log.rows():
        yield ",".join('"%s"' % str(x).replace('"', "'") if "," in str(x) else str(x) for x in row)


def counters(context):
    """Operations, learned times and the tick's health."""
    get = context.snapshot.get
    for name in ("K1", "K2", "KN"):
        open_, close = get(name + "_OPEN_MS_X10"), get(name + "_CLOSE_MS_X10")
        yield "%s: %d operations, opens in %d.%d ms, closes in %d.%d ms" % (
            name, get(name + "_OPS"), open_ // 10, open_ % 10, close // 10, close % 10)  # fmt: skip
    yield "ticks %d, without exactly their samples %d" % (get("TICK"), get("TICK_BAD"))
    yield "last tick cost %d, dearest %d (%s)" % (get("TICK_COST"), get("TICK_COST_MAX"), context.cost_unit)
    yield "snapshots refused as torn: %d" % context.snapshot.torn
