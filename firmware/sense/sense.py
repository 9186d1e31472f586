"""From samples to quantities: everything the other rooms know of the two sides' voltages.

Every tick: the parts of the cycle, one side's phasors and their second boxcar, the grid-loss detector. Each once in
eight ticks (4 ms), in ticks of their own: every channel's RMS and phasor, the frequencies, the comparison of the sides,
plausibility. It writes the image slots marked `sense` and nothing else.

Channels: grid L1, grid L2, house L1, house L2 (six of a frame of eight with three legs: three of the grid, three of the
house). Angles are house minus grid. The converter takes the channels in turn; the angle that costs is taken out (skew).
"""

import micropython

from firmware.sense import channel, compare, cordic, frequency, loss, plausible, tune, window
from firmware.sense import room as places


def _plan(settings, layout, room):
    """For each of the eight ticks the vector to turn (place in the room, 0 = none) and the kernels (kernel, its third
    argument), in order. A side's phasors are those of its last even tick: the grid's of 0 and 4, the house's of 2, 6.
    """
    legs = settings["legs"]
    turns, work = [0] * 8, [[] for _ in range(8)]
    for side, name in ((0, "GRID"), (1, "HOUSE")):
        for leg, k in zip(range(legs), (1, 5, 0)):
            i = leg + side * legs
            turns[k + 2 * side] = places.V + 2 * i
            work[k + 2 * side].append((channel.measure, room, places.BLOCKS + i * places.SIZE))
        turns[4 + 2 * side] = places.V + 12 + 2 * side
        work[4 + 2 * side].append((frequency.step, frequency.new(settings, layout, name), room))
    own = compare.new(settings, layout)
    work[0].append((compare.legs, own, room))
    work[4].append((plausible.judge, plausible.new(settings, layout), room))
    work[2].append((compare.sequences, own, room))
    work[6].append((tune.follow, tune.new(settings, layout, room[places.BLOCKS + places.REF]), room))
    return turns, work


def _make_step(fixed, turns, work):
    """The tick's step. A closure whose names and arguments are more than five would allocate at each call.

    `fixed` holds what is the same every tick, for a name looked up costs more than a place in a tuple.
    """

    @micropython.native
    def step(newest, tick):
        ring = fixed[0]
        parts = fixed[1]
        image = fixed[2]
        room = fixed[10]
        fixed[4](ring, parts, room, newest)
        fixed[5](ring, room)
        fixed[6](parts, room, image)
        k = tick & 7
        if not k & 1:
            fixed[7](parts, room, fixed[3], k)
        at = turns[k]
        if at:
            fixed[8](room, at, fixed[9])
        for job in work[k]:
            job[0](image, job[1], job[2])

    return step


class Sense:
    """`step(newest_frame, tick)`. `ring` is the board's, `stride` channels to the frame (a power of two), `skew_ns`
    between two of them."""

    def __init__(self, settings, image, ring, asks, stride=4, skew_ns=31250, layout=None):
        if layout is None:
            from firmware import image as layout
        self.room = places.new(settings, layout, stride, skew_ns)
        loss.prepare(self.room, settings, layout)
        parts, boxes = window.memory(self.room)
        turns, work = _plan(settings, layout, self.room)
        kernels = (window.take, loss.bands, loss.watch, window.vectors, cordic.turn, cordic.ATAN)
        fixed = (ring, parts, image, boxes) + kernels + (self.room,)
        self.step = _make_step(fixed, tuple(turns), tuple([tuple(jobs) for jobs in work]))
