"""One channel every 4 ms: RMS, fundamental, mean, distortion; the angle of its phasor, skew and calibration taken out.

The kernel finds the phasor already turned (cordic.turn). Names of places: room.py.
"""

import micropython
from micropython import const

_LENGTH = const(8)
_ANGLE = const(9)
_MEAN = const(11)
_SQUARE = const(12)
_N16 = const(13)
_MEAN16 = const(14)
_MEAN_SLOW = const(15)
_REST = const(16)
_TURNED = const(17)
_SKEW = const(18)
_SCALE = const(19)
_W_RMS = const(20)
_W_FUND = const(21)
_W_DC = const(22)
_W_THD = const(23)
_FUND = const(46)
_TURN = const(576000)


@micropython.viper
def measure(image: ptr32, room: ptr32, b: int):
    """The channel whose block begins at `b`.

    n16 = 4 * samples. Mean square times 64, less the mean's own: 2048**2 * 64 = 268e6. Amplitude = 2 |X| / (1024 n), in
    eighths of a count RMS |X| / n16 * 0.0441942 = 2896 / 65536; a square wave from rail to rail: 334,000 * 2896 =
    967e6.
    """
    one = 1
    h = one << 31
    angle = room[_ANGLE] - ((room[b + _SKEW] ^ h) - h)
    if angle < 0:
        angle += _TURN
    elif angle >= _TURN:
        angle -= _TURN
    room[b + _TURNED] = angle
    n16 = room[b + _N16]
    mean = (((room[b + _MEAN] ^ h) - h) << 6) // n16  # sixteenths of a count
    room[b + _MEAN16] = mean
    slow = (room[b + _MEAN_SLOW] ^ h) - h
    slow += ((mean << 6) - slow) >> 8
    room[b + _MEAN_SLOW] = slow
    scale = room[b + _SCALE]
    image[room[b + _W_DC]] = (mean - (slow >> 6)) * scale // 1000
    q = room[b + _SQUARE]
    whole = q // n16
    n = (whole << 8) + ((q - whole * n16) << 8) // n16 - ((mean * mean) >> 2)
    if n < 0:
        n = 0
    fund = ((room[_LENGTH] // n16) * 2896) >> 16
    room[b + _FUND] = fund
    rms = 0
    again = 1
    r = 0
    while again >= 0:  # two roots: of the mean square, and of what is not fundamental
        bit = one << 28
        while bit > n:
            bit = bit >> 2
        r = 0
        while bit != 0:
            if n >= r + bit:
                n -= r + bit
                r = (r >> 1) + bit
            else:
                r = r >> 1
            bit = bit >> 2
        if again == 1:
            rms = r
            rest = room[b + _REST]
            n = rms * rms - fund * fund
            n = rest + ((n - rest) >> 4)  # over 64 ms: the ripple of one cycle is as large as a clean wave's distortion
            if n < 0:
                n = 0
            room[b + _REST] = n
        again -= 1
    image[room[b + _W_RMS]] = rms * scale // 500
    image[room[b + _W_FUND]] = fund * scale // 500
    distortion = 0
    if fund > 200:
        distortion = r * 10000 // fund
    elif rms > 800:  # a hundred counts of something, and no fundamental in it
        distortion = 30000
    image[room[b + _W_THD]] = distortion
