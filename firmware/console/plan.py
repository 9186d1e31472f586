"""`plan` and `battery`: what is wanted of the charger now and why, and what the batteries hold."""

import json

from firmware.console import words
from firmware.console.commands import only

_MODES = ("hold", "charge", "export", "self-use", "backup")
_POLICIES = ("by mode", "RIDE_THROUGH", "SEAMLESS")


def do_plan(context, rest):
    """The energy room's own plan where it has one (context.plan), else what follows from the mode."""
    machine = only("plan", rest, "json")
    if context.plan is not None:
        yield from context.plan(context, machine)
        return
    settings, asks, ask = context.settings, context.asks, context.layout.ask
    mode, asked, soc = settings["energy_mode"], context.device.asked, asks[ask("CAR_SOC_E1")]
    permitted = bool(context.snapshot.get("RUN_PERMIT"))
    found = {
        "mode": _MODES[mode] if mode < len(_MODES) else str(mode), "may_take_w": asked[0] if asked else None,
        "may_give_w": asked[1] if asked else None, "sources_permitted": permitted, "car_soc_e1": soc,
        "reserve_soc_e1": settings["reserve_soc_e1"], "seamless": bool(asks[ask("SEAMLESS")]),
        "policy": _POLICIES[settings["transfer_policy"]],
    }  # fmt: skip
    if machine:
        yield json.dumps(found)
        return
    yield "mode     %s" % found["mode"]
    if asked is None:
        yield "wanted   nothing yet"
    else:
        yield "wanted   the car may take %s, give %s" % (words.quantity(asked[0], "W"), words.quantity(asked[1], "W"))
    yield "why      %s" % _why(found, soc)
    yield "reserve  %d.%d %% kept for an outage" % (settings["reserve_soc_e1"] // 10, settings["reserve_soc_e1"] % 10)
    when = "as soon as the loads would notice" if found["seamless"] else "by the grid code's curves"
    yield "grid lost: K1 opens %s (policy %s)" % (when, found["policy"])
    from firmware.energy import departure, plan

    now_s = context.clock.seconds() if context.clock else 0
    leaves = departure.line(now_s, settings, soc)
    if leaves:
        yield "car      " + leaves
    yield "next 24 h"
    for line in plan.lines(now_s, settings):
        yield "  " + line


def _why(found, soc):
    if not found["sources_permitted"]:
        return "the switch does not permit sources now; what was commanded last stands"
    if found["mode"] in ("export", "self-use"):
        if soc < 0:
            return "the car's state of charge is not known: nothing is taken from it"
        if soc <= found["reserve_soc_e1"]:
            return "the car is down to its reserve"
    return "mode %s" % found["mode"]


def do_battery(context, rest):
    asks, ask, values = context.asks, context.layout.ask, context.device.values
    found = {"car_soc_e1": asks[ask("CAR_SOC_E1")], "home_soc_e1": asks[ask("BATTERY_SOC_E1")]}
    more = {name: values[name] for name in sorted(values) if "batt" in name or name.startswith("ess")}
    if only("battery", rest, "json"):
        found["registers"] = more
        yield json.dumps(found)
        return
    for title, name in (("car", "car_soc_e1"), ("home", "home_soc_e1")):
        e1 = found[name]
        yield "%-8s %s" % (title, "%d.%d %%" % (e1 // 10, e1 % 10) if e1 >= 0 else "unknown or none")
    yield "reserve  %d.%d %% of the car" % (
        context.settings["reserve_soc_e1"] // 10, context.settings["reserve_soc_e1"] % 10)  # fmt: skip
    for name in more:
        yield "         %s = %d" % (name, more[name])
    from firmware.energy import sharing

    car, battery = sharing.left_wh(values, context.settings, found["car_soc_e1"])
    if battery is not None and car + battery:
        part = 100 * car // (car + battery)
        yield "share    in self-use the car covers %d %% of the house: %d Wh to spend, the battery %d" % (
            part, car, battery)  # fmt: skip
