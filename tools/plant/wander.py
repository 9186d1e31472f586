"""The grid's frequency around its mean: a slow random walk that is pulled back."""

import math

from tools.plant.specs import BLOCK_S

DRAWN = 256  # random numbers at a time: the same ones as one by one, for a tenth of the time


class Wander:
    """`step()` gives the next block's distance from the mean, Hz."""

    def __init__(self, grid, rng):
        self._pull = BLOCK_S / grid.hz_noise_tau_s
        self._kick_hz = grid.hz_noise * math.sqrt(2.0 * self._pull)
        self._rng, self._drawn = rng, []
        self._off_hz = 0.0

    def step(self):
        if not self._drawn:
            self._drawn = self._rng.standard_normal(DRAWN).tolist()[::-1]
        self._off_hz += -self._pull * self._off_hz + self._kick_hz * self._drawn.pop()
        return self._off_hz
