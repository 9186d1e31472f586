"""Live, dead, lost, one, apart, believable: each fact at its limit, and what an implausible channel withdraws."""

import pytest

from firmware.protect import presence
from firmware.transfer import facts
from host_tests.unit.protect.bench import Bench, caught


def live_at_0_80_on_every_leg():
    for side, fact in (("grid", "GRID_LIVE"), ("house", "HOUSE_LIVE")):
        bench = Bench()
        getattr(bench, side)(800, 800)
        assert fact in bench.ticks(8).facts
        getattr(bench, side)(800, 799)
        assert fact not in bench.ticks(8).facts
        getattr(bench, side)(799, 1000)
        assert fact not in bench.ticks(8).facts


def dead_below_0_10_on_every_leg_for_500_ms():
    for side, fact in (("grid", "GRID_DEAD"), ("house", "HOUSE_DEAD")):
        bench = Bench()
        getattr(bench, side)(99, 99)
        assert 500 <= bench.until(fact, 600) <= 508
        getattr(bench, side)(99, 100)
        assert fact not in bench.ticks(8).facts
        getattr(bench, side)(0, 0)
        assert 500 <= bench.until(fact, 600) <= 508
        getattr(bench, side)(100, 0)
        assert bench.until(fact, 600) is None or fact not in bench.ticks(8).facts
        bench.run(600)
        assert fact not in bench.facts


def between_dead_and_live_is_unknown():
    bench = Bench().grid(500, 500).house(500, 500).angle(0, 0).run(1000)
    assert not bench.facts & {"GRID_LIVE", "GRID_DEAD", "HOUSE_LIVE", "HOUSE_DEAD", "GRID_LOST", "APART"}


def lost_stands_until_live_for_200_ms():
    bench = Bench().grid(1000, 1000).run(4)
    assert "GRID_LOST" not in bench.facts
    bench.put(LOSS_BANK=1).ticks(1)
    assert "GRID_LOST" in bench.facts and "GRID_LIVE" not in bench.facts
    bench.put(LOSS_BANK=0)
    assert 200 <= bench.until("GRID_LOST", 300, gone=True) <= 208
    bench.put(LOSS_BANK=1).ticks(1).put(LOSS_BANK=0).run(190)
    bench.grid(799, 1000).ticks(8).grid(1000, 1000)
    assert 200 <= bench.until("GRID_LOST", 300, gone=True) <= 208


def a_grid_that_dies_slowly_is_lost_when_it_is_dead():
    bench = Bench().grid(1000, 1000).run(4).grid(50, 50)
    assert 500 <= bench.until("GRID_LOST", 600) <= 508


def one_when_voltage_and_angle_agree_for_200_ms():
    bench = Bench().grid(1000, 1000).house(961, 1039).angle(-300, 300)
    assert 200 <= bench.until("LINKED", 300) <= 208
    assert "APART" not in bench.facts
    for legs, angle in (((959, 1000), 0), ((1000, 1041), 0), ((1000, 1000), 301), ((1000, 1000), -301)):
        bench.house(1000, 1000).angle(0, 0).run(250)
        assert "LINKED" in bench.facts
        assert "LINKED" not in bench.house(*legs).angle(0, angle).ticks(8).facts


def a_weak_angle_is_no_link():
    assert "LINKED" not in Bench().grid(200, 200).house(200, 200).angle(0, 0).run(300).facts
    assert "LINKED" not in Bench().grid(200, 200).house(208, 208).angle(0, 0).run(300).facts
    assert "LINKED" not in Bench().grid(208, 208).house(200, 200).angle(0, 0).run(300).facts
    assert "LINKED" in Bench().grid(210, 210).house(210, 210).angle(0, 0).run(300).facts


def apart_when_a_leg_differs_for_20_ms():
    for legs, angle in (((1000, 899), 0), ((1101, 1000), 0), ((1000, 1000), 1001), ((1000, 1000), -1001)):
        bench = Bench().grid(1000, 1000).house(*legs).angle(0, angle)
        assert 20 <= bench.until("APART", 100) <= 28, (legs, angle)
    for legs, angle in (((900, 1100), 0), ((1000, 1000), 1000), ((1000, 1000), -1000)):
        assert "APART" not in Bench().grid(1000, 1000).house(*legs).angle(0, angle).run(100).facts


def apart_when_one_side_is_dead_or_both_are():
    assert 20 <= Bench().grid(1000, 1000).house(0, 0).until("APART", 100) <= 28
    assert 20 <= Bench().grid(50, 50).house(50, 50).until("APART", 100) <= 28
    assert "APART" not in Bench().grid(150, 150).house(150, 150).angle(0, 0).run(100).facts


def an_implausible_channel_withdraws_its_side():
    bench = Bench().grid(1000, 1000).house(1000, 1000).angle(0, 0).run(300)
    assert {"GRID_LIVE", "HOUSE_LIVE", "LINKED", "SENSING_OK"} <= bench.facts
    bench.put(BAD_CHANNELS=0b0010).ticks(8)
    assert "HOUSE_LIVE" in bench.facts
    assert not bench.facts & {"GRID_LIVE", "LINKED", "APART", "SENSING_OK", "GRID_IN_WINDOW"}
    bench.put(BAD_CHANNELS=0b1000).ticks(8)
    assert "GRID_LIVE" in bench.facts and not bench.facts & {"HOUSE_LIVE", "LINKED", "SENSING_OK"}


