"""The tick's opening and closing as one kernel each, on the emulated chip, across the wrap of every counter."""

from firmware.board import port
from firmware.image import slot

WRAP = 1 << 29


def test_they_keep_the_image_as_the_tick_does(guest, said):
    chip = guest("bound.py")
    chip.drive(24, False)  # E_STOP_OK closed
    assert chip.wait_for("halted", 4), chip.console.decode()
    seq, tick, uptime_s, uptime_ms, cost, cost_max, bad, inputs, outputs = said(chip, "IMAGE")
    ticks = (tick - (WRAP - 1 - 1000)) % WRAP
    assert 2195 <= ticks <= 2205  # 1.1 s
    assert tick < 2000  # it wrapped
    assert (seq - (WRAP - 1000)) % WRAP == 2 * ticks
    assert (uptime_s, uptime_ms) == (1, (ticks - 2000) // 2)
    assert bad == 0
    assert inputs == port.IN_E_STOP_OK
    assert outputs == port.OUT_PERMIT | port.OUT_K1
    assert 0 < cost <= cost_max < 6000


def test_the_slots_are_where_the_kernels_write():
    names = ("SEQ", "TICK", "UPTIME_S", "UPTIME_MS", "TICK_COST", "TICK_COST_MAX", "TICK_BAD", "INPUTS", "OUTPUTS")
    assert [slot(name) for name in names] == list(range(9))
