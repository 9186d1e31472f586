"""Scenarios of the link to the charger: replies that are wrong, and a charger that no longer answers."""

from tools.plant import scenario as base
from tools.plant.specs import Site

WRONG_REPLIES = base.Scenario(
    "wrong-replies",
    "While the car exports, replies come spoilt in every way for some seconds: none is believed, nothing moves.",
    40.0,
    tuple((t, "wrong_replies", {"count": 5}) for t in (8.0, 20.0)),
    settings=base.with_settings(energy_mode=2, transfer_policy=1),
    site=Site(grid=base.SLOW_GRID, house=base.EVENING, charger=base.EXPORTING),
    expected=base.SAFE
    + (
        base.NO_ISLAND,
        ("at least eight replies were refused", lambda s: s.get("modbus", {}).get("errors", 0) >= 8),
        ("K1 stayed closed", lambda s: s["k1_open_command_ms"] is None),
        ("the run ended in PARALLEL", base.ends("PARALLEL")),
    ),
)
LINK_LOST = base.Scenario(
    "link-lost",
    "The bus dies while the car exports: the charger has no timeout of its own, so its contactor parts it; then back.",
    70.0,
    ((8.0, "charger_silent", {}), (45.0, "charger_silent", {"on": False})),
    settings=base.with_settings(energy_mode=2, transfer_policy=1),
    site=Site(grid=base.SLOW_GRID, house=base.EVENING, charger=base.EXPORTING),
    expected=base.SAFE
    + (
        base.NO_ISLAND,
        ("PARALLEL, GRID, PARALLEL", base.in_order("PARALLEL", "GRID", "PARALLEL")),
        ("parted within 30 s", lambda s: any(8 < t < 38 and name == "GRID" for t, name in s["states"])),
        ("K1 stayed closed", lambda s: s["k1_open_command_ms"] is None),
        ("the run ended in PARALLEL", base.ends("PARALLEL")),
    ),
)
APP_BLOCKS_V2X = base.Scenario(
    "app-blocks-v2x",
    "Export is wished, but V2X is off in the charger's app: nothing comes out, it is said, and the car is left alone.",
    150.0,
    ((1.0, "v2x", {"on": False}), (146.0, base.CONSOLE, {"line": "charger"})),
    settings=base.with_settings(energy_mode=2, transfer_policy=1),
    site=Site(grid=base.SLOW_GRID, house=base.EVENING, charger=base.EXPORTING),
    expected=base.SAFE
    + (
        base.NO_ISLAND,
        ("K1 stayed closed", lambda s: s["k1_open_command_ms"] is None),
        ("the run ended in PARALLEL", base.ends("PARALLEL")),
    ),
)
ALL: tuple[base.Scenario, ...] = (WRONG_REPLIES, LINK_LOST, APP_BLOCKS_V2X)
