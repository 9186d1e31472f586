"""25: every pole, the lead of K1 and of the bond, live only, steady first, and the wait for the nearer moment.

Angle travelled = 360 degrees x slip x time: 0.1 Hz over 50 ms is 1.8 degrees (closed form).
"""

import pytest

from firmware.protect import sync_check
from firmware.transfer import states
from host_tests.unit.protect.bench import Bench, caught

STEADY_MS = 120


def bench(slip=0, k1=0, lag=0, **settings):
    found = Bench(sync_lag_ms=lag, bond_required=1, **settings).grid(1000, 1000).house(1000, 1000).angle(0, 0)
    return found.put(SLIP_MHZ=slip, K1_CLOSE_MS_X10=k1 or 5, STATE=states.SYNCHRONISING)


def permits(found, ms=STEADY_MS):
    return "IN_STEP" in found.run(ms).facts


def why(found):
    return {name for i, name in enumerate(sync_check.WHY_NAMES) if found.get("SYNC_WHY") >> i & 1}


def live_only():
    assert permits(bench())
    assert not permits(bench().grid(0, 0)) and not permits(bench().house(0, 0))
    assert not permits(bench().grid(1000, 790))
    for slot in ("GRID_FINE_MHZ", "HOUSE_FINE_MHZ"):
        found = bench().put(**{slot: 0})
        assert not permits(found) and "not live" in why(found)
    assert not permits(bench().put(BAD_CHANNELS=0b0001)) and not permits(bench().put(BAD_CHANNELS=0b1000))
    assert bench().grid(1000, 790).run(300).grid(1000, 1000).until("IN_STEP", 200) > 90
    lost = bench().run(STEADY_MS)
    assert "IN_STEP" in lost.facts and "IN_STEP" not in lost.put(LOSS_BANK=1).ticks(1).facts


def every_pole():
    for slot in ("D1_CDEG", "D2_CDEG"):
        assert permits(bench().put(**{slot: 500})) and permits(bench().put(**{slot: -500}))
        for angle in (501, -501):
            found = bench().put(**{slot: angle})
            assert not permits(found) and why(found) == {"angle"}
    for slot in ("D1_MV", "D2_MV"):
        assert permits(bench().put(**{slot: 6000})) and permits(bench().put(**{slot: -6000}))  # 5 % of 120 V
        for volts in (6001, -6001):
            found = bench().put(**{slot: volts})
            assert not permits(found) and "voltage" in why(found)


def slip_within_200_mhz():
    assert permits(bench(slip=200)) and permits(bench(slip=-200))
    for slip in (201, -201):
        found = bench(slip=slip)
        assert not permits(found) and "frequency" in why(found)


def steady_for_100_ms_first():
    found = bench(slip=300).run(100).put(SLIP_MHZ=0)
    assert found.until("IN_STEP", 200) == pytest.approx(98, abs=6)
    found.put(D1_MV=7000).run(8).put(D1_MV=0)
    assert "IN_STEP" not in found.facts and found.until("IN_STEP", 200) == pytest.approx(98, abs=6)
    found.put(D1_CDEG=600).run(8).put(D1_CDEG=0)  # the angle passes by itself
    assert found.until("IN_STEP", 200) <= 5


def the_lead_moves_the_angle():
    # 100 mHz, 50 ms: +180 cdeg. House faster: the angle rises, so 320 touches at 500, 330 beyond.
    assert permits(bench(slip=100, k1=500).put(D1_CDEG=315))
    assert not permits(bench(slip=100, k1=500).put(D1_CDEG=325))
    assert permits(bench(slip=-100, k1=500).put(D1_CDEG=-315))
    assert not permits(bench(slip=-100, k1=500).put(D1_CDEG=-325))
    assert permits(bench(slip=100, k1=200, lag=30).put(D1_CDEG=315))  # 20 ms and 30 ms
    assert not permits(bench(slip=100, k1=200, lag=30).put(D1_CDEG=325))


def the_bond_opens_before_k1_closes():
    for state, beyond in ((states.SYNCHRONISING, True), (states.UNBONDING, False), (states.CLOSING, False)):
        found = bench(slip=100, k1=250).put(KN_OPEN_MS_X10=250, D1_CDEG=325, STATE=state)
        assert permits(found) != beyond, state
    found = Bench(sync_lag_ms=0).grid(1000, 1000).house(1000, 1000).angle(325, 325).state("SYNCHRONISING")
    assert permits(found.put(SLIP_MHZ=100, K1_CLOSE_MS_X10=250, KN_OPEN_MS_X10=250))  # no bond relay is fitted


