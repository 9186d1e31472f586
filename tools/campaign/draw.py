"""One run's story, drawn from its seed: the site, an outage or none, and what goes wrong, when or in which state.

The same seed gives the same story on every machine. A story says what happens to the site; it never tells the firmware.
"""

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from tools.plant.scenario import QUICK, Scenario
from tools.plant.specs import ChargerSpec, ContactorSpec, GridSpec, HouseSpec, Site, StoreSpec, SwitchSpec

OPEN_MS = (8.0, 15.0, 25.0)  # the contactors of a campaign
FIRST_S = 2.6  # from here on the controller is in parallel
QUICKER = MappingProxyType({**QUICK, "es_delay_ms": 500, "energy_mode": 1})
SEAMLESS, RIDE_THROUGH = 0, 1  # transfer_policy
STATES = (
    "GRID", "PARALLEL", "OPENING", "DARK", "BONDING", "STARTING", "ISLAND", "SYNCHRONISING", "OPEN_TRANSITION",
    "RECLOSING",
)  # fmt: skip
RESTART = "restart"  # not the plant's: the controller itself starts anew, dead for `seconds`
CHANNELS = ("stuck", "no_bias", "open", "half")
CONTACTS = (
    "welded", "pole_welded", "stuck_open", "slow", "bounces", "no_coil", "a_open", "a_closed", "b_open", "b_closed",
)  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong: at `at_s`, or `delay_s` after the controller is in `state`, not before `at_s`."""

    name: str
    action: str
    args: MappingProxyType
    at_s: float = 0.0
    state: str = ""
    delay_s: float = 0.0


@dataclass(frozen=True)
class Story:
    """`scenario` is what the plant plays; `faults` come on top of it."""

    seed: int
    scenario: Scenario
    open_ms: float
    load_share: float
    outage_at_s: float | None
    back_at_s: float | None
    faults: tuple[Fault, ...] = field(default=())


def story(seed: int) -> Story:
    """The run of a seed."""
    rng = np.random.default_rng((20261123, seed))
    open_ms = float(rng.choice(OPEN_MS))
    share = float(rng.uniform(0.0, 1.0))
    outage, back, events = _outage(rng)
    faults = _faults(rng, outage)
    scenario = Scenario(
        "campaign",
        "seed %d" % seed,
        duration_s=round((back or outage or 5.0) + float(rng.uniform(3.0, 6.0)), 3),
        events=tuple(events),
        settings=MappingProxyType(_settings(rng)),
        site=_site(rng, share, open_ms),
    )
    return Story(seed, scenario, open_ms, share, outage, back, faults)


def _outage(rng: Any) -> tuple[float | None, float | None, list]:
    """When the grid goes and comes back: clean, as a sag, twice, or within the opening itself."""
    kind = rng.choice(["clean", "sag", "again", "within", "stays", "none"], p=[0.40, 0.10, 0.15, 0.15, 0.10, 0.10])
    at = round(FIRST_S + float(rng.uniform(0.0, 1.0)), 4)
    if kind == "none":
        return None, None, []
    if kind == "sag":
        lasts = float(rng.uniform(0.02, 1.5))
        sag = {"pu": float(rng.uniform(0.0, 0.85)), "seconds": lasts, "deg": float(rng.uniform(-60, 60))}
        return at, at + lasts, [(at, "sag", sag)]
    if kind == "stays":
        return at, None, [(at, "grid_off", {})]
    back = at + float(rng.uniform(0.002, 0.06) if kind == "within" else rng.uniform(0.3, 5.0))
    events = [(at, "grid_off", {}), (back, "grid_on", {"angle_deg": float(rng.uniform(-180, 180))})]
    if kind == "again":
        again = back + float(rng.uniform(0.01, 2.5))
        events += [(again, "grid_off", {}), (again + float(rng.uniform(0.05, 2.0)), "grid_on", {})]
        back = events[-1][0]
    return at, back, events


def _settings(rng: Any) -> dict[str, int]:
    """Policy and mode vary; the delays are the shortest."""
    mode = int(rng.choice([1, 2]))
    return {**QUICKER, "transfer_policy": int(rng.integers(0, 2)), "energy_mode": mode}


def _site(rng: Any, share: float, open_ms: float) -> Site:
    rated = 11400.0
    part = rng.dirichlet([3.0, 1.0, 2.0])  # resistive, electronic, motor
    split = float(rng.uniform(0.3, 0.7))
    legs = (split, 1.0 - split)
    watts = [tuple(float(share * rated * 0.8 * p * leg) for leg in legs) for p in part]
    motor = tuple(w if w > 50.0 and rng.random() < 0.5 else 0.0 for w in watts[2])
    power = float(rng.uniform(-9000.0, 9000.0))
    contactor = ContactorSpec(close_ms=open_ms + 7.0, open_ms=open_ms, travel_ms=min(5.0, 0.6 * open_ms))
    relay = ContactorSpec(close_ms=8.0, open_ms=7.0, travel_ms=2.0)
    return Site(
        grid=GridSpec(start_hz=60.0 + float(rng.uniform(-0.08, 0.04)), start_angle_deg=float(rng.uniform(0, 360))),
        house=HouseSpec(resistive_w=watts[0], electronic_w=watts[1], motor_w=motor),
        charger=ChargerSpec(plan_w=power, enter_service_s=0.5),
        store=StoreSpec(car_plugged=bool(rng.random() > 0.08), car_soc=float(rng.uniform(0.05, 1.0))),
        switches=SwitchSpec(k1=contactor, k2=contactor, kn=relay),
    )


def _choices(rng: Any) -> dict[str, tuple[str, dict]]:
    """Every kind of fault: name -> (action, arguments)."""
    found: dict[str, tuple[str, dict]] = {}
    for name in ("k1", "k2"):
        for fault in CONTACTS:
            found["%s %s" % (name, fault)] = ("contactor", {"name": name, "fault": fault})
    for fault in CHANNELS:
        channel = int(rng.integers(0, 4))
        found["channel %s" % fault] = ("sensor", {"channel": channel, "fault": fault})
    found["charger silent"] = ("charger_silent", {})
    found["charger late"] = ("charger_late", {"ms": float(rng.uniform(50, 3000))})
    found["charger broken"] = ("charger_broken", {})
    found["ready open"] = ("ready_contact", {"wire": "open"})
    found["ready shorted"] = ("ready_contact", {"wire": "shorted"})
    found["wrong replies"] = ("wrong_replies", {"count": int(rng.integers(1, 20))})
    found["car unplugged"] = ("car", {"plugged": False})
    found["motor start"] = ("motor", {"w1": float(rng.uniform(500, 3000)), "w2": 0.0})
    load = float(rng.uniform(4000, 9000))
    found["overload"] = ("load", {"w1": load, "w2": load})
    found["emergency stop"] = ("e_stop", {"ok": False})
    found["neutral broken"] = ("neutral", {"broken": True})
    found["bypass"] = ("bypass", {"off": False})
    found[RESTART] = (RESTART, {"seconds": float(rng.choice([0.05, 0.4, 2.0]))})
    return found


WEIGHTS = {RESTART: 5.0, "emergency stop": 5.0, "motor start": 3.0, "charger silent": 2.0}


def _faults(rng: Any, outage: float | None) -> tuple[Fault, ...]:
    """None, one or two."""
    choices = _choices(rng)
    names = sorted(choices)
    weights = np.array([WEIGHTS.get(name, 1.0) for name in names])
    count = int(rng.choice([0, 1, 2], p=[0.2, 0.6, 0.2]))
    drawn = rng.choice(names, size=count, replace=False, p=weights / weights.sum())
    return tuple(_when(rng, str(name), *choices[str(name)], outage) for name in drawn)


def _when(rng: Any, name: str, action: str, args: dict, outage: float | None) -> Fault:
    fixed = MappingProxyType(args)
    if rng.random() < 0.7:
        state = str(rng.choice(STATES))
        delay = float(rng.choice([0.0, rng.uniform(0.0, 0.03), rng.uniform(0.0, 1.0)]))
        armed = 0.0 if rng.random() < 0.3 else outage or 0.0
        return Fault(name, action, fixed, at_s=armed, state=state, delay_s=delay)
    return Fault(name, action, fixed, at_s=FIRST_S + float(rng.uniform(-1.0, 4.0)))
