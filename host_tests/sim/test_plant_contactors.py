"""Contactors, permit and bond: times, order of contacts, faults, and what falls when the processor falls silent."""

from dataclasses import replace

import numpy as np
import pytest

from tools.plant.contactor import Contactor
from tools.plant.names import port
from tools.plant.plant import Plant
from tools.plant.specs import BLOCK_S, STEP_S, ContactorSpec, GridSpec, Site, SwitchSpec

P = port.OUT_PERMIT
SPEC = ContactorSpec(close_ms=18.0, open_ms=11.0, travel_ms=5.0, jitter_ms=0.0, bounce_ms=1.5)


def moved(contactor, orders, seconds):
    """Run blocks; `orders` [(time_s, coil)]. Times of main, a, b changes: name -> [(time, level)]."""
    orders = list(orders)
    last = {"main": int(contactor.main[-1]), "a": int(contactor.a[-1]), "b": int(contactor.b[-1])}
    changes = {name: [] for name in last}
    makes, breaks = [], []
    for block in range(int(round(seconds / BLOCK_S))):
        t0 = block * BLOCK_S
        while orders and orders[0][0] < t0:
            t, on = orders.pop(0)
            contactor.coil(on, t)
        contactor.fill(t0)
        makes += contactor.makes
        breaks += contactor.breaks
        for name in last:
            for n, value in enumerate(getattr(contactor, name)):
                if value != last[name]:
                    changes[name].append((t0 + n * STEP_S, int(value)))
                    last[name] = value
    return changes, makes, breaks


def new(spec=SPEC, seed=1):
    return Contactor("k1", spec, np.random.default_rng(seed))


class TestTimes:
    def test_closing_and_opening_times_are_from_the_coils_edge(self):
        _, makes, breaks = moved(new(), [(0.0101, True), (0.1003, False)], 0.2)
        assert makes == [pytest.approx(0.0101 + 0.018, abs=5e-5)]
        assert breaks == [pytest.approx(0.1003 + 0.011, abs=5e-5)]

    def test_order_52b_opens_main_touches_52a_closes(self):
        changes, _, _ = moved(new(), [(0.010, True), (0.100, False)], 0.2)
        b_opens = changes["b"][0][0]
        touches = changes["main"][0][0]
        a_closes = changes["a"][0][0]
        assert b_opens < touches < a_closes
        down = {name: [t for t, v in rows if t > 0.100] for name, rows in changes.items()}
        assert down["a"][0] < down["main"][0] < down["b"][0]

    def test_52b_and_main_are_never_closed_together(self):
        contactor = new()
        overlap = 0
        for block in range(200):
            t0 = block * BLOCK_S
            if block % 20 == 1:
                contactor.coil(not contactor.energised, t0 - 0.001)
            contactor.fill(t0)
            overlap += int(np.sum(contactor.main & contactor.b))
        assert overlap == 0

    def test_jitter_and_bounce_are_drawn_and_bounded(self):
        spec = ContactorSpec(close_ms=18.0, open_ms=11.0, travel_ms=5.0, jitter_ms=0.4, bounce_ms=1.5)
        times, bounced = [], 0
        for seed in range(40):
            changes, makes, _ = moved(new(spec, seed), [(0.0, True)], 0.06)
            times.append(makes[0] * 1e3)
            rows = [t for t, _ in changes["main"]]
            bounced += len(rows) > 1
            assert rows[-1] - rows[0] <= 1.6e-3
            assert changes["main"][-1][1] == 1
        assert np.mean(times) == pytest.approx(18.0, abs=0.3)
        assert np.std(times) == pytest.approx(0.4, rel=0.5)
        assert 10 < bounced < 40

    def test_no_armature_moves_sooner_than_a_block_after_its_coil(self):
        # so that a command of the block before can always be back-dated to its tick
        quick = ContactorSpec(close_ms=0.5, open_ms=0.5, travel_ms=0.5, jitter_ms=0.0, bounce_ms=0.0)
        _, makes, breaks = moved(new(quick), [(0.0101, True), (0.0503, False)], 0.1)
        assert makes == [pytest.approx(0.0101 + 0.0021 + 0.0003, abs=5e-5)]
        assert breaks == [pytest.approx(0.0503 + 0.0021 + 0.0002, abs=5e-5)]

    def test_a_coil_dropped_before_the_armature_moved_leaves_it_at_rest(self):
        changes, makes, _ = moved(new(), [(0.010, True), (0.0145, False)], 0.1)
        assert makes == [] and changes["b"] == []

    def test_a_coil_dropped_on_the_way_turns_it_round(self):
        # 16 ms after the edge the armature is still below the place where it touches
        contactor = new()
        moved(contactor, [(0.0, True), (0.006, False)], 0.1)
        assert contactor.position == 0.0 and not contactor.closed


