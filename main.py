"""Islander: the wiring, on one screen. Board, settings, process image, the tick; then the background.

Everything that can fail does so before the tick starts, with every coil off. The background reads snapshots and posts
requests; if one of its tasks dies the tick goes on, and an alarm says which.
"""

import gc

gc.threshold(49152)  # collect while importing, or the heap is left in splinters
from firmware import board as boards  # noqa: E402

board = boards.this()  # first: in the simulation it brings the clock that asyncio has to see
board.all_off()

# What is only for the wiring is loaded, used and forgotten room by room: all of it at once would not fit the chip.
from firmware import image as layout  # noqa: E402
from firmware.record import kept  # noqa: E402
from firmware.spent import empty, forget  # noqa: E402

stored, settings, problem = kept.settings(board)
image, asks = layout.new_image(), layout.new_asks()
asks[layout.ask("IN_SERVICE")] = settings["in_service"]
lasting = kept.lasting(board, image, layout, asks)
counters = kept.counters(board, image, layout, asks)
tap = kept.tap(board, image, layout)

from firmware.protect.protect import Protect  # noqa: E402

protect = Protect(settings, image, asks)
give = protect.code.give if protect.code else (0, 0, 0)
protect.code = None  # its figures are in the rows now
dithers = protect.dithers
empty("firmware.protect")
forget("firmware.grid_codes", "firmware.settings")

from firmware.sense.sense import Sense  # noqa: E402

sense = Sense(settings, image, board.ring, take=board.take)
empty("firmware.sense")

from firmware.transfer.transfer import Transfer  # noqa: E402

transfer = Transfer(settings, image, asks)
forget(*["firmware.transfer." + name for name in ("table", "reasons", "wiring", "places", "refusals")])
gc.collect()

import asyncio  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402

from firmware import log  # noqa: E402
from firmware.charger import wiring as charger_wiring  # noqa: E402
from firmware.console.commands import Context  # noqa: E402
from firmware.console.console import Console  # noqa: E402
from firmware.energy.dispatch import Dispatch  # noqa: E402
from firmware.record.clock import Clock as TimeOfDay  # noqa: E402
from firmware.tick import Tick  # noqa: E402

VERSION = "0.1.0"


class Clock:
    """The clock the link to the charger is given."""

    ticks_ms, ticks_us = staticmethod(time.ticks_ms), staticmethod(time.ticks_us)
    ticks_diff = staticmethod(time.ticks_diff)
    sleep_ms = staticmethod(asyncio.sleep_ms)


tick = Tick(board, image, sense, protect, transfer, tap)
snapshot = layout.Snapshot(image)
clock = TimeOfDay(image, layout)
events = kept.events(board, tap, image, layout, clock)
waves = kept.waves(board, tap, settings, clock, events)
device = charger_wiring.make(board.uart_a, Clock, settings, layout, image, asks)
del charger_wiring
forget("firmware.charger.wiring")
context = Context(
    layout, layout.Snapshot(image), asks, settings, events, device, VERSION, log.RING, board.cost_unit, image, board
)
context.store, context.secret, context.waves, context.clock = stored, kept.secret(board), waves, clock
del kept
forget("firmware.record.kept", "firmware.record.places", "firmware.record.watches")
context.lasting, context.problem = lasting, problem
if settings["site_server"] and board.uart_b is not None:
    from firmware.energy.site import obey as site_wish
    from firmware.server import wiring as server_wiring

    context.site = server_wiring.make(board.uart_b, Clock, layout, image, context)
forget("firmware.names")
del sense, protect, transfer, Protect, Sense, Transfer, Tick, empty
gc.threshold(-1)  # from here on the keeper collects, at rest
logger = log.get("main")


async def charger():
    """Ask the energy room what it wants, and the charger how it is."""
    obeyed, dither = None, None
    if dithers:
        from firmware.energy.dither import Dither

        dither = Dither(settings, layout, asks)
    while True:
        if obeyed is not context.settings:  # operating settings may change at any time
            obeyed = context.settings
            dispatch = Dispatch(obeyed, layout, asks, device.values, clock, give)
            device.order("backup_soc_e1", obeyed["battery_backup_e1"] or None)
        snapshot.take()
        wish = dispatch.decide(snapshot)
        if context.site:
            wish = site_wish(wish, context.site.requests, obeyed, asks[layout.ask("CAR_SOC_E1")])
        device.wish(dispatch.bounded(wish, snapshot))
        if dither:
            device.wish_var(dither.var(snapshot, Clock.ticks_ms()))
        await device.poll()
        while device.changes:
            told, why = device.changes.pop(0)
            events.add("charger link", "", told, why)
            logger.info("charger link %s %s", told, why)
        await asyncio.sleep_ms(1)


async def keeper():
    """Drain the events, echo what is stored, show the board that the background lives, keep the heap in order."""
    seen, now, heap, rounds = layout.ask("BACKGROUND_TICK"), layout.slot("TICK"), layout.ask("HEAP_FREE"), 0
    while True:
        if rounds % 200 == 0:  # every ten seconds, not when it happens to be full
            gc.collect()
            asks[heap] = gc.mem_free()
        rounds += 1
        events.drain()
        lasting.work()
        if counters:
            counters.work()
        while waves and waves.work():
            await asyncio.sleep_ms(0)
        board.exchange()
        if image[now] != asks[seen]:
            asks[seen] = image[now]
            board.feed_watchdog()
        await asyncio.sleep_ms(50)


async def guard(number, name, task):
    """A background task that dies is an alarm, never silence."""
    try:
        await task
    except Exception as why:
        asks[layout.ask("BACKGROUND_ALARM")] |= 1 << number
        events.add("background task died", "", name, repr(why))
        logger.error("%s died: %r", name, why)
        sys.print_exception(why)


async def background():
    events.add("start", "", VERSION, "reset cause: %s; board %s" % (board.reset_cause(), board.name))
    if problem:
        events.add("settings refused", "", "out of service", problem)
        asks[layout.ask("BACKGROUND_ALARM")] |= 1 << 8
        logger.error("%s; the factory set is in force, out of service", problem)
    elif stored is not None and stored.note:
        events.add("settings refused", "", "one copy of two", stored.note)
    if settings["site_server"] and context.site is None:
        events.add("settings refused", "", "site_server", "this board has no second RS-485 line")
    tasks = [charger(), keeper(), Console(board.console, context, asyncio.sleep_ms).run()]
    if context.site:
        tasks.append(context.site.run(lambda what, detail: events.add(what, "", "", detail)))
    names = ("charger", "keeper", "console", "site server")
    await asyncio.gather(*[guard(i, names[i], task) for i, task in enumerate(tasks)])


board.watch(image)
board.keep_console(True)
board.start(tick.step)
asyncio.run(background())
