"""Facts of the operation: bypass, key, charger and its contradictions, restarts, momentary override, retries."""

import pytest

from firmware.board import port
from firmware.charger import bits
from firmware.charger import wiring as charger_wiring
from firmware.transfer import facts, operation, reasons, refusals
from host_tests.unit.transfer.bench import DEAD_HOUSE, GOOD, OUTAGE, SENSE, STEADY, House

READY, FAULT, FORMING, FOLLOWING, STOPPED = 1, 2, 4, 8, 16
LIVE = facts.V_HOUSE_LIVE
LOST = facts.V_GRID_LOST | SENSE


def o(house, bit):
    return bool(house.get("O_FACTS") & bit)


@pytest.mark.parametrize(
    ("bits", "fact"),
    [
        (READY, facts.O_CHARGER_READY),
        (FAULT, facts.O_CHARGER_FAULT),
        (FORMING, facts.O_CHARGER_FORMING),
        (FOLLOWING, facts.O_CHARGER_FOLLOWING),
        (STOPPED, facts.O_CHARGER_STOPPED),
    ],
)
def test_the_chargers_word_counts_for_three_seconds(bits, fact):
    house = House()
    house.inputs &= ~port.IN_CHARGER_READY
    house.tick = 0x1FFFFFFF - 100  # over the wrap of the tick
    house.says(bits).run(2990)
    assert o(house, fact)
    house.run(20)
    assert not o(house, fact) and house.alarm(facts.A_CHARGER_SILENT)


@pytest.mark.parametrize(("age", "counts"), [(6000, True), (6001, False)])
def test_a_word_as_old_as_three_seconds_counts_and_a_tick_older_does_not(age, counts):
    house = House()
    house.inputs &= ~port.IN_CHARGER_READY
    house.run(10).put("TICK", 10000).ask(CHARGER_TICK=10000 - age, CHARGER_BITS=READY)
    operation.charger(house.room.memory, house.image, house.asks)
    assert bool(house.place("O_CHARGER") & facts.O_CHARGER_READY) is counts


def test_the_contacts_speak_without_any_bus_and_a_fault_wins():
    house = House().run(10)
    assert o(house, facts.O_CHARGER_READY)
    house.inputs |= port.IN_CHARGER_FAULT
    house.run(10)
    assert o(house, facts.O_CHARGER_FAULT) and not o(house, facts.O_CHARGER_READY)


def test_alarms_of_sensing_background_and_bond():
    house = House(bond_required=1)
    house.says(READY | FOLLOWING).run(20)
    assert house.get("ALARMS") == 0
    house.v &= ~SENSE
    house.ask(BACKGROUND_ALARM=4).run(20)
    assert house.get("ALARMS") == facts.A_SENSING | facts.A_BACKGROUND
    house.kn.stuck = True
    house.ask(BACKGROUND_ALARM=0)
    house.v = GOOD | DEAD_HOUSE
    house.says(READY | FOLLOWING).run(1500)
    assert house.alarm(facts.A_BOND)


def test_a_bypass_counts_after_20_ms_and_a_flicker_does_not():
    house = House().on_the_grid()
    for _ in range(10):
        house.inputs &= ~port.IN_BYPASS_OFF
        house.run(14)
        house.inputs |= port.IN_BYPASS_OFF
        house.run(5)
    assert house.state == "PARALLEL"
    house.inputs &= ~port.IN_BYPASS_OFF
    assert house.until("BYPASSED", 30) <= 28


def test_the_stop_loop_counts_in_the_second_tick():
    house = House().on_the_grid()
    house.inputs &= ~port.IN_E_STOP_OK
    house.run(0.5)
    house.inputs |= port.IN_E_STOP_OK
    house.run(20)
    assert house.state == "PARALLEL"
    house.inputs &= ~port.IN_E_STOP_OK
    house.run(1)
    assert house.state == "LOCKOUT_86"


def test_service_needs_the_key_and_the_word():
    house = House().on_the_grid()
    house.ask(ASK_SERVICE=1).run(20)
    assert house.state == "PARALLEL"
    house.inputs |= port.IN_SERVICE_KEY
    house.run(20)
    assert house.state == "SERVICE"
    house.ask(ASK_SERVICE=0).run(20)
    assert house.state != "SERVICE"


