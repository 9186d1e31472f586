"""The lockout outlives a power failure, wherever it strikes; restarts are counted; what can't be read bars service."""

import pytest

from firmware import image as layout
from firmware.record.lasting import SIZE, Lasting
from host_tests.unit.record.test_waves import Device, PowerCut


class Start:
    """One start of the controller on a device."""

    def __init__(self, device):
        self.image, self.asks = layout.new_image(), layout.new_asks()
        self.kept = Lasting(device, 0, self.image, layout, self.asks)

    def ask(self, name):
        return self.asks[layout.ask(name)]

    def run(self, uptime_s=1, cause=0):
        self.image[layout.slot("UPTIME_S")], self.image[layout.slot("CAUSE_86")] = uptime_s, cause
        self.kept.work()
        return self


def device(data=None):
    made = Device(SIZE)
    if data is not None:
        made.bytes[:] = data
    return made


def latched():
    made = device()
    Start(made).run(cause=7)
    return made


def test_a_new_memory_is_clear():
    assert Start(device()).ask("FRAM_86") == 0
    assert Start(device(bytes(SIZE))).ask("FRAM_86") == 0


def test_a_lockout_is_stored_before_it_is_said_to_be():
    made = device()
    start = Start(made)
    assert start.ask("FRAM_86_DONE") == 0
    start.run(cause=7)
    assert start.ask("FRAM_86_DONE") == 7
    again = Start(made)
    assert again.ask("FRAM_86") == 1 and again.kept.cause == 7


def test_it_stands_until_the_tick_that_took_it_over_lets_go():
    made = latched()
    start = Start(made)
    for _ in range(5):
        start.run(cause=0)  # the tick has not read it yet
    assert Start(made).ask("FRAM_86") == 1
    start.run(cause=3)
    start.run(cause=0)
    assert start.ask("FRAM_86") == 0 and Start(made).ask("FRAM_86") == 0


def test_memory_that_does_not_hold_is_never_called_done():
    made = device()
    start = Start(made)
    made.write = lambda at, buf: None
    assert start.run(cause=7).ask("FRAM_86_DONE") == 0


@pytest.mark.parametrize("cut", range(33))
def test_a_power_cut_at_any_byte_of_the_latching_loses_no_lockout_that_was_said(cut):
    made = device()
    start = Start(made)
    made.left = cut
    try:
        start.run(cause=7)
    except PowerCut:
        assert start.ask("FRAM_86_DONE") == 0
    made.left = None
    again = Start(made)
    assert again.ask("FRAM_86") in ((0, 1, -1) if cut < 32 else (1,))
    if 1 <= cut < 16:
        assert again.ask("FRAM_86") == -1  # half written: not to be trusted as clear


@pytest.mark.parametrize("cut", range(33))
def test_a_power_cut_at_any_byte_of_the_reset_leaves_it_latched_or_clear_or_barred(cut):
    made = latched()
    start = Start(made).run(cause=7)
    made.left = cut
    try:
        start.run(cause=0)
    except PowerCut:
        assert start.ask("FRAM_86") == 1
    made.left = None
    assert Start(made).ask("FRAM_86") in {0: (1,), 16: (0,), 32: (0,)}.get(cut, (1, 0, -1) if cut < 16 else (-1, 0))


@pytest.mark.parametrize("first", range(16))
@pytest.mark.parametrize("bit", [1, 128])
def test_damage_is_never_taken_as_clear(first, bit):
    made = latched()
    made.bytes[first] ^= bit
    assert Start(made).ask("FRAM_86") == 1  # the other copy
    made.bytes[first + 16] ^= bit
    assert Start(made).ask("FRAM_86") == -1


def test_a_person_on_site_may_have_the_memory_written_anew():
    made = latched()
    made.bytes[0] ^= 1
    made.bytes[16] ^= 1
    start = Start(made)
    for _ in range(3):
        start.run()
    assert start.ask("FRAM_86") == -1 and Start(made).ask("FRAM_86") == -1
    start.kept.forgive()
    assert start.ask("FRAM_86") == 0 and Start(made).ask("FRAM_86") == 0


def test_starts_are_counted_until_one_lives_ten_minutes():
    made = device()
    for n in range(4):
        start = Start(made)
        assert start.ask("RESTARTS") == n
        start.run(uptime_s=599)
    start.run(uptime_s=600)
    assert Start(made).ask("RESTARTS") == 0
