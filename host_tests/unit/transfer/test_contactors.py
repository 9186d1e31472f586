"""Proof contacts against commands: times learned, drift, bounce, dropping out, impossible pairs, bond, counters."""

import pytest

from firmware.board import port
from firmware.transfer import contactors, facts, places
from host_tests.unit.transfer.bench import DEAD_HOUSE, GOOD, OUTAGE, SENSE, STEADY, House

LIVE = facts.V_HOUSE_LIVE
ON_GRID = GOOD | LIVE


def s_facts(house):
    return facts.S_K1_PROVEN_OPEN & house.get("S_FACTS"), facts.S_K1_PROVEN_CLOSED & house.get("S_FACTS")


def test_opening_and_closing_times_are_learned_a_quarter_at_a_time():
    house = House(k1_close_ms=25)
    house.k1.ticks = 34  # 17 ms
    house.on_the_grid()
    assert house.get("K1_CLOSE_MS_X10") == pytest.approx(250 - (250 - 170) / 4, abs=5)
    assert house.get("K1_OPEN_MS_X10") == 150  # not moved yet: as declared


def test_what_is_learned_of_each_contactor_stands_in_its_own_slots():
    """K1, K2 and KN with times of their own, through an outage: each opening and closing in its own place."""
    house = House(bond_required=1, k1_open_ms=15, k2_open_ms=15, kn_open_ms=15)
    for contactor, ticks in ((house.k1, 30), (house.k2, 40), (house.kn, 20)):
        contactor.ticks = ticks
    house.on_the_grid()
    for _ in range(12):  # a quarter at a time
        house.v = OUTAGE | DEAD_HOUSE
        house.run(300)
        house.v = GOOD | DEAD_HOUSE
        house.run(14000)
        house.v = ON_GRID
        house.run(300)
    shown = {name: house.get(name) for name in ("K1_OPEN_MS_X10", "K2_OPEN_MS_X10", "KN_OPEN_MS_X10")}
    assert shown["K1_OPEN_MS_X10"] == pytest.approx(150, abs=12)
    assert shown["K2_OPEN_MS_X10"] == pytest.approx(200, abs=12)
    assert shown["KN_OPEN_MS_X10"] == pytest.approx(100, abs=12)


def test_what_was_declared_stands_before_the_first_tick():
    opens_ms = {"k1_open_ms": 11, "k2_open_ms": 13, "kn_open_ms": 15}
    closes_ms = {"k1_close_ms": 22, "k2_close_ms": 24, "kn_close_ms": 26}
    house = House(bond_required=1, **opens_ms, **closes_ms)
    for name, ms in {**opens_ms, **closes_ms}.items():
        assert house.get(name.upper() + "_X10") == 10 * ms, name


def test_the_first_position_after_a_start_teaches_nothing():
    house = House()
    house.run(3000)
    assert house.get("K1_OPEN_MS_X10") == 150 and house.get("K2_OPEN_MS_X10") == 150
    assert house.get("K1_OPS") == 0


def test_an_opening_slower_than_declared_raises_the_alarm():
    """15 ms declared, 50 % and 2 ms allowed: 24.5 ms. A quarter of the way from 15 to 58 ms is 25.75 ms."""
    house = House()
    house.on_the_grid()
    house.k1.ticks = 2 * 52  # 15 + (52 - 15) / 4 = 24.25 ms: not yet
    house.v = OUTAGE
    house.run(100)
    assert house.state == "DARK" and not house.alarm(facts.A_SLOW)
    house = House().on_the_grid()
    house.k1.ticks = 2 * 58
    house.v = OUTAGE
    house.run(100)
    assert house.state == "DARK" and house.alarm(facts.A_SLOW)


def test_what_counts_as_slow_follows_the_settings():
    """Declared times half as long again, and 2 ms; in tenths of a millisecond."""
    memory = House(k1_open_ms=20, k2_open_ms=30, slow_percent=50).room.memory
    limits = [memory[places.CONTACTS + n * contactors._BLOCK + contactors._SLOW_X10] for n in (0, 1)]
    assert limits == [320, 470]


def test_bounce_is_measured_from_the_first_touch_and_too_much_is_an_alarm():
    house = House(bounce_max_ms=10)
    house.k1.wild = 8  # 4 ms
    house.on_the_grid()
    assert house.get("K1_BOUNCE_MS_X10") == pytest.approx(40, abs=10) and not house.alarm(facts.A_BOUNCE)
    house = House(bounce_max_ms=10)
    house.k1.wild = 30  # 15 ms
    house.on_the_grid()
    assert house.get("K1_BOUNCE_MS_X10") == pytest.approx(150, abs=10) and house.alarm(facts.A_BOUNCE)


