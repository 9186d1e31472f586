"""The one kernel: strict comparisons, timers that reset at once, lag, floor, blocks, freezes; the broken copies."""

from array import array

import pytest

from firmware.protect import elements, presence
from host_tests.unit.protect.bench import caught

LEVEL, PICKUP = 1000, 160
FIRST = elements.HEAD


class Scan:
    """One row, read every 8 ticks."""

    def __init__(self, module, k1=0, bits=0, side=elements.OVER, lag=0, floor=0, block=0, freeze=0, pickup=PICKUP):
        self.module = module
        self.rows = elements.new_rows([(0, side, LEVEL, pickup, lag, floor, block, freeze, 0, 11)], 8)
        self.room = array("i", bytes(4 * presence.SIZE))
        self.room[presence.K1_TICKS], self.room[presence.BITS] = k1, bits
        self.image = array("i", [0])

    def read(self, value, times=1):
        """The number of the first reading (from 1) that fires, or 0."""
        self.image[0] = value
        for i in range(times):
            if self.module.scan(self.image, self.rows, self.room):
                return i + 1
        return 0

    @property
    def time(self):
        return self.rows[FIRST + elements.TIME]


def strict_over(module):
    assert Scan(module).read(LEVEL, 100) == 0
    assert Scan(module).read(LEVEL - 1, 100) == 0
    assert Scan(module).read(LEVEL + 1, 100) == 20  # 160 ticks, the first reading counts as eight


def strict_under(module):
    under = elements.UNDER
    assert Scan(module, side=under).read(LEVEL, 100) == 0
    assert Scan(module, side=under).read(LEVEL + 1, 100) == 0
    assert Scan(module, side=under).read(LEVEL - 1, 100) == 20


def resets_at_once(module):
    scan = Scan(module)
    for _ in range(5):
        assert scan.read(LEVEL + 1, 19) == 0
        assert scan.read(LEVEL) == 0
    assert scan.time == 0
    assert scan.read(LEVEL + 1, 40) == 20


def takes_off_the_lag_and_k1(module):
    assert Scan(module, lag=48, k1=50).read(LEVEL + 1, 100) == 8  # 160 - 98 = 62 ticks, eighth reading of 8
    assert Scan(module, lag=0, k1=50).read(LEVEL + 1, 100) == 20  # a relay's own delay: nothing is taken off
    assert Scan(module, lag=100, k1=100, floor=40).read(LEVEL + 1, 100) == 5


def blocks_and_freezes(module):
    blocked = Scan(module, block=1, bits=1)
    assert blocked.read(LEVEL + 1, 100) == 0 and blocked.time == 0
    assert Scan(module, block=1, bits=2).read(LEVEL + 1, 100) == 20
    frozen = Scan(module, freeze=4)
    frozen.read(LEVEL + 1, 10)
    frozen.room[presence.BITS] = 4
    assert frozen.read(LEVEL - 1, 50) == 0 and frozen.time == 80
    frozen.room[presence.BITS] = 0
    assert frozen.read(LEVEL + 1, 100) == 10


def names_the_first_row(module):
    rows = elements.new_rows([(0, 1, LEVEL, 80, 0, 0, 0, 0, 0, 11), (0, 1, LEVEL, 16, 0, 0, 0, 0, 0, 12)], 8)
    room = array("i", bytes(4 * presence.SIZE))
    found = [module.scan(array("i", [LEVEL + 1]), rows, room) for _ in range(12)]
    second = FIRST + elements.SIZE
    assert found == [0] + [second] * 8 + [FIRST] * 3


def a_long_timer_stops_before_it_wraps(module):
    scan = Scan(module, pickup=1 << 29)
    scan.rows[FIRST + elements.TIME] = (1 << 28) - 4
    scan.read(LEVEL + 1, 10)
    assert scan.time == (1 << 28) + 4


CHECKS = (
    strict_over,
    strict_under,
    resets_at_once,
    takes_off_the_lag_and_k1,
    blocks_and_freezes,
    names_the_first_row,
    a_long_timer_stops_before_it_wraps,
)


@pytest.mark.parametrize("check", CHECKS)
def test_scan(check):
    check(elements)


FAULTS = (
    ("if value > limit:", "if value >= limit:"),
    ("elif value < limit:", "elif value <= limit:"),
    ("if time >= need:", "if time > need:"),
    ("if time >= need:", "if time + 1 > need + 8:"),
    ("            time = 0\n            if beyond", "            time = rows[at + _TIME]\n            if beyond"),
    ("time += rows[1]", "time += 9"),
    ("need -= lag + p[_K1_TICKS]", "need -= lag"),
    ("need -= lag + p[_K1_TICKS]", "need -= p[_K1_TICKS]"),
    ("                if lag:\n", "                if 1:\n"),
    ("if need < rows[at + _FLOOR]:", "if need > rows[at + _FLOOR]:"),
    ("if rows[at + _BLOCK] & bits:", "if rows[at + _BLOCK] & bits == 64:"),
    ("if rows[at + _FREEZE] & bits == 0:", "if 1:"),
    ("if fired == 0:", "if 1:"),
    ("        at += _SIZE\n", "        at += _SIZE + _SIZE\n"),
    ("if time < _LONGEST:", "if 1:"),
    ("if rows[at + _SIDE] == _OVER:", "if rows[at + _SIDE] != _OVER:"),
)


@pytest.mark.parametrize("fault", FAULTS, ids=[new.strip() for _, new in FAULTS])
def test_a_broken_copy_is_caught(fault, tmp_path, monkeypatch):
    checks = [bound(check) for check in CHECKS]
    assert caught(elements, fault, checks, tmp_path, monkeypatch), "survived: %s" % fault[1]


def bound(check):
    def on_the_module():
        check(elements)

    return on_the_module


def test_the_codes_are_named_and_lost_is_told_from_rejected():
    codes = [code for code, _, _ in elements.NAMES]
    assert len(set(codes)) == len(codes) and len({name for _, name, _ in elements.NAMES}) == len(codes)
    own = {v for k, v in vars(elements).items() if k.startswith(("E27", "E59", "E81", "E78", "LOSS", "ISLAND", "BACK"))}
    assert {c for c in own if c not in (elements.E27, elements.E59, elements.E81U, elements.E81O)} <= set(codes)
    assert [elements.name(c)[0] for c in codes if elements.is_lost(c)] == ["LOSS bank", "LOSS 27"]
    assert (
        elements.name(12) == ("27-2", "mV") and elements.name(0)[0] == "none" and elements.name(63)[0] == "element 63"
    )
