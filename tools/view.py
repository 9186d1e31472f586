"""The run on one screen: a one-line diagram with its contactors drawn open or closed, the state, figures, last events.

`screen()` is for a terminal, `line()` for a log. Both only show; nothing is judged here, and the diagram shows the
plant's truth, not what the firmware believes.
"""

from dataclasses import dataclass, field

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

STATE_WORDS = {
    "OUT_OF_SERVICE": "everything is open until it is proven",
    "GRID": "the house is on the grid, sources are held off",
    "PARALLEL": "the house is on the grid, the car may charge or feed",
    "OPENING": "K1 is told to open and not yet proven open",
    "DARK": "the house is cut off and without a source",
    "BONDING": "the neutral is being bonded to earth",
    "STARTING": "the charger is asked to form the island",
    "ISLAND": "the house lives on the car",
    "SYNCHRONISING": "the island and the grid are coming into step",
    "UNBONDING": "the neutral's bond is being taken away",
    "CLOSING": "K1 is told to close and not yet proven closed",
    "HANDBACK": "K1 is closed, the charger goes back to following",
    "OPEN_TRANSITION": "back to the grid through a dark gap",
    "RECLOSING": "K1 gives a dead house the grid back",
    "LOCKOUT_86": "locked out until a person on site resets it",
    "SERVICE": "a person works on it",
    "BYPASSED": "the bypass switch carries the house",
}
GRID_STYLE, HOUSE_STYLE, DEAD_STYLE, OPEN_STYLE = "bold dodger_blue1", "bold dark_orange", "grey42", "bold red"
EVENTS_SHOWN = 7
LIVE_V = 20.0  # below this a wire is drawn dead
PLACE, CONTACT = 11, 5  # columns
FLOW_W = 60.0  # below this no arrow is drawn


@dataclass
class Scene:
    """What there is to see at one moment. Volts and hertz are of leg 1; watts positive into the house."""

    scenario: str
    title: str
    time_s: float
    end_s: float
    speed: float  # simulated seconds a second
    state: str
    state_since_s: float
    grid_v: float
    grid_hz: float
    house_v: float
    house_hz: float
    house_w: float
    charger_w: float
    grid_w: float
    soc: float
    k1_closed: bool
    k2_closed: bool
    charger: str  # what the charger does, one word
    figures: list[tuple[str, str]] = field(default_factory=list)
    events: list[tuple[float, str, str]] = field(default_factory=list)  # time, text, kind: state, world, alarm


@dataclass(frozen=True)
class Signs:
    """What wires are drawn with, for terminals with and without Unicode."""

    live: str = "\u2501"
    dead: str = "\u2500"
    closed: str = "\u25cf\u2501\u2501\u2501\u25cf"
    open: str = "\u25cf \u2571 \u25cf"
    right: str = "\u25b6"
    left: str = "\u25c0"
    tap: str = "\u2533"
    down: str = "\u2503"


PLAIN_SIGNS = Signs("=", "-", "o===o", "o / o", ">", "<", "+", "|")


def line(scene: Scene) -> str:
    """One line for a log."""
    return "%7.2f s  %-14s grid %5.1f V %6.3f Hz %s house %5.1f V %6.3f Hz %s car %5.1f %%  charger %+6.2f kW" % (
        scene.time_s,
        scene.state,
        scene.grid_v,
        scene.grid_hz,
        "--" if scene.k1_closed else "/ ",
        scene.house_v,
        scene.house_hz,
        "--" if scene.k2_closed else "/ ",
        scene.soc,
        scene.charger_w / 1000,
    )


def screen(scene: Scene, width: int, signs: Signs | None = None) -> RenderableType:
    """The whole screen, 22 rows, for a terminal of `width` columns."""
    inner = max(64, min(width, 110) - 4)
    signs = signs or Signs()
    parts: list[RenderableType] = [diagram(scene, inner, signs), Text(), _state(scene), Text(), _figures(scene), Text()]
    parts.append(_events(scene))
    bar = Table.grid(expand=True, padding=(0, 1))
    bar.add_column(ratio=1)
    bar.add_column(justify="right")
    done = min(scene.time_s, scene.end_s)
    bar.add_row(
        ProgressBar(total=max(scene.end_s, 1e-9), completed=done, complete_style="dark_orange", finished_style="green"),
        Text("%5.1f of %.0f s   x%.1f" % (done, scene.end_s, scene.speed), style="bold"),
    )
    title = Text.assemble((" %s " % scene.scenario, "bold"), (" %s " % scene.title, "grey62"))
    return Panel(Group(*parts, bar), title=title, title_align="left", border_style="grey42", width=inner + 4)


