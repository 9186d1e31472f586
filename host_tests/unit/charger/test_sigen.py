"""Sigenergy's quirks: what is written, when, and never. Registers typed again from the protocol V2.9."""

import pytest

from firmware.charger import bits
from firmware.charger.device import V2X_OFF
from firmware.charger.notes import NOTES
from firmware.charger.profiles import sigen
from firmware.transfer import states
from host_tests.unit.charger.far_end import Case


def test_the_profile_is_the_protocols():
    rows = {row[0]: (row[1] or 1, *row[2:5]) for row in sigen.ROWS}
    assert rows["car_w"] == (1, 4, 31502, "S32") and rows["state"] == (1, 4, 31513, "U16")
    assert rows["car_soc_e1"] == (1, 4, 31504, "U16") and rows["off_grid"] == (247, 4, 30009, "U16")
    assert rows["grid_w"] == (247, 4, 30005, "S32") and rows["battery_soc_e1"] == (247, 4, 30014, "U16")
    assert rows["start_stop"] == (1, 3, 41000, "U16") and (sigen._START, sigen._STOP) == (0, 1)
    assert rows["charge_limit_w"] == (1, 3, 41002, "U32") and rows["discharge_limit_w"] == (1, 3, 41004, "U32")
    assert rows["backup_soc_e1"] == (247, 3, 40046, "U16") and rows["export_cap_w"] == (247, 3, 40038, "U32")
    assert (sigen.ISLAND_BY, sigen.STEERS_F, sigen.PERIOD_MS) == ("contact", 0, 1000)
    assert all(len(row) == 11 and row[10] for row in sigen.ROWS)


def test_stop_only_in_parallel_and_only_when_it_is_wished():
    case = Case()
    case.device.wish(None)
    case.poll(8)
    assert case.link.writes == []
    case.device.wish((0, 0))
    case.poll(4)
    assert case.link.writes == [(1, 41000, 1)]


def test_a_stop_that_does_not_stop_is_repeated_and_never_believed():
    case = Case()
    case.device.wish((0, 0))
    case.poll(30)
    assert case.link.writes == [(1, 41000, 1)]  # 31513 still says charging
    assert not case.ask("CHARGER_BITS") & bits.STOPPED
    case.poll(45)
    assert case.link.writes == [(1, 41000, 1)] * 2
    case.link.put(31513, 6)
    case.poll(120)
    assert case.link.writes == [(1, 41000, 1)] * 2 and case.ask("CHARGER_BITS") & bits.STOPPED


def test_charging_writes_the_caps_once_and_starts():
    case = Case()
    case.device.wish((7000, 0))
    case.poll(40)
    assert case.link.writes == [(1, 41004, 0), (1, 41002, 7000), (1, 41000, 0)]


def test_a_cap_that_stands_already_is_not_written():
    case = Case()
    case.link.put32(41002, 7000)
    case.link.put32(41004, 0)
    case.device.wish((7000, 0))
    case.poll(20)
    assert case.link.writes == [(1, 41000, 0)]


@pytest.mark.parametrize("watts", [1, 120, 499])
def test_a_charge_cap_below_500_w_is_never_written(watts):
    case = Case()
    case.device.wish((watts, 0))
    case.poll(30)
    assert (1, 41002, 500) in case.link.writes
    assert all(value >= 500 for _, address, value in case.link.writes if address == 41002)


@pytest.mark.parametrize("state", [states.PARALLEL, states.ISLAND, states.GRID, states.DARK, states.STARTING])
def test_no_wish_in_any_state_writes_less_than_500_w_into_41002(state):
    for wish in ((0, 0), (0, 1), (1, 0), (0, 5000), (499, 499), None):
        case = Case(state)
        case.link.put32(31523, 0)  # a rating that is not filled in
        case.device.wish(wish)
        case.poll(14)
        assert all(value >= 500 for _, address, value in case.link.writes if address == 41002)


def test_a_cap_comes_down_at_once_and_goes_up_seldom():
    case = Case()
    case.device.wish((0, 5000))
    case.link.put(31513, 8)
    case.poll(20)
    case.link.writes.clear()
    for watts in (5050, 5020, 4000, 4200, 4400):
        case.device.wish((0, watts))
        case.poll(1)
    assert [w for w in case.link.writes if w[1] == 41004] == [(1, 41004, 4000)]
    case.poll(12)
    assert case.link.writes[-1] == (1, 41004, 4400)


def test_in_an_island_the_caps_go_up_and_it_starts_and_never_stops():
    case = Case(states.ISLAND)
    case.link.put32(41004, 2000)  # what the grid side had left
    case.device.wish((0, 0))
    case.poll(12)
    assert sorted(case.link.writes[:3]) == [(1, 41000, 0), (1, 41002, 11400), (1, 41004, 11400)]
    assert (1, 41000, 1) not in case.link.writes


def test_a_session_that_ended_is_started_again_after_a_minute():
    case = Case()
    case.link.put(31513, 6)
    case.device.wish((7000, 0))
    case.poll(30)
    assert case.link.writes.count((1, 41000, 0)) == 1
    case.poll(45)
    assert case.link.writes.count((1, 41000, 0)) == 2


@pytest.mark.parametrize("waits_as", [1, 2, 5, 6])
def test_a_car_that_never_discharges_is_said_and_left_alone(waits_as):
    case = Case()
    case.link.put(31513, waits_as)
    case.device.wish((0, 5000))
    case.poll(50)
    assert V2X_OFF not in case.device.notes
    case.poll(90)
    assert "V2X (bidirectional operation)" in NOTES[V2X_OFF] and V2X_OFF in case.device.notes
    assert [words for told, words in case.device.changes if told == "warns"] == [NOTES[V2X_OFF]]
    assert case.link.writes[-1] == (1, 41000, 1)
    starts = case.link.writes.count((1, 41000, 0))
    case.poll(200)
    assert case.link.writes.count((1, 41000, 0)) == starts
    case.poll(700)  # a quarter of an hour is over: it may try again
    assert case.link.writes.count((1, 41000, 0)) > starts
    case.link.put(31513, 8)
    case.poll(9)
    assert V2X_OFF not in case.device.notes


def test_a_car_that_charges_though_it_should_give_is_stopped():
    case = Case()
    case.link.put(31513, 3)
    case.device.wish((0, 5000))
    case.poll(12)
    assert case.link.writes[-1] == (1, 41000, 0)
    case.poll(40)
    assert case.link.writes[-1] == (1, 41000, 1)
