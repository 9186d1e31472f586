"""The fast detector: is the grid gone? Integer tests on every sample and every tick of each grid leg.

Dead bands: |x| below 0.06 / 0.10 / 0.25 of the wave's peak for 1.75 / 2.75 / 5.0 ms (more at 50 Hz). No living wave,
notched, ringing or flattened, stays that low that long. Inside the widest band the counts of the others stand still and
are not lost: a charger that blocks its gates kicks the dead line by 0.2 for two samples, after about as long as the
narrowest band wants.

Short window: amplitude and angle are fitted by least squares to the last 4 ms (5 at 50 Hz), and what the fit leaves
over is kept. A jump, a notch or a ringing capacitor makes the fit low too, but bad; a sagged wave is low and fits well.
So "low and clean" is a sag whatever the angle did: below 0.45 at once, with a better fit below 0.58 twice, below 0.71
six times, a millisecond apart. docs/decisions/0040 has the figures.

It only sets a flag, LOSS_BANK; whether the flag opens K1 is the table's affair. It is armed after a second of healthy
grid, so a line that was never alive is not "lost". It says the grid is back after 100 ms above 0.7 on every leg.
Names of places: room.py.
"""

import micropython
from micropython import const

from firmware.sense import cordic
from firmware.sense import room as places

_PLACE = const(0)
_PERIOD = const(1)
_STRIDE = const(2)
_MASK = const(3)
_N = const(4)
_LEGS = const(5)
_K = const(6)
_FIRST = const(7)
_HEALTHY = const(10)
_ARMED = const(11)
_LOST = const(12)
_ARM_LOOKS = const(13)
_BACK_LOOKS = const(14)
_SPAN = const(15)
_SPAN_COS = const(16)
_SPAN_SIN = const(17)
_SPAN_MEAN = const(18)
_LONG_1 = const(19)
_LONG_2 = const(20)
_LONG_3 = const(21)
_STAY = const(22)
_W_BANK = const(23)
_W_BANK_TICK = const(24)
_W_TICK = const(25)
_BLOCKS = const(54)
_SIZE = const(49)
_TABLE = const(348)
_RUN_1 = const(27)
_RUN_2 = const(28)
_RUN_3 = const(29)
_SS = const(30)
_SQ = const(31)
_SC = const(32)
_SD = const(33)
_LOW_FOR = const(34)
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
_GONE = const(47)
_SATURATE = const(1 << 20)
_MOST = const(32767)


@micropython.viper
def bands(ring: ptr16, room: ptr32):
    """Four new samples of every grid leg against the dead bands.

    A last sample outside the widest band ends every run whatever came before it. `take` says when to look.
    """
    mask = room[_MASK]
    stride = room[_STRIDE]
    b = _BLOCKS
    end = b + room[_LEGS] * _SIZE
    while b < end:
        at = room[_FIRST] + room[b]
        mid = room[b + _MID]
        band = room[b + _BAND_3]
        x = int(ring[(at + stride + stride + stride) & mask]) - mid
        if x >= band or x <= 0 - band:
            room[b + _RUN_1] = 0
            room[b + _RUN_2] = 0
            room[b + _RUN_3] = 0
            room[b + _GONE] = 0
        else:
            run_1 = room[b + _RUN_1]
            run_2 = room[b + _RUN_2]
            run_3 = room[b + _RUN_3]
            j = 0
            while j < 4:
                x = int(ring[at & mask]) - mid
                if x < 0:
                    x = 0 - x
                if x < band:
                    run_3 += 1
                    if x < room[b + _BAND_2]:
                        run_2 += 1
                        if x < room[b + _BAND_1]:
                            run_1 += 1
                else:
                    run_1 = run_2 = run_3 = 0
                at += stride
                j += 1
            gone = 0
            if run_1 >= room[_LONG_1] or run_2 >= room[_LONG_2] or run_3 >= room[_LONG_3]:
                gone = 1
                run_3 = room[_LONG_3]  # the runs need not grow beyond their limits
                run_2 = run_2 if run_2 < run_3 else run_3
                run_1 = run_1 if run_1 < run_3 else run_3
            room[b + _RUN_1] = run_1
            room[b + _RUN_2] = run_2
            room[b + _RUN_3] = run_3
            room[b + _GONE] = gone
        b += _SIZE