class TestFaults:
    def test_welded_stays_and_its_mirror_contact_tells(self):
        contactor = new()
        contactor.start_closed()
        contactor.set_fault("welded")
        moved(contactor, [(0.0, False)], 0.1)
        assert contactor.closed and contactor.b[-1] == 0 and contactor.a[-1] == 1

    def test_one_welded_pole_keeps_the_mirror_contact_open(self):
        contactor = new()
        contactor.start_closed()
        contactor.set_fault("pole_welded")
        moved(contactor, [(0.0, False)], 0.1)
        assert not contactor.closed and contactor.b[-1] == 0 and contactor.a[-1] == 0

    def test_contacts_that_are_apart_cannot_weld(self):
        contactor = new()
        contactor.set_fault("pole_welded")
        moved(contactor, [], 0.1)
        assert not contactor.pole_holds and contactor.b[-1] == 1
        moved(contactor, [(0.1, True), (0.2, False)], 0.4)
        assert contactor.pole_holds and not contactor.closed and contactor.b[-1] == 0

    def test_stuck_open(self):
        contactor = new()
        contactor.set_fault("stuck_open")
        _, makes, _ = moved(contactor, [(0.0, True)], 0.1)
        assert makes == [] and contactor.b[-1] == 1

    def test_slow_takes_three_times_as_long(self):
        contactor = new()
        contactor.set_fault("slow")
        _, makes, _ = moved(contactor, [(0.0, True)], 0.2)
        assert makes == [pytest.approx(0.054, abs=1e-4)]

    def test_worn_contacts_bounce_eight_times_as_long(self):
        longest_ms = []
        for seed in range(40):
            k1 = new(seed=seed)
            k1.set_fault("bounces")
            changes, *_ = moved(k1, [(0.0, True)], 0.08)
            touched = [at for at, _ in changes["main"]]
            longest_ms.append((touched[-1] - touched[0]) * 1e3)
        assert 6.0 < max(longest_ms) <= 12.0

    def test_broken_coil_drops_a_closed_contactor(self):
        contactor = new()
        contactor.start_closed()
        contactor.set_fault("no_coil")
        moved(contactor, [], 0.05)
        assert not contactor.closed and contactor.energised

    @pytest.mark.parametrize(
        "fault,name,level", [("a_open", "a", 0), ("a_closed", "a", 1), ("b_open", "b", 0), ("b_closed", "b", 1)]
    )
    def test_auxiliaries_that_do_not_move(self, fault, name, level):
        contactor = new()
        contactor.set_fault(fault)
        moved(contactor, [(0.0, True)], 0.05)
        assert getattr(contactor, name)[-1] == level
        moved(contactor, [(0.0, False)], 0.05)
        assert getattr(contactor, name)[-1] == level

    def test_a_fault_can_be_mended(self):
        contactor = new()
        contactor.start_closed()
        contactor.set_fault("welded")
        moved(contactor, [(0.0, False)], 0.05)
        contactor.set_fault(None)
        moved(contactor, [], 0.05)
        assert not contactor.closed and contactor.b[-1] == 1

    def test_an_unknown_fault_is_refused(self):
        with pytest.raises(ValueError, match="rusty"):
            new().set_fault("rusty")


