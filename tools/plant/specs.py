"""What a simulated site is made of: frozen parameters, SI units in the names, realistic defaults for 120/240 V, 60 Hz.

A scenario replaces the parts it needs; nothing here changes while a simulation runs (events change the plant instead).
"""

from dataclasses import dataclass, field

STEP_S = 31.25e-6  # electrical step: the converter takes one channel a step
BLOCK_STEPS = 64  # one block of the lock step, 2 ms
BLOCK_S = STEP_S * BLOCK_STEPS
TICKS_PER_BLOCK = 4
STEPS_PER_TICK = BLOCK_STEPS // TICKS_PER_BLOCK
FRAMES_PER_BLOCK = BLOCK_STEPS // 4


@dataclass(frozen=True)
class GridSpec:
    """Voltage source behind R-L, seen from the house's connection point, and the neighbours left on it in an outage."""

    nominal_v: float = 120.0  # leg to neutral
    nominal_hz: float = 60.0
    legs: int = 2  # 2: split phase, legs 180 degrees apart; 1: single phase
    start_hz: float = 60.02
    start_angle_deg: float = 0.0
    scale: float = 1.0  # of nominal
    r_ohm: float = 0.05
    l_h: float = 0.10e-3
    harmonics: tuple = ((3, 0.012, 0.4), (5, 0.022, 2.1), (7, 0.010, 4.0))  # order, fraction, angle in rad
    flicker: float = 0.004  # amplitude of a slow modulation
    flicker_hz: float = 8.8
    hz_noise: float = 0.005  # standard deviation of the wandering frequency, Hz
    hz_noise_tau_s: float = 4.0
    neighbours_w: tuple = (900.0, 700.0)  # at nominal voltage, per leg
    neighbours_var: tuple = (200.0, 150.0)  # inductive
    neutral_ohm: float = 0.02
    breaker_closed: bool = True  # the upstream breaker at the start


@dataclass(frozen=True)
class HouseSpec:
    """Loads between each leg and the neutral, watts at nominal voltage."""

    resistive_w: tuple = (700.0, 500.0)
    electronic_w: tuple = (150.0, 150.0)  # constant power over more than a few ms; off below 0.5 pu
    motor_w: tuple = (0.0, 0.0)  # single-phase induction motors, rated shaft power; 0 = none
    line_w: float = 0.0  # across both legs
    rlc_w: float = 0.0  # parallel RLC per leg: power of R at nominal voltage; 0 = none
    rlc_qf: float = 1.0  # quality factor R sqrt(C/L)
    rlc_hz: float = 60.0  # resonance
    emi_f: float = 1.0e-6  # filter capacitors per leg


@dataclass(frozen=True)
class ChargerSpec:
    """The bidirectional DC charger with its inverter; times and limits are the product's own, not the controller's."""

    fitted: bool = True
    rated_w: float = 11400.0
    surge: float = 1.25  # of rated current, instantaneous limit
    filter_h: float = 0.6e-3
    filter_ohm: float = 0.04
    dc_link_pu: float = 1.25  # largest EMF, of nominal peak
    pll_hz: float = 10.0
    efficiency: float = 0.94
    standby_w: float = 0.0
    plan_w: float = 0.0  # what the app wants while following, positive into the car
    ramp_w_s: float = 20000.0
    enter_service_s: float = 60.0  # its own wait after a trip or a start, before it follows
    own_trips: bool = True  # its own 27/59/81 (Category III) act
    islanding_gain: float = 0.0  # frequency-shift feedback of its own anti-islanding; 0 = none
    form_start_s: float = 0.30  # request contact to first volts
    form_ramp_s: float = 0.25
    form_offset_hz: float = 0.05
    form_droop_hz: float = 0.15  # at rated power
    form_volt_pu: float = 1.0
    form_thd: float = 0.01  # third harmonic of its own wave
    release_s: float = 0.4  # request open to grid-following
    overload_s: float = 10.0  # at the current limit
    collapse_s: float = 1.0  # below 0.5 pu while forming
    neutral_ohm: float = 0.01
    request_debounce_s: float = 0.02


@dataclass(frozen=True)
class StoreSpec:
    """The car's battery and, if any, the home battery on the same DC link."""

    car_plugged: bool = True
    car_kwh: float = 60.0
    car_soc: float = 0.70
    car_floor: float = 0.10  # the car stops discharging here
    car_w: float = 11000.0  # largest DC power either way
    car_v: float = 400.0
    battery_kwh: float = 0.0
    battery_soc: float = 0.0
    battery_floor: float = 0.05
    battery_w: float = 5000.0
    battery_first: bool = False  # it carries what it can, and the car follows; else the other way round


@dataclass(frozen=True)
class ContactorSpec:
    """Times in ms from the coil's edge to the main contact's touch or parting; auxiliaries follow by travel."""

    close_ms: float = 18.0
    open_ms: float = 11.0
    travel_ms: float = 5.0
    jitter_ms: float = 0.4  # standard deviation
    bounce_ms: float = 1.5  # longest
    aux_bounce_ms: float = 1.0


@dataclass(frozen=True)
class SwitchSpec:
    k1: ContactorSpec = field(default_factory=lambda: ContactorSpec(close_ms=18.0, open_ms=11.0))
    k2: ContactorSpec = field(default_factory=lambda: ContactorSpec(close_ms=16.0, open_ms=10.0))
    kn: ContactorSpec = field(default_factory=lambda: ContactorSpec(close_ms=8.0, open_ms=7.0, travel_ms=2.0))
    k2_fitted: bool = True
    k1_switches_neutral: bool = False
    kn_fitted: bool = False
    bond_ohm: float = 0.1
    permit_ms: float = 5.0  # charge pump: coils drop when the permit is not renewed for this long


@dataclass(frozen=True)
class SenseSpec:
    """Dividers and converter. The defaults are a calibrated board: what is left after calibration."""

    uv_per_count: float = 165700.0  # settings g1_uv_per_count..: volts of the line per count
    gain_error: float = 0.003  # largest, drawn per channel
    offset_counts: float = 15.0  # largest, drawn per channel
    noise_counts: float = 3.5  # standard deviation
    dead_code_lsb: float = 9.0  # width of codes 512, 1536, 2560, 3584
    wiring: tuple = ("g1", "g2", "h1", "h2")  # what each channel measures; "ne" neutral to earth, "none"


@dataclass(frozen=True)
class Site:
    """Everything the plant is built from."""

    grid: GridSpec = field(default_factory=GridSpec)
    house: HouseSpec = field(default_factory=HouseSpec)
    charger: ChargerSpec = field(default_factory=ChargerSpec)
    store: StoreSpec = field(default_factory=StoreSpec)
    switches: SwitchSpec = field(default_factory=SwitchSpec)
    sense: SenseSpec = field(default_factory=SenseSpec)


def single_phase(nominal_v=230.0, nominal_hz=50.0):
    """A site with one leg, 230 V 50 Hz unless told otherwise; `dataclasses.replace` changes its parts."""
    return Site(
        grid=GridSpec(nominal_v, nominal_hz, legs=1, start_hz=nominal_hz, r_ohm=0.2, l_h=0.3e-3),
        house=HouseSpec(rlc_hz=nominal_hz),
        charger=ChargerSpec(rated_w=7400.0, filter_h=1.5e-3),
        sense=SenseSpec(uv_per_count=317700.0, wiring=("g1", "none", "h1", "none")),
    )