def test_the_key_and_the_word_reset_86_too():
    house = House().on_the_grid()
    house.inputs &= ~port.IN_E_STOP_OK
    house.run(100)
    house.inputs |= port.IN_E_STOP_OK | port.IN_SERVICE_KEY
    house.v = GOOD | DEAD_HOUSE
    house.ask(ASK_RESET_86=1).run(20)
    assert house.path[-1] != "LOCKOUT_86" and house.get("CAUSE_86") == 0


def test_a_lockout_found_in_permanent_memory_stands_once_and_is_reset_like_any():
    house = House(asks={"FRAM_86": 1})
    house.v = GOOD | DEAD_HOUSE
    house.run(50)
    assert house.state == "LOCKOUT_86" and house.cause() == reasons.LATCHED
    house.inputs |= port.IN_RESET_BUTTON
    house.run(1200)
    assert house.get("CAUSE_86") == 0  # though the memory still says so until it is written
    house.ask(FRAM_86=0).run(3000)
    assert "GRID" in house.path


@pytest.mark.parametrize(("restarts", "locked"), [(2, False), (3, True), (40, True)])
def test_three_restarts_in_ten_minutes_lock_out(restarts, locked):
    house = House(asks={"RESTARTS": restarts})
    house.v = GOOD | DEAD_HOUSE
    house.run(100)
    assert (house.cause() == reasons.RESTARTED) is locked
    house.inputs |= port.IN_RESET_BUTTON
    house.run(1200)
    assert house.state != "LOCKOUT_86"


def test_a_lockout_already_latched_keeps_its_first_cause():
    house = House(asks={"FRAM_86": -1})
    house.inputs &= ~port.IN_E_STOP_OK
    house.run(10)
    house.ask(FRAM_86=1).run(20)
    assert house.cause() == reasons.STOP


def grid_without_charger(**settings):
    house = House(**settings)
    house.inputs &= ~port.IN_CHARGER_READY
    house.on_the_grid()
    assert house.state == "GRID"
    return house


@pytest.mark.parametrize("momentary_ms", [0, 500, 3000])
def test_the_momentary_override_delays_the_opening_from_grid(momentary_ms):
    house = grid_without_charger(momentary_ms=momentary_ms)
    house.v = LOST
    assert house.until("OPENING", 5000) == pytest.approx(momentary_ms, abs=8)


def test_a_loss_shorter_than_the_override_opens_nothing():
    house = grid_without_charger(momentary_ms=500)
    for _ in range(5):
        house.v = LOST
        house.run(480)
        house.v = GOOD & ~facts.V_ENTER_SERVICE | LIVE
        house.run(20)
    assert house.state == "GRID"


def test_seamless_has_no_override():
    house = grid_without_charger(momentary_ms=3000)
    house.ask(SEAMLESS=1).run(10)
    house.v = LOST
    assert house.until("OPENING", 100) <= 1


def test_in_parallel_the_loss_opens_in_seamless_and_the_curves_otherwise():
    house = House().on_the_grid()
    house.v = LOST
    house.run(3000)
    assert house.state == "PARALLEL"
    house.ask(SEAMLESS=1)
    assert house.until("OPENING", 100) <= 5


def test_a_charger_that_leaves_a_live_grid_is_let_go_and_said():
    house = House().on_the_grid()
    for _ in range(6):
        house.says(READY | FORMING).run(1000)
    assert house.path[-1] == "GRID" and house.alarm(facts.A_SPLIT)
    for _ in range(2):
        house.says(READY | FOLLOWING).run(1000)
    assert not house.alarm(facts.A_SPLIT)


def test_a_charger_that_forms_an_island_on_a_dead_grid_before_us_opens_k1():
    house = House().on_the_grid()
    house.v = LOST | LIVE
    house.says(READY | FORMING).run(60)
    assert house.path[-4:-2] == ["PARALLEL", "OPENING"] and not house.out & port.OUT_K1
    assert house.k1.closed is False


def test_a_charger_that_says_on_grid_in_an_island_is_said():
    house = House().in_an_island()
    for _ in range(4):
        house.says(READY | FOLLOWING).run(1000)
        assert not house.alarm(facts.A_SPLIT)
    for _ in range(2):
        house.says(READY | FOLLOWING).run(1000)
    assert house.alarm(facts.A_SPLIT) and house.state == "ISLAND"


