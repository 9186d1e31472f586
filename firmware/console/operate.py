"""`island`, `return`, `reset`, `service`: what a person on site may ask for.

They ask: the tick decides, and a command is reported done only when the contacts and the state say so. Each needs the
key or the code, is confirmed in words, and is an event.
"""

from firmware.chosen import SettingError
from firmware.console import words
from firmware.console.access import key_turned, needed, who
from firmware.console.commands import Ask, Refused, only
from firmware.store import StoreError
from firmware.transfer import facts, refusals, states

_WAYS = ("now", "exercise", "unloaded")  # their index is ASK_TEST
_WATCH = 300  # looks, 100 ms apart
_TO_ISLAND = (states.GRID, states.PARALLEL, states.DARK, states.SYNCHRONISING)
_FROM_ISLAND = (states.DARK, states.BONDING, states.STARTING, states.ISLAND, states.SYNCHRONISING)
_ON_GRID = (states.GRID, states.PARALLEL)
_BOTH_OPEN = facts.S_K1_PROVEN_OPEN | facts.S_K2_PROVEN_OPEN


def do_island(context, rest):
    """A planned island: until `return`, or one that ends by itself."""
    way = only("island", rest, *_WAYS)
    if way is None:
        raise Refused("island: `island now` opens K1 and puts the house on the charger; `return` brings it back; "
                      "`island exercise` and `island unloaded` end by themselves")  # fmt: skip
    kind = _WAYS.index(way)
    more = "It ends after %d s, or with a real outage. " % context.settings["exercise_s"] if kind else ""
    yield from island(context, "island " + way, more + ("Every load stage is shed. " if kind == 2 else ""), kind)


def island(context, name, more, kind=0):
    """Ask for a planned island and watch it come; Refused says why not. kind: ASK_TEST."""
    needed(context, name)
    state, o = context.snapshot.get("STATE"), context.snapshot.get("O_FACTS")
    if state not in _TO_ISLAND:
        raise Refused("%s: not from %s; from GRID, PARALLEL, DARK or SYNCHRONISING" % (name, words.state(state)))
    if not o & facts.O_CHARGER_READY:
        raise Refused("%s: the charger is not ready; see `charger`" % name)
    if not o & facts.O_MAY_ISLAND:
        raise Refused("%s: barred by a failed proof or the pause after a failed start; see `status`, `events`" % name)
    why = context.snapshot.get("ISLAND_WHY")
    if why:
        raise Refused("%s: %s" % (name, refusals.why(why)))
    if kind and not (state in _ON_GRID and context.snapshot.get("V_FACTS") & facts.V_GRID_GOOD):
        raise Refused("%s: %s" % (name, refusals.why(refusals.WHY_GRID)))
    yield from confirm(name, "This opens K1; the house may be dark for some seconds. " + more, "island")
    _ask(context, "ASK_RETURN", 0)
    _ask(context, "ASK_TEST", kind)
    _ask(context, "ASK_ISLAND", _stamp(context))
    context.events.add("person", "", name, who(context))
    yield from _watch(context, (states.ISLAND,), "the wish stands; `return` withdraws it", facts.S_K1_PROVEN_OPEN)


def do_return(context, rest):
    """End of a planned island."""
    only("return", rest)
    needed(context, "return")
    state = context.snapshot.get("STATE")
    if state not in _FROM_ISLAND:
        raise Refused("return: not from %s" % words.state(state))
    yield from confirm("return", "K1 closes when the grid is good and in step.", "return")
    wish_return(context)
    context.events.add("person", "", "return", who(context))
    yield from _watch(context, _ON_GRID, "under way; `status` says what it waits for", facts.S_K1_PROVEN_CLOSED)


def wish_return(context):
    """The wish for an island is over."""
    _ask(context, "ASK_ISLAND", 0)
    _ask(context, "ASK_RETURN", _stamp(context))


