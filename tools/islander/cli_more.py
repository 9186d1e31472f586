"""`islander clock`, `deploy`, `doctor`, `monitor`."""

import datetime as dt
import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from tools.islander import doctor as examination
from tools.islander import find, present, unlocked
from tools.islander.cli import AsJson, app, connected, out, tell
from tools.islander.errors import Refused, Trouble

clock = typer.Typer(help="The controller's clock: read it, set it.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(clock, name="clock")
_FAR_S = 5


@clock.command("show")
def clock_show(ctx: typer.Context, as_json: AsJson = False) -> None:
    """The controller's time, how good it is, and how far it is from this computer's."""
    with connected(ctx) as line:
        found = line.json("clock json")
        here = time.time()
    off = round(found["clock_s"] - here) if found["clock_s"] else None
    if as_json:
        tell({**found, "off_s": off})
    elif off is None:
        out.print("the clock is not set; `islander clock set` sets it from this computer")
    else:
        words = "%+d s from this computer's" % off if abs(off) >= _FAR_S else "as this computer's"
        when = dt.datetime.fromtimestamp(found["clock_s"], dt.UTC)
        out.print("%s UTC, %s, %s" % (when.strftime("%Y-%m-%d %H:%M:%S"), found["quality"], words))


@clock.command("set")
def clock_set(ctx: typer.Context) -> None:
    """Set the controller's clock from this computer's, in UTC. Needs the service key or the unlock code."""
    with connected(ctx) as line:
        time.sleep(1 - time.time() % 1)  # a command is done within some ms: say the second as it begins
        said = unlocked.ask(line, "clock set %d" % round(time.time()), " UTC")
    out.print(said[-1])


@app.command()
def deploy(
    ctx: typer.Context,
    image: Annotated[Path | None, typer.Option(help="What `make build` made. Default: build/image.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Even in service: every coil falls.")] = False,
    start: Annotated[bool, typer.Option(help="Start it afterwards.")] = True,
) -> None:
    """Put the built firmware on the controller: two slots, every hash checked, the old one kept."""
    from tools import deploy as deploying

    port = find.find(ctx.obj.port)
    if port.what.startswith("the simulation"):
        raise Refused("the simulation runs the firmware of this clone: there is nothing to deploy")
    try:
        with out.status("deploying to %s; about a minute" % port.what):
            done = deploying.deploy(deploying.Device(port.device), image or deploying.IMAGE, force, start)
    except deploying.Refused as why:
        raise Refused(str(why)) from None
    except deploying.DeployError as why:
        raise Trouble("%s. The version before is untouched" % why) from None
    out.print(done)


@app.command()
def doctor(ctx: typer.Context, as_json: AsJson = False) -> int:
    """Look at everything from this computer to the contacts: what was seen, and what to do. Exit 1 if anything is."""
    found = []
    for check in examination.examine(ctx.obj.port, ctx.obj.silence_s):
        found.append(check)
        if not as_json:
            out.print(_checked(check))
    bad = [check for check in found if not check.ok]
    if as_json:
        tell({"ok": not bad, "checks": [check.as_dict() for check in found]})
    else:
        out.print("nothing to look at" if not bad else "%d of %d to look at" % (len(bad), len(found)))
    return 1 if bad else 0


def _checked(check: examination.Check) -> Table:
    row = Table.grid(padding=(0, 1))
    row.add_column(min_width=4)
    row.add_column(min_width=12)
    row.add_column(overflow="fold")
    word = "[%s]ok[/]" % present.GOOD if check.ok else "[%s]LOOK[/]" % present.ALARM
    row.add_row(word, check.part, check.seen if check.ok else "%s\n-> %s" % (check.seen, check.do))
    return row


@app.command()
def monitor(
    ctx: typer.Context,
    every: Annotated[float, typer.Option(help="Seconds between two readings.", min=0.2, max=60)] = 0.5,
) -> None:
    """A live screen: one-line diagram, state, meters, trends, events. It only reads; q leaves."""
    from tools.islander.monitor import Monitor

    if not sys.stdout.isatty():
        raise Trouble("monitor needs a terminal; for logs use `islander events --follow` or `islander status --json`")
    with connected(ctx) as line:
        screen = Monitor(line, every)
        screen.run()
    if screen.trouble:
        raise screen.trouble
