"""`counters`, `log`, `version`: the controller itself."""

import json
import sys

from firmware import grid_codes
from firmware.console.commands import Refused, only

_CONTACTORS = ("K1", "K2", "KN")
_COUNTS = (
    "STATE_CHANGES",
    "TRIP_COUNT",
    "ISLAND_TRIPS",
    "STARTS_TRIED",
    "TICK_BAD",
    "TICK_COST",
    "TICK_COST_MAX",
    "UPTIME_S",
)


def do_counters(context, rest):
    get = context.snapshot.get
    if only("counters", rest, "json"):
        names = [k + what for k in _CONTACTORS for what in ("_OPS", "_OPEN_MS_X10", "_CLOSE_MS_X10", "_BOUNCE_MS_X10")]
        names += ["K1_HOT", "K2_HOT", "SHED", "SUPPLY_LEFT_S"]
        found = {name.lower(): get(name) for name in names + list(_COUNTS)}
        found["events_lost"], found["torn"] = context.events.lost, context.snapshot.torn
        yield json.dumps(found)
        return
    for name in _CONTACTORS:
        open_, close = get(name + "_OPEN_MS_X10"), get(name + "_CLOSE_MS_X10")
        bounce = get(name + "_BOUNCE_MS_X10")
        hot = ", %d under load" % get(name + "_HOT") if name != "KN" else ""
        yield "%s      %d operations%s, opens in %d.%d ms, closes in %d.%d ms, bounced %d.%d ms" % (
            name, get(name + "_OPS"), hot, open_ // 10, open_ % 10, close // 10, close % 10,
            bounce // 10, bounce % 10)  # fmt: skip
    yield "loads   %s" % _loads(get("SHED"))
    yield "supply  lives %d min more in the dark (reckoned)" % (get("SUPPLY_LEFT_S") // 60)
    yield "since start  %d state changes, %d trips, %d trips of the island, %d starts tried in this outage" % (
        get("STATE_CHANGES"), get("TRIP_COUNT"), get("ISLAND_TRIPS"), get("STARTS_TRIED"))  # fmt: skip
    yield "tick    cost %d, dearest %d (%s); %d without exactly their samples" % (
        get("TICK_COST"), get("TICK_COST_MAX"), context.cost_unit, get("TICK_BAD"))  # fmt: skip
    yield "lost    %d events, %d snapshots torn" % (context.events.lost, context.snapshot.torn)


def _loads(bits):
    """Stages that are off; 0..2 shed, 3..5 off until a person on site resets them."""
    shed = ["stage %d %s" % (i + 1, "stays off" if bits >> (3 + i) & 1 else "shed") for i in range(3) if bits >> i & 9]
    return ", ".join(shed) or "all on"


def do_log(context, rest):
    if rest:
        raise Refused("log: nothing is allowed after it")
    lines = context.log.lines()
    yield from lines
    if not lines:
        yield "the log is empty"


def do_version(context, rest):
    found = {"firmware": context.version, "licence": "GPL-3.0-or-later", "interpreter": sys.version}
    found["grid_code"] = grid_codes.CODES[context.settings["grid_code"]][0]
    if context.board:
        found["board"] = context.board.name
        found["unique_id"] = "".join("%02x" % b for b in context.board.unique_id())
    if only("version", rest, "json"):
        yield json.dumps(found)
        return
    yield "Islander %s, %s. Not certified: connect it to nothing that feeds a house" % (
        found["firmware"],
        found["licence"],
    )
    yield "grid code  %s" % found["grid_code"]
    yield "runs on    %s" % found["interpreter"]
    if context.board:
        yield "board      %s %s" % (found["board"], found["unique_id"])