def do_reset(context, rest):
    """Lift 86, on site: the tick itself wants the key turned."""
    if only("reset", rest, "86") is None:
        raise Refused("reset: `reset 86` lifts the lockout, with the service key turned")
    cause, state = context.snapshot.get("CAUSE_86"), context.snapshot.get("STATE")
    unreadable = context.lasting and context.lasting.latch.value is None
    if not cause and state != states.LOCKOUT_86 and not unreadable:
        raise Refused("reset 86: it is not latched")
    if not key_turned(context):
        raise Refused("reset 86: turn the service key first, or hold the reset button for 1 s; a code is not enough")
    if unreadable:
        yield "the memory of 86 can't be read. First: see `events`, look at K1, K2 and what is behind them"
        yield from confirm("reset 86", "Only when everything is safe.", "reset")
        context.lasting.forgive()
        context.events.add("person", "", "reset 86", "memory written anew, key turned")
        yield "done: written anew" if context.lasting.latch.value == 0 else "not done: the memory does not hold"
        return
    yield "86 was latched by: %s. First: %s" % (words.reason(cause), words.do_next(words.reason(cause)))
    yield from confirm("reset 86", "Only when the cause is gone.", "reset")
    context.events.add("person", "", "reset 86", words.reason(cause))
    if context.lasting:
        context.lasting.forgive()
    _ask(context, "ASK_RESET_86", _stamp(context))
    try:
        goal = (states.OUT_OF_SERVICE, states.DARK, states.BONDING)
        yield from _watch(context, goal, _why_locked(context), _BOTH_OPEN, 30)
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
    """Take the controller out of service, or put it back; either way it stays so after a restart."""
    way = only("service", rest, "in", "out")
    if way is None:
        raise Refused("service: `service out` drops every coil, `service in` takes up the work again")
    needed(context, "service " + way)
    if way == "out":
        yield from confirm("service out", "Every coil falls: the house goes dark.", "out")
        _ask(context, "IN_SERVICE", 0)
        context.events.add("person", "", "service out", who(context))
        at_once = context.store is None or context.store.any_time  # flash waits until every coil is off
        if at_once:
            yield from _remember(context, 0)
        yield from _watch(context, (states.OUT_OF_SERVICE,), "see `status`", _BOTH_OPEN)
        if not at_once:
            yield from _remember(context, 0)
        return
    if context.restart_due:
        raise Refused("service in: changed settings wait for a `restart`")
    try:
        context.settings.with_changes({"in_service": 1})
    except SettingError as why:
        raise Refused("service in: the settings do not fit: %s" % why)
    if context.lasting and context.lasting.latch.value is None:
        raise Refused("service in: the memory of 86 can't be read: `reset 86` with the key turned writes it anew")
    yield from confirm("service in", "Contactors will move by themselves.", "in")
    yield from _remember(context, 1)
    _ask(context, "IN_SERVICE", 1)
    context.events.add("person", "", "service in", who(context))
    yield from _watch(context, _ON_GRID + (states.DARK, states.ISLAND), "under way; `status` says what it waits for")


def _remember(context, value):
    """Into the stored set, so that a restart leaves it as the person did."""
    context.settings = context.settings.with_changes({"in_service": value})
    if context.store is None:
        yield "not stored: after a restart it is as before"
        return
    try:
        context.store.save(context.settings)
    except StoreError as why:
        yield "NOT STORED: %s; after a restart it is as before" % why


def confirm(name, what, word):
    yield what
    reply = yield Ask("Type `%s` to go on: " % word)
    if reply is None or reply.lower() != word:
        raise Refused("%s: not confirmed, nothing was done" % name)


def _ask(context, name, value):
    context.asks[context.layout.ask(name)] = value


def _stamp(context):
    """The tick, never 0: 0 says that nobody asks."""
    context.snapshot.take()
    return context.snapshot.get("TICK") or 1


def _watch(context, goal, otherwise, proof=0, looks=_WATCH):
    """States as they pass, until one of the goal with its contacts proven, or 86; then what the contacts say."""
    get = context.snapshot.get
    last = get("STATE")
    yield "asked; any key ends this watching, not the switch"
    for _ in range(looks):
        yield None
        context.snapshot.take()
        state, s = get("STATE"), get("S_FACTS")
        if state != last:
            last = state
            yield "  %s: %s" % (words.state(state), words.reason(get("REASON")))
            if state == states.LOCKOUT_86:
                raise Refused("not done: locked out; see `why`")
        if state in goal and s & proof == proof:
            k1 = "open" if s & facts.S_K1_PROVEN_OPEN else "closed" if s & facts.S_K1_PROVEN_CLOSED else "unproven"
            yield "done: %s, K1 proven %s" % (words.state(state), k1)
            return
    yield "not done after %d s, state %s: %s" % (looks // 10, words.state(last), otherwise)
