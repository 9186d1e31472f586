"""The circuit's own step: admittance matrix, switches, and the product that gives the node voltages.

Every coil and capacitor becomes a conductance and a current source (theta method, see wires.THETA); the 6 x 6 matrix
is inverted only when a switch or a load has changed. Contacts part mechanically where the caller says so, but conduct
until their current passes zero, as an arc does.
"""

import numpy as np
from numba import njit

from tools.plant.specs import STEP_S
from tools.plant.wires import (
    BRIDGE,
    C_BRANCHES,
    C_FROM,
    C_THETA,
    C_TO,
    CHARGER,
    G1,
    H1,
    H2,
    LEAK_S,
    NODES,
    REF,
    RL_BRANCHES,
    RL_FROM,
    RL_TO,
    SOURCE,
    M,
    N,
)

CONTACT_S = 500.0  # a closed pole, 2 milliohm
ARC_STEPS = 320  # 10 ms: an arc that finds no zero of its current is blown out
ARC_FLOOR_A = 0.02


@njit(cache=True)
def _stamp(y, a, b, g):
    if a < NODES:
        y[a, a] += g
    if b < NODES:
        y[b, b] += g
    if a < NODES and b < NODES:
        y[a, b] -= g
        y[b, a] -= g


@njit(cache=True)
def rebuild(s):
    """Admittance matrix of the present circuit and its inverse (symmetric, positive definite: no pivoting needed)."""
    y = np.zeros((NODES, 2 * NODES))
    for a in range(NODES):
        y[a, a] = LEAK_S
        y[a, NODES + a] = 1.0
    for b in range(RL_BRANCHES):
        if s.rl_on[b]:
            _stamp(y, RL_FROM[b], RL_TO[b], s.rl_g[b, 0])
    for b in range(C_BRANCHES):
        if s.c_f[b] > 0.0:
            _stamp(y, C_FROM[b], C_TO[b], s.c_f[b] / (C_THETA[b] * STEP_S))
    for k in range(s.legs):
        _stamp(y, G1 + k, REF, s.neighbour_s[k] + s.fault_s[k])
        _stamp(y, H1 + k, N, s.load_s[k] + s.electronic_s[k] + s.rlc_s[k])
        if s.k1[k]:
            _stamp(y, G1 + k, H1 + k, CONTACT_S)
    if s.legs == 2:
        _stamp(y, H1, H2, s.line_s)
    if s.k1_neutral == 0 or s.k1[2]:
        _stamp(y, N, REF, s.neutral_s)
    if s.bond:
        _stamp(y, N, REF, s.bond_s)
    _stamp(y, M, N, s.mid_s)
    for p in range(NODES):
        inv = 1.0 / y[p, p]
        for c in range(2 * NODES):
            y[p, c] *= inv
        for r in range(NODES):
            if r != p and y[r, p] != 0.0:
                f = y[r, p]
                for c in range(2 * NODES):
                    y[r, c] -= f * y[p, c]
    for r in range(NODES):
        for c in range(NODES):
            s.inverse[r, c] = y[r, NODES + c]
    s.dirty = 0


@njit(cache=True)
def _pole(closed, weld, now, arc, i, last):
    """(conducting, arc steps) of one pole: closes at once, opens when its current passes zero.

    A WELD holds what conducts; a BRIDGE conducts whatever the contact does.
    """
    if closed or weld == BRIDGE or (weld and now):
        return 1, 0
    if now == 0:
        return 0, 0
    if i * last <= 0.0 or abs(i) < ARC_FLOOR_A or arc >= ARC_STEPS:
        return 0, 0
    return 1, arc + 1


@njit(cache=True)
def _set_branch(s, b, on):
    if s.rl_on[b] != on:
        s.rl_on[b] = on
        s.rl_i[b] = 0.0
        s.rl_u[b] = 0.0
        s.dirty = 1


@njit(cache=True)
def switches(s, k1, k2, upstream, bond):
    """Let every pole follow its mechanics; mark the matrix for rebuilding where something changed."""
    for k in range(3):
        was = s.k1[k]
        if k == 2:
            i = s.neutral_s * (s.v[N] - s.v[REF])
        else:
            i = CONTACT_S * (s.v[G1 + k] - s.v[H1 + k])
        if was == 0:
            i = 0.0
        s.k1[k], s.k1_arc[k] = _pole(k1, s.k1_weld[k], was, s.k1_arc[k], i, s.k1_i[k])
        s.k1_i[k] = i
        if s.k1[k] != was:
            s.dirty = 1
    for k in range(s.legs):
        was = s.k2[k]
        i = s.rl_i[CHARGER + k]
        s.k2[k], s.k2_arc[k] = _pole(k2, s.k2_weld[k], was, s.k2_arc[k], i, s.k2_i[k])
        s.k2_i[k] = i
        _set_branch(s, CHARGER + k, s.k2[k] * s.fitted)
        was = s.upstream[k]
        i = s.rl_i[SOURCE + k]
        s.upstream[k], s.upstream_arc[k] = _pole(upstream, 0, was, s.upstream_arc[k], i, s.upstream_i[k])
        s.upstream_i[k] = i
        _set_branch(s, SOURCE + k, s.upstream[k])
    if s.bond != bond:
        s.bond = bond
        s.dirty = 1


@njit(cache=True)
def solve(s, rhs):
    """One step of the circuit: right-hand side, product with the inverse, new branch currents."""
    for a in range(NODES + 1):
        rhs[a] = 0.0
    for b in range(RL_BRANCHES):
        if s.rl_on[b]:
            j = s.rl_g[b, 1] * s.rl_i[b] + s.rl_g[b, 2] * s.rl_u[b] + s.rl_g[b, 0] * s.rl_e[b]
            rhs[RL_FROM[b]] -= j
            rhs[RL_TO[b]] += j
    for b in range(C_BRANCHES):
        if s.c_f[b] > 0.0:
            g = s.c_f[b] / (C_THETA[b] * STEP_S)
            j = g * s.c_v[b] + (1.0 - C_THETA[b]) / C_THETA[b] * s.c_i[b]
            rhs[C_FROM[b]] += j
            rhs[C_TO[b]] -= j
    for a in range(NODES):
        x = 0.0
        for c in range(NODES):
            x += s.inverse[a, c] * rhs[c]
        s.v[a] = x
    for b in range(RL_BRANCHES):
        if s.rl_on[b]:
            u = s.v[RL_FROM[b]] - s.v[RL_TO[b]] + s.rl_e[b]
            s.rl_i[b] = s.rl_g[b, 0] * u + s.rl_g[b, 1] * s.rl_i[b] + s.rl_g[b, 2] * s.rl_u[b]
            s.rl_u[b] = u
    for b in range(C_BRANCHES):
        if s.c_f[b] > 0.0:
            v = s.v[C_FROM[b]] - s.v[C_TO[b]]
            g = s.c_f[b] / (C_THETA[b] * STEP_S)
            s.c_i[b] = g * (v - s.c_v[b]) - (1.0 - C_THETA[b]) / C_THETA[b] * s.c_i[b]
            s.c_v[b] = v