def test_a_contact_is_believed_only_after_it_has_held():
    house = House(proof_debounce_ms=20)
    house.k1.ticks = 1
    house.run(15)
    assert s_facts(house) == (0, 0)
    house.run(10)
    assert s_facts(house)[0]


def test_one_contact_of_the_pair_alone_proves_nothing():
    house = House().on_the_grid()
    house.k1.a = port.IN_K1_52A | port.IN_K1_52B  # both at once: impossible
    house.run(1)
    assert s_facts(house) == (0, 0)
    house.run(119)  # longer than the closing time allowed, 120 ms, it is called disagreeing
    assert not house.get("S_FACTS") & facts.S_K1_DISAGREES
    house.run(10)
    assert house.get("S_FACTS") & facts.S_K1_DISAGREES and house.state == "PARALLEL"
    house.k1.a = port.IN_K1_52A
    house.run(10)
    assert s_facts(house)[1] and not house.get("S_FACTS") & facts.S_K1_DISAGREES


def test_a_k1_that_closes_while_its_mirror_contact_stays_closed_is_opened_at_once():
    """52b cuts the island request in hardware. Welded closed it can't, so the pair is not waited for for 120 ms."""
    house = House().in_an_island()
    house.k1.a = port.IN_K1_52A | port.IN_K1_52B  # 52b stays where it is when K1 closes
    house.v = GOOD | STEADY
    house.until("SYNCHRONISING", 100)
    house.v |= facts.V_IN_STEP
    house.until("CLOSING", 200)
    while not house.k1.closed:
        house.run(0.5)
    debounce_ms = 5
    house.run(debounce_ms)
    assert house.state == "OPENING" and not house.out & (port.OUT_ISLAND_REQUEST | port.OUT_K1)


def test_a_k1_that_drops_by_itself_is_opened():
    house = House().on_the_grid()
    house.k1.closed, house.k1.stuck = False, True
    house.run(8)
    assert "OPENING" in house.path
    assert house.get("STATE_CHANGES") > 5 and not house.out & port.OUT_K1


def test_a_contactor_that_is_not_proven_in_time_is_said_not_to_have_done_it():
    house = House(k2_close_max_ms=100).on_the_grid()
    assert not house.get("S_FACTS") & facts.S_K2_WONT_CLOSE
    house = House(k2_close_max_ms=100)
    house.k2.stuck = True
    house.on_the_grid()
    assert house.state == "PARALLEL" and house.get("S_FACTS") & facts.S_K2_WONT_CLOSE


def test_the_bond_has_one_contact_and_its_coil_opens_it():
    house = House(bond_required=1)
    house.run(20)
    assert house.get("S_FACTS") & facts.S_KN_PROVEN_MADE
    house.on_the_grid()
    assert house.get("S_FACTS") & facts.S_KN_PROVEN_OPEN and house.get("KN_OPS") == 1
    assert house.get("KN_OPEN_MS_X10") != 0


def test_a_live_house_without_its_bond_is_said_after_the_time_allowed():
    """unbonded_max_ms 100: the request is dropped then."""
    house = House(bond_required=1).in_an_island()
    assert house.state == "ISLAND"
    house.kn.closed, house.kn.stuck = False, True
    house.run(95)
    assert not house.get("S_FACTS") & facts.S_UNBONDED_LONG
    house.run(15)
    assert house.get("S_FACTS") & facts.S_UNBONDED_LONG and house.state == "DARK"
    house.v = DEAD_HOUSE | facts.V_GRID_DEAD | SENSE
    house.run(10)
    assert not house.get("S_FACTS") & facts.S_UNBONDED_LONG


def test_operations_under_load_are_counted_apart():
    """K1 onto a dead house makes its load, off a live grid breaks it; opened after the grid went it does neither."""
    house = House().on_the_grid()
    assert (house.get("K1_OPS"), house.get("K1_HOT")) == (1, 1)
    house.inputs &= ~port.IN_CHARGER_READY
    house.v = OUTAGE | LIVE
    house.run(100)
    assert (house.get("K1_OPS"), house.get("K1_HOT")) == (2, 1)
    house.v = GOOD | DEAD_HOUSE
    house.run(14000)
    house.v = ON_GRID
    house.run(100)
    assert house.state == "GRID" and house.get("K1_HOT") == 2
    house.v = SENSE | facts.V_GRID_LIVE | LIVE | facts.V_GRID_TRIP  # rejected while it is there
    house.run(100)
    assert (house.get("K1_OPS"), house.get("K1_HOT")) == (4, 3)