def an_implausible_channel_is_never_dead():
    bench = Bench().put(BAD_CHANNELS=0b0100).run(2000)
    assert "HOUSE_DEAD" not in bench.facts and "GRID_DEAD" in bench.facts and "APART" not in bench.facts
    bench.put(BAD_CHANNELS=0b0001).run(100)
    assert "GRID_DEAD" not in bench.facts


def an_unused_channel_may_be_anything():
    bench = Bench(legs=1).grid(1000).house(1000).angle(0).put(BAD_CHANNELS=0b1010).run(300)
    assert {"GRID_LIVE", "HOUSE_LIVE", "LINKED"} <= bench.facts and "SENSING_OK" not in bench.facts


CHECKS = (
    live_at_0_80_on_every_leg,
    dead_below_0_10_on_every_leg_for_500_ms,
    between_dead_and_live_is_unknown,
    lost_stands_until_live_for_200_ms,
    a_grid_that_dies_slowly_is_lost_when_it_is_dead,
    one_when_voltage_and_angle_agree_for_200_ms,
    a_weak_angle_is_no_link,
    apart_when_a_leg_differs_for_20_ms,
    apart_when_one_side_is_dead_or_both_are,
    an_implausible_channel_withdraws_its_side,
    an_implausible_channel_is_never_dead,
    an_unused_channel_may_be_anything,
)


@pytest.mark.parametrize("check", CHECKS)
def test_presence(check):
    check()


FAULTS = (
    ("if g < p[_DEAD_MV]:", "if g <= p[_DEAD_MV]:"),
    ("if v >= p[_DEAD_MV]:", "if v > p[_DEAD_MV]:"),
    ("if g < p[_LIVE_MV]:", "if g <= p[_LIVE_MV]:"),
    ("if v < p[_LIVE_MV]:", "if v <= p[_LIVE_MV]:"),
    ("if dv > p[_APART_MV] or", "if dv >= p[_APART_MV] or"),
    ("or angle > p[_APART_CDEG]", "or angle >= p[_APART_CDEG]"),
    ("or angle > p[_LINK_CDEG]", "or angle >= p[_LINK_CDEG]"),
    ("            if angle < 0:\n                angle = 0 - angle\n", ""),
    ("        if dv < 0:\n            dv = 0 - dv\n", ""),
    ("if g > p[_ANGLE_MV] and v", "if g >= p[_ANGLE_MV] and v"),
    ("_GRID_SIDE | _ONE_OR_TWO | _LIVE_LONG", "_ONE_OR_TWO | _LIVE_LONG"),
    ("_HOUSE_SIDE | _ONE_OR_TWO", "_HOUSE_SIDE"),
    ("word &= _ALL ^ (_GRID_LIVE | _LIVE_LONG)\n", "word &= _ALL\n"),
    ("        p[_LIVE_LASTED] = 0\n", ""),
    ("p[_TIMED] & (_ALL ^ _LIVE_LONG)", "p[_TIMED]"),
    ("if t < p[at + 1]:\n                raw", "if t < p[at + 1] - 8:\n                raw"),
    ("        t = 0\n        if raw & p[at]:", "        t = p[at + 2]\n        if raw & p[at]:"),
    ("elif word & _GRID_DEAD:", "elif 0:"),
    ("elif word & _LIVE_LONG:", "elif word & _GRID_LIVE:"),
    ("== _GRID_DEAD | _HOUSE_DEAD:", "== _GRID_DEAD:"),
    ("i += 1\n", "i += 2\n"),
)


@pytest.mark.parametrize("fault", FAULTS, ids=[new.strip() or "left out" for _, new in FAULTS])
def test_a_broken_copy_is_caught(fault, tmp_path, monkeypatch):
    assert caught(presence, fault, CHECKS, tmp_path, monkeypatch), "survived: %s" % fault[1]


def test_the_bits_are_those_of_the_transition_table():
    for name in ("GRID_LIVE", "GRID_DEAD", "HOUSE_LIVE", "HOUSE_DEAD", "GRID_LOST", "LINKED", "SENSING_OK", "APART"):
        assert getattr(presence, "_" + name) == getattr(facts, "V_" + name)
    assert presence._NEEDS_GRID == facts.V_GRID_GOOD | facts.V_ENTER_SERVICE | facts.V_GRID_IN_WINDOW
    assert presence._NEEDS_BOTH == facts.V_IN_STEP and presence._NEEDS_HOUSE == facts.V_HOUSE_STEADY
    assert max(v for k, v in vars(facts).items() if k.startswith("V_")) <= presence._PUBLIC
    for own in ("_LIVE_LONG", "BAD_GRID", "BAD_HOUSE", "BAD_GRID_LONG", "BAD_HOUSE_LONG"):
        assert getattr(presence, own) > presence._PUBLIC
