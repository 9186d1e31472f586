"""Every kind of violation provoked on purpose and caught, and none where a careful controller acts."""

import math
from dataclasses import replace

import pytest

from tools.plant.names import port
from tools.plant.plant import Plant
from tools.plant.safety import KINDS
from tools.plant.specs import BLOCK_S, ChargerSpec, ContactorSpec, GridSpec, HouseSpec, Site, StoreSpec, SwitchSpec

P = port.OUT_PERMIT
CLOSED = port.OUT_K1 | port.OUT_K2 | P
ISLAND = port.OUT_K2 | port.OUT_ISLAND_REQUEST | P
BOTH = port.OUT_K1 | ISLAND

GRID = GridSpec(start_hz=60.0, hz_noise=0.0)
SWITCHES = SwitchSpec(k1=ContactorSpec(close_ms=18.0, open_ms=11.0, jitter_ms=0.0, bounce_ms=0.0))
SITE = Site(grid=GRID, switches=SWITCHES, charger=ChargerSpec(enter_service_s=0.2))


def run(plant, seconds, bits):
    for _ in range(int(round(seconds / BLOCK_S))):
        plant.step((bits,) * 4)


def kinds(plant):
    return [v["kind"] for v in plant.safety.violations]


def island(site=SITE, seed=0):
    """A plant in a steady island with the grid live beside it."""
    plant = Plant(site, seed)
    run(plant, 0.3, CLOSED)
    run(plant, 0.1, port.OUT_K2 | P)
    run(plant, 1.6, ISLAND)
    assert plant.truth()["mode"] == "FORM"
    assert kinds(plant) == []
    return plant


def angle(plant):
    """House minus grid in degrees, by the sources' own angles."""
    deg = math.degrees(float(plant.s["form_theta"]) - float(plant.s["grid_theta"]))
    return (deg + 180.0) % 360.0 - 180.0


def wait_for_angle(plant, deg):
    for _ in range(20000):
        plant.step((ISLAND,) * 4)
        if abs(angle(plant) - deg) < 1.0:
            return
    raise AssertionError("the island never came to %g degrees" % deg)


class TestClosing:
    def test_in_step_is_no_violation_and_is_measured(self):
        plant = island()
        wait_for_angle(plant, 0.0)
        run(plant, 0.03, BOTH)
        run(plant, 1.0, CLOSED)
        assert kinds(plant) == []
        sync = plant.safety.sync_at_close
        assert abs(sync["dphi_deg"]) < 3.0 and abs(sync["dv_percent"]) < 3.0
        # the island's own +0.05 Hz less droop: 1500 W of 11.4 kW at 0.15 Hz
        assert sync["df_mhz"] == pytest.approx(50.0 - 150.0 * 1500 / 11400, abs=4.0)
        assert plant.safety.unsynchronised_parallel_ms == 0.0
        assert plant.truth()["mode"] in ("WAIT", "FOLLOW")

    @pytest.mark.parametrize("deg", [30.0, -30.0, 120.0, 180.0])
    def test_out_of_step_is_caught_and_measured(self, deg):
        plant = island()
        wait_for_angle(plant, min(deg, 178.5))
        run(plant, 0.03, BOTH)
        run(plant, 0.2, CLOSED)
        assert "unsynchronised_close" in kinds(plant)
        assert "unsynchronised_parallel" in kinds(plant)
        assert plant.safety.sync_at_close["dphi_deg"] == pytest.approx(min(deg, 178.5), abs=4.0)
        assert plant.safety.unsynchronised_parallel_ms > 20.0

    def test_right_angle_wrong_slip(self):
        plant = island(replace(SITE, charger=replace(SITE.charger, form_offset_hz=0.6)))
        wait_for_angle(plant, -3.0)
        run(plant, 0.04, BOTH)
        assert "unsynchronised_close" in kinds(plant)
        assert plant.safety.sync_at_close["df_mhz"] > 300

    def test_right_angle_wrong_voltage(self):
        plant = island(replace(SITE, charger=replace(SITE.charger, form_volt_pu=1.15)))
        wait_for_angle(plant, 0.0)
        run(plant, 0.04, BOTH)
        assert "unsynchronised_close" in kinds(plant)
        assert plant.safety.sync_at_close["dv_percent"] > 10.0

    def test_dead_house_onto_live_grid_is_no_violation(self):
        plant = Plant(SITE)
        run(plant, 1.0, CLOSED)
        assert kinds(plant) == [] and plant.safety.sync_at_close is None
        assert [live for _, live in plant.safety.closings] == [False]

    def test_dead_grid(self):
        plant = Plant(replace(SITE, grid=replace(GRID, breaker_closed=False)))
        run(plant, 0.3, CLOSED)
        assert kinds(plant) == ["closed_onto_dead_grid"]

    def test_grid_too_low_to_be_called_live(self):
        plant = Plant(replace(SITE, grid=replace(GRID, scale=0.6)))
        run(plant, 0.3, CLOSED)
        assert kinds(plant) == ["closed_onto_dead_grid"]

    def test_a_grid_that_dies_while_k1_travels_is_not_held_against_it(self):
        slow = replace(SWITCHES, k1=ContactorSpec(close_ms=80.0, jitter_ms=0.0))
        plant = Plant(replace(SITE, switches=slow), 0, [(0.105, "grid_off", {})])
        run(plant, 0.1, P)
        run(plant, 0.2, CLOSED)
        assert plant.safety.closings and max(plant.before_grid_pu) < 0.1
        assert kinds(plant) == []


