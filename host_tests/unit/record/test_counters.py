"""Operation counters outlive a power failure, wherever it strikes, and begin at none where nothing can be read."""

import pytest

from firmware import image as layout
from firmware.record import places
from firmware.record.counters import SIZE, Counters
from host_tests.unit.record.test_waves import Device, PowerCut

NAMES = ("K1_OPS", "K2_OPS", "KN_OPS", "K1_HOT", "K2_HOT")


class Life:
    """From one start of the controller to the next."""

    def __init__(self, device):
        self.image, self.asks = layout.new_image(), layout.new_asks()
        self.counters = Counters(device, 0, self.image, layout, self.asks)
        for name in NAMES:  # as the transfer room does
            self.image[layout.slot(name)] = self.kept(name)

    def kept(self, name):
        return self.asks[layout.ask("KEPT_" + name)]

    def count(self, *more, seconds=11):
        for name, n in zip(NAMES, more, strict=True):
            self.image[layout.slot(name)] += n
        for _ in range(20 * seconds):
            self.counters.work()
        return self

    def all(self):
        return [self.kept(name) for name in NAMES]


@pytest.mark.parametrize("fill", [b"\xff", b"\0"])
def test_a_new_memory_starts_at_none(fill):
    device = Device(SIZE)
    device.bytes[:] = fill * SIZE
    assert Life(device).all() == [0] * 5


def test_life_after_life_goes_on_where_the_last_left_off():
    device = Device(SIZE)
    for life in range(1, 6):
        Life(device).count(5, 4, 3, 2, 1)
        assert Life(device).all() == [5 * life, 4 * life, 3 * life, 2 * life, life]


def test_it_is_written_ten_seconds_after_and_only_when_something_was_counted():
    device = Device(SIZE)
    life = Life(device).count(1, 0, 0, 0, 0, seconds=9)
    assert Life(device).all() == [0] * 5
    life.count(0, 0, 0, 0, 0, seconds=2)
    before = bytes(device.bytes)
    life.count(0, 0, 0, 0, 0, seconds=60)
    assert Life(device).all() == [1, 0, 0, 0, 0] and bytes(device.bytes) == before


@pytest.mark.parametrize("cut", range(33))
def test_a_power_cut_at_any_byte_leaves_the_count_before_or_after(cut):
    device = Device(SIZE)
    Life(device).count(7, 7, 7, 7, 7).count(1, 1, 1, 1, 1)
    life = Life(device)
    device.left = cut
    try:
        life.count(1, 1, 1, 1, 1)
    except PowerCut:
        assert cut < 32
    device.left = None
    assert Life(device).all() == [9 if cut >= 32 else 8] * 5


@pytest.mark.parametrize("at", range(0, SIZE, 5))
def test_damage_costs_at_most_the_last_ten_seconds(at):
    device = Device(SIZE)
    Life(device).count(7, 7, 7, 7, 7).count(1, 1, 1, 1, 1)
    device.bytes[at] ^= 16
    assert Life(device).all() in ([7] * 5, [8] * 5)


def test_nothing_else_lies_there():
    first = places.COUNTERS
    others = {name: value for name, value in vars(places).items() if name.isupper() and "BYTES" not in name}
    assert first + SIZE <= places.EVENTS and first >= places.SCRATCH + 64
    assert all(not first <= value < first + SIZE for name, value in others.items() if name != "COUNTERS")
