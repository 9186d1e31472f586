"""The charger as a product, once a block: what it does with its gates, its own protection, its start, its energy.

On the grid it follows with a PLL. Its own protection acts on its terminals as IEEE 1547-2018 Category III asks [the
figures are in standards given with the project; M = from memory]: momentary cessation below 0.50 and above 1.20 pu
and within 3 ms of a wave 0.55 pu off the PLL's, back as soon as the voltage is between 0.80 and 1.15; must-trip 0.50
pu 2 s, 0.88 pu 21 s, 1.10 pu 13 s, 1.20 pu 0.16 s, 56.5 and 62 Hz 0.16 s (times 50/60 at 50 Hz). After a trip it
waits until its terminals were inside 0.917-1.05 pu and -0.5/+0.1 Hz for `enter_service_s`.

In an island it forms, only while its request contact is closed: `form_start_s` after the contact the voltage rises
along a ramp, with its own frequency and a droop; its current limit lets the voltage sag under too large a load; at
the limit for `overload_s`, or below 0.5 pu for `collapse_s`, it gives up until the request has been open for a
second. It refuses to start onto live terminals. When the request opens it goes on for `release_s`, then follows.
"""

import math

from tools.plant import charger as reg
from tools.plant.fields import fields
from tools.plant.shown import BROKEN, CEASED, FOLLOW, FORM, GAVE_UP, RAMP, RELEASE, STARTING, WAIT, show
from tools.plant.specs import BLOCK_S, BLOCK_STEPS, STEP_S
from tools.plant.wires import FOLLOWING, FORMING, OFF

SHOW_BLOCKS = 5  # the registers are refreshed every 10 ms
HOLDS_HOUSE = (RAMP, FORM, RELEASE)

# (what, limit in pu or in Hz at 60 Hz nominal, above?, seconds)
OWN_TRIPS = (
    ("v", 0.50, False, 2.0),
    ("v", 0.88, False, 21.0),
    ("v", 1.10, True, 13.0),
    ("v", 1.20, True, 0.16),
    ("f", 56.5, False, 0.16),
    ("f", 62.0, True, 0.16),
)
_NOTHING_OVER = (0.0,) * len(OWN_TRIPS)
_SIDES = (("v", False), ("v", True), ("f", False), ("f", True))


def _inside(scale):
    """(pu, pu, Hz, Hz) between which no trip of its own counts."""
    limits = {side: [limit for what, limit, above, _ in OWN_TRIPS if (what, above) == side] for side in _SIDES}
    low_pu, high_pu, low_hz, high_hz = (limits[side] for side in _SIDES)
    return max(low_pu), min(high_pu), max(low_hz) * scale, min(high_hz) * scale


