"""Opens everything that is kept: settings, code, 86, events, waves; in permanent memory, or what there is of it in RAM.

Runs once, before the tick; nothing here is needed afterwards.
"""

import gc

from firmware import store
from firmware.board.fram import Ram
from firmware.record import places
from firmware.record.counters import Counters
from firmware.record.events import Events
from firmware.record.lasting import Lasting
from firmware.record.tap import EventTap
from firmware.record.waves import Waves


def settings(board):
    """(store.Store or None, the set in force, problem or None): the memory's, else the text the board was given."""
    if board.has_fram:
        kept = store.Store(board.store, places.SETTINGS)
    elif board.files:
        kept = store.Store(store.Files(board.files + "settings"))
    else:
        return (None,) + store.load(board.stored_settings())
    found, problem = kept.load()
    if found is None:
        found, problem = store.load(board.stored_settings())
    return kept, found, problem


def secret(board):
    """(device, at) of the unlock code, or None where nothing lasts."""
    if board.has_fram:
        return board.store, places.SECRET
    return (store.Files(board.files + "secret"), 0) if board.files else None


def lasting(board, image, layout, asks):
    """86 and the starts. Without permanent memory nothing is known of them: they are taken as clear."""
    if board.has_fram:
        return Lasting(board.store, places.LASTING, image, layout, asks)
    return Lasting(Ram(64), 0, image, layout, asks)


def counters(board, image, layout, asks):
    """Operations of the contactors, or None where nothing lasts."""
    return Counters(board.store, places.COUNTERS, image, layout, asks) if board.has_fram else None


def tap(board, image, layout):
    """The tick's side of both records. Where the heap has no room for the ring of waves a smaller one will do, or none:
    a controller must not fail to start for want of pictures."""
    big = board.has_fram
    ticks, pre = (places.RING_TICKS, places.WAVE_PRE) if big else (places.RAM_RING_TICKS, places.RAM_WAVE_PRE)
    while ticks > pre + places.LEAST_SLACK:
        try:
            return EventTap(image, layout, board.ring, ticks, pre)
        except MemoryError:
            gc.collect()
            ticks = ticks * 3 // 4
    return EventTap(image, layout)


def events(board, tap, image, layout, clock):
    """The sequence of events."""
    where = (board.store, places.EVENTS, places.EVENTS_BYTES) if board.has_fram else None
    if where is None and board.store:
        where = (board.store, 0, places.RAM_EVENTS_BYTES)
    return Events(tap, image, layout, where, clock)


def waves(board, tap, settings, clock, events):
    """The wave records; each one kept is an event. None where there is no ring."""
    if tap.buffer is None:
        return None
    if board.has_fram:
        where, ticks, pre = (board.store, places.WAVES, places.WAVES_BYTES), places.WAVE_TICKS, places.WAVE_PRE
    else:
        try:
            where = (Ram(places.RAM_WAVE_BYTES), 0, places.RAM_WAVE_BYTES)
        except MemoryError:
            return None
        ticks, pre = places.RAM_WAVE_TICKS, places.RAM_WAVE_PRE
    return Waves(tap, where, ticks, pre, settings, clock.seconds, events.journal.start, events.wave)
