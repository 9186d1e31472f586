"""From samples to quantities: everything the other rooms know of the two sides' voltages.

Every tick: the sums of one cycle, the second boxcar, the grid-loss detector. Every eighth tick (4 ms), each in a tick
of its own: one channel's RMS and phasor, the frequencies, the comparison of the sides, plausibility. It writes the
image
slots marked `sense` and nothing else.

Channels: grid L1, grid L2, house L1, house L2 (six with three legs: three of the grid, three of the house). Angles are
house minus grid. The converter takes the channels in turn; the angle that costs is taken out (skew).
"""

from array import array

import micropython
from micropython import const

from firmware import image as layout
from firmware.sense import compare, cordic, frequency, loss, plausible, window

_SIZE = const(10)
_SQUARES = const(1)
_COS = const(2)
_SIN = const(3)
_COUNT = const(4)
_WANTED = const(5)
_TURN = const(576000)
# A channel's slots.
_RMS = const(0)
_FUND = const(1)
_DC = const(2)
_THD = const(3)


class Channel:
    """One channel every 4 ms: RMS, fundamental, mean, distortion; angle of its phasor, skew and calibration taken
    out."""

    def __init__(self, sums, channel, uv_per_count, skew, image, slots):
        self._sums, self._at = sums, channel * _SIZE
        self._scale = uv_per_count // 16
        self._skew = skew
        self._image, self._slots = image, slots
        self.polar = array("i", (0, 0))  # length of the sums, angle in cordic units
        self._mean = array("i", (0, 0))  # of this cycle in 1/16 count, slowly followed in 1/1024

    @micropython.native
    def step(self):
        sums, at, scale = self._sums, self._at, self._scale  # more than three at once would make a tuple
        image, slots = self._image, self._slots
        n = sums[at + _COUNT]
        if n == 0:
            return
        mean16 = sums[at] * 16 // n
        mean = self._mean
        mean[0] = mean16
        mean[1] += (mean16 * 64 - mean[1]) >> 8
        # mean square times 64, less the mean's own: 2048**2 * 64 = 268e6
        q = sums[at + _SQUARES]
        square = q // n * 64 + q % n * 64 // n - mean16 * mean16 // 4
        rms8 = cordic.root(square) if square > 0 else 0
        cordic.polar(sums[at + _COS], 0 - sums[at + _SIN], self.polar, cordic.ATAN)
        self.polar[1] = (self.polar[1] - self._skew) % _TURN
        # amplitude = 2 |sum| / (1024 n); in eighths of a count RMS: |sum| / n / (64 sqrt 2) = |sum| / n * 724 / 65536
        fund8 = (self.polar[0] // n * 724) >> 16  # 1.4e6 (a square wave, rail to rail) * 724 = 1.01e9
        image[slots[_RMS]] = rms8 * scale // 500
        image[slots[_FUND]] = fund8 * scale // 500
        image[slots[_DC]] = (mean16 - (mean[1] >> 6)) * scale // 1000
        distortion = 0
        if fund8 > 200:
            rest = rms8 * rms8 - fund8 * fund8
            if rest > 0:
                distortion = cordic.root(rest) * 10000 // fund8
        elif rms8 > 800:  # a hundred counts of something, and no fundamental in it
            distortion = 30000
        image[slots[_THD]] = distortion

    def mean_x16(self):
        """Mean of the last cycle, sixteenths of a count from mid-scale."""
        return self._mean[0]


class Sense:
    """`step(newest_frame, tick)`. `ring` is the board's, `stride` channels to the frame, `skew_ns` between two of
    them."""

    def __init__(self, settings, image, ring, asks, stride=4, skew_ns=31250):
        legs, hz = settings["legs"], settings["nominal_hz"]
        house = 3 if legs == 3 else 2
        self._ring, self._image, self._asks = ring, image, asks
        period, turns = (400, 3) if hz == 60 else (160, 1)
        self._tables = cordic.sine_table(period, turns, _TURN // 4)
        self._tables.extend(cordic.sine_table(period, turns, 0))
        wanted = (8000 + hz // 2) // hz
        self._sums = window.new(stride, wanted)
        self._at = array("i", (0, stride, 0, period, stride))
        # Split phase: the line voltage, L1 less L2, which keeps turning when one leg is lost.
        other = 1 if legs == 2 else 0
        self._boxes = frequency.new_boxes(hz, ((0, other), (house, house + other)))
        self._loss = loss.new(settings, legs, stride)
        self._seamless = layout.ask("SEAMLESS")
        self._bank, self._bank_tick = layout.slot("LOSS_BANK"), layout.slot("LOSS_BANK_TICK")
        grid = [self._channel(settings, leg, "g", leg, hz, skew_ns) for leg in range(legs)]
        side = [self._channel(settings, house + leg, "h", leg, hz, skew_ns) for leg in range(legs)]
        numbers = list(range(legs)) + list(range(house, house + legs))
        self._plausible = plausible.Plausible(self._sums, grid + side, numbers, image)
        # One channel a tick (with three legs, one side a tick): as many ticks from a grid leg to its house leg.
        sides = compare.Sides(settings, image, grid, side, 2 if legs == 2 else 1)
        rates = (
            compare.Rate(frequency.Frequency(self._boxes, 0, hz), image, "GRID", settings),
            compare.Rate(frequency.Frequency(self._boxes, 1, hz), image, "HOUSE", settings),
        )
        tune = _Tune(self._sums, image, legs, house, wanted, self._loss, grid)
        if legs == 3:
            jobs = [[channel.step for channel in grid], [channel.step for channel in side], [], []]
        else:
            jobs = [[channel.step] for channel in grid + side]
            jobs += [[] for _ in range(4 - len(jobs))]
        jobs += [[rates[0].step], [rates[1].step], [sides.step], [self._plausible.step, tune.step]]
        self._jobs = tuple([tuple(job) for job in jobs[:8]])

    def _channel(self, settings, channel, side, leg, hz, skew_ns):
        key = side + ("2" if leg else "1")
        # 31.25 us of a 60 Hz wave are 0.675 degrees: TURN * f * t
        skew = channel * skew_ns // 10 * hz // 100 * 576 // 1000 + settings[key + "_angle_cdeg"] * 16
        first = side.upper() + str(leg + 1)
        slots = array("i", [layout.slot(first + what) for what in ("_MV", "_FUND_MV", "_DC_MV", "_THD_E2")])
        return Channel(self._sums, channel, settings[key + "_uv_per_count"], skew, self._image, slots)

    @micropython.native
    def step(self, newest, tick):
        image, first = self._image, (newest - 4) & 255
        self._at[0] = first
        window.take(self._ring, self._sums, self._tables, self._at)
        frequency.second(self._sums, self._boxes, 2)
        lost = loss.watch(self._ring, self._loss, first, self._asks[self._seamless])
        if lost != image[self._bank]:
            image[self._bank] = lost
            if lost:
                image[self._bank_tick] = tick
        for job in self._jobs[tick & 7]:
            job()


class _Tune:
    """The windows follow the frequency of their side; the loss detector follows the channel's offset."""

    def __init__(self, sums, image, legs, house, wanted, lost, grid):
        self._sums, self._image, self._wanted = sums, image, wanted
        self._at = ((0, legs, layout.slot("GRID_FINE_MHZ")), (house, house + legs, layout.slot("HOUSE_FINE_MHZ")))
        self._lost, self._grid, self._bank = lost, grid, layout.slot("LOSS_BANK")
        self._slots = [layout.slot("G%d_MV" % (leg + 1)) for leg in range(legs)]
        self._turn = array("i", (0,))

    @micropython.native
    def step(self):
        image, sums = self._image, self._sums
        for first, end, slot in self._at:
            f = image[slot]
            wanted = (8000000 + f // 2) // f if 40000 < f < 70000 else self._wanted
            c = first
            while c < end:
                sums[c * _SIZE + _WANTED] = wanted
                c += 1
        self._turn[0] = (self._turn[0] + 1) & 255
        if self._turn[0] == 0 and not image[self._bank]:
            leg = 0
            for channel in self._grid:
                mean = (channel.mean_x16() + 8) >> 4
                if -200 < mean < 200:
                    loss.recentre(self._lost, leg, 2048 + mean)
                leg += 1
