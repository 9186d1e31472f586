"""The two sides against each other, every 4 ms: differences of angle and voltage, lowest and highest leg, sequences,
slip.

Angles are house minus grid, in hundredths of a degree.
"""

from array import array

import micropython
from micropython import const

_V = const(26)  # places in room.py
_BLOCKS = const(54)
_SIZE = const(49)
_TURNED = const(17)
_SCALE = const(19)
_N16 = const(13)
_TURN = const(576000)
_HALF = const(288000)
# Own memory: numbers, then slots.
_LEGS = const(0)
_FLOOR = const(1)  # mV below which an angle means nothing
_NOMINAL = const(2)  # mHz
_SPREAD = const(3)  # mV between legs that a sound neutral does not show
_LOST = const(4)  # mV: a leg below it, while another is above twice that, is lost
_FIRST = const(5)  # then G1_MV, FUND, MIN, SPREAD, PHASES of the grid; the same of the house
_SIDE = const(5)
_FINE = const(15)  # GRID_FINE_MHZ, HOUSE_FINE_MHZ
_ANGLES = const(17)  # D1_CDEG
_VOLTS = const(18)  # D1_MV
_SLIP = const(19)
_POS = const(20)  # GRID_POS_MV, then GRID_NEG_MV
PHASES_OK = const(0)
PHASES_LOST = const(1)  # plus the leg: 1, 2, 3 = leg 1, 2, 3 lost
PHASES_NEUTRAL = const(4)  # open neutral: the legs swing apart, the line stays
PHASE_NAMES = ("all there", "leg 1 lost", "leg 2 lost", "leg 3 lost", "open neutral: the legs swing apart")
_NEUTRAL = const(4)


def new(settings, layout):
    """Own memory for these settings."""
    pu, slot = settings["nominal_mv"], layout.slot
    names = []
    for side in ("GRID", "HOUSE"):
        names += [side[0] + "1_MV", side[0] + "1_FUND_MV", side + "_MIN_MV", side + "_SPREAD_MV", side + "_PHASES"]
    names += ["GRID_FINE_MHZ", "HOUSE_FINE_MHZ", "D1_CDEG", "D1_MV", "SLIP_MHZ", "GRID_POS_MV"]
    numbers = [settings["legs"], pu // 10, settings["nominal_hz"] * 1000, pu // 10, pu * 4 // 10]
    return array("i", numbers + [slot(name) for name in names])


@micropython.viper
def legs(image: ptr32, p: ptr32, room: ptr32):
    """Of each side the lowest and the highest leg and which (MIN, MAX, MIN_LEG, MAX_LEG), their difference, and
    whether a leg is lost or the neutral open; then the legs of the house less those of the grid."""
    n = p[_LEGS]
    s = _FIRST
    while s < _FINE:
        first = image[p[s]]
        low = first
        high = first
        total = first
        low_leg = 1
        high_leg = 1
        i = 1
        while i < n:
            v = image[p[s] + i]
            total += v
            if v < low:
                low = v
                low_leg = i + 1
            if v > high:
                high = v
                high_leg = i + 1
            i += 1
        out = p[s + 2]
        image[out] = low
        image[out + 1] = high
        image[out + 2] = low_leg
        image[out + 3] = high_leg
        image[p[s + 3]] = high - low
        code = 0
        if low < p[_LOST] and high > p[_LOST] + p[_LOST]:
            code = low_leg
        elif n == 2 and high - low > p[_SPREAD] and total > 18 * p[_SPREAD] and total < 22 * p[_SPREAD]:
            code = _NEUTRAL
        image[p[s + 4]] = code
        s += _SIDE
    # the grid's phasor is brought to the house's moment: two ticks turn it by 1 ms times what it is off
    grid = image[p[_FINE]]
    turned = 0
    if grid:
        turned = (grid - p[_NOMINAL]) * 576 // 1000
    i = 0
    while i < n:
        g = image[p[_FIRST + 1] + i]
        v = image[p[_FIRST + _SIDE + 1] + i]
        angle = 0
        if g >= p[_FLOOR] and v >= p[_FLOOR]:
            angle = room[_BLOCKS + (n + i) * _SIZE + _TURNED] - room[_BLOCKS + i * _SIZE + _TURNED] - turned
            if angle > _HALF:
                angle -= _TURN
            elif angle < 0 - _HALF:
                angle += _TURN
            angle = (angle + 8) >> 4
        image[p[_ANGLES] + i] = angle
        image[p[_VOLTS] + i] = v - g
        i += 1
    house = image[p[_FINE + 1]]
    image[p[_SLIP]] = house - grid if house and grid else 0


@micropython.viper
def sequences(image: ptr32, p: ptr32, room: ptr32):
    """Positive and negative sequence of the grid, mV. Split phase: half the line voltage, half the sum of the legs.

    Phasors >> 14 are below 2**15; the converter's skew between two legs (0.7 degrees) is left in: 0.6 % of a leg.
    """
    one = 1
    h = one << 31
    n = p[_LEGS]
    are = ((room[_V] ^ h) - h) >> 14
    aim = ((room[_V + 1] ^ h) - h) >> 14
    bre = ((room[_V + 2] ^ h) - h) >> 14
    bim = ((room[_V + 3] ^ h) - h) >> 14
    cre = ((room[_V + 4] ^ h) - h) >> 14
    cim = ((room[_V + 5] ^ h) - h) >> 14
    way = 0
    while way < 2:  # 0 positive: a + alpha b + alpha**2 c; 1 negative: b and c change places
        if n == 1:
            re = are if way == 0 else 0
            im = aim if way == 0 else 0
        elif n == 2:
            re = (are - bre) // 2 if way == 0 else (are + bre) // 2
            im = (aim - bim) // 2 if way == 0 else (aim + bim) // 2
        else:
            turn = 887 if way == 0 else -887  # 1024 * sin 120 degrees
            re = (are - (bre + cre) // 2 - (((bim - cim) * turn) >> 10)) // 3
            im = (aim - (bim + cim) // 2 + (((bre - cre) * turn) >> 10)) // 3
        left = re * re + im * im
        bit = one << 30
        while bit > left:
            bit = bit >> 2
        root = 0
        while bit != 0:
            if left >= root + bit:
                left -= root + bit
                root = (root >> 1) + bit
            else:
                root = root >> 1
            bit = bit >> 2
        # eighths of a count RMS: |X| / n16 * 0.0441942 (channel.py), |X| = root << 14
        fund = (root << 11) // room[_BLOCKS + _N16] * 2896 >> 13
        image[p[_POS] + way] = fund * room[_BLOCKS + _SCALE] // 500
        way += 1