def test_a_charger_that_says_off_grid_in_an_island_contradicts_nobody():
    house = House().in_an_island()
    for _ in range(7):
        house.says(READY | FORMING).run(1000)
        assert house.place("SPLIT_FOR") == 0 and not house.alarm(facts.A_SPLIT)


def test_a_charger_that_refuses_the_island_is_tried_again_after_a_pause():
    house = House(start_max_ms=2000)
    house.v = facts.V_GRID_DEAD | DEAD_HOUSE | SENSE
    for _ in range(4):
        house.says(READY | FOLLOWING).run(1000)
    assert house.state == "DARK" and house.get("STARTS_TRIED") == 1 and not o(house, facts.O_MAY_ISLAND)


def test_a_handback_may_take_its_time_without_a_contradiction():
    house = House(handback_max_ms=5000).in_an_island()
    house.v = GOOD | STEADY | facts.V_IN_STEP
    house.says(READY | FORMING)
    house.until("HANDBACK", 200)
    for _ in range(4):
        house.says(READY | FORMING).run(1000)
    assert house.state == "HANDBACK" and house.get("ALARMS") & facts.A_SPLIT == 0


@pytest.mark.parametrize(("after_ms", "follows"), [(-1500, False), (0, False), (200, False), (300, True)])
def test_only_a_word_from_after_the_closing_says_that_the_charger_follows(after_ms, follows):
    """One that was last read before the island, and still young, once ended the hand-over as it began. A reply that was
    under way at the closing takes up to 210 ms at 9600 baud (98 registers)."""
    house = in_step(House(handback_max_ms=5000).in_an_island().run(2000))
    house.until("HANDBACK", 200)
    entered = house.tick
    house.run(max(0, after_ms)).ask(CHARGER_TICK=entered + 2 * after_ms, CHARGER_BITS=READY | FOLLOWING).run(600)
    assert (house.state == "PARALLEL") is follows


def in_step(house):
    house.v = GOOD | STEADY | facts.V_IN_STEP
    return house


def test_a_k1_that_will_not_close_is_tried_once_more_after_five_minutes_and_then_not():
    house = House().in_an_island()
    house.k1.stuck = True
    assert in_step(house).until("CLOSING", 100) >= 0
    house.until("ISLAND", 200)
    house.run(100)
    assert house.reason() == "K1 would not close" and house.alarm(facts.A_K1_CLOSE)
    assert house.place("CLOSE_PAUSE") * 4 == pytest.approx(300_000, abs=200)
    house.run(3000)
    assert house.state == "ISLAND"
    house.put("CLOSE_PAUSE", 1).until("CLOSING", 100)
    house.until("ISLAND", 200)
    house.put("CLOSE_PAUSE", 1).run(5000)
    assert house.path[-1] == "ISLAND" and house.path.count("CLOSING") == 2
    house.ask(ASK_RETURN=house.tick)  # a person may have it tried again
    house.k1.stuck = False
    house.until("HANDBACK", 3000)
    house.run(300).says(READY | FOLLOWING).until("PARALLEL", 100)
    assert not house.alarm(facts.A_K1_CLOSE)


def test_the_house_whose_k1_will_not_close_is_carried_by_the_charger_and_not_hammered():
    house = House()
    house.k1.stuck = True
    house.v = GOOD | DEAD_HOUSE
    house.until("RECLOSING", 3000)
    house.until("STARTING", 35000)  # dark_max_ms 30 s: the grid is there, and K1 may not be tried
    assert house.path[-5:] == ["RECLOSING", "OPENING", "DARK", "BONDING", "STARTING"]
    assert house.get("K1_OPS") == 2


def test_a_close_that_works_forgets_the_failure():
    house = House()
    house.inputs &= ~port.IN_CHARGER_READY
    house.k1.stuck = True
    house.v = GOOD | DEAD_HOUSE
    house.run(4000)
    assert house.state == "DARK" and house.place("CLOSE_FAILS") == 1
    house.k1.stuck = False
    house.put("CLOSE_PAUSE", 1).run(2000)
    assert house.state == "GRID" and house.place("CLOSE_FAILS") == 0 and not house.alarm(facts.A_K1_CLOSE)


