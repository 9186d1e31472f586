"""What must never happen, judged on the plant's physical truth and never on what the firmware believes.

One entry a kind and episode in `violations`: {time_s, kind, detail}. The limits for closing onto a live house are IEEE
1547-2018 Table 5 for up to 500 kVA [M]: 0.3 Hz, 10 %, 20 degrees.
"""

import cmath
import math

from tools.plant.names import COILS, port
from tools.plant.specs import BLOCK_S

TABLE_5_HZ, TABLE_5_PERCENT, TABLE_5_DEG = 0.3, 10.0, 20.0
GRID_LIVE_PU, ALIVE_PU = 0.80, 0.20
FOLLOWED_ISLAND_S = 2.0
BRIDGED_S = 0.20  # 50 ms until it is found, K2's opening, and motors that coast down
REQUEST_AFTER_CLOSE_S = 0.15  # K1 touches before it is proven: the request may stand for its proving time
UNBONDED_S = 0.20
DOUBLE_BOND_S = 0.10
PERMIT_GRACE_S = 0.10
HELD_AROUND, HELD_THROUGH = ("grid side held up for %%.0f ms %s K1" % way for way in ("around", "through"))

KINDS = (
    "unsynchronised_close",
    "unsynchronised_parallel",
    "dead_grid_energised",
    "closed_onto_dead_grid",
    "request_while_k1_closed",
    "closed_with_bond",
    "double_bond",
    "live_unbonded",
    "coil_without_permit",
)


def degrees(z):
    return math.degrees(cmath.phase(z))


def wrapped(deg):
    """-180..180."""
    return (deg + 180.0) % 360.0 - 180.0