def test_k1_closed_in_step_with_a_live_house_makes_no_load():
    house = House().in_an_island()
    assert house.state == "ISLAND"
    house.v = GOOD | STEADY | facts.V_IN_STEP
    house.run(3000)
    assert house.get("K1_OPS") == 1 and house.get("K1_HOT") == 0


def test_k2_closed_onto_a_dead_house_makes_no_load():
    house = House().in_an_island()
    assert house.state == "ISLAND" and (house.get("K2_OPS"), house.get("K2_HOT")) == (1, 0)


@pytest.mark.parametrize(("bits", "hot"), [(1 | 8, 1), (1 | 8 | 16, 0), (0, 1)])
def test_k2_beside_a_live_house_is_hot_unless_the_charger_says_it_delivers_nothing(bits, hot):
    house = House()
    house.v = GOOD | DEAD_HOUSE
    house.run(3000)
    before = house.get("K2_HOT")
    house.says(bits)
    house.v = GOOD | facts.V_GRID_LIVE
    house.inputs &= ~port.IN_CHARGER_READY
    house.run(10)
    house.says(bits | 2)  # a fault: K2 opens on the way to out of service
    house.v = ON_GRID
    house.run(10)
    house.says(bits)
    house.ask(IN_SERVICE=0)
    house.run(50)
    assert house.state == "OUT_OF_SERVICE" and house.get("K2_HOT") - before == hot


def test_counters_go_on_where_the_last_life_left_them():
    kept = {"KEPT_K1_OPS": 1000, "KEPT_K1_HOT": 400, "KEPT_K2_OPS": 2000, "KEPT_K2_HOT": 30, "KEPT_KN_OPS": 70}
    house = House(asks=kept, bond_required=1)
    for name, value in kept.items():
        assert house.get(name[5:]) == value
    house.on_the_grid()
    assert house.get("K1_OPS") == 1001 and house.get("K1_HOT") == 401 and house.get("KN_OPS") == 71


def test_a_site_without_k2_takes_the_chargers_enable_for_it():
    house = House(k2_fitted=0)
    house.k2.stuck = True
    house.on_the_grid()
    assert house.state == "PARALLEL" and house.get("K2_OPS") == 0
    house.v = OUTAGE | LIVE
    house.run(60)
    house.v = facts.V_GRID_DEAD | STEADY | SENSE
    house.run(300)
    assert house.state == "ISLAND" and not house.get("S_FACTS") & facts.S_K2_PROVEN_OPEN
    house.v = GOOD | STEADY | facts.V_ISLAND_TRIP
    house.run(20)
    assert house.state == "DARK" and not house.get("S_FACTS") & facts.S_K2_PROVEN_OPEN  # something still feeds it
    house.v = GOOD | DEAD_HOUSE
    house.run(100)
    assert house.state == "OPEN_TRANSITION" and house.get("S_FACTS") & facts.S_K2_PROVEN_OPEN


@pytest.mark.parametrize(("measured", "mv", "state"), [(1, 20001, "DARK"), (1, 20000, "ISLAND"), (0, 115000, "ISLAND")])
def test_a_bond_that_leaves_a_voltage_to_earth_is_none_whatever_its_contact_says(measured, mv, state):
    """ne_max_mv 20 V, unbonded_max_ms 100."""
    house = House(bond_required=1, legs=1, ne_measured=measured).in_an_island()
    assert house.state == "ISLAND"
    house.see(NE_MV=mv).run(90)
    assert house.state == "ISLAND"
    house.run(20)
    assert house.state == state


def test_what_a_movement_teaches_leaves_other_alarms_alone():
    """Bits of one word, each kernel's own."""
    house = House().on_the_grid()
    every = (1 << 13) - 1
    house.put("ALARMS", every).put("NEWS", 1)
    contactors.slow(house.room.memory, house.image, house.asks)
    assert house.place("ALARMS") == every & ~(facts.A_SLOW | facts.A_BOUNCE)
