"""`islander monitor`: a screen that reads the controller over and over and shows it. It never operates anything.

The reading goes on in a thread of its own, so that keys work while the line is slow; a lost line is said in words and
tried again.
"""

import time
from collections import deque
from typing import Any

from rich.console import Group
from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import Footer, RichLog, Sparkline, Static

from tools.islander import present
from tools.islander.errors import Trouble
from tools.islander.line import Line

KEPT = 240  # readings in a trend
# name, value or None where there is none, form
_TRENDS = (
    ("grid V", lambda m: m["g1_mv"] / 1000, "%.1f"),
    ("house V", lambda m: m["h1_mv"] / 1000, "%.1f"),
    ("grid Hz", lambda m: m["grid_mhz"] / 1000 or None, "%.2f"),
    ("house Hz", lambda m: m["house_mhz"] / 1000 or None, "%.2f"),
    ("charger kW", lambda m: m["charger_w"] / 1000, "%+.2f"),
)
_FIRST_EVENTS = 200


class Monitor(App[None]):
    """`line`: a greeted Line. `every`: seconds between readings. `trouble` is why it ended, if it ended badly."""

    TITLE = "islander"
    CSS_PATH = None
    CSS = """
    Screen { layout: vertical; }
    .panel { border: round $primary; background: $background; }
    .panel { border-title-color: $text-muted; border-title-style: bold; }
    #touch { height: auto; padding: 0 1; background: #7a5600; color: #ffffff; text-style: bold; }
    #touch.live { background: #b3261e; }
    #top { height: 13; }
    #diagram { width: 83; height: 100%; padding: 1 1; }
    #story { width: 1fr; height: 100%; padding: 0 1; overflow-y: auto; }
    #lower { height: 1fr; }
    #meters { width: 42; height: 100%; padding: 0 1; }
    #trends { width: 40; height: 100%; padding: 0 1; }
    .trend { height: 2; margin-bottom: 1; }
    .trend-label { height: 1; }
    #trend-grid-v > .sparkline--max-color, #trend-grid-hz > .sparkline--max-color { color: #1e90ff; }
    #trend-grid-v > .sparkline--min-color, #trend-grid-hz > .sparkline--min-color { color: #1e90ff 60%; }
    #trend-house-v > .sparkline--max-color, #trend-house-hz > .sparkline--max-color { color: #ff8c00; }
    #trend-house-v > .sparkline--min-color, #trend-house-hz > .sparkline--min-color { color: #ff8c00 60%; }
    #events { width: 1fr; height: 100%; padding: 0 1; background: $background; scrollbar-size-vertical: 1; }
    #lost { display: none; background: $error; color: $text; text-style: bold; padding: 0 1; height: auto; }
    Screen.narrow #top { layout: vertical; height: auto; }
    Screen.narrow #diagram { width: 100%; border: none; padding: 0; height: 6; }
    Screen.narrow #story { width: 100%; height: auto; }
    Screen.narrow #lower { layout: vertical; }
    Screen.narrow #trends { display: none; }
    Screen.narrow #meters { width: 100%; height: auto; }
    Screen.narrow.short #meters { display: none; }
    Screen.narrow.short #story { border: none; padding: 0 1; max-height: 11; }
    Screen.narrow #events { width: 100%; height: 1fr; min-height: 4; }
    """
    BINDINGS = [
        Binding("q", "quit", "leave"),
        Binding("space", "freeze", "freeze"),
        Binding("w", "why", "why"),
        Binding("end", "newest", "newest event"),
    ]

    def __init__(self, line: Line, every: float = 0.5) -> None:
        super().__init__()
        self.line, self.every = line, every
        self.trouble: Trouble | None = None
        self.frozen = False
        self._last_event, self._asked_why = 0, False
        self._trends: dict[str, deque[float]] = {name: deque(maxlen=KEPT) for name, _, _ in _TRENDS}
        self._now: dict[str, float | None] = {}
        self._stop = False

    def compose(self) -> ComposeResult:
        yield Static(id="lost")
        yield Static("[?] TREAT EVERYTHING AS LIVE: nothing was read yet", id="touch", markup=False)
        with Horizontal(id="top"):
            yield Static("reading ...", id="diagram", classes="panel")
            yield Static(id="story", classes="panel")
        with Horizontal(id="lower"):
            yield Static(id="meters", classes="panel")
            with Vertical(id="trends", classes="panel"):
                for name, _, _ in _TRENDS:
                    yield Static(name, classes="trend-label", id=_id(name) + "-label")
                    yield Sparkline([], classes="trend", id=_id(name))
            yield RichLog(id="events", classes="panel", wrap=True, max_lines=2000, min_width=20)
        yield Footer()

    def on_mount(self) -> None:
        for name, title in (("diagram", "one line"), ("story", "state"), ("meters", "meters"), ("trends", "trends"),
                            ("events", "events")):  # fmt: skip
            self.query_one("#" + name).border_title = title
        self._fit(self.size.width, self.size.height)
        self.run_worker(self._read_on, thread=True, exclusive=True)

    def on_unmount(self) -> None:
        self._stop = True

    def on_resize(self, event: Any) -> None:
        self._fit(event.size.width, event.size.height)

    def _fit(self, width: int, height: int) -> None:
        """Below 128 columns one under the other, without trends; below 38 rows without meters as well."""
        self.screen.set_class(width < 128, "narrow")
        self.screen.set_class(height < 38, "short")

    # reading, in its own thread

    def _read_on(self) -> None:
        lost = False
        while not self._stop:
            began = time.monotonic()
            try:
                if lost:
                    self.line.greet()
                    lost = False
                self._tell(self._show, *self._read_once())
                self._answer_why()
            except Trouble as why:
                lost = True
                self._tell(self._show_lost, str(why))
            while not self._stop and time.monotonic() < began + self.every:
                time.sleep(0.02)

    def _read_once(self) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]:
        status, meter = self.line.json("status json"), self.line.json("meter json")
        if self._last_event:
            events = self.line.rows("events after %d json" % self._last_event)
        else:
            events = self.line.rows("events %d json" % _FIRST_EVENTS)
        if events:
            self._last_event = events[-1]["number"]
        return status, meter, events

    def _answer_why(self) -> None:
        if self._asked_why:
            self._asked_why = False
            found = self.line.json("why json")
            words = "Last trip: %s\nNow %s, because: %s" % (found["text"], found["state"], found["reason"])
            self._tell(lambda: self.notify(words, title="why", timeout=15))

    def _tell(self, what: Any, *found: Any) -> None:
        if not self._stop and self.is_running:
            try:
                self.call_from_thread(what, *found)
            except RuntimeError:  # the screen has just been left
                self._stop = True

    # showing

    def _show(self, status: dict[str, Any], meter: dict[str, Any], events: list[dict[str, Any]]) -> None:
        self.query_one("#lost").display = False
        log = self.query_one("#events", RichLog)
        for row in events:
            log.write(present.event_row(row), expand=True, shrink=True, scroll_end=False)
        if events and not self.frozen:
            self.call_after_refresh(log.scroll_end, animate=False)  # when the new lines have been laid out
        meter["charger_w"] = status["charger_w"]
        for name, value, _ in _TRENDS:
            now = value(meter)
            self._now[name] = now
            if now is not None:
                self._trends[name].append(now)
        if self.frozen:
            return
        warning = self.query_one("#touch", Static)
        warning.update(Text(present.touch(status["touch"]).plain))
        warning.set_class(status["touch"].startswith("NO"), "live")
        self.query_one("#diagram", Static).update(present.diagram(status, present.LINES))
        story = present.story(status, warning=False)
        self.query_one("#story", Static).update(Group(present.state_line(status), Text(), story))
        self.query_one("#meters", Static).update(meters(meter))
        for name, _, form in _TRENDS:
            values, now = list(self._trends[name]), self._now[name]
            self.query_one("#" + _id(name), Sparkline).data = values
            words = "%-10s %s" % (name, "none" if now is None else form % now)
            if values:
                words += "  (%s to %s)" % (form % min(values), form % max(values))
            self.query_one("#%s-label" % _id(name), Static).update(words)

    def _show_lost(self, why: str) -> None:
        lost = self.query_one("#lost", Static)
        lost.update(Text("[!] NOT READING, what stands below is old; treat everything as live. %s" % why))
        lost.display = True

    # keys

    def action_freeze(self) -> None:
        """Hold the screen still; the reading goes on."""
        self.frozen = not self.frozen
        self.notify("frozen: space goes on" if self.frozen else "live again")

    def action_newest(self) -> None:
        self.query_one("#events", RichLog).scroll_end()

    def action_why(self) -> None:
        """The last trip, in a note; the reading thread asks, for the line is its."""
        self._asked_why = True