class TestDeadGrid:
    def test_forming_into_the_street(self):
        plant = island()
        plant.schedule(plant.now, "grid_off", {})
        run(plant, 0.3, ISLAND)
        run(plant, 0.3, BOTH)
        assert "closed_onto_dead_grid" in kinds(plant)
        assert "dead_grid_energised" in kinds(plant)

    def test_a_following_charger_may_hold_it_for_two_seconds_and_no_longer(self):
        # Load and neighbours take exactly what the charger gives: an unintentional island, own protection off.
        house = HouseSpec(
            resistive_w=(0.0, 0.0), electronic_w=(0.0, 0.0), rlc_w=2500.0, rlc_qf=1.0, rlc_hz=60.0, emi_f=0.0
        )
        grid = replace(GRID, neighbours_w=(0.0, 0.0), neighbours_var=(0.0, 0.0), harmonics=(), flicker=0.0)
        charger = ChargerSpec(plan_w=-5000.0, enter_service_s=0.2, own_trips=False)
        plant = Plant(Site(grid=grid, house=house, charger=charger, switches=SWITCHES))
        run(plant, 1.5, CLOSED)
        assert abs(plant.grid_w) < 100.0
        plant.schedule(plant.now, "grid_off", {})
        run(plant, 1.9, CLOSED)
        assert max(plant.truth_grid_pu()) > 0.5  # the island holds
        assert kinds(plant) == []
        run(plant, 0.3, CLOSED)
        assert kinds(plant) == ["dead_grid_energised"]

    def test_a_charger_that_hands_back_cannot_see_the_loss(self):
        plant = island(replace(SITE, charger=replace(SITE.charger, release_s=2.5)))
        wait_for_angle(plant, 0.0)
        run(plant, 0.03, BOTH)
        run(plant, 0.05, CLOSED)
        assert plant.inverter.handing_back
        plant.schedule(plant.now, "grid_off", {})
        run(plant, 1.9, CLOSED)
        assert max(plant.truth_grid_pu()) > 0.5 and kinds(plant) == []
        run(plant, 0.2, CLOSED)
        assert kinds(plant) == ["dead_grid_energised"]

    def test_around_k1_a_street_may_be_fed_until_it_is_found(self):
        plant = island()
        plant.schedule(plant.now, "grid_off", {})
        run(plant, 0.3, ISLAND)
        plant.schedule(plant.now, "bridge", {})
        run(plant, 0.15, ISLAND)
        assert max(plant.truth_grid_pu()) > 0.9 and plant.joined and not plant.k1_conducting
        assert kinds(plant) == []
        run(plant, 0.1, ISLAND)
        assert kinds(plant) == ["dead_grid_energised"]

    def test_motors_coasting_down_are_no_violation(self):
        house = HouseSpec(motor_w=(750.0, 500.0))
        plant = Plant(replace(SITE, house=house))
        run(plant, 2.0, CLOSED)
        plant.schedule(plant.now, "grid_off", {})
        run(plant, 3.0, CLOSED)
        assert kinds(plant) == []