class TestPermit:
    def run(self, plant, seconds, bits):
        for _ in range(int(round(seconds / BLOCK_S))):
            plant.step((bits,) * 4)

    def test_coils_fall_five_milliseconds_after_the_last_renewal(self):
        plant = Plant(Site(switches=SwitchSpec(k1=SPEC)))
        self.run(plant, 0.2, port.OUT_K1 | P)
        assert plant.k1.closed
        last = plant.now - BLOCK_S  # the last renewing tick ended where the block just computed began
        breaks = []
        for _ in range(20):
            plant.step((port.OUT_K1,) * 4)
            breaks += plant.k1.breaks
        assert breaks == [pytest.approx(last + 0.005 + 0.011, abs=1e-4)]

    def test_a_permit_renewed_every_other_block_holds(self):
        plant = Plant(Site())
        for n in range(200):
            plant.step((port.OUT_K1 | (P if n % 2 else 0),) * 4)
        assert plant.k1.closed

    def test_no_coil_without_any_permit(self):
        plant = Plant(Site())
        self.run(plant, 0.3, port.OUT_K1 | port.OUT_K2 | port.OUT_ISLAND_REQUEST)
        assert not plant.k1.closed and not plant.k2.closed and not plant.request

    def test_request_goes_through_52b_and_the_permit(self):
        plant = Plant(Site())
        self.run(plant, 0.1, port.OUT_ISLAND_REQUEST | P)
        assert plant.request
        self.run(plant, 0.1, port.OUT_ISLAND_REQUEST | port.OUT_K1 | P)
        assert not plant.request
        plant = Plant(Site())
        self.run(plant, 0.1, port.OUT_ISLAND_REQUEST | P)
        self.run(plant, 0.02, port.OUT_ISLAND_REQUEST)
        assert not plant.request


class TestInputs:
    def test_at_rest(self):
        plant = Plant(Site())
        plant.step()
        bits = int(plant.inputs[3])
        assert bits & port.IN_E_STOP_OK and bits & port.IN_BYPASS_OFF and bits & port.IN_CHARGER_READY
        assert bits & port.IN_K1_52B and bits & port.IN_K2_52B
        assert not bits & (port.IN_K1_52A | port.IN_K2_52A | port.IN_KN_PROOF | port.IN_CHARGER_FAULT)

    @pytest.mark.parametrize(
        "action,args,bit,level",
        [
            ("e_stop", {"ok": False}, port.IN_E_STOP_OK, 0),
            ("bypass", {"off": False}, port.IN_BYPASS_OFF, 0),
            ("service_key", {"on": True}, port.IN_SERVICE_KEY, 1),
            ("reset_button", {"on": True}, port.IN_RESET_BUTTON, 1),
            ("ready_contact", {"wire": "open"}, port.IN_CHARGER_READY, 0),
            ("charger_broken", {}, port.IN_CHARGER_FAULT, 1),
            ("charger_broken", {}, port.IN_CHARGER_READY, 0),
            ("car", {"plugged": False}, port.IN_CHARGER_READY, 0),
        ],
    )
    def test_events_move_inputs(self, action, args, bit, level):
        plant = Plant(Site(), 0, [(0.01, action, args)])
        for _ in range(10):
            plant.step()
        assert bool(int(plant.inputs[3]) & bit) == bool(level)

    def test_proof_comes_at_its_own_tick(self):
        plant = Plant(Site(switches=SwitchSpec(k1=replace(SPEC, aux_bounce_ms=0.0))))
        seen = []
        for block in range(20):
            plant.step((port.OUT_K1 | P,) * 4)
            ends = [block * BLOCK_S + (j + 1) * 5e-4 for j in range(4)]
            seen += [(t, bool(int(word) & port.IN_K1_52A)) for t, word in zip(ends, plant.inputs, strict=True)]
        first = next(t for t, closed in seen if closed)
        # outputs of tick 0 count from its end, for the first block 1.5 ms before time zero; 52a is 0.75 ms later
        assert first == pytest.approx(-0.0015 + 0.018 + 0.00075, abs=6e-4)


class TestBond:
    SITE = Site(
        grid=GridSpec(legs=1, nominal_v=230.0),
        switches=SwitchSpec(kn_fitted=True, k1_switches_neutral=True),
    )

    def test_bond_is_made_by_itself_when_k1_is_open_and_opened_by_52b(self):
        plant = Plant(self.SITE)
        plant.step()
        assert plant.bond_made and int(plant.inputs[3]) & port.IN_KN_PROOF
        for _ in range(50):
            plant.step((port.OUT_K1 | P,) * 4)
        assert plant.k1.closed and not plant.bond_made
        for _ in range(50):
            plant.step((0,) * 4)  # dead controller: K1 falls, and the bond makes itself
        assert not plant.k1.closed and plant.bond_made

    def test_a_pulse_opens_it_before_k1(self):
        plant = Plant(self.SITE)
        for _ in range(20):
            plant.step((port.OUT_KN | P,) * 4)
        assert not plant.bond_made
        for _ in range(50):
            plant.step((port.OUT_KN | port.OUT_K1 | P,) * 4)
        assert "closed_with_bond" not in [v["kind"] for v in plant.safety.violations]
