"""The hard tick, the samples, the permit and the pins of the RP2040 board on the emulated chip."""

import pytest

from firmware.board import pins_rp2040 as pins

PERMIT, K1, REQUEST = pins.PERMIT, 3, 6


@pytest.fixture(scope="module")
def busy(module_guest):
    """Half a second of ticks under a background that prints, allocates and collects garbage."""
    chip = module_guest("tick.py", TICKS=600, STOP=1 << 28, WANTED=0b1001)
    assert chip.wait_for("START", 2)
    chip.systick_reads = []
    assert chip.wait_for("halted", 2)
    return chip


def test_every_tick_finds_exactly_four_frames(busy, said):
    ticks, bad, overrun, stuck = said(busy, "TICKS")
    assert ticks >= 600
    assert (bad, overrun, stuck) == (0, 0, 0)


def test_the_tick_keeps_its_time_within_five_microseconds(busy):
    begins = busy.systick_reads[10:-10]
    periods = [b - a for a, b in zip(begins, begins[1:], strict=False)]
    assert len(periods) > 500
    start = begins[0]
    late = [(time - start) - round((time - start) / 500e-6) * 500e-6 for time in begins]
    assert max(late) - min(late) < 10e-6  # +-5 us about the middle


def test_outputs_reach_their_pins_and_no_others(busy):
    assert [busy.changes(pin)[0][1] for pin in range(3, 7)] == [0, 0, 0, 0]  # boot.py: driven low first
    high = {pin for pin in range(3, 7) if any(level for _, level in busy.changes(pin))}
    assert high == {K1, REQUEST}
    assert [busy.level(pin) for pin in range(2, 7)] == [0, 0, 0, 0, 0]  # all_off


def test_the_permit_is_a_ten_kilohertz_square_wave(busy):
    edges = busy.changes(PERMIT)[100:900]
    periods = [b[0] - a[0] for a, b in zip(edges, edges[2:], strict=False)]
    assert abs(sum(periods) / len(periods) - 100e-6) < 1e-6
    highs = [b[0] - a[0] for a, b in zip(edges, edges[1:], strict=False) if a[1]]
    assert all(40e-6 <= high <= 60e-6 for high in highs)


def test_the_permit_dies_within_five_ms_of_the_last_tick(guest):
    chip = guest("tick.py", TICKS=100, STOP=60, WANTED=0b0001)
    assert chip.wait_for("START", 2)
    chip.run(0.02)
    chip.run(0.04)
    time_s, level = chip.changes(PERMIT)[-1]
    assert (level, chip.level(K1)) == (0, 1)  # the coil's own drive is still there: only the permit protects
    assert 3.5e-3 < time_s - chip.renewals[-1] < 5e-3


def test_a_pin_that_does_not_follow_takes_the_permit_away(guest, said):
    chip = guest("tick.py", TICKS=200, STOP=1 << 28, WANTED=0b0001)
    assert chip.wait_for("START", 2)
    chip.run(0.05)
    assert chip.level(PERMIT) is not None
    chip.mcu.gpio[K1].set_input_value(False)  # the pad is held low from outside
    short = chip.now_s
    chip.run(0.02)
    assert [edge for edge in chip.changes(PERMIT, short + 0.007) if edge[1]] == []
    assert chip.wait_for("halted", 1)
    assert said(chip, "TICKS")[3] >= 4