def diagram(scene: Scene, width: int, signs: Signs) -> Text:
    """Grid, K1, house, K2, car on one line, labels above, figures below, the house's load hanging from its bus."""
    wires = (width - 3 * PLACE - 2 * CONTACT) // 4  # three places, two contactors, four stretches of wire
    grid_live, house_live = scene.grid_v > LIVE_V, scene.house_v > LIVE_V
    car_live = scene.k2_closed and house_live
    car_style = HOUSE_STYLE if car_live else DEAD_STYLE
    flow = _drift(scene.time_s, wires)
    grid_side = _wire(wires, grid_live, GRID_STYLE, scene.grid_w if scene.k1_closed else 0.0, flow, signs)
    house_left = _wire(wires, house_live, HOUSE_STYLE, scene.grid_w if scene.k1_closed else 0.0, flow, signs)
    house_right = _wire(wires, house_live, HOUSE_STYLE, -scene.charger_w if scene.k2_closed else 0.0, flow, signs)
    car_side = _wire(wires, car_live, HOUSE_STYLE, -scene.charger_w if scene.k2_closed else 0.0, flow, signs)
    house_style = HOUSE_STYLE if house_live else DEAD_STYLE
    bus = Text.assemble(
        _place("%.1f V" % scene.grid_v, GRID_STYLE if grid_live else DEAD_STYLE), grid_side,
        _contact(scene.k1_closed, signs), house_left,
        _place("%.1f V" % scene.house_v, house_style), house_right,
        _contact(scene.k2_closed, signs), car_side,
        _place("%.1f %%" % scene.soc, car_style),
    )  # fmt: skip
    gap = " " * wires
    names = Text.assemble(
        _place("GRID", "bold"), gap, _small("K1", "bold"), gap, _place("HOUSE", "bold"),
        gap, _small("K2", "bold"), gap, _place("CAR", "bold"),
    )  # fmt: skip
    below = Text.assemble(
        _place(_hertz(scene.grid_hz), ""), gap, _small(_word(scene.k1_closed), _word_style(scene.k1_closed)), gap,
        _place(_hertz(scene.house_hz), ""), gap, _small(_word(scene.k2_closed), _word_style(scene.k2_closed)), gap,
        _place(scene.charger, ""),
    )  # fmt: skip
    powers = Text.assemble(
        _place(_kilowatts(scene.grid_w, "in", "out"), "grey62"), gap, " " * CONTACT, gap,
        _place("load %.1f kW" % (scene.house_w / 1000), "grey62"), gap, " " * CONTACT, gap,
        _place(_kilowatts(scene.charger_w, "out", "in"), "grey62"),
    )  # fmt: skip
    return Text("\n").join((names, bus, below, powers))


def _place(text: str, style: str) -> Text:
    return Text(text[:PLACE].center(PLACE), style=style, end="")


def _small(text: str, style: str) -> Text:
    return Text(text.center(CONTACT), style=style, end="")


def _contact(closed: bool, signs: Signs) -> Text:
    return Text(signs.closed if closed else signs.open, style="bold green" if closed else OPEN_STYLE, end="")


def _word(closed: bool) -> str:
    return "shut" if closed else "open"


def _word_style(closed: bool) -> str:
    return "green" if closed else "red"


def _drift(time_s: float, wires: int) -> int:
    """Where the arrows stand, so that power is seen to flow; twice along a stretch in a second."""
    return int(time_s * 2 * wires) % max(wires, 1)


def _wire(length: int, live: bool, style: str, flow_w: float, drift: int, signs: Signs) -> Text:
    """A stretch of wire; an arrow drifts along it when power flows (positive: to the right)."""
    body = [signs.live if live else signs.dead] * length
    if live and abs(flow_w) > FLOW_W and length:
        at = drift if flow_w > 0 else length - 1 - drift
        body[at] = signs.right if flow_w > 0 else signs.left
    return Text("".join(body), style=style if live else DEAD_STYLE, end="")


def _hertz(value: float) -> str:
    return "%.2f Hz" % value if value > 0 else "- Hz"


def _kilowatts(watts: float, into: str, out: str) -> str:
    return "%.1f kW %s" % (abs(watts) / 1000, into if watts > 0 else out) if abs(watts) > FLOW_W else "0 kW"


def _state(scene: Scene) -> Text:
    alarm = scene.state == "LOCKOUT_86"
    return Text.assemble(
        (" %s " % scene.state, "bold white on red" if alarm else "bold black on dark_orange"),
        ("  %s" % STATE_WORDS.get(scene.state, ""), ""),
        ("  for %.1f s" % max(scene.time_s - scene.state_since_s, 0.0), "grey62"),
    )


def _figures(scene: Scene) -> Table:
    """Name and value pairs, two pairs a row."""
    table = Table.grid(expand=True, padding=(0, 1))
    for _ in range(2):
        table.add_column(style="grey62", no_wrap=True)
        table.add_column(no_wrap=True, ratio=1)
    for i in range(0, 6, 2):
        pairs = [*scene.figures[i : i + 2], ("", ""), ("", "")][:2]
        table.add_row(pairs[0][0], pairs[0][1], pairs[1][0], pairs[1][1])
    return table


def _events(scene: Scene) -> Table:
    """The newest events, newest last; always the same number of rows so that the screen stands still."""
    table = Table.grid(expand=True, padding=(0, 1))
    table.add_column(justify="right", style="grey62", width=10)
    table.add_column(no_wrap=True, ratio=1)
    styles = {"state": "dark_orange", "alarm": "bold red", "world": "dodger_blue1"}
    shown = scene.events[-EVENTS_SHOWN:]
    for when, text, kind in shown:
        table.add_row("%.3f s" % when, Text(text, style=styles.get(kind, "")))
    for _ in range(EVENTS_SHOWN - len(shown)):
        table.add_row("", "")
    return table
