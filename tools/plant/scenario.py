"""What a scenario is, and what scenarios are made of: expectations of a run's summary, the usual site.

Delays that a grid code sets to minutes are shortened through settings, and each scenario says so by listing them. A
scenario never tells the firmware anything but its settings and what a technician could type.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from tools.plant.actions import ACTIONS
from tools.plant.specs import ChargerSpec, GridSpec, HouseSpec, Site
from tools.plant.wire import framed

# The actions that are not the plant's: a line typed on the console; a frame of the site's energy manager (SunSpec 704,
# so many watts into the house for so many seconds), whose address is that of a server with the models that are there.
CONSOLE, SITE = "console", "site_asks"
SITE_POWER = 40002 + 68 + 155 + 52 + 19 + 22  # WSetEna

Event = tuple[float, str, dict[str, Any]]
Check = tuple[str, Callable[[dict[str, Any]], bool]]

# Shortened, so that a minute shows a whole day's work: enter service 300 s -> 2 s, its ramp of power 300 s -> 1 s, a
# dead house's wait 10 s -> 1 s. The car may charge, and the charger is the site's.
QUICK = MappingProxyType(
    {
        "in_service": 1,
        "es_delay_ms": 2000,
        "es_ramp_ms": 1000,
        "reclose_delay_ms": 1000,
        "energy_mode": 1,
        "charger_rated_w": 11400,
    }
)


@dataclass(frozen=True)
class Scenario:
    """`expected`: sentence and a test of the summary that makes it true."""

    name: str
    title: str
    duration_s: float
    events: tuple[Event, ...] = ()
    settings: MappingProxyType = field(default_factory=lambda: QUICK)
    site: Site = field(default_factory=Site)
    device: str = "sigen"  # what the charger speaks: world.BUSES
    baud: int = 9600  # to the charger
    site_baud: int = 19200  # from the site's energy manager
    expected: tuple[Check, ...] = ()

    def __post_init__(self):
        for t, action, _ in self.events:
            if action not in (CONSOLE, SITE) and action not in ACTIONS:
                raise ValueError("scenario %s: event at %g s: action %r is unknown" % (self.name, t, action))

    def plant_events(self) -> list[Event]:
        """The events for the plant."""
        return [event for event in self.events if event[1] not in (CONSOLE, SITE)]

    def console_events(self) -> list[tuple[float, bytes]]:
        """(time, bytes) to be typed, in order."""
        return [
            (t, (args["line"] + "\r").encode())
            for t, action, args in sorted(self.events, key=_time)
            if action == CONSOLE
        ]

    def site_events(self) -> list[tuple[float, bytes]]:
        """(time, frame) of the site's energy manager, in order."""
        return [(t, site_asks(**args)) for t, action, args in sorted(self.events, key=_time) if action == SITE]

    def all_settings(self) -> dict[str, int]:
        """The settings the firmware starts with: the site's nominal figures, its calibration, the scenario's own."""
        grid, sense = self.site.grid, self.site.sense
        found = {"nominal_mv": int(grid.nominal_v * 1000), "nominal_hz": int(grid.nominal_hz), "legs": grid.legs}
        for channel in ("g1", "g2", "h1", "h2"):
            found[channel + "_uv_per_count"] = int(sense.uv_per_count)
        found.update(self.settings)
        return found

    def failures(self, summary: dict[str, Any]) -> list[str]:
        """The expectations that did not come true."""
        return ["expected: " + sentence for sentence, test in self.expected if not test(summary)]


def site_asks(watts: int, seconds: int, unit: int = 1) -> bytes:
    """The energy manager's write: WSetEna, WSetMod watts, WSet, and when the request ends by itself."""
    words = (1, 1, watts >> 16 & 0xFFFF, watts & 0xFFFF, 0, 0, 0, 0, 1, seconds >> 16, seconds & 0xFFFF)
    head = bytes((unit, 16, SITE_POWER >> 8, SITE_POWER & 255, 0, len(words), 2 * len(words)))
    return framed(head + b"".join(word.to_bytes(2, "big") for word in words))


def _time(event: Event) -> float:
    return event[0]


def with_settings(**more: int) -> MappingProxyType:
    """QUICK, and these."""
    return MappingProxyType({**QUICK, **more})


# expectations


def names(summary: dict[str, Any]) -> list[str]:
    """The states a run went through."""
    return [name for _, name in summary["states"]]


def in_order(*wanted: str) -> Callable[[dict[str, Any]], bool]:
    """It went through these, others between them or not."""

    def test(summary):
        rest = iter(names(summary))
        return all(name in rest for name in wanted)

    return test


def never(*unwanted: str) -> Callable[[dict[str, Any]], bool]:
    """It was in none of these."""
    return lambda summary: not set(unwanted) & set(names(summary))


def ends(*last: str) -> Callable[[dict[str, Any]], bool]:
    """It ended in one of these."""
    return lambda summary: bool(summary["states"]) and names(summary)[-1] in last


def within(field_name: str, low: float, high: float) -> Callable[[dict[str, Any]], bool]:
    """This figure is known and lies between."""

    def test(summary):
        value = summary[field_name]
        return value is not None and low <= value <= high

    return test


def in_step(summary: dict[str, Any]) -> bool:
    """K1 closed within 5 degrees, 0.2 Hz, 5 % (closed-transition practice)."""
    sync = summary["sync_at_close"]
    return bool(sync) and abs(sync["dphi_deg"]) <= 5 and abs(sync["df_mhz"]) <= 200 and abs(sync["dv_percent"]) <= 5


SAFE: tuple[Check, ...] = (
    ("nothing unsafe happened in the plant", lambda s: not s["violations"] and s["unsynchronised_parallel_ms"] == 0),
    ("every tick found its samples", lambda s: s["tick"]["overruns"] == 0),
)
NO_ISLAND: Check = ("no island was asked for", never("STARTING", "ISLAND", "SYNCHRONISING"))

EVENING = HouseSpec(resistive_w=(650.0, 450.0), electronic_w=(200.0, 150.0), motor_w=(300.0, 0.0))
# The charger's own wait of minutes, shortened like the controller's.
CHARGING = ChargerSpec(plan_w=7000.0, enter_service_s=1.0)
EXPORTING = ChargerSpec(plan_w=-5000.0, enter_service_s=1.0)
# A grid a little slow, so that the island's own +0.05 Hz brings the two into step within twenty seconds.
SLOW_GRID = GridSpec(start_hz=59.98)