class Safety:
    """Looks at the plant after each block."""

    def __init__(self, plant):
        self.plant = plant
        self.violations = []
        self.unsynchronised_parallel_ms = 0.0
        self.sync_at_close = None  # of the last closing onto a live house
        self.closings = []  # (time_s, house was live)
        self._open = set()
        self._for_s = dict.fromkeys(KINDS, 0.0)
        self._asked = False
        self._grid_live_at_coil = False
        self._met = False  # the live grid, since the two sides were joined
        self._k1_coil = False

    def coil_edge(self, energised):
        """K1's coil changed: remember whether the grid was live, for a grid that dies while K1 travels."""
        self._k1_coil = energised
        self._grid_live_at_coil = energised and min(self.plant.truth_grid_pu()) >= GRID_LIVE_PU

    def step(self, outputs):
        """Judge the block that has just been computed; `outputs` are the firmware's bits that were in force."""
        plant = self.plant
        conducting = plant.k1_conducting
        for t in plant.k1.makes:
            self._closing(t)
        self._parallel(conducting)
        self._dead_grid(plant.joined)
        self._request(conducting, outputs)
        if plant.site.switches.kn_fitted:
            self._bond(conducting)
        driven = plant.permit_dead_s > PERMIT_GRACE_S and any(bits & COILS for bits in outputs)
        self._judge("coil_without_permit", driven, "asked %.0f ms after the permit", plant.permit_dead_s * 1e3)

    def _judge(self, kind, bad, detail="", *values):
        if not bad:
            self._open.discard(kind)
        elif kind not in self._open:
            self._open.add(kind)
            self._record(self.plant.now, kind, detail % values if values else detail)

    def _record(self, t, kind, detail):
        self.violations.append({"time_s": round(t, 4), "kind": kind, "detail": detail})

    def _timed(self, kind, bad, limit_s, detail):
        if not bad:
            self._for_s[kind] = 0.0
            return self._open.discard(kind)
        self._for_s[kind] += BLOCK_S
        return self._judge(kind, self._for_s[kind] > limit_s, detail, self._for_s[kind] * 1e3)

    def _closing(self, t):
        plant = self.plant
        grid, house = plant.before_grid_pu, plant.before_house_pu
        live = max(house) > 0.25
        self.closings.append((t, live))
        if min(grid) < GRID_LIVE_PU and not self._grid_live_at_coil:
            self._record(t, "closed_onto_dead_grid", "K1 touched with the grid at %.2f pu" % min(grid))
        if plant.bond_made_at(t):
            self._record(t, "closed_with_bond", "K1 touched with the neutral-earth bond made")
        if not live or min(grid) < ALIVE_PU:
            return
        df = plant.before_house_hz - plant.before_grid_hz
        pairs = list(zip(plant.before_grid, plant.before_house, strict=True))
        lead = 360.0 * df * (t - plant.before_t)
        angles = [wrapped(degrees(h) - degrees(g) + lead) for g, h in pairs]
        dphi = max(angles, key=abs)
        dv = max((100.0 * (abs(h) / abs(g) - 1.0) for g, h in pairs), key=abs)
        self.sync_at_close = {"dv_percent": round(dv, 2), "df_mhz": round(df * 1e3, 1), "dphi_deg": round(dphi, 2)}
        if abs(dphi) > TABLE_5_DEG or abs(df) > TABLE_5_HZ or abs(dv) > TABLE_5_PERCENT:
            detail = "K1 touched at %.1f deg, %.0f mHz, %.1f %%" % (dphi, df * 1e3, dv)
            self._record(t, "unsynchronised_close", detail)

    def _parallel(self, conducting):
        plant = self.plant
        if not (conducting and plant.inverter.forming and plant.upstream_conducting and plant.k2_conducting):
            return self._open.discard("unsynchronised_parallel")
        f = plant.f
        angle = wrapped(math.degrees(f.form_theta[0] - f.grid_theta[0]))
        slip = f.form_f[0] - f.grid_hz[0]
        out = abs(angle) > TABLE_5_DEG or abs(slip) > 10 * TABLE_5_HZ
        if out:
            self.unsynchronised_parallel_ms += BLOCK_S * 1e3
        return self._judge("unsynchronised_parallel", out, "charger's EMF %.0f deg from the grid's", angle)

    def _dead_grid(self, joined):
        plant = self.plant
        live = plant.upstream_conducting
        fed = joined and not live and max(plant.truth_grid_pu()) > ALIVE_PU
        detail = HELD_AROUND if plant.bridged else HELD_THROUGH
        self._met = joined and (self._met or live)
        self._timed("dead_grid_energised", fed, self._may_be_fed_s(), detail)

    def _may_be_fed_s(self):
        """How long a line that has just died may be held up. A charger that K1 has joined to a live grid and that is
        handing back holds its own voltage until it follows: nobody on site can see the loss before that, so that this
        is an unintentional island like any."""
        plant = self.plant
        if plant.bridged:
            return BRIDGED_S
        handing_back = plant.inverter.handing_back and self._met
        return FOLLOWED_ISLAND_S if handing_back or not plant.inverter.forming else 0.02

    def _request(self, conducting, outputs):
        asked = any(bits & port.OUT_ISLAND_REQUEST for bits in outputs)
        rising = asked and not self._asked
        self._asked = asked
        if rising and conducting:
            self._record(self.plant.now, "request_while_k1_closed", "island asked for while K1 conducts")
            self._open.add("request_while_k1_closed")
        detail = "island request stood for %.0f ms with K1 conducting"
        held = asked and conducting
        wired = self.plant.request and conducting  # got through the hardware's own interlock
        limit = 0.02 if wired else REQUEST_AFTER_CLOSE_S
        if not rising:
            self._timed("request_while_k1_closed", held or wired, limit, detail)

    def _bond(self, conducting):
        plant = self.plant
        live = max(plant.truth_house_pu()) > ALIVE_PU
        made, through = plant.bond_made, plant.neutral_through
        self._timed("live_unbonded", live and not made and not through, UNBONDED_S, "live and unbonded for %.0f ms")
        self._timed("double_bond", made and through and conducting, DOUBLE_BOND_S, "bonded twice for %.0f ms")
