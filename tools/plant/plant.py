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
from tools.plant.fresh import drop_stale
from tools.plant.inverter import Inverter
from tools.plant.measure import Converter
from tools.plant.names import port
from tools.plant.safety import Safety
from tools.plant.setup import new_state, wiring
from tools.plant.shown import PHASES
from tools.plant.specs import BLOCK_S, BLOCK_STEPS, STEP_S, STEPS_PER_TICK, TICKS_PER_BLOCK
from tools.plant.store import Store
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
        rngs = [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(5)]
        self.state = new_state(site)
        self.s = self.state[0]
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
        self._grid_rng = rngs[4]
        self._wiring = wiring(site.sense)
        self._noise_hz = 0.0
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
        self.inputs = np.zeros(TICKS_PER_BLOCK, np.uint32)
        self._powers = [0.0] * POWER_BLOCKS, [0.0] * POWER_BLOCKS
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
        t0, t1 = self.now, self.now + BLOCK_S
        self._wander()
        self.k1.fill(t0)
        self._bond_relay(outputs, t0)
        self.kn.fill(t0)
        self.k2.fill(t0)
        self.s["k1_weld"][0] = BRIDGE if self.bridged else WELD * self.k1.pole_holds
        self.s["k2_weld"][0] = WELD * self.k2.pole_holds
        k2 = self.k2.main if self.site.switches.k2_fitted else _ALWAYS
        self.s["sum_p"][:], self.s["sum_i2"][:], self.s["steps"], self.s["limited"] = 0.0, 0.0, 0, 0
        first = 0
        while first < BLOCK_STEPS:
            following = self._due(t0 + (first + 0.5) * STEP_S)
            last = BLOCK_STEPS
            if following < t1:
                last = min(last, max(first + 1, math.ceil((following - t0) / STEP_S - 0.5)))
            contacts = self.k1.main, k2, self.upstream, self._bond
            network.run(self.state, first, last, *contacts, self._wiring, self.ring, self.volts)
            first = last
        network.cycle(self.state, self.ring, float(self.s["grid_hz"]), self._house_hz_or_nominal())
        network.electronics(self.state)
        self.converter.convert(self.volts, self.samples)
        self._request_contact()
        for powers, total in zip(self._powers, self.s["sum_p"], strict=True):
            powers[self.block % POWER_BLOCKS] = float(total) / BLOCK_STEPS
        self.inverter.step(self.request, self.charger_w)
        self.charger_model.grid_power_w = int(round(self.grid_w))
        self.block += 1
        self.now = self.block * BLOCK_S
        self._read_inputs()
        self.safety.step(outputs)

    def _remember(self):
        """What Safety compares a closing with: the last whole cycle before this block."""
        v = self.site.grid.nominal_v
        legs = self.site.grid.legs
        self.before_t = self.now
        self.before_grid_pu = [float(x) / v for x in self.s["rms"][:legs]]
        self.before_house_pu = [float(x) / v for x in self.s["rms"][2 : 2 + legs]]
        self.before_grid = [complex(*self.s["phasor"][k]) for k in range(legs)]
        self.before_house = [complex(*self.s["phasor"][2 + k]) for k in range(legs)]
        self.before_grid_hz = float(self.s["grid_hz"])
        self.before_house_hz = self._house_hz_or_nominal()

    def _command(self, outputs):
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
        grid = self.site.grid
        self.grid_hz += self.rocof_hz_s * BLOCK_S
        pull = BLOCK_S / grid.hz_noise_tau_s
        kick = grid.hz_noise * math.sqrt(2.0 * pull)
        self._noise_hz += -pull * self._noise_hz + kick * self._grid_rng.standard_normal()
        self.s["grid_hz"] = self.grid_hz + self._noise_hz
        self.s["grid_hz_s"] = self.rocof_hz_s

    def _request_contact(self):
        self.request = bool(self._coils & port.OUT_ISLAND_REQUEST) and bool(self.k1.b[-1])

    def _read_inputs(self):
        switches, inverter = self.site.switches, self.inverter
        slow = (port.IN_E_STOP_OK if self.e_stop_ok else 0) | (port.IN_BYPASS_OFF if self.bypass_off else 0)
        slow |= (port.IN_SERVICE_KEY if self.key else 0) | (port.IN_RESET_BUTTON if self.button else 0)
        ready = {"sound": inverter.ready, "open": False, "shorted": True}[self.ready_wire]
        slow |= (port.IN_CHARGER_READY if ready else 0) | (port.IN_CHARGER_FAULT if inverter.broken else 0)
        for j in range(TICKS_PER_BLOCK):
            n = (j + 1) * STEPS_PER_TICK - 1
            bits = slow
            bits |= (port.IN_K1_52A if self.k1.a[n] else 0) | (port.IN_K1_52B if self.k1.b[n] else 0)
            if switches.k2_fitted:
                bits |= (port.IN_K2_52A if self.k2.a[n] else 0) | (port.IN_K2_52B if self.k2.b[n] else 0)
            if switches.kn_fitted and self.kn.b[n]:
                bits |= port.IN_KN_PROOF
            self.inputs[j] = bits

    # physical truth

    @property
    def k1_conducting(self):
        """Through K1 itself: a bridge around its first pole is not counted."""
        poles = self.s["k1"][: self.site.grid.legs]
        return any(poles[1:] if self.bridged and not self.k1.closed else poles)

    @property
    def joined(self):
        """Grid side and house are connected, through K1 or around it."""
        return any(self.s["k1"][: self.site.grid.legs])

    @property
    def k2_conducting(self):
        return any(self.s["k2"][: self.site.grid.legs])

    @property
    def upstream_conducting(self):
        return any(self.s["upstream"][: self.site.grid.legs])

    @property
    def neutral_through(self):
        """The incoming neutral reaches the house."""
        return not self.site.switches.k1_switches_neutral or bool(self.s["k1"][2])

    @property
    def bond_made(self):
        return bool(self._bond[-1]) if self.site.switches.kn_fitted else False

    def bond_made_at(self, t):
        """Whether the bond was made at a time inside the block just computed."""
        if not self.site.switches.kn_fitted:
            return False
        n = int(round((t - (self.now - BLOCK_S)) / STEP_S))
        return bool(self._bond[min(max(n, 0), BLOCK_STEPS - 1)])

    @property
    def charger_w(self):
        """Mean over the last 50 ms, positive into the house."""
        return sum(self._powers[0]) / POWER_BLOCKS

    @property
    def grid_w(self):
        """Mean power through K1 over the last 50 ms, positive into the house."""
        return sum(self._powers[1]) / POWER_BLOCKS

    def truth_grid_pu(self):
        return [float(x) / self.site.grid.nominal_v for x in self.s["rms"][: self.site.grid.legs]]

    def truth_house_pu(self):
        return [float(x) / self.site.grid.nominal_v for x in self.s["rms"][2 : 2 + self.site.grid.legs]]

    def house_hz(self):
        """The frequency of whatever holds the house up; 0 when nothing does."""
        if max(self.truth_house_pu()) < 0.10:
            return 0.0
        return self._house_hz_or_nominal()

    def _house_hz_or_nominal(self):
        if self.k1_conducting and self.upstream_conducting:
            return float(self.s["grid_hz"])
        if self.inverter.forming:
            return float(self.s["form_f"])
        return self.inverter.hz

    def truth(self):
        """What a perfect instrument would show, as a dictionary."""
        legs = self.site.grid.legs
        rms = [int(round(float(x) * 1000.0)) for x in self.s["rms"]]
        return {
            "time_s": self.now,
            "grid_hz": float(self.s["grid_hz"]) if self.upstream_conducting else 0.0,
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