@micropython.viper
def watch(parts: ptr32, room: ptr32, image: ptr32, tick: int):
    """The short window of every grid leg, every other tick, then the flag.

    In counts: re, im <= 36 * 2048; a fit's halves are held to 2047 (times 16); energies <= 44 * 2048**2 = 185e6.
    """
    n4 = room[_N] << 2
    span = room[_SPAN]
    k = room[_K]
    at = room[_PLACE] + 3 - span - span  # the middle lies between this sample and the next
    if at < 0:
        at += room[_PERIOD]
    at = _TABLE + at + at
    cos = room[at] + room[at + 2] - 2048
    sin = room[at + 1] + room[at + 3] - 2048
    new = k * n4
    new_2 = ((k - 1) & 63) * n4
    old = ((k - span) & 63) * n4
    old_2 = ((k - span - 1) & 63) * n4
    gone = 0
    good = 1
    b = _BLOCKS
    end = b + room[_LEGS] * _SIZE
    while b < end:
        s = room[b + _SS] + parts[new] + parts[new_2] - parts[old] - parts[old_2]
        q = room[b + _SQ] + parts[new + 1] + parts[new_2 + 1] - parts[old + 1] - parts[old_2 + 1]
        c = room[b + _SC] + parts[new + 2] + parts[new_2 + 2] - parts[old + 2] - parts[old_2 + 2]
        d = room[b + _SD] + parts[new + 3] + parts[new_2 + 3] - parts[old + 3] - parts[old_2 + 3]
        room[b + _SS] = s
        room[b + _SQ] = q
        room[b + _SC] = c
        room[b + _SD] = d
        s -= span << 13
        re = (c - (span << 24) - (s << 10)) >> 10
        im = (d - (span << 24) - (s << 10)) >> 10
        off = room[b + _MID] - 2048
        q -= off * (s + s - span * (off << 2))
        c = ((re * cos + im * sin) >> 11) - ((off * room[_SPAN_MEAN]) >> 4)
        d = (im * cos - re * sin) >> 11
        re = (c * room[_SPAN_COS]) >> 8  # amplitudes times 16
        im = (d * room[_SPAN_SIN]) >> 8
        re = (_MOST if re > _MOST else re) if re > 0 else (0 - _MOST if re < 0 - _MOST else re)
        im = (_MOST if im > _MOST else im) if im > 0 else (0 - _MOST if im < 0 - _MOST else im)
        a = ((re * re) >> 8) + ((im * im) >> 8)
        left = q - (((c >> 2) * re) >> 2) - (((d >> 2) * im) >> 2)
        if room[b + _GONE] or (a < room[b + _A_DEEP] and left < room[b + _E_DEEP]):
            gone = 1
        low = 0
        if a < room[b + _A_LOW] and left < room[b + _E_HALF]:
            low = room[b + _LOW_FOR] + 1
            if a < room[b + _A_HALF]:  # twice in a row is enough
                low += room[_STAY] >> 1
            if low >= room[_STAY]:
                gone = 1
                low = room[_STAY]
        room[b + _LOW_FOR] = low
        if a < room[b + _A_BACK]:
            good = 0
        new += 4
        new_2 += 4
        old += 4
        old_2 += 4
        b += _SIZE
    healthy = 0
    if good:
        healthy = room[_HEALTHY]
        if healthy < _SATURATE:
            healthy += 1
    room[_HEALTHY] = healthy
    if healthy >= room[_ARM_LOOKS]:
        room[_ARMED] = 1
    if gone and room[_ARMED]:
        room[_LOST] = 1
        room[_ARMED] = 0
        room[_HEALTHY] = 0
        image[room[_W_BANK_TICK]] = image[room[_W_TICK]]
    elif room[_LOST] and gone == 0 and healthy >= room[_BACK_LOOKS]:
        room[_LOST] = 0
    image[room[_W_BANK]] = room[_LOST]


def prepare(room, settings, layout):
    """The detector's numbers into the room. Spans: 8 ticks at 60 Hz, 10 at 50."""
    hz, period = settings["nominal_hz"], room[places.PERIOD]
    turns = 3 if hz == 60 else 1
    span = 8 if hz == 60 else 10
    n = 4 * span
    squares = mean = 0
    for j in range(n):
        c = cordic.sine_24(cordic.TURN // 4 + cordic.TURN * turns * (2 * j - n + 1) // (2 * period))
        squares += c * c
        mean += c
    one = 1 << 24
    room[places.SPAN] = span
    room[places.SPAN_COS] = 4096 * one * one // squares
    room[places.SPAN_SIN] = 4096 * one * one // (n * one * one - squares)
    room[places.SPAN_MEAN] = 16 * mean // one
    # samples: 1.75, 2.75, 5.0 ms at 60 Hz; 2.4, 3.4, 6.0 at 50
    room[places.LONG_1], room[places.LONG_2], room[places.LONG_3] = (14, 22, 40) if hz == 60 else (19, 27, 48)
    room[places.STAY] = 6
    room[places.ARM_LOOKS], room[places.BACK_LOOKS] = 1000, 100
    room[places.W_BANK], room[places.W_BANK_TICK] = layout.slot("LOSS_BANK"), layout.slot("LOSS_BANK_TICK")
    room[places.W_TICK] = layout.slot("TICK")
    for leg in range(settings["legs"]):
        b = places.BLOCKS + leg * places.SIZE
        room[b + places.SS] = span << 13
        room[b + places.SC] = room[b + places.SD] = span << 24
