"""The simulated site: `step(outputs)` computes the next 2 ms and leaves `samples` and `inputs` for the firmware.

Deterministic: the same site, seed, events and outputs give the same samples. Outputs are those of the block before;
their effects are back-dated to the end of the tick they were given in. Nothing here reads a clock or a file.
"""

import heapq
import itertools
import math

import numpy as np

from tools.plant.actions import ACTIONS
from tools.plant.charger import ChargerModel
from tools.plant.contactor import Contactor
from tools.plant.contacts import Inputs
from tools.plant.fields import fields
from tools.plant.fresh import drop_stale
from tools.plant.inverter import Inverter
from tools.plant.measure import Converter
from tools.plant.names import port
from tools.plant.safety import Safety
from tools.plant.setup import new_state, wiring
from tools.plant.shown import PHASES
from tools.plant.specs import BLOCK_S, BLOCK_STEPS, STEP_S, STEPS_PER_TICK, TICKS_PER_BLOCK
from tools.plant.store import Store
from tools.plant.wander import Wander
from tools.plant.wires import BRIDGE, RING, WELD

drop_stale()

from tools.plant import network  # noqa: E402 - compiled code is looked for when it is imported

TICK_S = STEP_S * STEPS_PER_TICK
POWER_BLOCKS = 25  # 50 ms: three cycles of 60 Hz, two and a half of 50 Hz, so the double-frequency part cancels
ALL_OFF = (0,) * TICKS_PER_BLOCK


