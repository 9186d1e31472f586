"""Planned islands: taken up or refused at once with a reason, ended by a person, by time, by a real outage."""

import pytest

from firmware.board import port
from firmware.transfer import facts, refusals
from host_tests.unit.transfer.bench import DEAD_HOUSE, GOOD, OUTAGE, SENSE, STEADY, House

ON_GRID = GOOD | STEADY
READY, FAULT, FORMING, FOLLOWING = 1, 2, 4, 8


def asked(house, test=0, ms=40):
    house.path.clear()
    house.ask(ASK_TEST=test, ASK_ISLAND=house.tick or 1).run(ms)
    return house


def test_a_planned_island_opens_k1_and_stays_until_the_return_is_asked_for():
    house = asked(House().on_the_grid(), ms=200)
    assert house.path == ["PARALLEL", "OPENING", "BONDING", "STARTING"]
    assert house.get("PLANNED") == refusals.PLAN_ISLAND and house.get("REASON")
    house.v = ON_GRID
    house.run(5000)
    assert house.state == "ISLAND"  # though the grid has been good all the while
    house.ask(ASK_ISLAND=0, ASK_RETURN=house.tick).run(10)
    assert house.state == "SYNCHRONISING" and house.get("PLANNED") == 0


def test_a_return_alone_ends_it_too_and_a_later_wish_counts_again():
    house = asked(House().on_the_grid())
    house.ask(ASK_RETURN=house.tick).run(10)
    assert house.get("PLANNED") == 0 and house.get("O_FACTS") & facts.O_ASK_RETURN
    house.ask(ASK_RETURN=0).run(10)
    assert not house.get("O_FACTS") & facts.O_ASK_RETURN
    house.v = ON_GRID
    house.until("SYNCHRONISING", 1000)
    asked(house)
    assert house.get("PLANNED") == refusals.PLAN_ISLAND and house.state == "ISLAND"


def test_a_return_lets_k1_be_tried_at_once():
    house = House().on_the_grid().put("CLOSE_PAUSE", 10000).ask(ASK_RETURN=1)
    while house.place("CLOSE_PAUSE") > 9000:
        house.run(0.5)
    assert house.place("CLOSE_PAUSE") == 0


def test_an_exercise_is_for_a_house_on_the_grid():
    house = House().in_an_island()
    house.v = GOOD & ~facts.V_ENTER_SERVICE | STEADY
    asked(house.run(10), test=1)
    assert house.state == "ISLAND" and house.get("ISLAND_WHY") == refusals.WHY_GRID


def prepared(case):
    """A house on the grid, and what stands in the way."""
    house = House().on_the_grid()
    if case == refusals.WHY_SERVICE:
        house.ask(IN_SERVICE=0)
    elif case == refusals.WHY_86:
        house.inputs &= ~port.IN_E_STOP_OK
    elif case == refusals.WHY_STATE:
        house.inputs &= ~port.IN_BYPASS_OFF
    elif case == refusals.WHY_FAULT:
        house.inputs |= port.IN_CHARGER_FAULT
    elif case == refusals.WHY_CHARGER:
        house.inputs &= ~port.IN_CHARGER_READY
    elif case == refusals.WHY_PROOF:
        house.k1.stuck, house.k1.a = True, 0
    elif case == refusals.WHY_PAUSE:
        house.put("PAUSE", 10000)
    elif case == refusals.WHY_K1:
        house.put("CLOSE_FAILS", 1)
    elif case == refusals.WHY_SENSING:
        house.v &= ~SENSE
    return house.run(300)


@pytest.mark.parametrize("case", range(1, 10))
def test_what_stands_in_the_way_is_said_and_the_request_does_not_stand(case):
    house = prepared(case)
    assert house.get("ISLAND_WHY") == case and len(refusals.why(case)) > 10
    asked(house)
    assert house.get("PLANNED") == 0 and not house.get("O_FACTS") & facts.O_ASK_ISLAND
    assert "OPENING" not in house.path


def test_a_refused_request_moves_nothing_when_its_reason_is_gone():
    house = House().on_the_grid()
    house.inputs &= ~port.IN_CHARGER_READY
    asked(house.run(10))
    house.inputs |= port.IN_CHARGER_READY
    house.run(2000)
    assert house.state == "PARALLEL" and house.get("ISLAND_WHY") == 0
    asked(house.run(1))
    assert "OPENING" in house.path


def test_from_a_dark_house_a_planned_island_does_not_wait_for_the_grid_to_be_good():
    house = House()
    house.v = facts.V_GRID_LIVE | facts.V_GRID_IN_WINDOW | SENSE | DEAD_HOUSE
    house.run(3000)
    assert house.state == "DARK" and house.get("ISLAND_WHY") == 0
    asked(house, ms=100)
    assert house.path == ["DARK", "BONDING", "STARTING"]


