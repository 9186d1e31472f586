"""Scenarios of what the energy is for: a dear evening, a request to export, a home battery, a car that leaves."""

import dataclasses as dc
import datetime as dt

from tools.plant import scenario as base
from tools.plant.specs import HouseSpec, Site, StoreSpec

# A Monday in November, ten seconds before power is dear.
CLOCK = int(dt.datetime(2026, 11, 23, 16, 59, 50, tzinfo=dt.UTC).timestamp())
SET_CLOCK = (
    (2.0, "service_key", {"on": True}),
    (3.0, base.CONSOLE, {"line": "clock set %d" % CLOCK}),
    (4.0, "service_key", {"on": False}),
)
STAYED: tuple[base.Check, ...] = (
    base.NO_ISLAND,
    ("K1 stayed closed", lambda s: s["k1_open_command_ms"] is None),
    ("the run ended in PARALLEL", base.ends("PARALLEL")),
)
BATTERY = StoreSpec(car_plugged=False, battery_kwh=10.0, battery_soc=0.6)

EVENING_PEAK = base.Scenario(
    "evening-peak",
    "Power grows dear at five: the car covers the house and sells nothing, whatever the loads do; at two past it ends.",
    150.0,
    (
        *SET_CLOCK,
        (40.0, "load", {"w1": 2200.0, "w2": 1400.0}),
        (80.0, "load", {"w1": 900.0, "w2": 700.0}),
        (145.0, base.CONSOLE, {"line": "plan"}),
    ),
    settings=base.with_settings(
        energy_mode=3, transfer_policy=1, window1_kind=1, window1_from_min=1020, window1_to_min=1022
    ),
    site=Site(grid=base.SLOW_GRID, house=base.EVENING, charger=base.EXPORTING),
    expected=base.SAFE
    + STAYED
    + (
        ("the car gave at least 30 Wh while power was dear", lambda s: s["energy"]["given_wh"] >= 30.0),
        # 2 kW of load go while the car gives 4: what the meter tells is seconds old, as it is at a real charger
        ("less than 6 Wh went to the grid, at the load's step", lambda s: s["energy"]["exported_wh"] < 6.0),
    ),
)
EXPORT_REQUEST = base.Scenario(
    "export-request",
    "The site's energy manager asks for 3 kW for 30 s: given, and ended by itself; it is not asked to end.",
    80.0,
    ((10.0, base.SITE, {"watts": 3000, "seconds": 30}),),
    settings=base.with_settings(energy_mode=0, transfer_policy=1, site_server=1),
    site=Site(grid=base.SLOW_GRID, house=base.EVENING, charger=base.EXPORTING),
    expected=base.SAFE
    + STAYED
    + (
        # 3 kW for 30 s are 25 Wh; the charger takes seconds to begin and to end
        ("18 to 30 Wh were given", lambda s: 18.0 <= s["energy"]["given_wh"] <= 30.0),
        ("some of it went to the grid", lambda s: s["energy"]["most_exported_w"] > 800),
    ),
)
OUTAGE_WITH_BATTERY = base.Scenario(
    "outage-with-battery",
    "No car is there, but a home battery: it forms the island, carries the house, and goes back in step.",
    60.0,
    ((8.0, "grid_off", {}), (22.0, "grid_on", {})),
    site=Site(grid=base.SLOW_GRID, house=base.EVENING, charger=base.CHARGING, store=BATTERY),
    expected=base.SAFE
    + (
        (
            "PARALLEL, ISLAND, SYNCHRONISING, PARALLEL",
            base.in_order("PARALLEL", "ISLAND", "SYNCHRONISING", "PARALLEL"),
        ),
        ("the house was live again within 3 s", base.within("island_up_ms", 0, 3000)),
        ("the run ended in PARALLEL", base.ends("PARALLEL")),
    ),
)
BATTERY_EMPTIES = base.Scenario(
    "battery-empties",
    "The home battery carries the island until it is empty; the car takes over, and nobody in the house notices.",
    60.0,
    ((8.0, "grid_off", {}), (30.0, "grid_on", {})),
    site=Site(
        grid=base.SLOW_GRID,
        house=base.EVENING,
        charger=base.CHARGING,
        store=StoreSpec(battery_kwh=1.0, battery_soc=0.056, battery_first=True),
    ),
    expected=base.SAFE
    + (
        ("one island, and no start after it", lambda s: base.names(s).count("STARTING") == 1),
        ("back in step", base.in_order("ISLAND", "SYNCHRONISING", "PARALLEL")),
        ("the run ended in PARALLEL", base.ends("PARALLEL")),
    ),
)
CAR_LEAVES = base.Scenario(
    "car-leaves",
    "The car is unplugged in an island and there is no battery: the house goes dark in order and gets the grid back.",
    60.0,
    ((8.0, "grid_off", {}), (16.0, "car", {"plugged": False}), (30.0, "grid_on", {})),
    site=Site(grid=base.SLOW_GRID, house=base.EVENING, charger=base.CHARGING),
    expected=base.SAFE
    + (
        ("the island ended dark", base.in_order("ISLAND", "DARK", "GRID")),
        ("no start without a source", lambda s: base.names(s).count("STARTING") == 1),
        ("the run ended on the grid", base.ends("GRID", "PARALLEL")),
    ),
)
# The line that is left draws what the car gives, and L and C on it circulate as much again: nothing passive sees it.
UNINTENTIONAL = base.Scenario(
    "unintentional-island",
    "The grid opens upstream while the car exports what is left on the line: the answer to the dither opens K1.",
    40.0,
    ((12.0, "grid_off", {}), (24.0, "grid_on", {})),
    settings=base.with_settings(
        energy_mode=2,
        export_w=2500,
        charger_rated_w=2700,
        transfer_policy=1,
        charger_profile=1,
        charger_baud=115200,
        dither_ask_e3=50,
    ),
    site=Site(
        grid=dc.replace(base.SLOW_GRID, neighbours_w=(0.0, 0.0), neighbours_var=(0.0, 0.0)),
        house=HouseSpec((0.0, 0.0), (0.0, 0.0), rlc_w=1250.0, rlc_hz=59.5),
        charger=dc.replace(base.EXPORTING, rated_w=2700.0, enter_service_s=1.0),
    ),
    device="sunspec_der",
    baud=115200,
    expected=base.SAFE
    + (
        ("K1 was proven open within 2 s of the loss", base.within("k1_proven_open_ms", 0, 2000)),
        ("PARALLEL, ISLAND, PARALLEL", base.in_order("PARALLEL", "ISLAND", "PARALLEL")),
        ("the run ended in PARALLEL", base.ends("PARALLEL")),
    ),
)
ALL: tuple[base.Scenario, ...] = (
    EVENING_PEAK,
    EXPORT_REQUEST,
    OUTAGE_WITH_BATTERY,
    BATTERY_EMPTIES,
    CAR_LEAVES,
    UNINTENTIONAL,
)
