"""From a Site's numbers to the circuit's record: conductances, coils, motors. Runs once; no behaviour."""

import math

import numpy as np

from tools.plant.specs import SenseSpec
from tools.plant.wires import (
    CHARGER,
    EMI_C,
    HARMONICS,
    MEASURED_NAMES,
    MOTOR,
    NEIGHBOUR_L,
    RLC_C,
    RLC_L,
    SOURCE,
    STATE,
    THETA,
    rl_weights,
)

BROKEN_S = 1e-7  # a broken conductor


def new_state(site):
    """The record of a site at rest, upstream breaker as the site says, everything else open."""
    state = np.zeros(1, STATE)
    s = state[0]
    grid, house = site.grid, site.house
    s["legs"], s["dirty"] = grid.legs, 1
    s["k1_neutral"] = int(site.switches.k1_switches_neutral)
    s["bond_s"] = 1.0 / site.switches.bond_ohm
    s["neutral_s"], s["mid_s"] = 1.0 / grid.neutral_ohm, 1.0 / site.charger.neutral_ohm
    _grid(s, grid)
    for k in range(grid.legs):
        s["load_s"][k] = siemens(house.resistive_w[k], grid)
        s["electronic_w"][k] = house.electronic_w[k]
        s["c_f"][EMI_C + k] = house.emi_f
        _rlc(s, k, house, grid)
        if house.motor_w[k] > 0.0:
            set_motor(s, k, house.motor_w[k], grid)
        _branch(s, CHARGER + k, site.charger.filter_ohm, site.charger.filter_h)
    s["line_s"] = house.line_w / (2.0 * grid.nominal_v) ** 2
    return state


def siemens(watts, grid):
    """Conductance that takes these watts at nominal voltage."""
    return watts / grid.nominal_v**2


def wiring(sense: SenseSpec):
    """What each converter channel measures, as indices into the six measured voltages."""
    unknown = [name for name in sense.wiring if name not in MEASURED_NAMES]
    if unknown or len(sense.wiring) != 4:
        raise ValueError("wiring %r: four of %s are needed" % (sense.wiring, ", ".join(MEASURED_NAMES)))
    return np.array([MEASURED_NAMES.index(name) for name in sense.wiring])


def set_motor(s, k, watts, grid):
    """A running single-phase induction motor on leg k: per-unit values of a small machine (stator and rotor resistance
    0.06, leakages 0.08, magnetising 1.6), apparent power its shaft power over 0.6, stored energy 0.2 s of it."""
    w = 2.0 * math.pi * grid.nominal_hz
    base = grid.nominal_v**2 / (watts / 0.6)
    r, leak, mag = 0.06 * base, 0.08 * base / w, 1.6 * base / w
    lr, lm = mag + leak, mag
    s["motor_lr"][k], s["motor_lm"][k], s["motor_rr"][k] = lr, lm, r
    rated = watts / (w / 2.0)
    s["motor_torque"][k] = rated
    s["motor_inertia"][k] = 2.0 * 0.2 * (watts / 0.6) / (w / 2.0) ** 2
    s["motor_aux"][k] = 2.0 * rated / grid.nominal_v**2
    s["motor_w"][k] = 0.0
    _branch(s, MOTOR + k, r + (lm / lr) ** 2 * r, (mag + leak) - lm * lm / lr)
    s["rl_on"][MOTOR + k] = 1
    s["dirty"] = 1


def _grid(s, grid):
    s["grid_pk"] = math.sqrt(2.0) * grid.nominal_v
    s["grid_theta"], s["grid_hz"] = math.radians(grid.start_angle_deg), grid.start_hz
    s["grid_scale"][:] = grid.scale
    s["flicker"], s["flicker_hz"] = grid.flicker, grid.flicker_hz
    if len(grid.harmonics) > HARMONICS:
        raise ValueError("grid.harmonics: %d given, at most %d are modelled" % (len(grid.harmonics), HARMONICS))
    for h, row in enumerate(grid.harmonics):
        s["grid_h"][h] = row
    w = 2.0 * math.pi * grid.nominal_hz
    for k in range(grid.legs):
        _branch(s, SOURCE + k, grid.r_ohm, grid.l_h)
        s["upstream"][k] = s["rl_on"][SOURCE + k] = int(grid.breaker_closed)
        s["neighbour_s"][k] = siemens(grid.neighbours_w[k], grid)
        if grid.neighbours_var[k] > 0.0:
            reactance = grid.nominal_v**2 / grid.neighbours_var[k]
            _branch(s, NEIGHBOUR_L + k, 0.02 * reactance, reactance / w)
            s["rl_on"][NEIGHBOUR_L + k] = 1


def _rlc(s, k, house, grid):
    if house.rlc_w <= 0.0:
        return
    w = 2.0 * math.pi * house.rlc_hz
    r = grid.nominal_v**2 / house.rlc_w
    s["rlc_s"][k] = 1.0 / r
    s["c_f"][RLC_C + k] = house.rlc_qf / (w * r)
    _branch(s, RLC_L + k, 0.0, r / (house.rlc_qf * w))
    s["rl_on"][RLC_L + k] = 1


def _branch(s, b, r_ohm, l_h):
    s["rl_r"][b], s["rl_l"][b] = r_ohm, l_h
    s["rl_g"][b] = rl_weights(r_ohm, l_h, THETA[b])
