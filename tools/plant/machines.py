"""The EMFs of the world outside the inverter: the grid's wave and the back-EMF of the house's motors, a step at a
time."""

import math

from numba import njit

from tools.plant.specs import STEP_S
from tools.plant.wires import H1, HARMONICS, MOTOR, SOURCE, N

MOTOR_AID = 0.70  # the starting winding switches off at this part of synchronous speed
TAU = 2.0 * math.pi


@njit(cache=True)
def grid_emf(s):
    s.grid_hz += s.grid_hz_s * STEP_S
    s.grid_theta += TAU * s.grid_hz * STEP_S
    if s.grid_theta > math.pi:
        s.grid_theta -= TAU
    wobble = 1.0 + s.flicker * math.sin(TAU * s.flicker_hz * STEP_S * s.step)
    for k in range(s.legs):
        theta = s.grid_theta + s.grid_jump[k] + (math.pi if k == 1 else 0.0)
        x = math.cos(theta)
        for h in range(HARMONICS):
            if s.grid_h[h, 1] != 0.0:
                x += s.grid_h[h, 1] * math.cos(s.grid_h[h, 0] * theta + s.grid_h[h, 2])
        s.rl_e[SOURCE + k] = s.grid_pk * s.grid_scale[k] * wobble * x


@njit(cache=True)
def motors(s):
    """Single-phase induction machines: main winding on the leg, rotor flux and speed as states, two pole pairs."""
    for k in range(s.legs):
        b = MOTOR + k
        if s.rl_on[b] == 0:
            continue
        ratio = s.motor_lm[k] / s.motor_lr[k]
        inv_tr = s.motor_rr[k] / s.motor_lr[k]
        w = s.motor_w[k]
        i = s.rl_i[b]
        a, bb = s.motor_psi_a[k], s.motor_psi_b[k]
        torque = -2.0 * ratio * bb * i
        if w < MOTOR_AID * s.w0:
            v = s.v[H1 + k] - s.v[N]
            torque += s.motor_aux[k] * v * v
        load = s.motor_torque[k] * (w / s.w0) * (w / s.w0)
        w += STEP_S * 2.0 * (torque - load) / s.motor_inertia[k]
        s.motor_w[k] = w if w > 0.0 else 0.0
        decay = math.exp(-STEP_S * inv_tr)
        c, d = math.cos(w * STEP_S), math.sin(w * STEP_S)
        s.motor_psi_a[k] = decay * (a * c - bb * d) + STEP_S * s.motor_rr[k] * ratio * i
        s.motor_psi_b[k] = decay * (a * d + bb * c)
        s.rl_e[b] = ratio * (s.motor_psi_a[k] * inv_tr + w * s.motor_psi_b[k])
