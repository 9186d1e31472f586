"""What follows the line slowly, every 4 ms: the length of the windows, the zero of a channel, the limits of the loss
detector. Names of places: room.py."""

from array import array

import micropython
from micropython import const

_LEGS = const(5)
_HEALTHY = const(10)
_LOST = const(12)
_SPAN = const(15)
_BLOCKS = const(54)
_SIZE = const(49)
_W2 = const(6)
_WANT = const(7)
_MEAN_SLOW = const(15)
_MID = const(35)
_BAND_1 = const(36)
_BAND_2 = const(37)
_BAND_3 = const(38)
_A_DEEP = const(39)
_A_HALF = const(40)
_A_LOW = const(41)
_A_BACK = const(42)
_E_DEEP = const(43)
_E_HALF = const(44)
_REF = const(45)
_FUND = const(46)
_EPS = const(48)
# Own memory.
_GRID = const(0)  # slots of the fine frequencies
_HOUSE = const(1)
_NOMINAL = const(2)  # 16 * ticks in a nominal cycle
_TURN = const(3)
_LOW = const(4)  # bounds of REF
_HIGH = const(5)
_NOMINAL_MHZ = const(6)


def new(settings, layout, peak256):
    """Own memory; `peak256` is the nominal peak in 1/256 count."""
    return array(
        "i",
        (
            layout.slot("GRID_FINE_MHZ"),
            layout.slot("HOUSE_FINE_MHZ"),
            16 * 2000 // settings["nominal_hz"],
            127,
            peak256 * 85 // 100,
            peak256 * 115 // 100,
            settings["nominal_hz"] * 1000,
        ),
    )


@micropython.viper
def follow(image: ptr32, p: ptr32, room: ptr32):
    """Windows every time; zero and limits of one grid leg in turn, each about once in half a second."""
    legs = room[_LEGS]
    side = 0
    b = _BLOCKS
    while side < 2:
        f = image[p[side]]
        n16 = p[_NOMINAL]
        eps = 0
        if f > 40000 and f < 70000:
            n16 = 32000000 // f
            was = (room[b + _WANT] << 4) + room[b + _W2]
            if n16 - was < 2 and was - n16 < 2:
                n16 = was  # a length that flickers moves the window's middle to and fro
            eps = (p[_NOMINAL_MHZ] - f) * 2048 // f
        i = 0
        while i < legs:
            room[b + _WANT] = n16 >> 4
            room[b + _W2] = n16 & 15
            room[b + _EPS] = eps
            b += _SIZE
            i += 1
        side += 1
    turn = (p[_TURN] + 1) & 127
    p[_TURN] = turn
    if turn >= legs:
        return
    b = _BLOCKS + turn * _SIZE
    one = 1
    h = one << 31
    mean = (((room[b + _MEAN_SLOW] ^ h) - h) + 512) >> 10
    ref = room[b + _REF]
    if room[_LOST] == 0 and room[_HEALTHY] > 100:
        if mean > -200 and mean < 200:
            room[b + _MID] = 2048 + mean
        # over half a minute, for a swell is not the healthy wave; sqrt 2 / 8 * 256 = 181 / 4
        ref += (((room[b + _FUND] * 181) >> 2) - ref) >> 6
        if ref < p[_LOW]:
            ref = p[_LOW]
        if ref > p[_HIGH]:
            ref = p[_HIGH]
        room[b + _REF] = ref
    ref = ref >> 8
    room[b + _BAND_1] = (ref * 15) >> 8
    room[b + _BAND_2] = (ref * 26) >> 8
    room[b + _BAND_3] = ref >> 2
    square = ref * ref  # <= 2048**2; times 129 = 541e6
    room[b + _A_DEEP] = (square * 52) >> 8  # 0.45**2 * 256
    room[b + _A_HALF] = (square * 86) >> 8  # 0.58**2
    room[b + _A_LOW] = (square * 129) >> 8  # 0.71**2
    room[b + _A_BACK] = (square * 125) >> 8  # 0.70**2
    energy = (square >> 12) * (room[_SPAN] << 2)
    room[b + _E_DEEP] = energy * 59  # 0.12**2 * 4096
    room[b + _E_HALF] = energy * 10  # 0.05**2 * 4096
