"""The sensing room's one array: where every number lies that its kernels share. Layout, and how it is made.

A kernel inlines only its own file's constants, so the files repeat the numbers they use; a test compares every copy
with this one. The array: a header, a block for each channel (grid legs, then house legs), the demodulation table.
"""

from array import array

from micropython import const

from firmware.sense import cordic

# Header.
PLACE = const(0)  # of the newest tick's first sample in the table
PERIOD = const(1)  # samples after which the table repeats, a multiple of 4
STRIDE = const(2)  # channels in a frame of the ring, a power of two
MASK = const(3)  # 256 * stride - 1
N = const(4)  # channels in use: two sides of LEGS
LEGS = const(5)
K = const(6)  # number of the newest tick in `parts`, 0..63
FIRST = const(7)  # ring index of the newest tick's first frame
LENGTH = const(8)  # of the vector last turned, and its angle
ANGLE = const(9)
HEALTHY = const(10)  # looks in a row with every grid leg well alive, saturating
ARMED = const(11)
LOST = const(12)
ARM_LOOKS = const(13)  # of `watch`, one in two ticks
BACK_LOOKS = const(14)
SPAN = const(15)  # ticks of the short window
SPAN_COS = const(16)  # 4096 / sum of cos**2 over the short window, about its middle
SPAN_SIN = const(17)
SPAN_MEAN = const(18)  # sum of the cosines, times 16
LONG_1 = const(19)  # samples inside each dead band
LONG_2 = const(20)
LONG_3 = const(21)
STAY = const(22)  # looks below the shallow limit
W_BANK = const(23)  # slots LOSS_BANK and LOSS_BANK_TICK
W_BANK_TICK = const(24)
W_TICK = const(25)
V = const(26)  # eight vectors (re, im): channels in order, at 6 the grid's line, at 7 the house's
BOX = const(42)  # two second boxcars (grid, house): RE, IM, L, K
BOX_SIZE = const(4)
NEAR = const(52)  # 1 where a grid leg ended the last tick near zero, and what near is, counts
NEAR_BAND = const(53)
BLOCKS = const(54)  # 50 and 51 are the chip's own scratch (board/take_rp2040.py)
SIZE = const(49)
TABLE = const(348)  # after six blocks: cos, sin in turn, each 1024 * f + 1024

# Block of a channel.
CH = const(0)  # its place in a frame
S = const(1)  # sums over the whole ticks of one cycle (window.py)
Q = const(2)
C = const(3)
D = const(4)
L = const(5)  # those ticks
W2 = const(6)  # weight of the tick at either end, 1/32
WANT = const(7)
STUCK = const(8)  # ticks without a move
CLIPPED = const(9)  # samples at a rail, leaking away
LAST = const(10)
MEAN = const(11)  # totals of one cycle: sum, squares, and 4 * samples
SQUARE = const(12)
N16 = const(13)
MEAN16 = const(14)  # mean of this cycle in 1/16 count, slowly followed in 1/1024
MEAN_SLOW = const(15)
REST = const(16)  # smoothed square of what is not fundamental
TURNED = const(17)  # angle of the channel's phasor, skew and calibration taken out
SKEW = const(18)
SCALE = const(19)
W_RMS = const(20)
W_FUND = const(21)
W_DC = const(22)
W_THD = const(23)
HOLD = const(24)  # plausibility: steps until believed again; noisy steps; steps of two paths apart
NOISY = const(25)
APART = const(26)
RUN_1 = const(27)  # loss: samples inside each band since the widest was last left
RUN_2 = const(28)
RUN_3 = const(29)
SS = const(30)  # sums over the short window
SQ = const(31)
SC = const(32)
SD = const(33)
LOW_FOR = const(34)  # looks below the shallow limit
MID = const(35)  # the channel's zero, counts
BAND_1 = const(36)  # limits, from REF
BAND_2 = const(37)
BAND_3 = const(38)
A_DEEP = const(39)
A_HALF = const(40)
A_LOW = const(41)
A_BACK = const(42)
E_DEEP = const(43)
E_HALF = const(44)
REF = const(45)  # peak of the healthy wave, 1/256 count, slowly followed
FUND = const(46)  # RMS of the fundamental, 1/8 count
GONE = const(47)  # a dead band was kept for its time
EPS = const(48)  # mirror image left in the one-cycle phasor: (nominal - f) / 2f, 1/4096


def new(settings, layout, stride, skew_ns, sample_hz=8000):
    """The array for these settings; `layout` gives slots. 60 Hz repeats after 400 samples (3 cycles), 50 Hz after
    160."""
    legs, hz = settings["legs"], settings["nominal_hz"]
    house = 3 if legs == 3 else 2
    period, turns = (400, 3) if hz == 60 else (160, 1)
    room = array("i", bytes(4 * (TABLE + 2 * period + 2)))
    room[PERIOD], room[STRIDE], room[MASK] = period, stride, 256 * stride - 1
    room[N], room[LEGS] = 2 * legs, legs
    room[PLACE] = period - 4
    for i in range(period + 1):
        angle = i * turns * cordic.TURN // period
        room[TABLE + 2 * i] = cordic.sine(angle + cordic.TURN // 4) + 1024
        room[TABLE + 2 * i + 1] = cordic.sine(angle) + 1024
    n16 = 16 * 2000 // hz
    for box in range(2):
        room[BOX + box * BOX_SIZE + 2] = n16 >> 6
    peak256 = settings["nominal_mv"] * 362039 // settings["g1_uv_per_count"]  # 1000 * 256 * sqrt 2
    room[NEAR_BAND] = peak256 * 3 // 10 >> 8
    for i in range(2 * legs):
        b, leg = BLOCKS + i * SIZE, i % legs
        side = "h" if i >= legs else "g"
        room[b + CH] = channel = leg + (house if i >= legs else 0)
        room[b + L] = room[b + WANT] = n16 >> 4
        room[b + W2] = n16 & 15
        room[b + MID], room[b + REF] = 2048, peak256
        key = side + ("2" if leg else "1")
        # 31.25 us of a 60 Hz wave are 0.675 degrees: TURN * f * t
        room[b + SKEW] = channel * skew_ns // 10 * hz // 100 * 576 // 1000 + settings[key + "_angle_cdeg"] * 16
        room[b + SCALE] = settings[key + "_uv_per_count"] // 16
        first = side.upper() + str(leg + 1)
        for at, what in ((W_RMS, "_MV"), (W_FUND, "_FUND_MV"), (W_DC, "_DC_MV"), (W_THD, "_THD_E2")):
            room[b + at] = layout.slot(first + what)
    return room
