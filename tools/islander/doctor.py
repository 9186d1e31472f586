"""`islander doctor`: from this computer to the contacts, one check after the other, each with what to do about it.

It reads only. Where the way ends (no port, no answer) it stops there and says so: what lies beyond was not looked at.
"""

import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tools.islander import find
from tools.islander.errors import Refused, Trouble
from tools.islander.line import Line

_ROOT = find.ROOT


@dataclass(frozen=True)
class Check:
    part: str
    ok: bool
    seen: str
    do: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def examine(named: str, silence_s: float) -> Iterator[Check]:
    """Every check, as it is done."""
    yield from this_computer()
    try:
        port = find.find(named)
    except Trouble as why:
        yield Check("port", False, str(why), "without a port nothing more can be looked at")
        return
    yield Check("port", True, "%s (%s)" % (port.device, port.what))
    try:
        with Line(port, silence_s) as line:
            yield Check("console", True, "answers, state %s" % line.state)
            yield from controller(line)
    except Trouble as why:
        yield Check("console", False, str(why), "what lies beyond the console was not looked at")


def this_computer() -> Iterator[Check]:
    """Python, the packages, mpremote, the clone's version."""
    version = "Python %d.%d" % sys.version_info[:2]
    yield Check("python", (3, 11) <= sys.version_info[:2] <= (3, 14), version, "use Python 3.11 to 3.14: make setup")
    mpremote = Path(sys.executable).parent / "mpremote"
    there = mpremote.exists()
    yield Check("mpremote", there, "installed" if there else "not installed", "only deploy needs it: make setup-dev")


def clone_version() -> str:
    """VERSION in this clone's main.py."""
    for line in (_ROOT / "main.py").read_text(encoding="utf-8").splitlines():
        if line.startswith("VERSION = "):
            return line.split('"')[1]
    return "unknown"


def controller(line: Line) -> Iterator[Check]:
    """What the controller says of itself."""
    version = line.json("version json")["firmware"]
    ours = clone_version()
    yield Check("version", version == ours, "controller %s, this clone %s" % (version, ours), "islander deploy")
    status = line.json("status json")
    locked, state = status["cause_86"], status["state"]
    if locked:
        yield Check("state", False, "locked out by: %s" % locked, "%s; then on site: `reset 86`" % status["do"])
    else:
        working = state not in ("OUT_OF_SERVICE", "SERVICE", "BYPASSED")
        yield Check("state", working, "%s: %s" % (state, status["doing"]), "; ".join([status["next"], *status["when"]]))
    for alarm in status["alarms"]:
        yield Check("alarm", False, *_split(alarm))
    for name in ("k1", "k2"):
        position = status[name]
        do = "both proof contacts say the same: check 52a, 52b and their wiring"
        yield Check("contacts", position != "unproven", "%s proven %s" % (name.upper(), position), do)
    try:
        parts = line.json("selftest json")["parts"]
    except Refused as why:
        yield Check("selftest", False, str(why), "an older firmware: islander deploy")
        return
    for part in parts:
        yield Check(part["part"], part["ok"], part["seen"], part["do"])


def _split(alarm: str) -> tuple[str, str]:
    seen, _, do = alarm.partition(": ")
    return seen, do or "islander events"
