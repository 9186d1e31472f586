"""The two sides against each other: differences of angle and voltage, lowest and highest leg, sequence, slip.

Angles are house minus grid, in hundredths of a degree.
"""

from array import array

import micropython
from micropython import const

from firmware import image as layout

_TURN = const(576000)
_HALF = const(288000)


class Rate:
    """Frequency of one side every 4 ms, 0 while the line is too low to have one."""

    def __init__(self, frequency, image, side, settings):
        self._frequency, self._image = frequency, image
        names = ("_MHZ", "_FINE_MHZ", "_ROCOF_MHZ_S")
        if side == "GRID":
            names += ("_ROCOF_500_MHZ_S", "_JUMP_CDEG")
        self._slots = array("i", [layout.slot(side + name) for name in names])
        self._max = layout.slot(side + "_MAX_MV")
        self._floor = settings["nominal_mv"] // 20  # 0.05 pu

    @micropython.native
    def step(self):
        image, frequency = self._image, self._frequency
        frequency.step(image[self._max] >= self._floor)
        i = 0
        for slot in self._slots:
            image[slot] = frequency.out[i]
            i += 1


class Sides:
    """`step()` every 4 ms, after the channels; `later` ticks lie between a grid leg's phasor and its house leg's."""

    def __init__(self, settings, image, grid, house, later):
        self._image, self._grid, self._house = image, grid, house
        self._legs = len(grid)
        slot = layout.slot
        self._g, self._h, self._gf, self._hf = slot("G1_MV"), slot("H1_MV"), slot("G1_FUND_MV"), slot("H1_FUND_MV")
        self._dc, self._dv = slot("D1_CDEG"), slot("D1_MV")
        self._grid_min, self._house_min = slot("GRID_MIN_MV"), slot("HOUSE_MIN_MV")
        self._grid_spread, self._house_spread = slot("GRID_SPREAD_MV"), slot("HOUSE_SPREAD_MV")
        self._slip, self._pos = slot("SLIP_MHZ"), slot("GRID_POS_MV")
        self._f = (slot("HOUSE_FINE_MHZ"), slot("GRID_FINE_MHZ"))
        self._floor = settings["nominal_mv"] // 10
        self._nominal = settings["nominal_hz"] * 1000
        self._later = later

    @micropython.native
    def step(self):
        image, floor = self._image, self._floor
        # The grid's phasor is brought to the moment of the house's: one tick turns it by 500 us times what it is off
        # nominal.
        turned = image[self._f[1]]
        if turned:
            turned = (turned - self._nominal) * self._later * 288 // 1000
        i = 0
        while i < self._legs:
            angle = 0
            if image[self._gf + i] >= floor and image[self._hf + i] >= floor:
                angle = self._house[i].polar[1] - self._grid[i].polar[1] - turned
                if angle > _HALF:
                    angle -= _TURN
                elif angle < -_HALF:
                    angle += _TURN
                angle = (angle + 8) >> 4
            image[self._dc + i] = angle
            image[self._dv + i] = image[self._hf + i] - image[self._gf + i]
            i += 1
        extremes(image, self._g, self._legs, self._grid_min, self._grid_spread)
        extremes(image, self._h, self._legs, self._house_min, self._house_spread)
        house, grid = image[self._f[0]], image[self._f[1]]
        image[self._slip] = house - grid if house and grid else 0


@micropython.viper
def extremes(image: ptr32, first: int, legs: int, out: int, spread: int):
    """Lowest, highest and which legs, into four slots from `out` (MIN, MAX, MIN_LEG, MAX_LEG), and the difference."""
    low = image[first]
    high = low
    low_leg = 1
    high_leg = 1
    i = 1
    while i < legs:
        v = image[first + i]
        if v < low:
            low = v
            low_leg = i + 1
        if v > high:
            high = v
            high_leg = i + 1
        i += 1
    image[out] = low
    image[out + 1] = high
    image[out + 2] = low_leg
    image[out + 3] = high_leg
    image[spread] = high - low