class Plant:
    """Owns the circuit's record and everything that moves it."""

    def __init__(self, site, seed=0, events=()):
        self.site = site
        self._legs = site.grid.legs
        rngs = [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(5)]
        self.state = new_state(site)
        self.s = self.state[0]
        self.f = fields(self.state)  # the same, for what is looked at every block
        self.block = 0
        self.now = 0.0  # start of the next block, seconds
        self.charger_model = ChargerModel()
        self.inverter = Inverter(site.charger, site.grid, Store(site.store), self.state, self.charger_model)
        switches = site.switches
        self.k1 = Contactor("k1", switches.k1, rngs[0])
        self.k2 = Contactor("k2", switches.k2, rngs[1])
        self.kn = Contactor("kn", switches.kn, rngs[2])
        self.contactors = {"k1": self.k1, "k2": self.k2, "kn": self.kn}
        self.converter = Converter(site.sense, rngs[3])
        self._wandering = Wander(site.grid, rngs[4])
        self._wiring = wiring(site.sense)
        self.grid_hz, self.rocof_hz_s = site.grid.start_hz, 0.0
        self.upstream = int(site.grid.breaker_closed)
        self.e_stop_ok = self.bypass_off = True
        self.bridged = False
        self.key = self.button = False
        self.ready_wire = "sound"
        self.request = False  # the hard-wired contact, through K1's 52b and the permit
        self.permit_dead_s = 0.0
        self._permit_t = -1.0
        self._coils = 0
        self._order = itertools.count()
        self._events = []
        self._marks = []
        self.event_t = 0.0
        for t, action, args in events:
            self.schedule(t, action, args)
        self.ring = np.zeros((RING, 4))
        self.volts = np.zeros(BLOCK_STEPS)
        self.samples = np.zeros(BLOCK_STEPS, np.uint16)
        self._inputs = Inputs(self)
        self.inputs = self._inputs.array
        self._powers = [0.0] * POWER_BLOCKS, [0.0] * POWER_BLOCKS
        self.charger_w = self.grid_w = 0.0  # means over the last 50 ms, positive into the house; grid_w through K1
        self._bond = np.zeros(BLOCK_STEPS, np.uint8)
        self._remember()
        self.safety = Safety(self)

    # events

    def schedule(self, t, action, args):
        """Call an action (actions.ACTIONS) at time t."""
        if action not in ACTIONS:
            raise ValueError("event at %g s: action %r is unknown; one of %s" % (t, action, ", ".join(sorted(ACTIONS))))
        heapq.heappush(self._events, (t, next(self._order), action, args))

    def _due(self, before):
        """Apply the events due before this time; the next one's time, or infinity."""
        while self._events and self._events[0][0] < before:
            self.event_t, _, action, args = heapq.heappop(self._events)
            ACTIONS[action](self, **args)
        return self._events[0][0] if self._events else math.inf

    def mark(self, name):
        """A moment reports hang on, at the time of the event that causes it."""
        self._marks.append((self.event_t, name))

    def take_marks(self):
        """The marks since the last call."""
        taken, self._marks = self._marks, []
        return taken

    # one block

    def step(self, outputs=ALL_OFF):
        """Compute the block that starts at `now`; `outputs` are the firmware's for the four ticks before it."""
        self._command(outputs)
        if not self.k1.quiet:
            self._remember()
        t0 = self.now
        self._wander()
        self.k1.fill(t0)
        self._bond_relay(outputs, t0)
        self.kn.fill(t0)
        self.k2.fill(t0)
        self._physics(t0)
        self.converter.convert(self.volts, self.samples)
        self._request_contact()
        self._sum_up()
        self.inverter.step(self.request, self.charger_w)
        self.charger_model.grid_power_w = int(round(self.grid_w))
        self.block += 1
        self.now = self.block * BLOCK_S
        self._inputs.read()
        self.safety.step(outputs)

    def _physics(self, t0):
        """The circuit through the block that starts at t0, from event to event."""
        f, t1 = self.f, t0 + BLOCK_S
        f.k1_weld[0] = BRIDGE if self.bridged else WELD * self.k1.pole_holds
        f.k2_weld[0] = WELD * self.k2.pole_holds
        k2 = self.k2.main if self.site.switches.k2_fitted else _ALWAYS
        f.steps[0] = f.limited[0] = 0
        f.sum_p[0] = f.sum_p[1] = f.sum_i2[0] = f.sum_i2[1] = 0.0
        first = 0
        while first < BLOCK_STEPS:
            following = self._due(t0 + (first + 0.5) * STEP_S)
            last = BLOCK_STEPS
            if following < t1:
                last = min(last, max(first + 1, math.ceil((following - t0) / STEP_S - 0.5)))
            contacts = self.k1.main, k2, self.upstream, self._bond
            network.run(self.state, first, last, *contacts, self._wiring, self.ring, self.volts)
            first = last
        network.finish(self.state, self.ring, f.grid_hz[0], self._house_hz_or_nominal())

    def _sum_up(self):
        """The block's mean powers, for the means over 50 ms."""
        at, sums = self.block % POWER_BLOCKS, self.f.sum_p
        charger, grid = self._powers
        charger[at], grid[at] = sums[0] / BLOCK_STEPS, sums[1] / BLOCK_STEPS
        self.charger_w, self.grid_w = sum(charger) / POWER_BLOCKS, sum(grid) / POWER_BLOCKS

    def _remember(self):
        """What Safety compares a closing with: the last whole cycle before this block."""
        legs, phasor = self.site.grid.legs, self.f.phasor
        self.before_t = self.now
        self.before_grid_pu = self.truth_grid_pu()
        self.before_house_pu = self.truth_house_pu()
        self.before_grid = [complex(phasor[k, 0], phasor[k, 1]) for k in range(legs)]
        self.before_house = [complex(phasor[k, 0], phasor[k, 1]) for k in range(2, 2 + legs)]
        self.before_grid_hz = self.f.grid_hz[0]
        self.before_house_hz = self._house_hz_or_nominal()

    def _command(self, outputs):
        if self._as_before(outputs):
            self._permit_t = self.now - BLOCK_S + TICKS_PER_BLOCK * TICK_S
            self.permit_dead_s = 0.0
            return
        for j, bits in enumerate(outputs):
            t = self.now - BLOCK_S + (j + 1) * TICK_S
            bits = int(bits)
            if bits & port.OUT_PERMIT:
                self._permit_t = t
            dies = self._permit_t + self.site.switches.permit_ms * 1e-3
            alive = t <= dies + 1e-9
            self.permit_dead_s = 0.0 if alive else self.permit_dead_s + TICK_S
            at = t if alive else min(t, max(dies, 0.0))
            self._coil(self.k1, bool(alive and bits & port.OUT_K1), at)
            self._coil(self.k2, bool(alive and bits & port.OUT_K2), at)
            self._coils = bits if alive else bits & ~(port.OUT_K1 | port.OUT_K2 | port.OUT_ISLAND_REQUEST)

    def _as_before(self, outputs):
        """The permit stands and every tick asks for what the last one before them did: most blocks of a run."""
        bits = self._coils
        if not bits & port.OUT_PERMIT or tuple(outputs) != (bits,) * TICKS_PER_BLOCK:
            return False
        return self.k1.energised == bool(bits & port.OUT_K1) and self.k2.energised == bool(bits & port.OUT_K2)

    def _coil(self, contactor, on, t):
        if contactor.energised != on:
            contactor.coil(on, t)
            if contactor is self.k1:
                self.safety.coil_edge(on)

    def _bond_relay(self, outputs, t0):
        """KN opens the bond while its coil is driven (outside the permit) or K1's 52b is open."""
        if not self.site.switches.kn_fitted:
            return
        for j, bits in enumerate(outputs):
            n = j * STEPS_PER_TICK
            driven = bool(int(bits) & port.OUT_KN) or not self.k1.b[n]
            self.kn.coil(driven, t0 + n * STEP_S if not int(bits) & port.OUT_KN else t0 - BLOCK_S + (j + 1) * TICK_S)
        self._bond = self.kn.b

    def _wander(self):
        """The grid's frequency: its mean, a run-away, and a slow random walk around it."""
        self.grid_hz += self.rocof_hz_s * BLOCK_S
        self.f.grid_hz[0] = self.grid_hz + self._wandering.step()
        self.f.grid_hz_s[0] = self.rocof_hz_s

    def _request_contact(self):
        self.request = bool(self._coils & port.OUT_ISLAND_REQUEST) and bool(self.k1.b[-1])

    @property
    def input_words(self):
        """`inputs` as plain numbers."""
        return self._inputs.words

    # physical truth

    @property
    def k1_conducting(self):
        """Through K1 itself: a bridge around its first pole is not counted."""
        return self._any(self.f.k1, 1 if self.bridged and not self.k1.closed else 0)

    @property
    def joined(self):
        """Grid side and house are connected, through K1 or around it."""
        return self._any(self.f.k1)

    @property
    def k2_conducting(self):
        return self._any(self.f.k2)

    @property
    def upstream_conducting(self):
        return self._any(self.f.upstream)

    def _any(self, poles, first=0):
        """One of the legs' poles conducts."""
        return bool((first == 0 and poles[0]) or (self._legs == 2 and poles[1]))

    @property
    def neutral_through(self):
        """The incoming neutral reaches the house."""
        return not self.site.switches.k1_switches_neutral or bool(self.f.k1[2])

    @property
    def bond_made(self):
        return bool(self._bond[-1]) if self.site.switches.kn_fitted else False

    def bond_made_at(self, t):
        """Whether the bond was made at a time inside the block just computed."""
        if not self.site.switches.kn_fitted:
            return False
        n = int(round((t - (self.now - BLOCK_S)) / STEP_S))
        return bool(self._bond[min(max(n, 0), BLOCK_STEPS - 1)])

    def truth_grid_pu(self):
        return self._pu(0)

    def truth_house_pu(self):
        return self._pu(2)

    def _pu(self, first):
        rms, nominal_v = self.f.rms, self.site.grid.nominal_v
        if self._legs == 1:
            return [rms[first] / nominal_v]
        return [rms[first] / nominal_v, rms[first + 1] / nominal_v]

    def house_hz(self):
        """The frequency of whatever holds the house up; 0 when nothing does."""
        if max(self.truth_house_pu()) < 0.10:
            return 0.0
        return self._house_hz_or_nominal()

    def _house_hz_or_nominal(self):
        if self.k1_conducting and self.upstream_conducting:
            return self.f.grid_hz[0]
        if self.inverter.forming:
            return self.f.form_f[0]
        return self.inverter.hz

    def truth(self):
        """What a perfect instrument would show, as a dictionary."""
        legs = self.site.grid.legs
        rms = [int(round(volts * 1000.0)) for volts in self.f.rms]
        return {
            "time_s": self.now,
            "grid_hz": self.f.grid_hz[0] if self.upstream_conducting else 0.0,
            "house_hz": self.house_hz(),
            "grid_mv": rms[:legs],
            "house_mv": rms[2 : 2 + legs],
            "k1_closed": self.k1_conducting,
            "k2_closed": self.k2_conducting,
            "bond_made": self.bond_made,
            "upstream_closed": bool(self.upstream),
            "charger_w": self.charger_w,
            "grid_w": self.grid_w,
            "house_w": self.charger_w + self.grid_w,
            "soc": self.inverter.store.car_soc,
            "mode": PHASES[self.inverter.phase],
            "request": self.request,
        }


_ALWAYS = np.ones(BLOCK_STEPS, np.uint8)