@pytest.mark.parametrize(("openings", "locked"), [(2, False), (3, True)])
def test_k1_opened_too_often_in_too_short_a_time_locks_out(openings, locked):
    house = House(openings_max=3, openings_s=60).put("SECONDS", 1000000)  # after eleven days
    house.inputs &= ~port.IN_CHARGER_READY
    for _ in range(openings):
        house.v = GOOD | DEAD_HOUSE
        house.until("GRID", 4000)
        house.v = OUTAGE
        house.run(100)
    assert (house.state == "LOCKOUT_86") is locked
    if locked:
        assert house.cause() == reasons.TOO_OFTEN


def test_openings_spread_over_a_longer_time_do_not():
    house = House(openings_max=3, openings_s=60)
    house.inputs &= ~port.IN_CHARGER_READY
    for _ in range(8):
        house.v = GOOD | DEAD_HOUSE
        house.until("GRID", 4000)
        house.v = OUTAGE
        house.run(100)
        house.put("SECONDS", house.place("SECONDS") + 29)  # two of them within any minute
    assert house.get("CAUSE_86") == 0


def test_a_latching_k1_is_not_closed_until_its_opening_is_stored():
    house = House(k1_unpowered=1, k1_charge_ms=5000)
    house.v = GOOD | DEAD_HOUSE
    house.run(4900)
    assert house.state == "DARK"
    house.run(200)
    assert house.state == "OPEN_TRANSITION"
    house.until("GRID", 3000)
    house.inputs &= ~port.IN_CHARGER_READY
    house.v = OUTAGE
    house.until("DARK", 1000)
    house.v = GOOD | DEAD_HOUSE
    assert house.until("OPEN_TRANSITION", 6000) == pytest.approx(4970, abs=60)  # from the moment it was told to open


def test_the_stored_energy_of_a_latching_k1_is_gone_in_the_tick_it_is_told_to_open():
    house = House(k1_unpowered=1, k1_charge_ms=5000)
    house.inputs &= ~port.IN_CHARGER_READY
    house.v = GOOD | DEAD_HOUSE
    house.until("GRID", 8000)
    house.run(5100)
    assert house.place("CHARGE") == 0 and house.place("O_TIMES") & facts.O_RETRY_CLOSE
    house.v = OUTAGE
    house.until("OPENING", 10)
    assert house.place("CHARGE") == 1250 and not house.place("O_TIMES") & facts.O_RETRY_CLOSE


def test_a_transition_that_leaves_a_latching_k1_alone_takes_none_of_its_energy():
    house = House(k1_unpowered=1, k1_charge_ms=500)
    house.v = facts.V_GRID_DEAD | DEAD_HOUSE | SENSE
    house.until("STARTING", 3000)
    house.run(600)
    assert house.place("CHARGE") == 0
    house.v = facts.V_GRID_DEAD | STEADY | SENSE
    house.until("ISLAND", 100)
    assert house.place("CHARGE") == 0


def test_the_island_is_steered_a_little_ahead_of_the_grid_while_synchronising():
    house = House().in_an_island()
    assert house.get("STEER_MHZ") == 0
    house.v = GOOD | STEADY
    house.see(GRID_FINE_MHZ=59980)
    house.until("SYNCHRONISING", 100)
    house.run(10)
    assert house.get("STEER_MHZ") == 60030
    house.see(GRID_FINE_MHZ=61500).run(10)
    assert house.get("STEER_MHZ") == 61000  # never further than an island may be
    house.see(GRID_FINE_MHZ=0).run(10)
    assert house.get("STEER_MHZ") == 0


def test_a_bond_that_can_not_be_made_bars_the_island():
    house = House(bond_required=1)
    house.kn.closed, house.kn.stuck = False, True
    house.v = facts.V_GRID_DEAD | DEAD_HOUSE | SENSE
    house.run(5000)
    assert house.path == ["OUT_OF_SERVICE", "DARK"] and not o(house, facts.O_MAY_ISLAND)
    assert house.alarm(facts.A_BOND)


