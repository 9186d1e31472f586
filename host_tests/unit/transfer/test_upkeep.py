"""The controller's own supply, the welded K1, coils that may go down to holding."""

import pytest

from firmware.board import port
from firmware.transfer import facts, reasons
from host_tests.unit.transfer.bench import DEAD_HOUSE, GOOD, OUTAGE, SENSE, House

DARK = facts.V_GRID_DEAD | DEAD_HOUSE | SENSE
WELDED = facts.V_GRID_LIVE | facts.V_HOUSE_LIVE | facts.V_LINKED | SENSE


def test_the_supply_runs_down_in_the_dark_and_is_charged_faster_than_it_runs_down():
    house = House(supply_min=1)
    assert house.get("SUPPLY_LEFT_S") == 60
    house.v = DARK
    house.inputs &= ~port.IN_CHARGER_READY
    house.run(10000)
    assert house.get("SUPPLY_LEFT_S") == 50
    for live in (facts.V_GRID_LIVE, facts.V_HOUSE_LIVE):
        house.put("SUPPLY", 30)
        house.v = live | SENSE
        house.run(2000)
        assert house.get("SUPPLY_LEFT_S") == 38
    house.run(8000)
    assert house.get("SUPPLY_LEFT_S") == 60


def test_the_last_quarter_is_an_alarm_and_nothing_is_less_than_nothing():
    house = House(supply_min=1)
    house.v = DARK
    house.put("SUPPLY", 16).run(1010)
    assert house.get("SUPPLY_LEFT_S") == 15 and not house.alarm(facts.A_SUPPLY)
    house.run(1000)
    assert house.get("SUPPLY_LEFT_S") == 14 and house.alarm(facts.A_SUPPLY)
    house.put("SUPPLY", 1).run(5000)
    assert house.get("SUPPLY_LEFT_S") == 0


def test_a_second_is_2000_ticks_of_half_a_millisecond():
    house = House().run(100)
    before = house.place("SECONDS")
    assert house.run(7000).place("SECONDS") - before == 7


def test_a_controller_without_a_supply_of_its_own_has_no_alarm_about_it():
    house = House(supply_min=0)
    house.v = DARK
    house.run(3000)
    assert house.get("SUPPLY_LEFT_S") == 0 and not house.alarm(facts.A_SUPPLY)


def test_a_k1_whose_contacts_say_open_while_grid_and_house_move_as_one_locks_out():
    house = House().on_the_grid()
    house.inputs &= ~port.IN_CHARGER_READY
    house.v = OUTAGE
    house.run(1500)
    assert house.state == "DARK"
    house.v = WELDED  # the grid is back, and so is the house, through a pole that never opened
    house.run(1900)
    assert house.state == "DARK"
    house.run(120)
    assert house.state == "LOCKOUT_86" and house.cause() == reasons.WELDED and house.out == 0


@pytest.mark.parametrize("missing", ["linked", "k2", "request", "state", "service"])
def test_what_could_be_something_else_is_not_called_welded(missing):
    house = House().on_the_grid()
    if missing == "state":  # around a closed bypass switch the two are one, and K1 is open
        house.inputs &= ~port.IN_BYPASS_OFF
    if missing == "service":  # out of service nobody says which switch outside the controller is closed
        house.ask(IN_SERVICE=0)
    house.inputs &= ~port.IN_CHARGER_READY
    house.v = OUTAGE
    house.run(1500)
    house.v = WELDED
    if missing == "linked":
        house.v &= ~facts.V_LINKED
    if missing == "k2":
        house.k2.a = house.k2.b = 0  # its contacts say nothing: the charger might feed the house
    for _ in range(10):
        house.run(1000)
        if missing == "request":  # it was on a moment ago
            house.put("REQUEST_AGE", 0)
    assert house.get("CAUSE_86") == 0


def test_it_must_last_two_seconds_in_one_go():
    house = House().on_the_grid()
    house.inputs &= ~port.IN_CHARGER_READY
    house.v = OUTAGE
    house.run(1500)
    for _ in range(4):
        house.v = WELDED
        house.run(1500)
        house.v = DARK
        house.run(20)
    assert house.state == "DARK"


def test_coils_may_hold_once_all_are_proven_for_a_while():
    house = House(hold_ms=300)
    house.v = GOOD | DEAD_HOUSE
    took = house.until("RECLOSING", 4000)
    assert took and not house.out & port.OUT_HOLD
    house.v = GOOD & ~facts.V_ENTER_SERVICE | facts.V_HOUSE_LIVE
    house.until("GRID", 100)
    house.run(290)
    assert not house.out & port.OUT_HOLD
    house.run(30)
    assert house.out & port.OUT_HOLD


def test_a_coil_that_has_to_pull_in_gets_full_power_in_the_same_tick():
    house = House(hold_ms=300)
    house.v = GOOD | DEAD_HOUSE
    house.until("RECLOSING", 4000)
    house.v = GOOD & ~facts.V_ENTER_SERVICE | facts.V_HOUSE_LIVE
    house.run(500)
    assert house.out & port.OUT_HOLD
    house.v |= facts.V_ENTER_SERVICE
    house.until("PARALLEL", 10)
    assert house.out & port.OUT_K2 and not house.out & port.OUT_HOLD
    house.run(400)
    assert house.out & port.OUT_HOLD
    house.v = OUTAGE | facts.V_HOUSE_LIVE
    house.until("OPENING", 10)
    assert house.out & port.OUT_K2  # what stays in may go on holding


def test_nothing_holds_from_the_tick_on_in_which_the_last_coil_falls():
    house = House(hold_ms=100).in_an_island().run(300)
    assert house.out & port.OUT_K2 and house.out & port.OUT_HOLD
    house.v |= facts.V_ISLAND_TRIP
    house.until("DARK", 10)
    assert house.out == port.OUT_PERMIT


@pytest.mark.parametrize("which", ["k1", "k2", "kn"])
def test_a_contact_that_is_lost_takes_the_hold_back(which):
    house = House(hold_ms=100, bond_required=1).on_the_grid()
    house.run(500)
    assert house.out & port.OUT_HOLD and house.state == "PARALLEL"
    contactor = getattr(house, which)
    contactor.stuck, contactor.a, contactor.b = True, 0, 0
    if which == "kn":
        contactor.closed, contactor.a = True, port.IN_KN_PROOF
    house.run(15)
    assert not house.out & port.OUT_HOLD
    for _ in range(20):  # nor later, when the contact is known to be wrong and nothing moves any more
        assert not house.run(50).out & port.OUT_HOLD


def test_nothing_holds_where_no_coil_is_energised_or_it_is_not_wanted():
    house = House(hold_ms=100)
    house.v = DARK
    house.inputs &= ~port.IN_CHARGER_READY
    house.run(2000)
    assert house.state == "DARK" and house.out == port.OUT_PERMIT
    house = House(hold_ms=0).on_the_grid()
    house.run(1000)
    assert not house.out & port.OUT_HOLD
