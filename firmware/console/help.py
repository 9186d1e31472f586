"""`help`: what each command is for, what may follow it, and an example."""

from firmware.console.commands import Refused, names
from firmware.console.near import nearest

# command: (what it is for, what may follow, an example)
PAGES = {
    "help": ("this list, or one command with an example", "[COMMAND]", "help events"),
    "status": ("what the switch does, why, what comes next and when, what is live", "[json]", "status"),
    "why": ("the last trip and what led to the present state", "[json]", "why"),
    "meter": ("voltages, frequencies and angles of grid and house", "[json]", "meter json"),
    "events": ("the newest events", "[COUNT | follow | csv | [COUNT | after NUMBER] json]", "events 50"),
    "wave": ("recorded waves: list, drawing, read-out", "[list [json] | N [CHANNEL] | get N [from FRAME]]", "wave"),
    "charger": ("what the charger says of itself and of the car", "[json]", "charger"),
    "modbus": ("the line to the charger: requests, errors, times", "[json]", "modbus"),
    "settings": ("those that differ from the factory's, or named ones", "[all | NAME | json]", "settings es_delay_ms"),
    "set": ("collect a change of a setting; nothing changes yet", "NAME VALUE", "set charge_w 5000"),
    "diff": ("collected changes: old, new, range, effect", "[json]", "diff"),
    "commit": ("check the whole set, store it, put it in force", "", "commit"),
    "revert": ("forget the collected changes", "", "revert"),
    "unlock": ("allow operating for ten minutes, with the code", "", "unlock"),
    "lock": ("end that", "", "lock"),
    "passcode": ("set a new code, with the service key turned", "", "passcode"),
    "island": ("a planned island: open K1, house on the charger", "now | exercise | unloaded", "island now"),
    "return": ("end a planned island: back to the grid, in step", "", "return"),
    "reset": ("lift the lockout, with the service key turned", "86", "reset 86"),
    "service": ("every coil off, or take up the work again", "in | out", "service out"),
    "mode": ("what the energy is for", "[hold | charge | export]", "mode charge"),
    "preset": ("the grid codes, or one collected whole", "[1..8]", "preset 5"),
    "test": ("try one part: a wave, the memory, an island", "wave | memory | island [SECONDS]", "test island 60"),
    "maintenance": ("leave for the MicroPython prompt, to put on new firmware", "[force]", "maintenance"),
    "battery": ("the car's and the home's battery", "[json]", "battery"),
    "plan": ("what is wanted of the charger now, and why", "[json]", "plan"),
    "clock": ("the time, how good it is; set it (UTC)", "[json | set DATE TIME]", "clock set 2026-11-23 14:05:00"),
    "selftest": ("everything this controller knows of its own health", "[json]", "selftest"),
    "restart": ("start the controller anew, with every coil off", "", "restart"),
    "counters": ("operations and times of the contactors, cost of the tick", "[json]", "counters"),
    "log": ("the log of the background", "", "log"),
    "version": ("what runs here, and on what", "[json]", "version json"),
}


def do_help(context, rest):
    if len(rest) > 1 or rest and rest[0].lower() not in PAGES:
        name = " ".join(rest)
        raise Refused("help: no command %r%s" % (name[:20], nearest(name, names())))
    if not rest:
        for name in names():
            yield "%-9s %s" % (name, PAGES[name][0])
        yield "Tab completes, arrows recall, Ctrl-C ends an answer; help COMMAND gives an example"
        return
    name = rest[0].lower()
    what, after, example = PAGES[name]
    yield "%s %s  %s" % (name, after, what) if after else "%s  %s" % (name, what)
    yield "example:  %s" % example
