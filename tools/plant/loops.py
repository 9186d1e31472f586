"""The inverter's fast loops, one step at a time: quadrature filter and PLL, current loop, forming wave with its limit.

What is slow about a charger (protection, start sequence, energy) is in inverter.py, once a block.
"""

import math

from numba import njit

from tools.plant.specs import STEP_S
from tools.plant.wires import CHARGER, FOLLOWING, FORMING, H1, H2, OFF, M

TAU = 2.0 * math.pi
ASTRAY_PU = 0.55  # of the nominal peak, instantaneous
ASTRAY_STEPS = 96  # 3 ms


@njit(cache=True)
def _pll(s, x):
    """Quadrature filter (SOGI) and PLL on what the inverter's terminals see."""
    s.sogi_a += STEP_S * s.pll_w * (1.41 * (x - s.sogi_a) - s.sogi_b)
    s.sogi_b += STEP_S * s.pll_w * s.sogi_a
    s.amp = math.sqrt(s.sogi_a * s.sogi_a + s.sogi_b * s.sogi_b)
    w = s.w0 + s.pll_i
    if s.amp > 0.1 * s.grid_pk:
        q = (s.sogi_b * math.cos(s.pll_theta) - s.sogi_a * math.sin(s.pll_theta)) / s.amp
        s.pll_i += s.pll_ki * q * STEP_S
        w = s.w0 + s.pll_i + s.pll_kp * q
    edge = 0.12 * s.w0
    s.pll_i = min(max(s.pll_i, -edge), edge)
    s.pll_w = min(max(w, s.w0 - edge), s.w0 + edge)
    s.pll_theta += s.pll_w * STEP_S
    if s.pll_theta > math.pi:
        s.pll_theta -= TAU


@njit(cache=True)
def _watch_wave(s, x):
    """Fast protection while following: a wave that is no longer the grid's blocks the gates within milliseconds.

    A real one does so because its DC link runs empty or full; without it a charging inverter would drive a lost grid
    backwards.
    """
    if abs(x - s.grid_pk * math.cos(s.pll_theta)) > ASTRAY_PU * s.grid_pk:
        s.astray += 1
        if s.astray >= ASTRAY_STEPS:
            s.mode = OFF
            s.blocked = 1
    elif s.astray > 0:
        s.astray -= 1


@njit(cache=True)
def inverter(s):
    """The EMF behind the filter coils. Following: a current loop; forming: a wave of its own, held inside the limit."""
    v1, v2 = s.v[H1] - s.v[M], s.v[H2] - s.v[M]
    if s.k2[0] == 0:
        v1 = s.rl_e[CHARGER] if s.mode == FORMING else 0.0
    if s.k2[1] == 0:
        v2 = s.rl_e[CHARGER + 1] if s.mode == FORMING else 0.0
    _pll(s, v1 if s.legs == 1 else 0.5 * (v1 - v2))
    i1, i2 = s.rl_i[CHARGER], s.rl_i[CHARGER + 1]
    p = v1 * i1
    if s.legs == 2:
        p += v2 * i2
    s.p_inv += (p - s.p_inv) * STEP_S / 0.03
    s.id += (s.id_set - s.id) * STEP_S / 0.002
    s.iq += (s.iq_set - s.iq) * STEP_S / 0.002
    s.form_f = s.form_hz - s.droop * s.p_inv
    s.form_theta += TAU * s.form_f * STEP_S
    if s.form_theta > math.pi:
        s.form_theta -= TAU
    if s.mode == FOLLOWING:
        _watch_wave(s, v1 if s.legs == 1 else 0.5 * (v1 - v2))
    wave = 0.0  # of what both legs share, computed once
    if s.mode == FOLLOWING:
        angle = s.pll_theta + s.island_gain * (s.pll_w - s.w0)
        wave = s.id * math.cos(angle) + s.iq * math.sin(angle)
    elif s.mode == FORMING:
        wave = math.cos(s.form_theta) + s.form_thd * math.cos(3.0 * s.form_theta)
    for k in range(s.legs):
        sign = 1.0 if k == 0 else -1.0
        v = v1 if k == 0 else v2
        i = s.rl_i[CHARGER + k]
        held = v + s.rl_r[CHARGER + k] * i
        if s.mode == OFF:
            # Blocked: the bridge's diodes take the coil's current to zero and conduct again only above the DC link.
            e = held - s.rl_l[CHARGER + k] / STEP_S * i
        elif s.mode == FOLLOWING:
            wanted = min(max(sign * wave, -s.i_max), s.i_max)
            e = held + s.kp_i * (wanted - i)
        else:
            e = sign * s.form_pk * wave
            low = held + s.kp_i * (-s.i_max - i)
            high = held + s.kp_i * (s.i_max - i)
            if e < low or e > high:
                s.limited += 1
            e = min(max(e, low), high)
        s.rl_e[CHARGER + k] = min(max(e, -s.e_max), s.e_max)
