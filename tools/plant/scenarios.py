"""The scenarios that `make run SCENARIO=..` plays: the transfer's here, those of the link and the energy beside it."""

from tools.plant import energy_scenarios, link_scenarios
from tools.plant import scenario as base
from tools.plant.specs import Site, StoreSpec

_TRANSFER = (
    base.Scenario(
        "blackout",
        "The grid fails while the car charges at 7 kW; the car carries the house; the grid returns and is met in step.",
        60.0,
        (
            (8.0, "grid_off", {}),
            (14.0, "load", {"w1": 2150.0, "w2": 450.0}),
            (18.0, "load", {"w1": 650.0, "w2": 450.0}),
            (22.0, "grid_on", {}),
        ),
        site=Site(grid=base.SLOW_GRID, house=base.EVENING, charger=base.CHARGING),
        expected=base.SAFE
        + (
            (
                "PARALLEL, ISLAND, SYNCHRONISING, PARALLEL",
                base.in_order("PARALLEL", "ISLAND", "SYNCHRONISING", "PARALLEL"),
            ),
            ("K1 was proven open within 60 ms", base.within("k1_proven_open_ms", 0, 60)),
            ("the house was live again within 3 s", base.within("island_up_ms", 0, 3000)),
            ("K1 closed in step (5 deg, 0.2 Hz, 5 %)", base.in_step),
            ("the run ended in PARALLEL", base.ends("PARALLEL")),
        ),
    ),
    base.Scenario(
        "sag",
        "Half the voltage for 200 ms while the car exports: the grid code asks to stay, and K1 stays.",
        16.0,
        ((8.0, "sag", {"pu": 0.5, "seconds": 0.2}),),
        settings=base.with_settings(energy_mode=2, transfer_policy=1),
        site=Site(grid=base.SLOW_GRID, house=base.EVENING, charger=base.EXPORTING),
        expected=base.SAFE
        + (
            ("K1 stayed closed", lambda s: s["k1_open_command_ms"] is None),
            ("the run ended in PARALLEL", base.ends("PARALLEL")),
        ),
    ),
    base.Scenario(
        "brownout",
        "Four fifths of the voltage for a minute: ridden through for 20 s, tripped before 21 s, met again in step.",
        110.0,
        ((8.0, "sag", {"pu": 0.8, "seconds": 60.0}),),
        settings=base.with_settings(transfer_policy=1),
        site=Site(grid=base.SLOW_GRID, house=base.EVENING, charger=base.CHARGING),
        expected=base.SAFE
        + (
            # Category III: 0.70-0.88 pu must be ridden through for 20 s and cleared by 21 s, opening time included
            ("K1 opened between 20 and 21 s", base.within("k1_proven_open_ms", 20000, 21000)),
            ("the car carried the house", base.in_order("PARALLEL", "OPENING", "ISLAND")),
            ("the run ended in PARALLEL", base.ends("PARALLEL")),
        ),
    ),
    base.Scenario(
        "stuck-contactor",
        "K1 is welded when the grid fails: no island, permit withdrawn, locked out until a person comes.",
        30.0,
        ((5.0, "contactor", {"name": "k1", "fault": "welded"}), (8.0, "grid_off", {}), (20.0, "grid_on", {})),
        site=Site(grid=base.SLOW_GRID, house=base.EVENING, charger=base.CHARGING),
        expected=base.SAFE
        + (
            base.NO_ISLAND,
            ("it locked out", base.in_order("OPENING", "LOCKOUT_86")),
            ("and stays", base.ends("LOCKOUT_86")),
        ),
    ),
    base.Scenario(
        "bridged-k1",
        "Somebody lays a cable around a pole of K1 in the dark: the island feeds the street, which is seen, and ends.",
        20.0,
        ((8.0, "grid_off", {}), (8.3, "bridge", {})),
        site=Site(grid=base.SLOW_GRID, house=base.EVENING, charger=base.CHARGING),
        expected=base.SAFE
        + (
            ("the island was ended at its start and locked out", base.in_order("STARTING", "LOCKOUT_86")),
            ("it was never declared up", base.never("ISLAND")),
            ("and stays", base.ends("LOCKOUT_86")),
        ),
    ),
    base.Scenario(
        "charger-silent",
        "The charger's bus is dead and its READY contact open when the grid fails: no blind island.",
        45.0,
        (
            (4.0, "charger_silent", {}),
            (4.0, "ready_contact", {"wire": "open"}),
            (8.0, "grid_off", {}),
            (20.0, "grid_on", {}),
        ),
        site=Site(grid=base.SLOW_GRID, house=base.EVENING, charger=base.CHARGING),
        expected=base.SAFE + (base.NO_ISLAND, ("the house waited dark and came back", base.in_order("DARK", "GRID"))),
    ),
    base.Scenario(
        "no-car",
        "No car and no battery: the house is cut off, waits dark and gets the grid back.",
        45.0,
        ((8.0, "grid_off", {}), (20.0, "grid_on", {})),
        site=Site(grid=base.SLOW_GRID, house=base.EVENING, charger=base.CHARGING, store=StoreSpec(car_plugged=False)),
        expected=base.SAFE + (base.NO_ISLAND, ("the house waited dark and came back", base.in_order("DARK", "GRID"))),
    ),
)
SCENARIOS = {scenario.name: scenario for scenario in _TRANSFER + link_scenarios.ALL + energy_scenarios.ALL}


def find(name: str) -> base.Scenario:
    """The scenario of this name, or ValueError with the names there are."""
    if name not in SCENARIOS:
        raise ValueError("scenario %r is unknown; there are %s" % (name, ", ".join(SCENARIOS)))
    return SCENARIOS[name]
