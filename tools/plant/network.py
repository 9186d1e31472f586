"""The inner loop: one electrical step every 31.25 us, compiled by numba, over a block or a part of one.

Order of a step: contacts, matrix if something changed, EMFs, the solve, what the converter's channel sees. Nothing here
decides anything.
"""

import math

import numpy as np
from numba import njit

from tools.plant.circuit import CONTACT_S, rebuild, solve, switches
from tools.plant.loops import inverter
from tools.plant.machines import grid_emf, motors
from tools.plant.specs import STEP_S
from tools.plant.wires import CHARGER, G1, G2, H1, H2, NODES, REF, RING, N

TAU = 2.0 * math.pi


@njit(cache=True)
def _measure(s, x):
    """Volts at the six places a converter channel may be wired to. The grid side is seen against the panel's neutral,
    or, where K1 switches the neutral, against the incoming one."""
    grid_n = s.v[REF] if s.k1_neutral else s.v[N]
    x[0] = s.v[G1] - grid_n
    x[1] = s.v[G2] - grid_n
    x[2] = s.v[H1] - s.v[N]
    x[3] = s.v[H2] - s.v[N]
    x[4] = s.v[N] - s.v[REF]
    x[5] = 0.0


@njit(cache=True)
def _sums(s):
    for k in range(s.legs):
        v = s.v[H1 + k] - s.v[N]
        i = s.rl_i[CHARGER + k]
        s.sum_p[0] += v * i
        s.sum_i2[k] += i * i
        if s.k1[k]:
            s.sum_p[1] += v * CONTACT_S * (s.v[G1 + k] - s.v[H1 + k])
    s.steps += 1


@njit(cache=True)
def run(state, first, last, k1, k2, upstream, bond, wiring, ring, volts):
    """Steps first..last-1 of a block. `k1`, `k2`, `bond`: contact a step; `volts[n]`: what step n's channel saw."""
    s = state[0]
    rhs = np.empty(NODES + 1)
    x = np.empty(6)
    for n in range(first, last):
        switches(s, k1[n], k2[n], upstream, bond[n])
        if s.dirty:
            rebuild(s)
        grid_emf(s)
        motors(s)
        inverter(s)
        solve(s, rhs)
        _measure(s, x)
        _sums(s)
        at = s.step % RING
        for c in range(4):
            ring[at, c] = x[c]
        volts[n] = x[wiring[s.step & 3]]
        s.step += 1


@njit(cache=True)
def _cycle(s, ring, hz, c):
    """Of channels c and c + 1: the two legs of a side have one frequency, and share the turning reference."""
    n = int(round(1.0 / (hz * STEP_S)))
    turn = TAU * hz * STEP_S
    cd, sd = math.cos(turn), math.sin(turn)
    cr, ci = 1.0, 0.0
    re1, im1, square1, re2, im2, square2 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    newest = s.step - 1
    for j in range(n):
        at = (newest - j) % RING
        v, w = ring[at, c], ring[at, c + 1]
        square1 += v * v
        re1 += v * cr
        im1 += v * ci
        square2 += w * w
        re2 += w * cr
        im2 += w * ci
        cr, ci = cr * cd - ci * sd, cr * sd + ci * cd
    s.rms[c], s.rms[c + 1] = math.sqrt(square1 / n), math.sqrt(square2 / n)
    s.phasor[c, 0], s.phasor[c, 1] = 2.0 * re1 / n, 2.0 * im1 / n
    s.phasor[c + 1, 0], s.phasor[c + 1, 1] = 2.0 * re2 / n, 2.0 * im2 / n


@njit(cache=True)
def cycle(state, ring, grid_hz, house_hz):
    """RMS and fundamental phasor of g1 g2 h1 h2 over the cycle that ends with the newest step.

    The phasor's angle is that of the newest step: x = Re(phasor) at that moment, |phasor| the peak.
    """
    s = state[0]
    _cycle(s, ring, grid_hz, 0)
    _cycle(s, ring, house_hz, 2)


@njit(cache=True)
def electronics(state):
    """Constant-power loads, once a block: the conductance that draws their watts at the last cycle's voltage."""
    s = state[0]
    for k in range(s.legs):
        if s.electronic_w[k] <= 0.0:
            continue
        v = s.rms[2 + k]
        low = 0.7 if s.electronic_s[k] < 1e-6 else 0.5
        g = 0.0
        if v > low * s.grid_pk / math.sqrt(2.0):
            g = s.electronic_w[k] / (v * v)
        if abs(g - s.electronic_s[k]) > 0.002 * g or (g == 0.0 and s.electronic_s[k] > 0.0):
            s.electronic_s[k] = g
            s.dirty = 1


@njit(cache=True)
def finish(state, ring, grid_hz, house_hz):
    """What follows a block's last step."""
    cycle(state, ring, grid_hz, house_hz)
    electronics(state)