def _id(name: str) -> str:
    return "trend-" + name.replace(" ", "-").lower()


def meters(found: dict[str, Any]) -> Text:
    """Volts, distortion, hertz, angles; house minus grid."""
    rows = ["          RMS V   fund V   THD %"]
    for side, title in (("g", "grid"), ("h", "house")):
        for leg in (1, 2, 3):
            if "%s%d_mv" % (side, leg) in found:
                of = [found["%s%d%s" % (side, leg, what)] for what in ("_mv", "_fund_mv", "_thd_e2")]
                rows.append("%-5s L%d  %7.1f  %7.1f  %6.2f" % (title, leg, of[0] / 1e3, of[1] / 1e3, of[2] / 100))
    rows.append("")
    for title in ("grid", "house"):
        mhz, rocof = found["%s_fine_mhz" % title], found["%s_rocof_mhz_s" % title]
        shown = "%.3f Hz  %+d mHz/s" % (mhz / 1e3, rocof) if mhz else "no frequency"
        rows.append("%-8s %s" % (title, shown))
    both = found["grid_mhz"] and found["house_mhz"]  # without both there is no angle between them
    rows += ["", "house minus grid   " + ("slip %+d mHz" % found["slip_mhz"] if both else "no angle")]
    for leg in (1, 2, 3):
        if "d%d_cdeg" % leg in found and both:
            angle, volts = found["d%d_cdeg" % leg] / 100, found["d%d_mv" % leg] / 1e3
            rows.append("L%d  %+8.2f deg  %+8.2f V" % (leg, angle, volts))
    bad = found["bad_channels"]
    text = Text("\n".join(rows))
    if bad:
        text.append("\n[!] channels not believed: %s" % ", ".join(str(n) for n in range(8) if bad >> n & 1), "bold red")
    return text
