"""What the controller says, for a person at a terminal: the one-line diagram, the state, why, and what comes next.

Every fact is a word first; colour only repeats it. Nothing here ever says that something is safe to touch.
"""

from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

GRID, HOUSE, DEAD, ALARM, GOOD, QUIET = "bold dodger_blue1", "bold dark_orange", "grey58", "bold red", "green", "grey62"
LIVE_MV = 25000  # above this a leg is called live, as on the controller's own console
WIDTH = 79
FRESH_MS = 3000  # a charger's word older than this is shown with its age
_PLACE, _WIRE, _ROWS = 19, 11, 6


@dataclass(frozen=True)
class Signs:
    """What boxes, wires and contactors are drawn with: for any terminal, or for one with line characters."""

    corners: tuple[str, str, str, str] = ("+", "+", "+", "+")
    across: str = "-"
    down: str = "|"
    live: str = "="
    dead: str = "-"
    contactor: tuple[str, str, str] = ("o=====o", "o  /  o", "o ??? o")  # closed, open, unproven


PLAIN = Signs()
LINES = Signs(("╭", "╮", "╰", "╯"), "─", "│", "━", "┄", ("●━━━━━●", "●  ╱  ●", "● ??? ●"))
_POSITIONS = ("closed", "open", "unproven")
_BOLD_STATE = {"LOCKOUT_86": ALARM, "OUT_OF_SERVICE": "bold yellow", "SERVICE": "bold yellow", "DARK": "bold yellow"}


def volts(mv: int) -> str:
    return "%.1f V" % (mv / 1000)


def hertz(mhz: int) -> str:
    return "%.2f Hz" % (mhz / 1000) if mhz else "no frequency"


def kilowatts(w: int) -> str:
    return "%+.2f kW" % (w / 1000)


def percent(e1: int) -> str:
    return "%.1f %%" % (e1 / 10) if e1 >= 0 else "unknown"


