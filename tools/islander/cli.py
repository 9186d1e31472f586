"""The command `islander`: what a technician asks of the controller, from the host. Every command says how it ended.

Exit codes: 0 done; 1 something is wrong there, or failed; 2 wrong call; 3 no controller found, or its port is taken;
4 it gives no answer; 5 it refused. No command here opens or closes a contactor or lifts a lockout: that is the
console's, on site.
"""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich.console import Console

from tools.islander import find, present
from tools.islander.errors import Trouble, Usage
from tools.islander.line import SILENCE_S, Line

out = Console(highlight=False, soft_wrap=False)
app = typer.Typer(
    name="islander",
    help="Reads, records and sets up an Islander controller. It finds the port by itself.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog="Exit codes: 0 done, 1 failed or not well, 2 wrong call, 3 no controller, 4 no answer, 5 refused.",
)
AsJson = Annotated[bool, typer.Option("--json", help="For programs: JSON on standard output.")]


@dataclass
class Chosen:
    """What was said before the command."""

    port: str = ""
    silence_s: float = SILENCE_S


@app.callback()
def chosen(
    ctx: typer.Context,
    port: Annotated[
        str, typer.Option("--port", "-p", envvar=find.VARIABLE, help="A port, `sim` or `emulator`. Default: found.")
    ] = "",
    timeout: Annotated[float, typer.Option(help="Seconds without an answer until giving up.", min=0.5)] = SILENCE_S,
) -> None:
    ctx.obj = Chosen(port, timeout)


@contextmanager
def connected(ctx: typer.Context) -> Iterator[Line]:
    """The console, greeted and at its prompt."""
    with Line(find.find(ctx.obj.port), ctx.obj.silence_s) as line:
        yield line


def tell(found: Any) -> None:
    """JSON on standard output, a newline after it."""
    print(json.dumps(found, indent=1))


@app.command()
def status(ctx: typer.Context, as_json: AsJson = False) -> None:
    """What the switch does, why, what comes next and when, and what is live."""
    with connected(ctx) as line:
        found = line.json("status json")
    if as_json:
        tell(found)
    else:
        out.print(present.status(found))


@app.command()
def why(ctx: typer.Context, as_json: AsJson = False) -> None:
    """The last trip (element, leg, value, limit, time) and what led to the present state."""
    with connected(ctx) as line:
        found = line.json("why json")
    if as_json:
        tell(found)
    else:
        out.print(present.why(found))


@app.command()
def meter(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Voltages, frequencies and angles of grid and house."""
    with connected(ctx) as line:
        said: Any = line.json("meter json") if as_json else line.ask("meter")
    if as_json:
        tell(said)
    else:
        for text in said:
            print(text)


@app.command()
def events(
    ctx: typer.Context,
    count: Annotated[int, typer.Argument(help="The newest so many.", min=1, max=5000)] = 20,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on, each as it comes; Ctrl-C ends it.")] = False,
    as_json: AsJson = False,
) -> None:
    """The sequence of events, newest last."""
    with connected(ctx) as line:
        rows = line.rows("events %d json" % count)
        _show_events(rows, as_json)
        last = rows[-1]["number"] if rows else 0
        while follow:
            time.sleep(0.5)
            rows = line.rows("events after %d json" % last)
            _show_events(rows, as_json)
            last = rows[-1]["number"] if rows else last


def _show_events(rows: list[dict[str, Any]], as_json: bool) -> None:
    for row in rows:
        if as_json:
            print(json.dumps(row), flush=True)
        else:
            out.print(present.event(row), soft_wrap=True)


def main(arguments: list[str] | None = None) -> int:
    """The exit code; every trouble is one line on standard error."""
    from tools.islander import cli_more, cli_settings, cli_waves  # noqa: F401  they add their commands

    try:
        answer = app(args=arguments, prog_name="islander", standalone_mode=False)
        return answer if isinstance(answer, int) else 0
    except Trouble as trouble:
        print("islander: %s" % trouble, file=sys.stderr)
        return trouble.code
    except typer.Exit as ended:
        return ended.exit_code
    except KeyboardInterrupt:
        return 130
    except Exception as wrong:
        code = _wrong_call(wrong)
        if code is None:
            raise
        return code


def _wrong_call(wrong: Exception) -> int | None:
    """2 and the usage for a wrong call; None when it is something else."""
    if not hasattr(wrong, "format_message"):
        return 130 if type(wrong).__name__ == "Abort" else None
    context = getattr(wrong, "ctx", None)
    if context is not None:
        print(context.get_usage(), file=sys.stderr)
    print("islander: %s" % wrong.format_message(), file=sys.stderr)
    return Usage.code
