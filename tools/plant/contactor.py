"""A contactor as a moving armature: delay, travel, contacts at their places on the way, bounce, and ways to fail.

Position 0 is open, 1 is closed. On the way up 52b opens first, then the main contact touches, then 52a; on the way down
the reverse. 52b is a mirror contact: it cannot close while a main contact holds. Commands may be back-dated to the tick
they were given in, because no armature moves sooner than one block after its coil's edge.
"""

import numpy as np

from tools.plant.specs import BLOCK_S, BLOCK_STEPS, STEP_S

AT_B, AT_MAIN, AT_A = 0.25, 0.60, 0.75  # places of the contacts
POLE_HELD = 0.4  # where one welded pole keeps the armature
LEAST_DELAY_S = 2.1e-3

WORN = 8.0
FAULTS = (
    "welded",  # the main contacts hold; the armature stays up
    "pole_welded",  # one pole holds, the others part; the mirror contact stays open
    "stuck_open",  # the armature does not move
    "slow",  # three times the time
    "bounces",  # every contact, eight times as long
    "no_coil",  # the coil's wire is broken: a closed contactor drops
    "a_open",
    "a_closed",
    "b_open",
    "b_closed",  # an auxiliary contact that no longer moves
)


class _Contact:
    """One contact: closed above (or below) a place of the travel, with bounce after it closes."""

    def __init__(self, place, closes_above, bounce_s, rng):
        self.place, self.above, self.bounce_s, self.rng = place, closes_above, bounce_s, rng
        self.worn = 1.0  # how many times the bounce time
        self.closed = not closes_above
        self.opens = ()

    def at(self, position, t):
        closed = (position >= self.place) == self.above
        if closed and not self.closed:
            self.opens = self._bounces(t)
        self.closed = closed
        if closed and self.opens:
            if t > self.opens[-1][1]:
                self.opens = ()
            return not any(a <= t < b for a, b in self.opens)
        return closed

    def _bounces(self, t):
        """Shrinking open intervals inside the bounce time."""
        count = int(self.rng.integers(0, 4))
        edges = np.sort(self.rng.uniform(0.05, 1.0, 2 * count)) * self.bounce_s * self.worn
        return tuple((t + edges[2 * i], t + edges[2 * i + 1]) for i in range(count))


class Contactor:
    """`coil` commands it, `fill` moves it through one block and leaves main, a, b a step, and its makes and breaks."""

    def __init__(self, name, spec, rng):
        self.name, self.spec, self.rng = name, spec, rng
        self.position = 0.0
        self.energised = False
        self.fault = None
        self._moves = []  # (time, direction), in order
        self._direction = 0
        self._main = _Contact(AT_MAIN, True, spec.bounce_ms * 1e-3, rng)
        self._a = _Contact(AT_A, True, spec.aux_bounce_ms * 1e-3, rng)
        self._b = _Contact(AT_B, False, spec.aux_bounce_ms * 1e-3, rng)
        self.main = np.zeros(BLOCK_STEPS, np.uint8)
        self.a = np.zeros(BLOCK_STEPS, np.uint8)
        self.b = np.ones(BLOCK_STEPS, np.uint8)
        self.makes = []  # times of this block at which the main contact first touched
        self.breaks = []  # times at which it parted
        self.quiet = False

    @property
    def closed(self):
        """The main contact's place at the end of the last block."""
        return bool(self.main[-1])

    @property
    def pole_holds(self):
        """One welded pole: only contacts that touched can weld, and the armature stays with them."""
        return self.fault == "pole_welded" and self.position >= POLE_HELD

    def set_fault(self, fault):
        """One of FAULTS, or None for sound."""
        if fault is not None and fault not in FAULTS:
            raise ValueError("%s: fault %r is unknown; one of %s or None" % (self.name, fault, ", ".join(FAULTS)))
        self.fault = fault
        self.quiet = False
        for contact in (self._main, self._a, self._b):
            contact.worn = WORN if fault == "bounces" else 1.0
        if fault == "no_coil":
            self._moves = [(0.0, -1)]

    def start_closed(self):
        """Put it in the closed position without a journey: for tests and for a site found running."""
        self.position, self.energised, self._direction = 1.0, True, 0
        for contact, closed in ((self._main, True), (self._a, True), (self._b, False)):
            contact.closed, contact.opens = closed, ()
        self.quiet = False

    def coil(self, on, t):
        """The coil's state from time t on."""
        if on == self.energised:
            return
        self.energised = on
        if on and self.fault == "no_coil":
            return
        spec = self.spec
        share = AT_MAIN if on else 1.0 - AT_MAIN
        nominal = (spec.close_ms if on else spec.open_ms) - share * spec.travel_ms
        if self.fault == "slow":
            nominal *= 3.0
        delay = max(LEAST_DELAY_S, 1e-3 * (nominal + spec.jitter_ms * self.rng.standard_normal()))
        start = t + delay
        self._moves = [m for m in self._moves if m[0] <= t] + [(start, 1 if on else -1)]
        self.quiet = False

    def fill(self, t0):
        """Move through the block that starts at t0."""
        self.makes, self.breaks = [], []
        if self.quiet:
            return
        speed = STEP_S / (self.spec.travel_ms * 1e-3 * (3.0 if self.fault == "slow" else 1.0))
        if self._rests(t0 + BLOCK_S, speed):
            return
        for n in range(BLOCK_STEPS):
            t = t0 + n * STEP_S
            while self._moves and t >= self._moves[0][0]:
                self._direction = self._moves.pop(0)[1]
            self.position = self._limited(self.position + speed * self._direction)
            held = self._main.closed
            self.main[n] = self._main.at(self.position, t)
            if self._main.closed != held:
                (self.breaks if held else self.makes).append(t)
            self.a[n] = self._a.at(self.position, t)
            self.b[n] = self._b.at(self.position, t)
        self._broken_auxiliaries()
        at_rest = self.position in (0.0, 1.0) or self._direction == 0 or self.fault is not None
        settled = not (self._main.opens or self._a.opens or self._b.opens)
        self.quiet = at_rest and settled and not self._moves and len(set(self.main)) == 1 and self.fault is None
        if self.quiet:
            self.a[:], self.b[:] = self.a[-1], self.b[-1]

    def _rests(self, t1, speed):
        """Nothing moves before t1: leave the block as it stands. A fault keeps it from being quiet."""
        if self._moves and self._moves[0][0] <= t1 or self._main.opens or self._a.opens or self._b.opens:
            return False
        if self._limited(self.position + speed * self._direction) != self.position:
            return False
        for shown, contact in ((self.main, self._main), (self.a, self._a), (self.b, self._b)):
            if contact.closed != ((self.position >= contact.place) == contact.above):
                return False
            shown[:] = contact.closed
        self._broken_auxiliaries()
        self.quiet = self.fault is None and not self._moves
        return True

    def _limited(self, position):
        low, high = 0.0, 1.0
        if self.fault == "welded" and self.position >= AT_MAIN:
            low = 0.8
        elif self.pole_holds:
            low = POLE_HELD
        elif self.fault == "stuck_open" and self.position <= 0.0:
            high = 0.0
        return min(max(position, low), high)

    def _broken_auxiliaries(self):
        if self.fault in ("a_open", "a_closed"):
            self.a[:] = self.fault == "a_closed"
        elif self.fault in ("b_open", "b_closed"):
            self.b[:] = self.fault == "b_closed"
