"""From samples to quantities: everything the other rooms know of the two sides' voltages.

Every tick: the parts of the cycle, one side's phasors and their second boxcar, the grid-loss detector. Each once in
eight ticks (4 ms), in ticks of their own: every channel's RMS and phasor, the frequencies, the comparison of the sides,
plausibility. It writes the image slots marked `sense` and nothing else.

Channels: grid L1, grid L2, house L1, house L2 (six of a frame of eight with three legs: three of the grid, three of the
house). Angles are house minus grid. The converter takes the channels in turn; the angle that costs is taken out (skew).
"""

import micropython

from firmware.sense import channel, compare, cordic, frequency, loss, neutral, plausible, tune, window
from firmware.sense import room as places


def _plan(settings, layout, room, image, boxes):
    """For each of the eight ticks: (second kernel, what it needs, vector to turn or 0, then twice a kernel, its second
    and its third argument; None = nothing). A side's phasors are those of its last even tick: the grid's of 0 and 4,
    the house's of 2 and 6."""
    legs = settings["legs"]
    plan = [[loss.watch, image, 0] if k & 1 else [window.vectors, boxes, 0] for k in range(8)]
    for side, name in ((0, "GRID"), (1, "HOUSE")):
        for leg, k in zip(range(legs), (1, 5, 0)):
            i = leg + side * legs
            plan[k + 2 * side][2] = places.V + 2 * i
            plan[k + 2 * side].extend((channel.measure, room, places.BLOCKS + i * places.SIZE))
        plan[4 + 2 * side][2] = places.V + 12 + 2 * side
        plan[4 + 2 * side].extend((frequency.step, frequency.new(settings, layout, name), room))
    own = compare.new(settings, layout)
    plan[0].extend((compare.legs, own, room))
    plan[2].extend((compare.sequences, own, room))
    plan[4].extend((plausible.judge, plausible.new(settings, layout), room))
    plan[6].extend((tune.follow, tune.new(settings, layout, room[places.BLOCKS + places.REF]), room))
    return tuple([tuple(row + [None] * (9 - len(row))) for row in plan])


def _make_step(fixed, plan):
    """The tick's step. A closure whose names and arguments are more than five would allocate at each call; a name
    looked up costs more than a place in a tuple, and a tuple taken apart at once less than its places one by one."""

    @micropython.native
    def step(newest, tick):
        take, bands, turn, atan, ring, parts, room, image = fixed
        if take(ring, parts, room, newest):
            bands(ring, room)
        k = tick & 7
        second, needs, at, kernel, memory, third, more, memory_2, third_2 = plan[k]
        second(parts, room, needs, k)
        if at:
            turn(room, at, atan)
        if kernel:
            kernel(image, memory, third)
            if more:
                more(image, memory_2, third_2)

    return step


class Sense:
    """`step(newest_frame, tick)`. `ring` is the board's, `stride` channels to the frame (a power of two), `skew_ns`
    between two of them; `take` is the board's own window.take, if it has one."""

    def __init__(self, settings, image, ring, *, take=None, stride=4, skew_ns=31250, layout=None):
        if layout is None:
            from firmware import image as layout
        self.room = room = places.new(settings, layout, stride, skew_ns)
        loss.prepare(room, settings, layout)
        parts, boxes = window.memory(room)
        fixed = (take or window.take, loss.bands, cordic.turn, cordic.ATAN, ring, parts, room, image)
        self.step = _make_step(fixed, _plan(settings, layout, room, image, boxes))
        if settings["ne_measured"]:
            self.step = neutral.after(self.step, ring, image, neutral.new(settings, layout))
