"""`test`, `restart`, `maintenance`: what a person on site does to the controller itself. It never moves a contactor
but through the asks of `operate`.
"""

from firmware.console import words
from firmware.console.access import needed, who
from firmware.console.commands import Refused, only
from firmware.console.operate import confirm, island, wish_return
from firmware.record import places
from firmware.transfer import states

AT_REST = (states.OUT_OF_SERVICE, states.LOCKOUT_86, states.SERVICE)
_SCRATCH_BYTES = 64
_LEAST_S, _MOST_S, _USUAL_S = 10, 600, 60
_LOOKS_S = 10  # a second
_USAGE = "test: allowed after it: wave, memory, island, island SECONDS (%d..%d)" % (_LEAST_S, _MOST_S)


def do_test(context, rest):
    """One part of the controller, or a planned island that ends by itself."""
    what = rest[0].lower() if rest else ""
    if what not in ("wave", "memory", "island") or len(rest) > (2 if what == "island" else 1):
        raise Refused(_USAGE)
    needed(context, "test " + what)
    if what == "wave":
        yield from _wave(context)
    elif what == "memory":
        yield from _memory(context)
    else:
        yield from _island(context, rest[1] if len(rest) > 1 else str(_USUAL_S))


def _wave(context):
    before = context.waves.number
    context.waves.ask()
    context.events.add("person", "", "test wave", who(context))
    for _ in range(20):
        yield None
        if context.waves.number != before:
            yield "recorded: `wave %d` draws it" % context.waves.number
            return
    why = "a record of a trip keeps the only place; read it first" if context.waves.unkept else "see `selftest`"
    yield "not recorded within 2 s: %s" % why


def _memory(context):
    """Two patterns into a corner that nothing else uses."""
    board = context.board
    if not getattr(board, "has_fram", False):
        raise Refused("test memory: no permanent memory answers; events, waves and 86 are gone with the power")
    for pattern in (0x55, 0xAA):
        data, back = bytes([pattern ^ i for i in range(_SCRATCH_BYTES)]), bytearray(_SCRATCH_BYTES)
        board.store.write(places.SCRATCH, data)
        board.store.read(places.SCRATCH, back)
        if back != data:
            raise Refused("test memory: what was written did not read back: look at the FRAM and its supply")
    yield "permanent memory holds what is written (%d bytes, twice)" % _SCRATCH_BYTES


def _island(context, seconds):
    """An island for so long; it ends with this command, however that ends."""
    if not seconds.isdigit() or not _LEAST_S <= int(seconds[:6]) <= _MOST_S:
        raise Refused("test island: %r seconds; allowed %d..%d" % (seconds[:10], _LEAST_S, _MOST_S))
    wish, asks = context.layout.ask("ASK_ISLAND"), context.asks
    before = asks[wish]
    try:
        yield from island(context, "test island", "It ends after %s s, or with any key." % seconds)
        get = context.snapshot.get
        for _ in range(int(seconds) * _LOOKS_S):
            if get("STATE") not in (states.ISLAND, states.SYNCHRONISING):
                raise Refused("test island: over early, in %s: %s" % (
                    words.state(get("STATE")), words.reason(get("REASON"))))  # fmt: skip
            yield None
            context.snapshot.take()
        yield "%s s of island are over; back to the grid when it is good and in step: `status`" % seconds
    finally:
        if asks[wish] != before:
            wish_return(context)
            context.events.add("person", "", "test island ends")


def do_restart(context, rest):
    """Start the controller anew, with every coil off."""
    only("restart", rest)
    needed(context, "restart")
    if context.snapshot.get("STATE") not in AT_REST:
        raise Refused("restart: only with every coil off: `service out` first")
    if not hasattr(context.board, "restart"):
        raise Refused("restart: this board can not restart itself; take its supply away for a moment")
    yield from confirm("restart", "The controller starts anew.", "restart")
    context.events.add("person", "", "restart", who(context))
    if context.lasting:
        context.lasting.forgive_starts()
    context.board.restart()


def do_maintenance(context, rest):
    """Leave for the MicroPython prompt, where new firmware is put on. `force` in service: every coil falls."""
    force = only("maintenance", rest, "force")
    if not hasattr(context.board, "restart"):
        raise Refused("maintenance: refused; this board has no prompt to leave for")
    try:
        needed(context, "maintenance: refused")
    except Refused as why:
        raise Refused(str(why).replace("refused: locked.", "refused; locked."))
    if not force and context.snapshot.get("STATE") not in AT_REST:
        raise Refused("maintenance: refused; in service: `service out` first, or `maintenance force`: every coil falls")
    context.events.add("person", "", "maintenance" + (", forced" if force else ""), who(context))
    yield "maintenance: starting anew without the firmware; the MicroPython prompt follows, every coil off"
    if context.lasting:
        context.lasting.forgive_starts()
    yield None
    context.board.restart(maintenance=True)
