"""Dividers and the converter: volts of the line to 12-bit counts as the RP2040 gives them, with its faults and ours.

The chip's converter has four codes that are far too wide (errata E11: 512, 1536, 2560, 3584): an input anywhere in
such a code reads as that code, and the transfer curve is a saw of a few counts around the straight line.
"""

import numpy as np
from numba import njit

DEAD_CODES = (512, 1536, 2560, 3584)
CODES = 4096
FINE = 8  # table entries per count
MID = 2048.0
DRAWN_BLOCKS = 32

FAULTS = ("stuck", "no_bias", "open", "reversed", "half")


def transfer_table(dead_code_lsb):
    """Ideal counts times FINE -> code. The wide codes take their width from all the others, so the ends stay put."""
    width = np.full(CODES, (CODES - len(DEAD_CODES) * dead_code_lsb) / (CODES - len(DEAD_CODES)))
    width[list(DEAD_CODES)] = dead_code_lsb
    upper = np.cumsum(width)
    ideal = (np.arange(CODES * FINE) + 0.5) / FINE
    return np.minimum(np.searchsorted(upper, ideal, side="right"), CODES - 1).astype(np.uint16)


@njit(cache=True)
def convert(volts, per_volt, offset, noise, frozen, table, out):
    """Step n is channel n % 4; `frozen[c]` >= 0 is a channel that reads that code whatever it sees."""
    top = CODES * FINE - 1
    for n in range(volts.size):
        c = n & 3
        if frozen[c] >= 0:
            out[n] = frozen[c]
            continue
        x = MID + offset[c] + volts[n] * per_volt[c] + noise[n]
        i = int(x * FINE + 0.5 * FINE) if x > 0.0 else 0
        out[n] = table[min(max(i, 0), top)]


class Converter:
    """Four channels, each with its own gain error and offset drawn from the seed."""

    def __init__(self, spec, rng):
        self.rng, self.spec = rng, spec
        self.gain_error = rng.uniform(-spec.gain_error, spec.gain_error, 4)
        self.offset = rng.uniform(-spec.offset_counts, spec.offset_counts, 4)
        self.per_volt = (1.0 + self.gain_error) * 1e6 / spec.uv_per_count
        self._sound = self.per_volt.copy(), self.offset.copy()
        self.frozen = np.full(4, -1, np.int64)
        self._table = transfer_table(spec.dead_code_lsb)
        self._noise = []  # counts, of the blocks to come

    def set_fault(self, channel, fault):
        """One of FAULTS on a channel, or None for sound. `stuck` freezes mid-scale plus 300 counts."""
        if fault is not None and fault not in FAULTS:
            raise ValueError("channel %d: fault %r is unknown; one of %s or None" % (channel, fault, ", ".join(FAULTS)))
        self.per_volt[channel], self.offset[channel] = self._sound[0][channel], self._sound[1][channel]
        self.frozen[channel] = -1
        if fault == "stuck":
            self.frozen[channel] = 2348
        elif fault == "no_bias":
            self.offset[channel] = -MID
        elif fault == "open":
            self.per_volt[channel] = 0.0
        elif fault == "reversed":
            self.per_volt[channel] *= -1.0
        elif fault == "half":
            self.per_volt[channel] *= 0.5

    def convert(self, volts, out):
        """Counts of one block into `out`."""
        if not self._noise:  # drawn in advance: the same numbers as block by block
            drawn = self.rng.standard_normal((DRAWN_BLOCKS, volts.size)) * self.spec.noise_counts
            self._noise = list(drawn[::-1])
        noise = self._noise.pop()
        convert(volts, self.per_volt, self.offset, noise, self.frozen, self._table, out)