def test_a_k2_that_does_not_close_is_a_failed_start_too():
    house = House()
    house.k2.stuck = True
    house.v = facts.V_GRID_DEAD | DEAD_HOUSE | SENSE
    house.run(5000)
    assert house.path.count("BONDING") == 1 and "STARTING" not in house.path


def test_a_failed_proof_bars_the_island_in_the_same_tick():
    house = House().on_the_grid()
    house.k1.stuck, house.k1.a = True, 0
    house.run(119)
    assert o(house, facts.O_MAY_ISLAND)
    while not house.get("S_FACTS") & facts.S_K1_DISAGREES:
        house.run(0.5)
    assert not o(house, facts.O_MAY_ISLAND)


def test_with_a_bond_too_a_k1_that_will_not_close_ends_in_the_island_it_came_from():
    """The bond is opened on purpose while K1 closes; it is made again in the island, and the house stays up."""
    house = House(bond_required=1).in_an_island()
    house.k1.stuck = True
    in_step(house).until("CLOSING", 200)
    house.until("ISLAND", 200)
    house.run(2000)
    assert house.state == "ISLAND" and house.get("S_FACTS") & facts.S_KN_PROVEN_MADE


def test_a_bond_that_will_not_open_is_not_tried_again_and_again():
    house = House(bond_required=1).in_an_island()
    house.kn.stuck = True
    in_step(house).run(5000)
    assert house.path.count("UNBONDING") == 1 and house.state == "ISLAND"
    assert house.alarm(facts.A_K1_CLOSE) and house.place("CLOSE_PAUSE") * 4 == pytest.approx(295_000, abs=500)


def test_a_step_that_is_lost_while_unbonding_may_be_tried_at_once():
    house = House(bond_required=1).in_an_island()
    house.kn.ticks = 2 * 40
    in_step(house).until("UNBONDING", 100)
    house.v &= ~facts.V_IN_STEP
    house.until("ISLAND", 200)
    house.until("SYNCHRONISING", 100)
    assert not house.alarm(facts.A_K1_CLOSE)


def test_the_reset_lets_a_barred_k1_try_again():
    house = House().in_an_island()
    house.k1.stuck = True
    in_step(house).until("CLOSING", 100)
    house.until("ISLAND", 200)
    house.inputs |= port.IN_RESET_BUTTON
    house.k1.stuck = False
    house.until("HANDBACK", 2000)


def test_after_six_failed_starts_it_gives_up_until_a_person_or_the_grid_comes():
    house = House(start_max_ms=1000, starts_max=6)
    house.v = facts.V_GRID_DEAD | DEAD_HOUSE | SENSE
    for tried in range(1, 7):
        house.run(2500)
        assert house.get("STARTS_TRIED") == tried and house.alarm(facts.A_GAVE_UP) is (tried == 6)
        house.put("PAUSE", 1)
    house.path.clear()
    house.run(3000)
    assert house.path == ["DARK"] and house.get("ISLAND_WHY") == refusals.WHY_GAVE_UP
    house.inputs |= port.IN_RESET_BUTTON
    house.run(1600)
    assert "STARTING" in house.path and not house.alarm(facts.A_GAVE_UP)


def test_a_contradiction_is_split_after_five_seconds_and_not_a_round_before():
    """1250 rounds of 4 ms; the one that finds it begins the time."""
    house = House().in_an_island()
    house.put("SPLIT_FOR", 1249)
    bits_now = bits.FOLLOWING | bits.READY
    house.says(bits_now).run(4)
    assert house.place("SPLIT_FOR") == 1250
    house.run(3)
    assert not house.alarm(facts.A_SPLIT)
    house.run(8)  # and a round until it is told
    assert house.alarm(facts.A_SPLIT)


@pytest.mark.parametrize("number", range(5))
def test_a_charger_that_can_form_no_island_is_never_asked_to(number):
    """The profile says so; the house waits dark, and the console says why."""
    can = charger_wiring.profile(number).ISLAND_BY != "none"
    house = House(charger_profile=number)
    house.v = facts.V_GRID_DEAD | DEAD_HOUSE | SENSE
    house.run(3000)
    assert ("STARTING" in house.path) is can
    assert (house.get("ISLAND_WHY") == refusals.WHY_NONE) is not can
    assert can or "waits dark" in refusals.why(house.get("ISLAND_WHY"))
