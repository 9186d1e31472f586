"""The facts the table is asked with, the state's times, and what every transition does besides."""

import pytest

from firmware.board import port
from firmware.settings import Settings
from firmware.transfer import facts, machine, places, states, wiring
from host_tests.unit.transfer.bench import DEAD_HOUSE, GOOD, OUTAGE, SENSE, STEADY, House


def test_the_time_in_a_state_stops_and_does_not_wrap():
    house = House().on_the_grid()
    house.put("IN_STATE", (1 << 28) - 4).run(10)
    assert house.get("IN_STATE_MS") == 1 << 27 and house.state == "PARALLEL"


def test_a_house_that_does_not_come_into_step_goes_through_a_dark_gap():
    house = House(sync_wait_ms=10000).in_an_island()
    house.v = GOOD | STEADY
    house.until("SYNCHRONISING", 100)
    assert house.until("OPEN_TRANSITION", 11000) == pytest.approx(10000, abs=1)
    assert house.out == port.OUT_PERMIT | port.OUT_KN  # K2 and the request off at once
    house.v = GOOD | DEAD_HOUSE
    house.until("GRID", 3000)


def test_a_grid_lost_while_closing_is_no_failure_of_k1():
    house = House()
    house.v = GOOD | DEAD_HOUSE
    house.until("RECLOSING", 3000)
    house.v = OUTAGE | DEAD_HOUSE
    house.until("OPENING", 10)
    assert house.reason() == "grid lost" and house.place("CLOSE_FAILS") == 0
    house = House().in_an_island()
    house.v = GOOD | STEADY | facts.V_IN_STEP
    house.until("CLOSING", 100)
    house.v = OUTAGE | STEADY
    house.until("OPENING", 10)
    assert house.place("CLOSE_FAILS") == 0


def test_k1_closed_in_step_forgets_the_failure_before():
    house = House().in_an_island().put("CLOSE_FAILS", 1)
    house.v = GOOD | STEADY | facts.V_IN_STEP
    house.until("CLOSING", 100)
    assert house.place("CLOSE_FAILS") == 1
    house.until("HANDBACK", 100)
    assert house.place("CLOSE_FAILS") == 0


def test_the_request_is_forgotten_a_second_after_it_went_off():
    house = House().in_an_island()
    house.v = facts.V_ISLAND_TRIP | SENSE | facts.V_GRID_DEAD
    house.run(990)
    assert house.state == "DARK" and not house.get("O_FACTS") & facts.O_REQUEST_OFF
    house.run(20)
    assert house.get("O_FACTS") & facts.O_REQUEST_OFF


def test_starts_are_forgotten_on_the_grid():
    house = House(start_max_ms=1000)
    house.v = facts.V_GRID_DEAD | DEAD_HOUSE | SENSE
    house.run(2500)
    assert house.get("STARTS_TRIED") == 1
    house.v = GOOD | DEAD_HOUSE
    house.until("GRID", 5000)
    assert house.get("STARTS_TRIED") == 0 and house.place("PAUSE") == 0


def test_every_transition_is_counted_and_told():
    house = House().on_the_grid()
    assert house.get("STATE_CHANGES") == len(house.path) - 1
    assert house.get("LAST_STATE") == 1 and house.reason() == "grid good for the enter-service delay"


def test_the_time_in_a_state_is_nought_in_the_tick_that_enters_it():
    house = House()
    house.v = GOOD | DEAD_HOUSE
    house.until("OPEN_TRANSITION", 3000)
    house.run(500)
    assert house.get("IN_STATE_MS") == 500
    house.until("RECLOSING", 2000)
    assert house.get("IN_STATE_MS") == 0


def test_the_first_facts_are_published_and_every_later_one():
    house = House()
    house.run(2)
    for word in ("V_WORD", "S_WORD", "O_WORD"):
        assert house.get(word[0] + "_FACTS") == house.place(word)
    house.v = GOOD | DEAD_HOUSE
    house.run(1)
    assert house.place("V_WORD") == GOOD | DEAD_HOUSE


def test_the_ring_of_openings_is_as_long_as_was_set():
    assert House(openings_max=20).place("OPENINGS_MAX") == 19
    assert places.OPENINGS + 20 <= places.CONTACTS


def test_each_opening_is_noted_in_a_place_of_its_own():
    """20 openings are too many: 19 are remembered, each by the second after the one it fell in."""
    house = House(openings_max=20)
    memory, each = house.room.memory, wiring.plan(Settings({}))
    for n in range(19):
        house.put("SECONDS", 100 * n)
        machine.enter(memory, house.image, each, states.OPENING)
    assert list(memory[places.OPENINGS : places.OPENINGS + 19]) == [100 * n + 1 for n in range(19)]
    assert house.place("NEXT_OPENING") == 0 and house.place("CAUSE") == 0


def test_a_time_in_a_state_is_counted_from_nought_to_the_half_millisecond():
    """OPEN_TRANSITION lasts its second: 2000 ticks, not one less."""
    house = House()
    house.v = GOOD | DEAD_HOUSE
    house.until("OPEN_TRANSITION", 13000)
    assert house.until("RECLOSING", 2000) == 1000.0


def test_only_a_request_makes_the_request_young_again():
    """A state that asks for no island leaves the age of the last request alone, whatever else it drives."""
    house = House()
    house.inputs &= ~port.IN_CHARGER_READY
    house.v = facts.V_GRID_DEAD | DEAD_HOUSE | SENSE
    house.run(3000)
    house.v = GOOD | DEAD_HOUSE
    while house.state != "RECLOSING":
        assert house.run(0.5).tick < 60000
        if house.state == "OPEN_TRANSITION":
            assert house.get("O_FACTS") & facts.O_REQUEST_OFF