def lasted(ms: int) -> str:
    """2000 -> 2.0 s; 65000 -> 1 min 5 s; 7500000 -> 2 h 5 min."""
    s = ms // 1000
    if s < 10:
        return "%.1f s" % (ms / 1000)
    if s < 120:
        return "%d s" % s
    return "%d min %d s" % (s // 60, s % 60) if s < 7200 else "%d h %d min" % (s // 3600, s % 3600 // 60)


def is_live(legs_mv: list[int]) -> bool:
    return max(legs_mv) > LIVE_MV


def _place(title: str, rows: list[str], style: str, signs: Signs) -> list[Text]:
    """A box of _ROWS lines, _PLACE wide."""
    inner, (a, b, c, d), across = _PLACE - 4, signs.corners, signs.across
    head = a + across + " %s " % title + across * (_PLACE - 5 - len(title)) + b
    body = [signs.down + " %-*s " % (inner, row[:inner]) + signs.down for row in (rows + [""] * _ROWS)[: _ROWS - 2]]
    return [Text(line, style=style) for line in [head, *body, c + across * (_PLACE - 2) + d]]


def _wire(name: str, position: str, live: tuple[bool, bool], styles: tuple[str, str], signs: Signs) -> list[Text]:
    """The contactor between two places, _WIRE wide; live and styles: of its left and right side."""
    lead, wire = (_WIRE - 7) // 2, Text()
    ends = [
        ((signs.live if on else signs.dead) * lead, style if on else DEAD)
        for on, style in zip(live, styles, strict=True)
    ]
    wire.append(*ends[0])
    mark = signs.contactor[_POSITIONS.index(position)]
    wire.append(mark, style=ALARM if position == "unproven" else "bold")
    wire.append(*ends[1])
    blank = Text(" " * _WIRE)
    label = Text(name.center(_WIRE), style="bold")
    word = Text(position.center(_WIRE), style=ALARM if position == "unproven" else "bold")
    return [blank, label, wire, word, blank, blank]


def diagram(status: dict[str, Any], signs: Signs = PLAIN) -> Text:
    """Grid, K1, house, K2, charger; 79 columns, 6 rows."""
    grid_live, house_live = is_live(status["grid_mv"]), is_live(status["house_mv"])
    fed = house_live and status["k2"] == "closed"
    grid, house = (GRID if grid_live else DEAD), (HOUSE if house_live else DEAD)
    columns = [
        _place("GRID", _side(status["grid_mv"], status["grid_mhz"], grid_live), grid, signs),
        _wire("K1", status["k1"], (grid_live, house_live), (GRID, HOUSE), signs),
        _place("HOUSE", _side(status["house_mv"], status["house_mhz"], house_live), house, signs),
        _wire("K2", status["k2"], (house_live, fed), (HOUSE, HOUSE), signs),
        _place("CHARGER", _charger(status), HOUSE if status["charger_bits"] else DEAD, signs),
    ]
    return Text("\n").join(Text.assemble(*(column[i] for column in columns)) for i in range(_ROWS))


def _charger(status: dict[str, Any]) -> list[str]:
    age = status.get("charger_age_ms")
    if not status["charger_bits"]:
        return ["silent", "car " + percent(status["car_soc_e1"])]
    old = ["OLD: %s ago" % lasted(age)] if age is not None and age > FRESH_MS else []
    return [kilowatts(status["charger_w"]), "car " + percent(status["car_soc_e1"]), *old]


def _side(legs_mv: list[int], mhz: int, live: bool) -> list[str]:
    legs = ["L%d %s" % (i + 1, volts(mv)) for i, mv in enumerate(legs_mv[:2])]
    return [*legs, hertz(mhz), "LIVE" if live else "reads dead"]


def state_line(status: dict[str, Any]) -> Text:
    """The state, large as a terminal allows, and for how long."""
    style = _BOLD_STATE.get(status["state"], "bold")
    shown = status["state"].replace("_", " ")
    text = Text.assemble((" %s " % " ".join(shown), style + " reverse"), ("  for %s" % lasted(status["in_state_ms"])))
    return text


def story(status: dict[str, Any], warning: bool = True) -> Table:
    """Does, why, next, when, lockout, alarms, and touch unless that stands elsewhere."""
    table = Table.grid(padding=(0, 1))
    table.add_column(style=QUIET, min_width=6)
    table.add_column(overflow="fold")
    table.add_row("does", status["doing"])
    table.add_row("why", status["reason"])
    table.add_row("next", "\n".join([status["next"], *status["when"]]))
    if status["cause_86"]:
        table.add_row("86", Text("LOCKED OUT by: %s" % status["cause_86"], style=ALARM))
        table.add_row("", "First: %s. Then, on site: `reset 86` with the key turned" % status["do"])
    for alarm in status["alarms"]:
        table.add_row("alarm", Text(alarm, style=ALARM))
    if warning:
        table.add_row("touch", touch(status["touch"]))
    return table


def touch(words: str) -> Text:
    """The warning, in words and with a sign: never by colour alone, never yes."""
    sign = "[!] DO NOT TOUCH: " if words.startswith("NO") else "[?] PROVE IT DEAD: "
    rest = words.partition(": ")[2] or words
    return Text(sign + rest, style=ALARM if words.startswith("NO") else "bold yellow")


def status(found: dict[str, Any]) -> RenderableType:
    """The answer to `status`."""
    return Group(diagram(found), Text(), state_line(found), Text(), story(found))


def why(found: dict[str, Any]) -> RenderableType:
    """The answer to `why`: the last trip and the way to the present state."""
    table = Table.grid(padding=(0, 1))
    table.add_column(style=QUIET)
    table.add_column(overflow="fold")
    table.add_row("last trip", Text(found["text"], style="bold" if found["element"] else ""))
    if found["element"]:
        table.add_row("trips", "%d since the start" % found["count"])
    table.add_row("now", "%s, from %s because: %s" % (found["state"], found["last_state"], found["reason"]))
    return Panel(table, title="why", title_align="left", border_style=QUIET)


def event(found: dict[str, Any]) -> Text:
    """One event on one line: time since the start, sign, sentence."""
    sign, style = mark(found)
    when = "%12s " % found["time_s"]
    return Text.assemble(
        ("%6d " % found["number"], QUIET), (when, QUIET), ("%-2s" % sign, style), (found["text"], style)
    )


def event_row(found: dict[str, Any]) -> Table:
    """The same for a narrow place: what is carried over hangs under the sentence."""
    sign, style = mark(found)
    row = Table.grid(padding=(0, 1), expand=True)
    row.add_column(width=11, justify="right", style=QUIET)
    row.add_column(width=1)
    row.add_column(ratio=1, overflow="fold")
    row.add_row(found["time_s"], Text(sign, style=style), Text(found["text"], style=style))
    return row


def mark(found: dict[str, Any]) -> tuple[str, str]:
    """(sign, style) of an event: ! for trips, alarms and lockouts, > for a change of state."""
    if found["what"] in ("trip", "86", "background task died") or found["text"].startswith("ALARM"):
        return "!", ALARM
    if found["what"] == "state":
        return ">", "bold"
    if found["what"] == "person":
        return "@", "bold cyan"
    return "", ""