class Inverter:
    """Owns the inverter's fields of the circuit state; reads its terminals there and its orders from the
    ChargerModel."""

    def __init__(self, spec, grid, store, state, model):
        self.spec, self.grid, self.store, self.s, self.model = spec, grid, store, state[0], model
        self.f = fields(state)  # the same as s, for what is looked at every block
        self._nominal_pk = math.sqrt(2) * grid.nominal_v
        self._within = _inside(grid.nominal_hz / 60.0)
        self.phase, self.since = WAIT, 0.0
        self.plan_w = spec.plan_w
        self.broken = False
        self.p_w = 0.0  # set power, positive into the house
        self._good_s = self._request_s = self._no_request_s = 0.0
        self._over_s = list(_NOTHING_OVER)
        self._limit_s = self._collapse_s = self._clipped = 0.0
        self._cessation_over_s = 99.0
        self._integral, self._blocks = 0.0, -1
        s = self.s
        s["w0"] = s["pll_w"] = 2 * math.pi * grid.nominal_hz
        wn = 2 * math.pi * spec.pll_hz
        s["pll_kp"], s["pll_ki"] = 1.41 * wn, wn * wn
        s["pll_theta"] = math.radians(grid.start_angle_deg)
        s["form_hz"] = grid.nominal_hz + spec.form_offset_hz
        s["droop"] = spec.form_droop_hz / spec.rated_w
        s["form_thd"] = spec.form_thd
        s["island_gain"] = spec.islanding_gain
        s["kp_i"] = 0.35 * spec.filter_h / STEP_S
        s["e_max"] = spec.dc_link_pu * math.sqrt(2) * grid.nominal_v
        s["mode"] = OFF
        s["fitted"] = int(spec.fitted)
        model.rated_charge_w = model.rated_discharge_w = int(spec.rated_w)
        model.charge_limit_w = model.discharge_limit_w = int(spec.rated_w)
        self._ratings()

    # what it sees

    @property
    def v_pu(self):
        return self.f.amp[0] / self._nominal_pk

    @property
    def hz(self):
        # the integrator only: the proportional part carries the wave's harmonics
        return (self.f.w0[0] + self.f.pll_i[0]) / (2 * math.pi)

    @property
    def forming(self):
        return self.phase in HOLDS_HOUSE

    @property
    def handing_back(self):
        """The request has opened; it holds its voltage until it can follow."""
        return self.phase == RELEASE

    @property
    def ready(self):
        """The READY contact: it could form an island if it were asked to."""
        return self.spec.fitted and not self.broken and self.phase != GAVE_UP and self.store.limits_w()[0] > 0.0

    def set_broken(self, broken):
        """A fault of the charger itself: FAULT contact, gates off."""
        self.broken = bool(broken)

    def step(self, request, ac_w=0.0, dt=BLOCK_S):
        """One block: `request` is the hard-wired contact as it stands (through K1's 52b and the permit); `ac_w` the
        mean power into the house over the last whole cycles."""
        self.since += dt
        self._request_s = self._request_s + dt if request else 0.0
        self._no_request_s = 0.0 if request else self._no_request_s + dt
        asked = self._request_s >= self.spec.request_debounce_s
        if not self.spec.fitted:
            return
        if self.broken:
            self._enter(BROKEN)
        _PHASES[self.phase](self, asked, dt)
        self._energy(ac_w, dt)
        self._blocks += 1
        if self._blocks % SHOW_BLOCKS == 0:
            show(self, ac_w)

    def _enter(self, phase):
        if phase == self.phase:
            return
        self.phase, self.since = phase, 0.0
        s = self.s
        s["mode"] = FORMING if phase in HOLDS_HOUSE else FOLLOWING if phase == FOLLOW else OFF
        self._good_s = self._limit_s = self._collapse_s = 0.0
        self._over_s = list(_NOTHING_OVER)
        s["astray"] = s["blocked"] = 0
        if phase != FOLLOW:
            self.p_w = 0.0
            s["id_set"] = s["iq_set"] = s["id"] = s["iq"] = 0.0
        if phase == RAMP:
            s["form_theta"], s["p_inv"], self._integral = s["pll_theta"], 0.0, 0.0
            s["form_pk"] = 0.0

    # phases

    def _wait(self, asked, dt):
        if asked:
            return self._enter(STARTING)
        f_off = self.hz - self.grid.nominal_hz
        good = 0.917 <= self.v_pu <= 1.05 and -0.5 <= f_off <= 0.1
        self._good_s = self._good_s + dt if good else 0.0
        if self._good_s >= self.spec.enter_service_s and self.model.plant_on:
            self._enter(FOLLOW)

    def _follow(self, asked, dt):
        if asked:
            return self._enter(STARTING)
        if not self.model.plant_on:
            return self._enter(WAIT)
        if self._tripped(dt):
            return self._enter(WAIT)
        if self.v_pu < 0.50 or self.v_pu > 1.20 or self.f.blocked[0]:
            return self._enter(CEASED)
        self._cessation_over_s += dt
        # after a cessation 80 % of the power must be back within 0.4 s
        ramp = self.spec.rated_w / 0.4 if self._cessation_over_s < 0.5 else self.spec.ramp_w_s
        wanted, var = self._wanted()
        change = min(max(wanted - self.p_w, -ramp * dt), ramp * dt)
        self.p_w += change
        pk = max(self.f.amp[0], 0.3 * math.sqrt(2) * self.grid.nominal_v)
        self.f.id_set[0] = 2.0 * self.p_w / (self.grid.legs * pk)
        self.f.iq_set[0] = 2.0 * var / (self.grid.legs * pk)

    def _ceased(self, asked, dt):
        if asked:
            return self._enter(STARTING)
        if self._tripped(dt) or self.since > 2.0:
            return self._enter(WAIT)
        if 0.80 <= self.v_pu <= 1.15 and self.since >= 0.03:  # the PLL needs its time
            self._cessation_over_s = 0.0
            self._enter(FOLLOW)

    def _starting(self, asked, dt):
        if not asked:
            return self._enter(WAIT)
        if self.v_pu > 0.20:  # something else holds the house: never form onto it
            self.since = 0.0
            return None
        if self.since >= self.spec.form_start_s and self.store.limits_w()[0] > 0.0:
            self._enter(RAMP)

    def _ramp(self, asked, dt):
        if not asked and self._no_request_s > self.spec.request_debounce_s:
            return self._enter(RELEASE)
        self._hold_voltage(min(1.0, self.since / self.spec.form_ramp_s), dt)
        if self.since >= self.spec.form_ramp_s:
            self._enter(FORM)

    def _form(self, asked, dt):
        if not asked and self._no_request_s > self.spec.request_debounce_s:
            return self._enter(RELEASE)
        wish = self.model.frequency_wish_mhz
        self.f.form_hz[0] = wish / 1000.0 if wish else self.grid.nominal_hz + self.spec.form_offset_hz
        self._hold_voltage(1.0, dt)
        # a sine is at its limit around its peaks only
        self._clipped += (self.f.limited[0] / BLOCK_STEPS - self._clipped) * dt / 0.05
        self._limit_s = self._limit_s + dt if self._clipped > 0.1 else max(0.0, self._limit_s - dt)
        self._collapse_s = self._collapse_s + dt if self.v_pu < 0.5 else 0.0
        empty = self.store.limits_w()[0] <= 0.0
        if self._limit_s > self.spec.overload_s or self._collapse_s > self.spec.collapse_s or empty:
            self._enter(GAVE_UP)

    def _release(self, asked, dt):
        # its own voltage loop rests: a grid in parallel would fight it
        if self.since >= self.spec.release_s:
            self._enter(WAIT)

    def _gave_up(self, asked, dt):
        if self._no_request_s >= 1.0:
            self._enter(WAIT)

    def _is_broken(self, asked, dt):
        if not self.broken:
            self._enter(WAIT)

    # parts

    def _hold_voltage(self, share, dt):
        nominal = self.spec.form_volt_pu * math.sqrt(2) * self.grid.nominal_v
        if share >= 1.0 and not self.f.limited[0]:
            error = self.spec.form_volt_pu - self.v_pu
            self._integral = min(max(self._integral + error * dt / 0.15, -0.08), 0.08)
        self.f.form_pk[0] = nominal * share * (1.0 + self._integral)

    def _wanted(self):
        """(watts, vars) into the house that app, Modbus and batteries together allow."""
        model = self.model
        watts, var = -self.plan_w, 0.0
        if model.ems_enabled and model.ems_mode == 0:
            watts, var = float(model.active_target_w), float(model.reactive_target_var)
        elif model.ems_enabled and model.ems_mode == 1:
            watts = 0.0
        elif model.ems_enabled and model.ems_mode == 8:
            watts = float(model.discharge_limit_w)
        if model.start_stop == reg.STOP or not (self.store.plugged or self.store.spec.battery_kwh):
            watts = 0.0
        out, into = self.store.limits_w()
        out = min(out * self.spec.efficiency, model.discharge_limit_w if model.v2x_enabled else 0.0)
        into = min(into / self.spec.efficiency, model.charge_limit_w)
        watts = min(max(watts, -into, -self.spec.rated_w), out, self.spec.rated_w)
        room = math.sqrt(max(self.spec.rated_w**2 - watts**2, 0.0))
        return watts, min(max(var, -room), room)

    def _tripped(self, dt):
        if not self.spec.own_trips:
            return False
        low_pu, high_pu, low_hz, high_hz = self._within
        if low_pu <= self.v_pu <= high_pu and low_hz <= self.hz <= high_hz:
            self._over_s = list(_NOTHING_OVER)
            return False
        tripped = False
        scale = self.grid.nominal_hz / 60.0
        for n, (what, limit, above, seconds) in enumerate(OWN_TRIPS):
            value, edge = (self.v_pu, limit) if what == "v" else (self.hz, limit * scale)
            out = value > edge if above else value < edge
            if what == "f" and self.v_pu < 0.3:
                out = False
            self._over_s[n] = self._over_s[n] + dt if out else 0.0
            tripped = tripped or self._over_s[n] > seconds / (scale if seconds < 1.0 else 1.0)
        return tripped

    def _ratings(self):
        amps = self.spec.rated_w / (self.grid.legs * self.grid.nominal_v)
        self.s["i_max"] = math.sqrt(2) * amps * self.spec.surge

    def _energy(self, ac_w, dt):
        eff = self.spec.efficiency
        self.store.move((ac_w / eff if ac_w > 0.0 else ac_w * eff) + self.spec.standby_w, dt)


_PHASES = {
    WAIT: Inverter._wait,
    FOLLOW: Inverter._follow,
    CEASED: Inverter._ceased,
    STARTING: Inverter._starting,
    RAMP: Inverter._ramp,
    FORM: Inverter._form,
    RELEASE: Inverter._release,
    GAVE_UP: Inverter._gave_up,
    BROKEN: Inverter._is_broken,
}
