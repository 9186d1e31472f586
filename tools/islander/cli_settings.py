"""`islander settings pull | diff | push`: the whole set as a JSON file of names and whole numbers.

A push is the console's own two steps: every change is collected and checked by the controller, shown, and committed
together, or all of it is forgotten. What was put there is read back and compared.
"""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import track
from rich.table import Table

from tools.islander import unlocked
from tools.islander.cli import AsJson, app, connected, out, tell
from tools.islander.errors import Refused, Trouble, Usage
from tools.islander.line import Line

_FILE = "islander-settings.json"
group = typer.Typer(help="The settings: to a file, compared, and back.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(group, name="settings")
Rows = dict[str, dict[str, Any]]


def read_rows(line: Line) -> Rows:
    """{name: value, factory, low, high, unit, source}"""
    return {row["name"]: row for row in line.rows("settings json")}


def load(path: Path) -> dict[str, int]:
    """A file of settings; Usage when it is not one."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as why:
        raise Usage("%s can't be read: %s" % (path, why.strerror)) from None
    except ValueError as why:
        raise Usage("%s is not JSON: %s" % (path, why)) from None
    if not isinstance(found, dict) or not found:
        raise Usage('%s: expected an object of names and whole numbers, as in {"charge_w": 5000}' % path)
    for name, value in found.items():
        if not isinstance(value, int) or isinstance(value, bool):
            raise Usage("%s: %s is %r, expected a whole number" % (path, name, value))
    return found


def changes(wanted: dict[str, int], rows: Rows) -> list[dict[str, Any]]:
    """What would change, and what can't: rows with `wanted` and `problem`."""
    found = []
    for name, value in wanted.items():
        row = rows.get(name)
        if row is None:
            found.append({"name": name, "wanted": value, "problem": "this controller has no such setting"})
        elif not row["low"] <= value <= row["high"]:
            allowed = "allowed %d..%d %s" % (row["low"], row["high"], row["unit"])
            found.append({**row, "wanted": value, "problem": allowed})
        elif value != row["value"]:
            found.append({**row, "wanted": value, "problem": ""})
    return found


def table(rows: list[dict[str, Any]], left: str, right: str) -> Table:
    """Name, here, there, allowed, factory."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("setting", left, right, "unit", "allowed", "factory", ""):
        shown.add_column(title, justify="left" if title in ("setting", "unit", "") else "right")
    for row in rows:
        known = "low" in row
        allowed = "%d..%d" % (row["low"], row["high"]) if known else "-"
        cells = [str(row["value"]) if known else "-", str(row["wanted"]), row.get("unit", ""), allowed]
        problem = "NO: " + row["problem"] if row["problem"] else ""
        shown.add_row(row["name"], *cells, str(row.get("factory", "-")), problem)
    return shown


@group.command()
def pull(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="Where to; `-` is standard output.")] = Path(_FILE),
    changed: Annotated[bool, typer.Option("--changed", help="Only those that differ from the factory's.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Write the controller's settings to a file."""
    if str(file) != "-" and file.exists() and not force:
        raise Usage("%s is there already: name another file, or --force" % file)
    with connected(ctx) as line:
        rows = read_rows(line)
    found = {name: row["value"] for name, row in rows.items() if not changed or row["value"] != row["factory"]}
    text = json.dumps(found, indent=1, sort_keys=True) + "\n"
    if str(file) == "-":
        print(text, end="")
        return
    file.write_text(text, encoding="utf-8")
    out.print("%d settings written to %s" % (len(found), file))


@group.command()
def diff(
    ctx: typer.Context,
    file: Annotated[Path | None, typer.Argument(help="Compared with the controller. Default: the factory's.")] = None,
    as_json: AsJson = False,
) -> int:
    """What differs: the controller against a file, or against the factory's. Exit code 1 if anything does."""
    wanted = load(file) if file else None
    with connected(ctx) as line:
        rows = read_rows(line)
    if wanted is None:
        wanted = {name: row["factory"] for name, row in rows.items()}
    found = changes(wanted, rows)
    if as_json:
        tell(found)
    elif found:
        out.print(table(found, "controller", "file" if file else "factory's"))
    else:
        out.print("no difference: %d settings compared" % len(wanted))
    return 1 if found else 0


@group.command()
def push(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="As `settings pull` writes it; it may hold a few settings only.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Let the controller check it, change nothing.")] = False,
) -> None:
    """Put a file's settings on the controller: checked together, committed together, read back.

    Needs the service key turned, or the unlock code (asked for, or in ISLANDER_CODE). Protection settings change with
    the controller out of service only, and are in force after its restart.
    """
    wanted = load(file)
    with connected(ctx) as line:
        found = changes(wanted, read_rows(line))
        if not found:
            out.print("nothing to do: the controller has these %d settings" % len(wanted))
            return
        out.print(table(found, "controller", "file"))
        problems = [row for row in found if row["problem"]]
        if problems:
            raise Usage("%s: %s = %s: %s" % (file, problems[0]["name"], problems[0]["wanted"], problems[0]["problem"]))
        if not (yes or dry_run) and not typer.confirm("Put these %d on the controller?" % len(found)):
            raise Trouble("nothing was changed")
        _collect(line, found)
        if dry_run:
            verdict = line.ask("diff")[-1]
            line.ask("revert")
            out.print("%s; nothing was changed" % verdict)
            return
        said = _commit(line)
        back = changes({row["name"]: row["wanted"] for row in found}, read_rows(line))
        if back:
            raise Trouble("%s reads back as %s, not %s" % (back[0]["name"], back[0]["value"], back[0]["wanted"]))
        out.print("%s; %d settings read back as they should be" % ("; ".join(said), len(found)))


def _collect(line: Line, found: list[dict[str, Any]]) -> None:
    """Every change to the controller's own check; on the first refusal all are forgotten."""
    if "nothing collected" not in line.ask("diff"):
        raise Refused("changes that someone typed wait on the controller: `commit` or `revert` there first")
    for row in track(found, description="checking", console=out, transient=True):
        said = line.ask("set %s %d" % (row["name"], row["wanted"]))
        if not any(text.startswith("collected") for text in said):
            line.ask("revert")
            raise Refused("%s. Nothing was changed" % " ".join(said))


def _commit(line: Line) -> list[str]:
    """The controller's words; Refused, with everything forgotten, when it does not take them."""
    try:
        return unlocked.ask(line, "commit", "in force")
    except Refused:
        line.ask("revert")
        raise