def it_waits_while_the_angle_comes_nearer():
    found = bench(slip=100).put(D1_CDEG=-400, D2_CDEG=-400)
    assert not permits(found) and why(found) == {"coming nearer"}
    assert permits(found.put(D1_CDEG=-20, D2_CDEG=-20), 10)
    assert permits(found.put(D1_CDEG=400, D2_CDEG=400), 10)  # past it, within limits: now or in ten seconds
    assert not permits(found.put(SLIP_MHZ=-100), 10)
    assert permits(bench(slip=20).put(D1_CDEG=-400))  # 7 degrees a second: not worth waiting for


def a_learned_time_of_nothing_is_the_default():
    found = bench(slip=100).put(K1_CLOSE_MS_X10=0)
    assert permits(found.put(D1_CDEG=405)) and not permits(found.put(D1_CDEG=415), 10)  # 25 ms are 90 cdeg


def a_lead_beyond_200_ms_is_no_lead():
    found = bench(slip=100, k1=100000)
    assert not permits(found.put(D1_CDEG=0)) and permits(found.put(D1_CDEG=-720, D2_CDEG=-720), 10)


CHECKS = (
    live_only,
    every_pole,
    slip_within_200_mhz,
    steady_for_100_ms_first,
    the_lead_moves_the_angle,
    the_bond_opens_before_k1_closes,
    it_waits_while_the_angle_comes_nearer,
    a_learned_time_of_nothing_is_the_default,
    a_lead_beyond_200_ms_is_no_lead,
)


@pytest.mark.parametrize("check", CHECKS)
def test_sync_check(check):
    check()


FAULTS = (
    ("p[_WORD] & _BOTH_LIVE != _BOTH_LIVE or ", ""),
    ("or image[c[_F1]] == 0 ", ""),
    (" or image[c[_F2]] == 0", ""),
    ("if slip > c[_DF_MHZ] or", "if slip >= c[_DF_MHZ] or"),
    (" or slip < 0 - c[_DF_MHZ]", ""),
    ("    moves = (slip * p[_LEAD]) >> 8", "    moves = 0"),
    ("    moves = (slip * p[_LEAD]) >> 8", "    moves = 0 - ((slip * p[_LEAD]) >> 8)"),
    ("    while i < c[_LEGS]:", "    while i < 1:"),
    ("dv > c[_DV_MV] or", "dv >= c[_DV_MV] or"),
    (" or dv < 0 - c[_DV_MV]", ""),
    ("if angle > c[_DPHI_CDEG]:", "if angle >= c[_DPHI_CDEG]:"),
    ("            angle = 0 - angle\n", "            angle = 0\n"),
    ("if angle < 0 and slip > _SLOW_MHZ:", "if angle < 0 and slip < _SLOW_MHZ:"),
    ("if angle > 0 and slip < 0 - _SLOW_MHZ:", "if 0:"),
    ("if angle > _AIM_CDEG:", "if 1:"),
    ("    t = 0\n    if why", "    t = c[_TICKS]\n    if why"),
    ("(_NOT_LIVE | _VOLTAGE | _FREQUENCY) == 0", "(_NOT_LIVE | _FREQUENCY) == 0"),
    ("(_NOT_LIVE | _VOLTAGE | _FREQUENCY) == 0", "(_NOT_LIVE | _VOLTAGE | _FREQUENCY | _ANGLE) == 0"),
)


@pytest.mark.parametrize("fault", FAULTS, ids=[new.strip() or old.strip() + " left out" for old, new in FAULTS])
def test_a_broken_copy_is_caught(fault, tmp_path, monkeypatch):
    monkeypatch.setattr(sync_check, "check", sync_check.check)
    assert caught(sync_check, fault, CHECKS, tmp_path, monkeypatch), "survived: %s" % fault[1]


def test_the_numbers_of_other_files():
    bits = [getattr(sync_check, "WHY_" + n) for n in ("NOT_LIVE", "VOLTAGE", "FREQUENCY", "STEADY", "ANGLE", "NEARER")]
    assert bits == [1 << i for i in range(len(sync_check.WHY_NAMES))]
    assert bits == [
        getattr(sync_check, "_" + n) for n in ("NOT_LIVE", "VOLTAGE", "FREQUENCY", "STEADY", "ANGLE", "NEARER")
    ]
