"""The plant against closed forms: dividers, ringing, decay, energy. Expected values are worked out here, by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest

from tools.plant import charger as reg
from tools.plant.names import port
from tools.plant.plant import Plant
from tools.plant.setup import new_state
from tools.plant.specs import (
    BLOCK_S,
    STEP_S,
    ChargerSpec,
    GridSpec,
    HouseSpec,
    SenseSpec,
    Site,
    StoreSpec,
    single_phase,
)
from tools.plant.wires import OFF, RING

GRID_ON = (port.OUT_K1 | port.OUT_PERMIT,) * 4
PARALLEL = (port.OUT_K1 | port.OUT_K2 | port.OUT_PERMIT,) * 4
ISLAND = (port.OUT_K2 | port.OUT_ISLAND_REQUEST | port.OUT_PERMIT,) * 4
OPEN = (port.OUT_PERMIT,) * 4

CLEAN = GridSpec(
    start_hz=60.0, harmonics=(), flicker=0.0, hz_noise=0.0, neighbours_w=(0.0, 0.0), neighbours_var=(0.0, 0.0)
)
BARE = HouseSpec(resistive_w=(0.0, 0.0), electronic_w=(0.0, 0.0), emi_f=0.0)
NO_CHARGER = ChargerSpec(fitted=False)


def run(plant, seconds, outputs):
    for _ in range(int(round(seconds / BLOCK_S))):
        plant.step(outputs)


def history(plant, column, seconds):
    """The last steps of g1 g2 h1 h2 in volts, oldest first."""
    steps = int(round(seconds / STEP_S))
    assert steps <= RING
    at = (int(plant.s["step"]) - steps + np.arange(steps)) % RING
    return plant.ring[at, column]


def crossings(wave):
    """Times in steps at which the wave rises through zero, interpolated."""
    up = np.nonzero((wave[:-1] < 0) & (wave[1:] >= 0))[0]
    return up + wave[up] / (wave[up] - wave[up + 1])


class TestCircuit:
    def test_voltage_divider_of_source_impedance_and_load(self):
        # 120 V behind 0.5 ohm + 1 mH, load 1440 W = 10 ohm a leg, both legs alike so that the neutral carries nothing
        grid = replace(CLEAN, r_ohm=0.5, l_h=1.0e-3)
        plant = Plant(Site(grid=grid, house=replace(BARE, resistive_w=(1440.0, 1440.0)), charger=NO_CHARGER))
        run(plant, 0.3, GRID_ON)
        expected = 120.0 * 10.0 / math.hypot(10.5, 2 * math.pi * 60.0 * 1.0e-3)
        assert plant.truth()["house_mv"] == pytest.approx([expected * 1e3] * 2, rel=1e-3)
        assert plant.grid_w == pytest.approx(2 * expected**2 / 10.0, rel=1e-3)

    def test_unloaded_grid_side_shows_the_emf(self):
        plant = Plant(Site(grid=CLEAN, house=BARE, charger=NO_CHARGER))
        run(plant, 0.2, OPEN)
        assert plant.truth()["grid_mv"] == pytest.approx([120000, 120000], rel=5e-4)  # 533 steps are not quite a cycle
        assert plant.truth()["house_mv"] == [0, 0]

    def test_rlc_rings_freely_at_its_own_frequency_and_rate(self):
        # Parallel RLC, Qf 20 at 63 Hz: after K1 opens it rings at f0 sqrt(1 - 1/(4 Q^2)) and falls by exp(-w0 t / 2Q).
        house = replace(BARE, rlc_w=500.0, rlc_qf=20.0, rlc_hz=63.0)
        plant = Plant(Site(grid=CLEAN, house=house, charger=NO_CHARGER))
        run(plant, 0.5, GRID_ON)
        run(plant, 0.1, OPEN)
        assert not plant.k1_conducting
        wave = history(plant, 2, 0.05)
        at = crossings(wave)
        period_s = np.diff(at).mean() * STEP_S
        assert 1.0 / period_s == pytest.approx(63.0 * math.sqrt(1 - 1 / 1600.0), rel=1e-3)
        peaks = [np.abs(wave[int(a) : int(b)]).max() for a, b in zip(at[:-1], at[1:], strict=True)]
        decay = math.log(peaks[0] / peaks[1]) / period_s
        assert decay == pytest.approx(2 * math.pi * 63.0 / 40.0, rel=0.01)

    def test_broken_neutral_divides_the_line_voltage_by_the_loads(self):
        # 2400 W and 600 W (6 and 24 ohm) in series across 240 V: 48 V and 192 V
        house = replace(BARE, resistive_w=(2400.0, 600.0))
        plant = Plant(Site(grid=replace(CLEAN, r_ohm=0.01, l_h=1e-5), house=house, charger=NO_CHARGER))
        run(plant, 0.2, GRID_ON)
        plant.schedule(plant.now, "neutral", {"broken": True})
        run(plant, 0.1, GRID_ON)
        assert plant.truth()["house_mv"] == pytest.approx([48000, 192000], rel=0.01)

    def test_motor_back_emf_decays_with_the_rotor_time_constant(self):
        # Rotor: (1.6 + 0.08) / (0.06 w) = 74 ms. Alone on its leg after K1 opened it has nothing to feed.
        plant = Plant(Site(grid=CLEAN, house=replace(BARE, motor_w=(750.0, 0.0)), charger=NO_CHARGER))
        run(plant, 3.0, GRID_ON)
        synchronous = 2 * math.pi * 60.0
        speed = float(plant.s["motor_w"][0])
        assert 0.90 * synchronous < speed < synchronous
        run(plant, 0.030, OPEN)
        first = plant.truth()["house_mv"][0]
        assert first > 60000
        run(plant, 0.070, OPEN)
        second = plant.truth()["house_mv"][0]
        # the EMF is speed times flux, and the shaft's load slows the rotor meanwhile
        slowed = float(plant.s["motor_w"][0]) / speed
        assert slowed < 0.95
        tau_s = 0.070 / math.log(first / second)
        assert 0.6 * 0.074 < tau_s < 0.0745

    def test_contact_current_is_interrupted_at_its_zero_not_chopped(self):
        # A parted contact carries its arc until the current passes zero: no L di/dt spike on the grid side.
        house = replace(BARE, resistive_w=(4000.0, 4000.0))
        plant = Plant(Site(grid=replace(CLEAN, l_h=2e-3), house=house, charger=NO_CHARGER))
        run(plant, 0.2, GRID_ON)
        highest = 0.0
        for _ in range(20):
            plant.step(OPEN)
            highest = max(highest, np.abs(history(plant, 0, BLOCK_S)).max())
        assert not plant.k1_conducting
        assert highest < 1.05 * 120.0 * math.sqrt(2)

    def test_single_phase_site(self):
        site = single_phase()
        site = replace(
            site,
            grid=replace(site.grid, harmonics=(), flicker=0.0, neighbours_w=(0, 0), neighbours_var=(0, 0)),
            charger=NO_CHARGER,
        )
        plant = Plant(site)
        run(plant, 0.3, GRID_ON)
        truth = plant.truth()
        assert len(truth["grid_mv"]) == 1
        ohms = 230.0**2 / 850.0  # 700 W resistive and 150 W electronic
        drop = ohms / math.hypot(ohms + 0.2, 2 * math.pi * 50 * 0.3e-3)
        assert truth["house_mv"][0] == pytest.approx(230000 * drop, rel=3e-3)
        assert truth["house_hz"] == pytest.approx(50.0, abs=0.05)

    def test_inverse_of_the_admittance_matrix(self):
        plant = Plant(Site())
        run(plant, 0.2, PARALLEL)
        inverse = plant.s["inverse"]
        assert np.allclose(inverse, inverse.T, rtol=1e-6)
        assert np.all(np.linalg.eigvalsh(inverse) > 0)


class TestGrid:
    def test_events_act_at_their_own_step(self):
        t = 0.1 + 37 * STEP_S
        plant = Plant(Site(grid=CLEAN, house=BARE, charger=NO_CHARGER), 0, [(t, "grid_scale", {"pu": 0.0})])
        run(plant, 0.12, OPEN)
        wave = history(plant, 0, 0.03)
        at_change = int(round((t - (0.12 - 0.03)) / STEP_S))
        expected = 120.0 * math.sqrt(2) * math.cos(2 * math.pi * 60.0 * t)
        assert wave[at_change - 1] == pytest.approx(expected, abs=3.0)
        assert abs(wave[at_change]) < 1.0

    def test_frequency_wanders_within_its_figure(self):
        plant = Plant(Site(grid=GridSpec(hz_noise=0.01, hz_noise_tau_s=0.5), charger=NO_CHARGER), 3)
        seen = []
        for _ in range(5000):
            plant.step()
            seen.append(plant.truth()["grid_hz"])
        assert np.mean(seen) == pytest.approx(60.02, abs=0.008)
        assert np.std(seen) == pytest.approx(0.01, rel=0.4)

    def test_rocof(self):
        plant = Plant(Site(grid=CLEAN, charger=NO_CHARGER), 0, [(0.5, "grid_rocof", {"hz_s": -2.0, "seconds": 0.25})])
        run(plant, 1.0, OPEN)
        assert plant.truth()["grid_hz"] == pytest.approx(59.5, abs=0.01)
        steps = crossings(history(plant, 0, 0.06))
        assert 1.0 / (np.diff(steps).mean() * STEP_S) == pytest.approx(59.5, abs=0.01)

    def test_harmonics_have_their_size(self):
        grid = replace(CLEAN, harmonics=((5, 0.04, 1.0), (7, 0.02, 0.3)))
        plant = Plant(Site(grid=grid, house=BARE, charger=NO_CHARGER))
        run(plant, 0.2, OPEN)
        wave = history(plant, 0, 0.05)  # three cycles
        spectrum = np.abs(np.fft.rfft(wave)) * 2 / len(wave)
        assert spectrum[15] / spectrum[3] == pytest.approx(0.04, rel=0.01)
        assert spectrum[21] / spectrum[3] == pytest.approx(0.02, rel=0.01)

    def test_sag_jumps_and_returns(self):
        sag = (0.1, "sag", {"pu": 0.5, "seconds": 0.2, "deg": 20.0})
        plant = Plant(Site(grid=CLEAN, house=BARE, charger=NO_CHARGER), 0, [sag])
        run(plant, 0.25, OPEN)
        assert plant.truth()["grid_mv"] == pytest.approx([60000, 60000], rel=1e-3)
        assert np.allclose(plant.s["grid_jump"], math.radians(20.0))
        run(plant, 0.15, OPEN)
        assert plant.truth()["grid_mv"] == pytest.approx([120000, 120000], rel=1e-3)
        assert np.allclose(plant.s["grid_jump"], 0.0)


class TestCharger:
    def following(self, watts, **kw):
        site = Site(grid=CLEAN, charger=ChargerSpec(plan_w=watts, enter_service_s=0.2), **kw)
        plant = Plant(site)
        run(plant, 2.0, PARALLEL)
        return plant

    @pytest.mark.parametrize("watts", [7000.0, -5000.0])
    def test_power_is_what_the_plan_says(self, watts):
        plant = self.following(watts)
        assert plant.truth()["mode"] == "FOLLOW"
        assert plant.charger_w == pytest.approx(-watts, rel=0.01)
        assert plant.charger_model.running_state == (reg.CHARGING if watts > 0 else reg.DISCHARGING)
        efficiency = 0.94 if watts > 0 else 1 / 0.94
        assert plant.charger_model.power_w == pytest.approx(watts * efficiency, rel=0.02)

    def test_state_of_charge_keeps_the_books(self):
        plant = self.following(-5000.0)
        before = plant.inverter.store.car_wh
        work = 0.0
        for _ in range(2500):
            plant.step(PARALLEL)
            work += plant.charger_w * BLOCK_S
        assert before - plant.inverter.store.car_wh == pytest.approx(work / 0.94 / 3600.0, rel=1e-6)
        assert work == pytest.approx(5000.0 * 5.0, rel=0.01)

    def test_registers_limit_and_stop_it(self):
        plant = self.following(7000.0)
        plant.charger_model.charge_limit_w = 2000
        run(plant, 1.0, PARALLEL)
        assert plant.charger_w == pytest.approx(-2000.0, rel=0.02)
        plant.charger_model.start_stop = reg.STOP
        run(plant, 1.0, PARALLEL)
        assert abs(plant.charger_w) < 30.0
        assert plant.charger_model.running_state == reg.ENDED

    def test_remote_power_and_reactive_power(self):
        plant = self.following(0.0)
        model = plant.charger_model
        model.ems_enabled, model.ems_mode = 1, 0
        model.active_target_w, model.reactive_target_var = 4000, 3000
        run(plant, 1.0, PARALLEL)
        amps = math.sqrt(float(plant.s["sum_i2"][0]) / 64)
        assert plant.charger_w == pytest.approx(4000.0, rel=0.02)
        # 5 kVA over two legs; a block is no whole cycle, so the current is taken over several
        squares = []
        for _ in range(25):
            plant.step(PARALLEL)
            squares.append(float(plant.s["sum_i2"][0]) / 64)
        amps = math.sqrt(np.mean(squares))
        volts = plant.truth()["house_mv"][0] / 1e3
        assert amps * volts * 2 == pytest.approx(5000.0, rel=0.03)

    def test_momentary_cessation_and_return(self):
        plant = self.following(-5000.0)
        plant.schedule(plant.now, "sag", {"pu": 0.4, "seconds": 0.2})
        run(plant, 0.15, PARALLEL)
        assert plant.truth()["mode"] == "CEASED"
        assert abs(plant.charger_w) < 100.0
        run(plant, 0.05 + 0.4 + 0.06, PARALLEL)  # 80 % within 0.4 s
        assert plant.charger_w > 0.8 * 5000.0

    @pytest.mark.parametrize("watts", [7000.0, -5000.0])
    def test_a_lost_grid_is_neither_driven_backwards_nor_over_its_peak(self, watts):
        # Behind a dead grid with little load a current controller would reverse or raise the voltage without limit.
        plant = self.following(watts, house=replace(BARE, resistive_w=(500.0, 500.0), motor_w=(300.0, 0.0)))
        plant.schedule(plant.now, "grid_off", {})
        highest, blocked_at = 0.0, None
        for n in range(40):
            plant.step(PARALLEL)
            highest = max(highest, np.abs(history(plant, 2, BLOCK_S)).max())
            if blocked_at is None and plant.s["mode"] == OFF:
                blocked_at = n * BLOCK_S
        # charging, the wave collapses: half a cycle to the breaker's current zero, 3 ms of proof, a block or two
        assert blocked_at < (0.0083 + 0.003 + 0.004 if watts > 0 else 0.040)
        assert highest < 1.35 * 120.0 * math.sqrt(2)
        assert plant.truth()["mode"] == "CEASED"
        assert max(plant.truth()["house_mv"]) < 0.5 * 120000

    def test_own_protection_trips_and_waits(self):
        plant = self.following(-5000.0)
        plant.schedule(plant.now, "grid_hz", {"hz": 62.5})
        run(plant, 0.6, PARALLEL)
        assert plant.truth()["mode"] == "WAIT"

    def test_island_frequency_voltage_and_droop(self):
        house = replace(BARE, resistive_w=(3000.0, 2000.0))
        plant = Plant(Site(grid=CLEAN, house=house))
        run(plant, 2.5, ISLAND)
        truth = plant.truth()
        assert truth["mode"] == "FORM"
        watts = sum((v / 1e3) ** 2 / 120.0**2 * w for v, w in zip(truth["house_mv"], (3000.0, 2000.0), strict=True))
        assert truth["charger_w"] == pytest.approx(watts, rel=0.01)
        assert truth["house_hz"] == pytest.approx(60.05 - 0.15 * watts / 11400.0, abs=0.002)
        assert truth["house_mv"] == pytest.approx([120000] * 2, rel=0.01)
        steps = crossings(history(plant, 2, 0.06))
        assert 1.0 / (np.diff(steps).mean() * STEP_S) == pytest.approx(truth["house_hz"], abs=0.01)
        assert plant.charger_model.on_off_grid == reg.OFF_GRID_AUTOMATIC

    def test_island_starts_after_delay_and_ramp(self):
        plant = Plant(Site(grid=CLEAN))
        run(plant, 0.3, ISLAND)
        assert max(plant.truth()["house_mv"]) < 1000
        run(plant, 0.35, ISLAND)
        assert min(plant.truth()["house_mv"]) > 0.95 * 120000

    def test_overload_sags_to_what_the_limit_carries(self):
        # 11.4 kW over two legs of 120 V, 1.25 surge: 59.4 A. Into 1.2 ohm a wave clipped at 84 A peak lies between the
        # sine of that peak (71 V) and a square wave of it (101 V).
        house = replace(BARE, resistive_w=(12000.0, 12000.0))
        plant = Plant(Site(grid=CLEAN, house=house))
        run(plant, 2.0, ISLAND)
        for mv in plant.truth()["house_mv"]:
            assert 70000 < mv < 101000
        run(plant, 10.0, ISLAND)
        assert plant.truth()["mode"] == "GAVE_UP"
        assert plant.charger_model.running_state == reg.ALARM

    def test_empty_car_ends_the_island(self):
        plant = Plant(Site(grid=CLEAN))
        run(plant, 1.0, ISLAND)
        plant.schedule(plant.now, "car_soc", {"soc": 0.0999})
        run(plant, 0.2, ISLAND)
        assert plant.truth()["mode"] == "GAVE_UP"
        assert not plant.inputs[3] & port.IN_CHARGER_READY

    def test_no_car_no_island(self):
        plant = Plant(Site(grid=CLEAN, store=StoreSpec(car_plugged=False)))
        run(plant, 2.0, ISLAND)
        assert max(plant.truth()["house_mv"]) < 1000
        assert not plant.inputs[3] & port.IN_CHARGER_READY

    def test_home_battery_carries_the_house_without_a_car(self):
        store = StoreSpec(car_plugged=False, battery_kwh=10.0, battery_soc=0.5)
        plant = Plant(Site(grid=CLEAN, store=store))
        run(plant, 3.0, ISLAND)
        assert min(plant.truth()["house_mv"]) > 0.95 * 120000
        assert plant.inverter.store.battery_soc < 0.5
        assert plant.charger_model.car_soc_e1 == 0

    def test_following_again_within_two_seconds_of_the_request(self):
        plant = Plant(Site(grid=CLEAN))
        run(plant, 1.5, ISLAND)
        run(plant, 0.2, (port.OUT_K2 | port.OUT_PERMIT,) * 4)
        assert plant.inverter.forming
        run(plant, 1.0, (port.OUT_K2 | port.OUT_PERMIT,) * 4)
        assert not plant.inverter.forming
        assert plant.charger_model.on_off_grid == reg.ON_GRID

    def test_never_forms_onto_a_live_house(self):
        # 52b lies (stuck closed), so the hardware lets the request through while K1 holds the house on the grid.
        plant = Plant(Site(grid=CLEAN))
        plant.schedule(0.0, "contactor", {"name": "k1", "fault": "b_closed"})
        run(plant, 0.5, PARALLEL)
        run(plant, 2.0, (port.OUT_K1 | port.OUT_K2 | port.OUT_ISLAND_REQUEST | port.OUT_PERMIT,) * 4)
        assert plant.request
        assert not plant.inverter.forming


class TestMeasuring:
    def test_the_four_channels_are_skewed_by_one_conversion_each(self):
        sense = SenseSpec(noise_counts=0.0, dead_code_lsb=1.0, gain_error=0.0, offset_counts=0.0)
        plant = Plant(Site(grid=CLEAN, house=BARE, charger=NO_CHARGER, sense=sense))
        run(plant, 0.2, GRID_ON)
        counts = []
        for _ in range(25):  # 50 ms, three cycles
            plant.step(GRID_ON)
            counts.append(plant.samples.reshape(16, 4).astype(float) - 2048)
        waves = np.concatenate(counts)
        turn = np.exp(-2j * np.pi * 60.0 * np.arange(len(waves)) / 8000.0)
        angles = np.degrees(np.angle((waves * turn[:, None]).sum(axis=0)))
        # house L1 is the grid's L1 seen two conversions later: 62.5 us at 60 Hz are 1.35 degrees ahead
        assert angles[2] - angles[0] == pytest.approx(1.35, abs=0.05)
        assert (angles[1] - angles[0]) % 360 == pytest.approx(180.675, abs=0.05)
        # 120 V RMS are 169.7 V peak, 0.1657 V a count
        assert np.abs((waves[:, 0] * turn).sum()) * 2 / len(waves) == pytest.approx(169.7 / 0.1657, rel=1e-3)

    def test_dead_codes(self):
        from tools.plant.measure import transfer_table

        table = transfer_table(9.0)
        codes, seen = np.unique(table, return_counts=True)
        assert len(codes) == 4096
        assert np.all(np.diff(table.astype(int)) >= 0)
        width = dict(zip(codes.tolist(), (seen / 8.0).tolist(), strict=True))
        for dead in (512, 1536, 2560, 3584):
            assert width[dead] == pytest.approx(9.0, abs=0.3)
        assert np.median(seen) == 8
        # the saw stays within a few counts of the straight line
        ideal = np.floor(np.arange(4096 * 8) / 8.0)
        assert 3.0 < np.abs(table - ideal).max() < 10.0

    def test_faults_of_a_channel(self):
        plant = Plant(Site(grid=CLEAN))
        for fault, test in (
            ("stuck", lambda x: np.all(x == x[0])),
            ("no_bias", lambda x: x.min() == 0 and (x == 0).mean() > 0.4),
            ("open", lambda x: np.ptp(x) < 60),
        ):
            plant.schedule(plant.now, "sensor", {"channel": 1, "fault": fault})
            plant.step(GRID_ON)
            seen = []
            for _ in range(25):
                plant.step(GRID_ON)
                seen.append(plant.samples[1::4].astype(int))
            assert test(np.concatenate(seen)), fault
        assert np.ptp(plant.samples[0::4].astype(int)) > 100

    def test_noise_and_offset_are_as_drawn(self):
        plant = Plant(Site(grid=replace(CLEAN, breaker_closed=False), charger=NO_CHARGER), 5)
        counts = []
        for _ in range(400):
            plant.step()
            counts.append(plant.samples.reshape(16, 4).astype(float))
        counts = np.concatenate(counts)
        assert counts.std(axis=0) == pytest.approx([3.5] * 4, rel=0.1)
        assert counts.mean(axis=0) - 2048 == pytest.approx(plant.converter.offset, abs=4.5)
        assert np.ptp(plant.converter.offset) > 1.0

    def test_an_unknown_wiring_is_refused(self):
        with pytest.raises(ValueError, match="wiring"):
            Plant(Site(sense=SenseSpec(wiring=("g1", "g2", "h1", "x"))))


class TestDeterminism:
    def test_same_seed_same_samples_another_seed_others(self):
        def sampled(seed):
            plant = Plant(Site(), seed, [(0.3, "grid_off", {})])
            out = []
            for n in range(300):
                plant.step(PARALLEL if n < 200 else ISLAND)
                out.append((plant.samples.tobytes(), plant.inputs.tobytes()))
            return out

        assert sampled(4) == sampled(4)
        assert sampled(4) != sampled(5)

    def test_an_unknown_event_is_refused(self):
        with pytest.raises(ValueError, match="earthquake"):
            Plant(Site(), 0, [(1.0, "earthquake", {})])

    def test_too_many_harmonics_are_refused(self):
        with pytest.raises(ValueError, match="harmonics"):
            new_state(Site(grid=GridSpec(harmonics=((3, 0.01, 0.0),) * 7)))
