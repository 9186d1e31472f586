"""Looks at a world while it runs: collects what happened, with the firmware's own reasons, and makes the scene to show.

It reads the process image as a display on the board would, and the plant's truth for the diagram.
"""

from functools import cache

from tools.plant.names import SLOTS
from tools.plant.world import World
from tools.recording import MARK_WORDS
from tools.view import Scene

CHARGER_WORDS = {
    "WAIT": "waiting",
    "FOLLOW": "following",
    "CEASED": "ceased",
    "STARTING": "starting",
    "RAMP": "starting",
    "FORM": "forming",
    "RELEASE": "releasing",
    "GAVE_UP": "gave up",
    "BROKEN": "broken",
}


@cache
def reason_names() -> tuple[str, ...]:
    """The table's reasons. Imported late: tools.plant.names first puts the interpreter's stand-in on the path."""
    from firmware.transfer.table import REASONS

    return tuple(REASONS)


class Watch:
    """`look()` after every step; `events` are (time_s, text, kind)."""

    def __init__(self, world: World):
        self.world = world
        self.events: list[tuple[float, str, str]] = []
        self._states = self._violations = 0
        self._marks: set[str] = set()

    def look(self) -> None:
        """Note what is new since the last look."""
        world = self.world
        if len(world.marks) > len(self._marks):
            for name in [n for n in world.marks if n not in self._marks]:
                self.events.append((world.marks[name], MARK_WORDS.get(name, name), "world"))
            self._marks = set(world.marks)
        if len(world.states) > self._states:
            for when, name in world.states[self._states :]:
                self.events.append((when, "%s: %s" % (name, self._reason()), "state"))
            self._states = len(world.states)
        for violation in world.violations[self._violations :]:
            self.events.append((violation["time_s"], "SAFETY RULE BROKEN: %s" % violation["kind"], "alarm"))
        self._violations = len(world.violations)

    def slot(self, name: str) -> int:
        """A slot of the last process image."""
        return int(self.world.image[SLOTS[name]])

    def _reason(self) -> str:
        code = self.slot("REASON")
        names = reason_names()
        return names[code].lower().replace("_", " ") if 0 <= code < len(names) else "reason %d" % code

    def scene(self) -> Scene:
        """What there is to see now."""
        world, truth = self.world, self.world.truth
        since, state = world.states[-1] if world.states else (0.0, "STARTING UP")
        return Scene(
            scenario=world.scenario.name,
            title=world.scenario.title,
            time_s=world.time_s,
            end_s=world.scenario.duration_s,
            speed=world.realtime_factor,
            state=state,
            state_since_s=since,
            grid_v=truth["grid_mv"][0] / 1000,
            grid_hz=truth["grid_hz"],
            house_v=truth["house_mv"][0] / 1000,
            house_hz=truth["house_hz"],
            house_w=truth["house_w"],
            charger_w=truth["charger_w"],
            grid_w=truth["grid_w"],
            soc=100 * truth["soc"],
            k1_closed=truth["k1_closed"],
            k2_closed=truth["k2_closed"],
            charger=CHARGER_WORDS.get(truth["mode"], truth["mode"].lower()),
            figures=self._figures(),
            events=self.events,
        )

    def _figures(self) -> list[tuple[str, str]]:
        """What the firmware itself reads, waits for and counts."""
        bus, broken = self.world.modbus, len(self.world.violations)
        return [
            ("it reads", self._reads()),
            ("Modbus", "%d of %d answered" % (bus["ok"], bus["requests"])),
            ("house minus grid", self._step()),
            ("tick", "%d run, %d without samples" % (self.world.ticks, self.slot("TICK_BAD"))),
            ("waits for the grid", self._wait()),
            ("safety rules", "%d BROKEN" % broken if broken else "none broken"),
        ]

    def _reads(self) -> str:
        grid, house = self.slot("GRID_MIN_MV") / 1000, self.slot("HOUSE_MIN_MV") / 1000
        return "grid %.1f V, house %.1f V" % (grid, house)

    def _step(self) -> str:
        if not (self.slot("GRID_MHZ") and self.slot("HOUSE_MHZ")):
            return "-"
        angle, slip = self.slot("D1_CDEG") / 100, self.slot("SLIP_MHZ")
        return "%+.1f deg, %+d mHz, %+.1f V" % (angle, slip, self.slot("D1_MV") / 1000)

    def _wait(self) -> str:
        left = self.slot("ES_LEFT_MS")
        return "%.1f s more" % (left / 1000) if left else "no"