class TestRequest:
    def test_asking_with_k1_closed(self):
        plant = Plant(SITE)
        run(plant, 0.5, CLOSED)
        run(plant, 0.1, BOTH)
        assert kinds(plant) == ["request_while_k1_closed"]

    def test_a_request_that_stands_after_closing(self):
        plant = island()
        wait_for_angle(plant, 0.0)
        run(plant, 0.5, BOTH)
        assert kinds(plant) == ["request_while_k1_closed"]

    def test_a_welded_pole_counts_as_closed(self):
        plant = Plant(SITE)
        run(plant, 0.5, CLOSED)
        plant.schedule(plant.now, "contactor", {"name": "k1", "fault": "pole_welded"})
        run(plant, 0.3, port.OUT_K2 | P)
        assert plant.k1_conducting and not plant.k1.closed
        run(plant, 0.1, ISLAND)
        assert kinds(plant) == ["request_while_k1_closed"]

    def test_52b_that_lies_lets_it_through_and_is_caught(self):
        plant = Plant(SITE)
        plant.schedule(0.0, "contactor", {"name": "k1", "fault": "b_closed"})
        run(plant, 0.3, ISLAND)
        run(plant, 0.1, BOTH)
        assert "request_while_k1_closed" in kinds(plant)


class TestPermit:
    def test_coils_asked_for_without_permit(self):
        plant = Plant(SITE)
        run(plant, 0.3, CLOSED)
        run(plant, 0.05, CLOSED & ~P)
        assert kinds(plant) == []
        run(plant, 0.2, CLOSED & ~P)
        assert kinds(plant) == ["coil_without_permit"]


class TestBond:
    SITE = Site(
        grid=replace(GRID, legs=1, nominal_v=230.0),
        charger=ChargerSpec(rated_w=7400.0, filter_h=1.5e-3),
        switches=replace(SWITCHES, kn_fitted=True, k1_switches_neutral=True),
    )
    KN = port.OUT_KN

    def test_island_bonds_itself(self):
        plant = Plant(self.SITE)
        run(plant, 2.0, ISLAND)
        assert min(plant.truth_house_pu()) > 0.9 and plant.bond_made
        assert kinds(plant) == []

    def test_live_and_unbonded(self):
        plant = Plant(self.SITE)
        run(plant, 2.0, ISLAND)
        run(plant, 0.15, ISLAND | self.KN)
        assert kinds(plant) == []
        run(plant, 0.2, ISLAND | self.KN)
        assert kinds(plant) == ["live_unbonded"]

    def test_closing_with_the_bond_made(self):
        plant = Plant(self.SITE)
        plant.schedule(0.0, "contactor", {"name": "kn", "fault": "stuck_open"})
        run(plant, 0.5, CLOSED | self.KN)
        assert "closed_with_bond" in kinds(plant) and "double_bond" in kinds(plant)

    def test_pulse_then_close_is_right(self):
        plant = Plant(self.SITE)
        run(plant, 0.1, P)
        run(plant, 0.05, self.KN | P)
        run(plant, 0.1, CLOSED | self.KN)
        run(plant, 0.5, CLOSED)
        assert kinds(plant) == []


def test_every_kind_is_provoked_in_this_file():
    with open(__file__) as f:
        text = f.read()
    for kind in KINDS:
        assert text.count('"%s"' % kind) >= 1, kind


def test_an_episode_is_one_entry():
    plant = Plant(SITE)
    run(plant, 0.5, CLOSED)
    run(plant, 0.1, BOTH)
    run(plant, 0.1, CLOSED)
    run(plant, 0.1, BOTH)
    assert kinds(plant) == ["request_while_k1_closed"] * 2
    assert all(set(v) == {"time_s", "kind", "detail"} for v in plant.safety.violations)


def test_no_car_no_forming_no_violation():
    plant = Plant(replace(SITE, store=StoreSpec(car_plugged=False)))
    run(plant, 0.3, CLOSED)
    plant.schedule(plant.now, "grid_off", {})
    run(plant, 0.2, P)
    run(plant, 1.0, ISLAND)
    assert kinds(plant) == [] and max(plant.truth_house_pu()) < 0.01
