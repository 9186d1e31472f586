"""`island`, `return`, `reset`, `service`, `restart`: what a person on site may ask for.

They ask: the tick decides, and a command is reported done only when the contacts and the state say so. Each needs the
key or the code, is confirmed in words, and is an event.
"""

from firmware.console import words
from firmware.console.access import key_turned, needed
from firmware.console.commands import Ask, Refused, only
from firmware.transfer import facts, states

_WATCH = 300  # looks, 100 ms apart
_AT_REST = (states.OUT_OF_SERVICE, states.LOCKOUT_86, states.SERVICE)
_TO_ISLAND = (states.GRID, states.PARALLEL, states.DARK, states.SYNCHRONISING)
_FROM_ISLAND = (states.DARK, states.BONDING, states.STARTING, states.ISLAND, states.SYNCHRONISING)
_ON_GRID = (states.GRID, states.PARALLEL)


def do_island(context, rest):
    """A planned island."""
    if only("island", rest, "now") is None:
        raise Refused("island: `island now` opens K1 and puts the house on the charger; `return` brings it back")
    needed(context, "island now")
    state, o = context.snapshot.get("STATE"), context.snapshot.get("O_FACTS")
    if state not in _TO_ISLAND:
        raise Refused("island now: not from %s; from GRID, PARALLEL, DARK or SYNCHRONISING" % words.state(state))
    if not o & facts.O_CHARGER_READY:
        raise Refused("island now: the charger is not ready; see `charger`")
    if not o & facts.O_MAY_ISLAND:
        raise Refused("island now: barred by a failed proof or the pause after a failed start; see `status`, `events`")
    yield from _confirm("island now", "This opens K1; the house may be dark for some seconds.", "island")
    _ask(context, "ASK_RETURN", 0)
    _ask(context, "ASK_ISLAND", _stamp(context))
    context.events.add("person", "", "island now")
    yield from _watch(context, (states.ISLAND,), "the wish stands; `return` withdraws it")


def do_return(context, rest):
    """End of a planned island."""
    only("return", rest)
    needed(context, "return")
    state = context.snapshot.get("STATE")
    if state not in _FROM_ISLAND:
        raise Refused("return: not from %s" % words.state(state))
    yield from _confirm("return", "K1 closes when the grid is good and in step.", "return")
    _ask(context, "ASK_ISLAND", 0)
    _ask(context, "ASK_RETURN", _stamp(context))
    context.events.add("person", "", "return")
    yield from _watch(context, _ON_GRID, "under way; `status` says what it waits for")


def do_reset(context, rest):
    """Lift 86, on site: the tick itself wants the key turned."""
    if only("reset", rest, "86") is None:
        raise Refused("reset: `reset 86` lifts the lockout, with the service key turned")
    cause, state = context.snapshot.get("CAUSE_86"), context.snapshot.get("STATE")
    if not cause and state != states.LOCKOUT_86:
        raise Refused("reset 86: it is not latched")
    if not key_turned(context):
        raise Refused("reset 86: turn the service key first, or hold the reset button for 1 s; a code is not enough")
    yield "86 was latched by: %s. First: %s" % (words.reason(cause), words.do_next(words.reason(cause)))
    yield from _confirm("reset 86", "Only when the cause is gone.", "reset")
    context.events.add("person", "", "reset 86", words.reason(cause))
    _ask(context, "ASK_RESET_86", _stamp(context))
    try:
        yield from _watch(context, (states.OUT_OF_SERVICE, states.DARK, states.BONDING), _why_locked(context), 30)
    finally:
        _ask(context, "ASK_RESET_86", 0)


def _why_locked(context):
    get = context.snapshot.get
    missing = [words.fact(name) for bit, name in facts.names("S_").items()
               if bit in (facts.S_K1_PROVEN_OPEN, facts.S_K2_PROVEN_OPEN) and not get("S_FACTS") & bit]  # fmt: skip
    if get("O_FACTS") & facts.O_E_STOP:
        missing.append("stop loop closed")
    return "missing: %s" % (", ".join(missing) or "nothing that is known here; see `events`")


def do_service(context, rest):
    """Take the controller out of service, or put it back."""
    way = only("service", rest, "in", "out")
    if way is None:
        raise Refused("service: `service out` drops every coil, `service in` takes up the work again")
    needed(context, "service " + way)
    if way == "out":
        yield from _confirm("service out", "Every coil falls: the house goes dark.", "out")
        _ask(context, "IN_SERVICE", 0)
        context.events.add("person", "", "service out")
        yield from _watch(context, (states.OUT_OF_SERVICE,), "see `status`")
        return
    if not context.settings["in_service"]:
        raise Refused("service in: the setting in_service is 0: `set in_service 1`, `commit`, `restart`")
    if context.restart_due:
        raise Refused("service in: changed settings wait for a `restart`")
    yield from _confirm("service in", "Contactors will move by themselves.", "in")
    _ask(context, "IN_SERVICE", 1)
    context.events.add("person", "", "service in")
    yield from _watch(context, _ON_GRID + (states.DARK, states.ISLAND), "under way; `status` says what it waits for")


def do_restart(context, rest):
    """Start the controller anew, with every coil off."""
    only("restart", rest)
    needed(context, "restart")
    if context.snapshot.get("STATE") not in _AT_REST:
        raise Refused("restart: only with every coil off: `service out` first")
    if not hasattr(context.board, "restart"):
        raise Refused("restart: this board can not restart itself; take its supply away for a moment")
    yield from _confirm("restart", "The controller starts anew.", "restart")
    context.events.add("person", "", "restart")
    context.board.restart()


def _confirm(name, what, word):
    reply = yield Ask("%s Type `%s` to go on: " % (what, word))
    if reply is None or reply.lower() != word:
        raise Refused("%s: not confirmed, nothing was done" % name)


def _ask(context, name, value):
    context.asks[context.layout.ask(name)] = value


def _stamp(context):
    """The tick, never 0: 0 says that nobody asks."""
    context.snapshot.take()
    return context.snapshot.get("TICK") or 1


def _watch(context, goal, otherwise, looks=_WATCH):
    """States as they pass, until one of the goal or 86; then what the contacts say."""
    get = context.snapshot.get
    last = get("STATE")
    yield "asked; any key ends this watching, not the switch"
    for _ in range(looks):
        yield None
        context.snapshot.take()
        state = get("STATE")
        if state != last:
            last = state
            yield "  %s: %s" % (words.state(state), words.reason(get("REASON")))
            if state == states.LOCKOUT_86:
                raise Refused("not done: locked out; see `why`")
            if state in goal:
                s = get("S_FACTS")
                k1 = "open" if s & facts.S_K1_PROVEN_OPEN else "closed" if s & facts.S_K1_PROVEN_CLOSED else "unproven"
                yield "done: %s, K1 proven %s" % (words.state(state), k1)
                return
    yield "not done after %d s, state %s: %s" % (looks // 10, words.state(last), otherwise)
