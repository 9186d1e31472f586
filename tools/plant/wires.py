"""The circuit as numba sees it: one record of state, the branches and where they hang. No behaviour.

Nodes: G1 G2 grid side of K1, H1 H2 house side, N the house's neutral, M the charger's midpoint, REF the grid source's
own neutral, which is earth. A branch's current is positive from its node `a` to its node `b`.
"""

import numpy as np

from tools.plant.specs import STEP_S

G1, G2, H1, H2, N, M, REF = range(7)
NODES = 6  # REF is the zero

# series R-L branches with an EMF
SOURCE, MOTOR, CHARGER, RLC_L, NEIGHBOUR_L = 0, 2, 4, 6, 8  # + leg
RL_BRANCHES = 10
RL_FROM = np.array([REF, REF, H1, H2, M, M, H1, H2, G1, G2])
RL_TO = np.array([G1, G2, N, N, H1, H2, N, N, REF, REF])

# capacitors
RLC_C, EMI_C = 0, 2
C_BRANCHES = 4
C_FROM = np.array([H1, H2, H1, H2])
C_TO = np.array([N, N, N, N])

# Implicit weight of the theta method: 0.5 is the trapezoidal rule, exact for the RLC's ringing; a little more on
# branches that are switched lets the numerical oscillation after a chopped current die within a millisecond.
THETA = np.array([0.55] * 6 + [0.5] * 2 + [0.55] * 2)
C_THETA = np.array([0.5, 0.5, 0.55, 0.55])

OFF, FOLLOWING, FORMING = range(3)  # inverter's gates
WELD, BRIDGE = 1, 2  # of a pole: what conducts is held; conducts whatever the contact does
HARMONICS = 6
MEASURED = 6  # g1 g2 h1 h2 ne none: what a converter channel may be wired to
MEASURED_NAMES = ("g1", "g2", "h1", "h2", "ne", "none")
LEAK_S = 1.0e-5  # siemens from every node to REF: creepage, dividers

RING = 2048  # steps of history, nearly four cycles

STATE = np.dtype(
    [
        # circuit
        ("v", "f8", (NODES + 1,)),  # node voltages, v[REF] = 0
        ("rl_on", "i8", (RL_BRANCHES,)),
        ("rl_r", "f8", (RL_BRANCHES,)),
        ("rl_l", "f8", (RL_BRANCHES,)),
        ("rl_i", "f8", (RL_BRANCHES,)),
        ("rl_u", "f8", (RL_BRANCHES,)),
        ("rl_e", "f8", (RL_BRANCHES,)),
        ("rl_g", "f8", (RL_BRANCHES, 3)),  # G, weight of the old current, weight of the old voltage
        ("c_f", "f8", (C_BRANCHES,)),
        ("c_i", "f8", (C_BRANCHES,)),
        ("c_v", "f8", (C_BRANCHES,)),
        ("load_s", "f8", (2,)),  # resistive, per leg
        ("electronic_w", "f8", (2,)),
        ("electronic_s", "f8", (2,)),
        ("line_s", "f8"),
        ("rlc_s", "f8", (2,)),
        ("neighbour_s", "f8", (2,)),
        ("fault_s", "f8", (2,)),  # short circuit on the grid side
        ("neutral_s", "f8"),
        ("mid_s", "f8"),
        ("bond_s", "f8"),
        ("inverse", "f8", (NODES, NODES)),
        ("dirty", "i8"),
        ("legs", "i8"),
        ("step", "i8"),
        # switches, electrically: 1 = conducting (an arc conducts)
        ("k1", "i8", (3,)),  # leg 1, leg 2, neutral
        ("k1_i", "f8", (3,)),
        ("k1_arc", "i8", (3,)),
        ("k1_weld", "i8", (3,)),
        ("k1_neutral", "i8"),  # 1: the third pole switches the neutral
        ("k2", "i8", (2,)),
        ("k2_i", "f8", (2,)),
        ("k2_arc", "i8", (2,)),
        ("k2_weld", "i8", (2,)),
        ("upstream", "i8", (2,)),
        ("upstream_i", "f8", (2,)),
        ("upstream_arc", "i8", (2,)),
        ("bond", "i8"),
        # grid EMF
        ("grid_pk", "f8"),
        ("grid_theta", "f8"),
        ("grid_hz", "f8"),
        ("grid_hz_s", "f8"),
        ("grid_scale", "f8", (2,)),
        ("grid_jump", "f8", (2,)),  # rad, per leg
        ("grid_h", "f8", (HARMONICS, 3)),
        ("flicker", "f8"),
        ("flicker_hz", "f8"),
        # motors
        ("motor_psi_a", "f8", (2,)),
        ("motor_psi_b", "f8", (2,)),
        ("motor_w", "f8", (2,)),  # electrical rad/s of the rotor
        ("motor_lr", "f8", (2,)),
        ("motor_lm", "f8", (2,)),
        ("motor_rr", "f8", (2,)),
        ("motor_torque", "f8", (2,)),  # load torque at rated speed
        ("motor_inertia", "f8", (2,)),
        ("motor_aux", "f8", (2,)),  # starting torque per volt squared
        # inverter
        ("mode", "i8"),
        ("pll_theta", "f8"),
        ("pll_w", "f8"),
        ("pll_i", "f8"),
        ("pll_kp", "f8"),
        ("pll_ki", "f8"),
        ("w0", "f8"),
        ("sogi_a", "f8"),
        ("sogi_b", "f8"),
        ("amp", "f8"),
        ("id_set", "f8"),
        ("iq_set", "f8"),
        ("id", "f8"),
        ("iq", "f8"),
        ("island_gain", "f8"),
        ("form_theta", "f8"),
        ("form_hz", "f8"),
        ("form_pk", "f8"),
        ("form_thd", "f8"),
        ("droop", "f8"),  # Hz per W
        ("form_f", "f8"),  # present frequency after droop
        ("p_inv", "f8"),  # filtered power into the house
        ("i_max", "f8"),
        ("e_max", "f8"),
        ("kp_i", "f8"),
        ("fitted", "i8"),
        ("astray", "i8"),  # steps, up while the wave is far from the PLL's, down while it is near
        ("blocked", "i8"),  # 1: the gates were blocked for it; the slow side takes note
        ("limited", "i8"),  # steps of this block at the current limit
        # sums over the block
        ("sum_p", "f8", (2,)),  # charger into house, grid through K1 into house
        ("sum_i2", "f8", (2,)),  # charger current squared
        ("steps", "i8"),
        # truth over the last cycle: g1 g2 h1 h2
        ("rms", "f8", (4,)),
        ("phasor", "f8", (4, 2)),
    ],
    align=True,
)


def rl_weights(r_ohm, l_h, theta):
    """Companion model of a series R-L over one step: conductance and the weights of the old current and old voltage."""
    below = l_h / STEP_S + theta * r_ohm
    return theta / below, (l_h / STEP_S - (1.0 - theta) * r_ohm) / below, (1.0 - theta) / below
