"""What the wiring opens: in permanent memory, in RAM, on flash; a full heap costs pictures, never the start."""

import types
from array import array

import pytest

from firmware import image as layout
from firmware.board.fram import Ram
from firmware.board.port import CHANNELS, RING_FRAMES
from firmware.record import kept, places
from firmware.record import tap as tapping
from firmware.record.clock import Clock
from firmware.settings import Settings


def board(fram=True, files=None, text=None):
    ring = array("H", bytes(2 * RING_FRAMES * CHANNELS))
    store = Ram(places.SIZE if fram else 4096)
    return types.SimpleNamespace(has_fram=fram, files=files, store=store, ring=ring, stored_settings=lambda: text)


def opened(on):
    image, asks = layout.new_image(), layout.new_asks()
    tap, clock = kept.tap(on, image, layout), Clock(image, layout)
    events = kept.events(on, tap, image, layout, clock)
    return tap, events, kept.waves(on, tap, Settings(), clock, events), kept.lasting(on, image, layout, asks)


def test_permanent_memory_holds_thousands_of_events_and_six_waves_of_half_a_second():
    _, events, waves, _ = opened(board())
    assert events.journal.records == 4096 and waves.slots >= 4
    assert places.WAVE_TICKS / 2000 >= 0.5 and waves.ring_ticks() * 36 <= 32768


def test_without_it_there_are_64_events_and_one_wave_of_a_quarter_of_a_second():
    _, events, waves, _ = opened(board(fram=False))
    assert events.journal.records == 64 and waves.slots == 1
    assert places.RAM_WAVE_TICKS / 2000 >= 0.25 and waves.slot_bytes == places.RAM_WAVE_BYTES


def test_nothing_in_permanent_memory_overlaps():
    ends = [
        (places.SETTINGS, 16384), (places.SECRET, 58), (places.LASTING, 64), (places.SCRATCH, 64),
        (places.COUNTERS, 64),
        (places.EVENTS, places.EVENTS_BYTES), (places.WAVES, places.WAVES_BYTES),
    ]  # fmt: skip
    for (at, size), (following, _) in zip(ends, [*ends[1:], (places.SIZE, 0)], strict=True):
        assert at + size <= following


@pytest.mark.parametrize("room, ticks", [(900, 520), (500, 390), (350, 292), (280, None), (0, None)])
def test_a_full_heap_costs_waves_and_not_the_start(monkeypatch, room, ticks):
    real = tapping.EventTap._record

    def record(self, samples, wanted, pre):
        if wanted > room:
            raise MemoryError
        real(self, samples, wanted, pre)

    monkeypatch.setattr(tapping.EventTap, "_record", record)
    tap, events, waves, _ = opened(board())
    assert (waves.ring_ticks() if waves else None) == ticks
    tap.step(1, 4)
    events.drain()


def test_settings_come_from_where_they_were_stored_last():
    on = board(text='{"charge_w": 3000}')
    store, settings, problem = kept.settings(on)
    assert settings["charge_w"] == 3000 and problem is None
    store.save(Settings({"charge_w": 4000}))
    assert kept.settings(on)[1]["charge_w"] == 4000
    assert kept.settings(board(fram=False, text='{"charge_w": 30'))[2].startswith("settings: not a whole JSON object")


def test_on_flash_the_files_are_the_stores(tmp_path):
    on = board(fram=False, files=str(tmp_path) + "/")
    store, _, _ = kept.settings(on)
    store.save(Settings({"charge_w": 4000}))
    assert kept.settings(on)[1]["charge_w"] == 4000 and not store.any_time
    device, at = kept.secret(on)
    device.write(at, b"code")
    assert (tmp_path / "secret.a").read_bytes() == b"code" and kept.secret(board(fram=False)) is None
