"""A line on the converter: waves with harmonics, noise and offset, with the converter's skew, fed tick by tick."""

from array import array

import numpy as np

from firmware import image as layout
from firmware.board import port
from firmware.sense.sense import Sense
from firmware.settings import Settings

FS = port.SAMPLE_HZ
UV = 165700
SKEW_S = port.CHANNEL_SKEW_NS * 1e-9


class Line:
    """`play(waves)`: waves(c, t) gives volts of channel c at times t; `get` reads the image."""

    def __init__(self, **settings):
        self.settings = Settings(settings)
        self.image, self.asks = layout.new_image(), layout.new_asks()
        self.ring = array("H", bytes(2 * port.RING_FRAMES * port.CHANNELS))
        self.sense = Sense(self.settings, self.image, self.ring)
        self.frame = self.tick = 0
        self.history = []

    def counts(self, waves, seconds, noise=5.0, offset=0, seed=1):
        n = int(seconds * FS)
        t = (self.frame + np.arange(n)) / FS
        raw = np.array([waves(c, t + c * SKEW_S) / (UV * 1e-6) for c in range(4)]).T
        raw = raw + 2048 + offset + np.random.default_rng(seed).normal(0, noise, raw.shape)
        return np.clip(np.rint(raw), 0, 4095).astype(int)

    def play(self, waves, seconds, keep=(), **how):
        self.feed(self.counts(waves, seconds, **how), keep)

    def feed(self, raw, keep=()):
        for start in range(0, len(raw) - 3, 4):
            for k in range(4):
                at = (self.frame % port.RING_FRAMES) * 4
                for c in range(4):
                    self.ring[at + c] = int(raw[start + k, c])
                self.frame = (self.frame + 1) & 0x1FFFFFFF
            self.tick = (self.tick + 1) & 0x1FFFFFFF
            self.sense.step(self.frame, self.tick)
            if keep:
                self.history.append([self.get(name) for name in keep])

    def get(self, name):
        return self.image[layout.slot(name)]


def mains(hz=60.0, pu=1.0, house_pu=1.0, angle_deg=0.0, thd=0.0, nominal_v=120.0):
    """Split phase: grid L1, -L1, house L1, -L1; a third and a fifth harmonic of `thd` together."""

    def waves(channel, t):
        sign = -1.0 if channel % 2 else 1.0
        size = (pu if channel < 2 else house_pu) * nominal_v * np.sqrt(2)
        turn = 0.0 if channel < 2 else np.deg2rad(angle_deg)
        w = 2 * np.pi * hz * t + turn
        return sign * size * (np.cos(w) + 0.8 * thd * np.cos(3 * w) + 0.6 * thd * np.cos(5 * w))

    return waves
