"""Can a channel be believed? A bad one is never used for "healthy", and is named.

A dead line is not a fault: it shows mid-scale and the converter's own noise. A channel that does not move at all,
sits at a rail, has
lost its bias or carries more distortion than fundamental is not showing a line.
"""

from array import array

import micropython
from micropython import const

from firmware import image as layout

WHY_OK = const(0)
WHY_STUCK = const(1)
WHY_CLIPPED = const(2)
WHY_NO_BIAS = const(3)
WHY_NOISE = const(4)
WHY_NAMES = ("plausible", "stuck: the converter's reading does not move", "clipped: the reading sits at a rail",
             "no bias: the mean is far from mid-scale", "noise: more distortion than fundamental")  # fmt: skip

_SIZE = const(10)
_STUCK = const(6)
_CLIPPED = const(7)
_STUCK_SAMPLES = const(400)  # 50 ms without a single count of noise
_CLIPPED_SAMPLES = const(40)
_BIAS_X16 = const(6400)  # 400 counts
_NOISE_E2 = const(10000)  # 100 %
_NOISE_STEPS = const(25)  # 100 ms: a line that comes alive or dies shows a torn window for less
_GOOD_STEPS = const(50)  # 200 ms good before a channel is believed again


class Plausible:
    """`step()` every 4 ms: BAD_CHANNELS and BAD_WHY."""

    def __init__(self, sums, channels, numbers, image):
        self._sums, self._channels, self._image = sums, channels, image
        self._numbers = array("i", numbers)
        self._bad, self._why = layout.slot("BAD_CHANNELS"), layout.slot("BAD_WHY")
        names = ("G1", "G2", "G3", "H1", "H2", "H3")
        house = 3 if len(numbers) == 6 else 2
        keys = [names[n if n < house else n - house + 3] for n in numbers]
        self._thd = array("i", [layout.slot(key + "_THD_E2") for key in keys])
        self._hold = array("i", [0] * len(numbers))
        self._noisy = array("i", [0] * len(numbers))  # steps in a row

    @micropython.native
    def step(self):
        sums, image = self._sums, self._image
        numbers, hold = self._numbers, self._hold
        noisy = self._noisy
        bad = first = i = 0
        for channel in self._channels:
            at = numbers[i] * _SIZE
            mean = channel.mean_x16()
            if image[self._thd[i]] <= _NOISE_E2:
                noisy[i] = 0
            elif noisy[i] < _NOISE_STEPS:
                noisy[i] += 1
            why = WHY_OK
            if sums[at + _STUCK] >= _STUCK_SAMPLES:
                why = WHY_STUCK
            elif sums[at + _CLIPPED] >= _CLIPPED_SAMPLES:
                why = WHY_CLIPPED
            elif mean > _BIAS_X16 or mean < -_BIAS_X16:
                why = WHY_NO_BIAS
            elif noisy[i] >= _NOISE_STEPS:
                why = WHY_NOISE
            if why:
                hold[i] = _GOOD_STEPS
                if not first:
                    first = why
            elif hold[i]:
                hold[i] -= 1
            if hold[i]:
                bad |= 1 << numbers[i]
            i += 1
        image[self._bad] = bad
        if first:
            image[self._why] = first
        elif not bad:
            image[self._why] = WHY_OK