def test_the_codes_and_their_sentences_are_one_to_one():
    codes = [value for name, value in vars(refusals).items() if name.startswith("WHY_")]
    assert codes == list(range(1, len(refusals.WHYS)))
    assert refusals.why(0) == "" and refusals.why(99) == "reason 99" and refusals.why(-1) == "reason -1"
    plans = [value for name, value in vars(refusals).items() if name.startswith("PLAN_")]
    assert plans == list(range(1, len(refusals.PLANS)))


@pytest.mark.parametrize(("test", "plan"), [(1, refusals.PLAN_EXERCISE), (2, refusals.PLAN_NO_LOAD), (3, 1)])
def test_what_was_asked_for_is_what_is_under_way(test, plan):
    house = asked(House().on_the_grid(), test)
    assert house.get("PLANNED") == plan


def test_an_exercise_ends_by_itself():
    house = asked(House(exercise_s=60).on_the_grid(), 1)
    house.v = ON_GRID
    house.run(59900)
    assert house.state == "ISLAND"
    house.run(150)
    assert house.state == "SYNCHRONISING" and house.get("PLANNED") == 0


def test_neither_time_nor_an_outage_ends_an_island_that_a_person_asked_for():
    house = asked(House(exercise_s=60).on_the_grid(), ms=200).put("PLAN_LEFT", 1)
    house.v = ON_GRID
    house.run(500)
    house.v = OUTAGE | STEADY
    house.run(1500)
    house.v = ON_GRID
    assert house.run(500).get("PLANNED") == refusals.PLAN_ISLAND and house.state == "ISLAND"


def test_a_test_without_load_sheds_every_stage_and_nothing_comes_back_meanwhile():
    house = asked(House(restore_s=2).on_the_grid(), 2)
    house.v = ON_GRID
    house.see(HOUSE_MHZ=60000).run(5000)
    assert house.state == "ISLAND" and house.get("SHED") == 7
    assert house.out & (port.OUT_SHED_1 | port.OUT_SHED_2 | port.OUT_SHED_3) == 7 << 4


@pytest.mark.parametrize("test", [1, 2])
def test_a_real_outage_ends_the_exercise_and_the_island_carries_the_house(test):
    house = asked(House(restore_s=2).on_the_grid(), test)
    house.v = ON_GRID
    house.see(HOUSE_MHZ=60000).run(2000)
    house.v = OUTAGE | STEADY
    house.run(900)
    assert house.get("PLANNED") == test + 1
    house.run(150)
    assert house.get("PLANNED") == 0 and house.state == "ISLAND"
    house.run(7000)
    assert house.state == "ISLAND" and house.get("SHED") == 0  # the loads are back, the house is carried
    house.v = ON_GRID
    house.run(10)
    assert house.state == "SYNCHRONISING"


def test_an_outage_is_real_after_250_rounds_and_not_one_sooner():
    """A second, in rounds of 4 ms."""
    house = asked(House().on_the_grid(), 1)
    house.v = OUTAGE | STEADY
    house.run(8).put("NO_GRID_FOR", 248).run(4)
    assert house.place("NO_GRID_FOR") == 249 and house.get("PLANNED") == refusals.PLAN_EXERCISE
    assert house.run(4).get("PLANNED") == 0


def test_a_dip_of_the_grid_does_not_end_an_exercise():
    house = asked(House().on_the_grid(), 1)
    for _ in range(3):
        house.v = OUTAGE | STEADY
        house.run(900)
        house.v = ON_GRID
        house.run(100)
    assert house.get("PLANNED") == refusals.PLAN_EXERCISE


def test_an_exercise_is_begun_on_a_good_grid_only():
    house = House().on_the_grid()
    house.ask(ASK_TEST=1)
    house.v = GOOD & ~facts.V_GRID_GOOD | STEADY
    house.run(10)
    assert house.get("ISLAND_WHY") == refusals.WHY_GRID
    asked(house, 1)
    assert house.get("PLANNED") == 0 and house.state == "PARALLEL"
    house = House().in_an_island()
    house.ask(ASK_TEST=1).run(10)
    assert house.get("ISLAND_WHY") == refusals.WHY_GRID


def test_a_planned_island_that_fails_gives_the_house_back_to_the_grid():
    """The request falls with the island: a dark house does not wait for a charger while the grid is good."""
    house = asked(House().on_the_grid(), ms=300)
    house.v = GOOD | STEADY
    house.run(100)
    house.v = GOOD | facts.V_ISLAND_TRIP
    house.run(10)
    assert house.state == "DARK" and house.get("PLANNED") == 0
    house.v = GOOD | DEAD_HOUSE
    house.until("GRID", 4000)


def test_86_and_leaving_service_end_it():
    house = asked(House().on_the_grid(), ms=200)
    house.inputs &= ~port.IN_E_STOP_OK
    house.run(20)
    assert house.get("PLANNED") == 0
    house = asked(House().on_the_grid(), ms=200)
    house.ask(IN_SERVICE=0).run(20)
    assert house.get("PLANNED") == 0 and house.state == "OUT_OF_SERVICE"
