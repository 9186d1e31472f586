"""`islander waves`: the records on the controller, brought as COMTRADE and as pictures.

A record comes in blocks, each with its own checksum; what arrived is kept beside the others, so that a broken line or
a pulled plug costs only what is missing.
"""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from tools.islander import comtrade_files, find
from tools.islander.cli import AsJson, app, connected, out, tell
from tools.islander.errors import Refused, Trouble, Usage
from tools.islander.line import Line
from tools.islander.readout import BadRecord, Readout, Wave

FOLDER = find.ROOT / "build" / "waves"
TRIES = 6  # read-outs of what is still missing
Both = Annotated[list[str], typer.Option(help="1999 or 2013; may be given twice. Default: both.")]
Forms = Annotated[list[str], typer.Option(help="ascii or binary; may be given twice. Default: both.")]


@app.command()
def waves(
    ctx: typer.Context,
    numbers: Annotated[list[int] | None, typer.Argument(help="Which. Default: all that were not brought yet.")] = None,
    listed: Annotated[bool, typer.Option("--list", "-l", help="Only say which there are.")] = False,
    folder: Annotated[Path, typer.Option("--out", "-o", help="Where to.")] = FOLDER,
    revision: Both = list(comtrade_files.REVISIONS),  # noqa: B006  typer copies it
    form: Forms = list(comtrade_files.FORMS),  # noqa: B006
    plot: Annotated[bool, typer.Option(help="A picture of each.")] = True,
    as_json: AsJson = False,
) -> None:
    """Bring the recorded waves: COMTRADE 1999 and 2013, ASCII and binary, and a picture each."""
    for given, allowed in ((revision, comtrade_files.REVISIONS), (form, comtrade_files.FORMS)):
        for word in given:
            if word not in allowed:
                raise Usage("%r is not one of %s" % (word, ", ".join(allowed)))
    with connected(ctx) as line:
        heads = line.rows("wave list json")
        if listed:
            _list(heads, as_json)
            return
        station = _station(line)
        found = [_bring(line, head, folder) for head in _wanted(heads, numbers, folder, as_json)]
    brought = [_write(wave, folder, revision, form, plot, station) for wave in found]
    if as_json:
        tell(brought)
        return
    for row in brought:
        out.print("record %d: %s" % (row["wave"], ", ".join(row["cause"])))
        for path in row["files"]:
            out.print("  %s" % path, soft_wrap=True)


def _list(heads: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        tell(heads)
        return
    if not heads:
        out.print("no wave was recorded yet")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("record", "start", "seconds after it", "ms", "before", "cause"):
        table.add_column(title, justify="left" if title == "cause" else "right")
    for head in heads:
        ms = ["%.0f" % (1000 * head[name] / head["sample_hz"]) for name in ("frames", "trigger_frame")]
        when = "%d.%04d" % (head["uptime_s"], head["tenths"])
        early = "; ended early" if head["short"] else ""
        table.add_row(str(head["wave"]), str(head["start"]), when, *ms, ", ".join(head["cause"]) + early)
    out.print(table)


def _wanted(heads: list[dict[str, Any]], numbers: list[int] | None, folder: Path, quiet: bool) -> list[dict[str, Any]]:
    """The heads of the records to bring."""
    there = {head["wave"]: head for head in heads}
    for number in numbers or ():
        if number not in there:
            have = ", ".join(map(str, there)) or "none"
            raise Usage("there is no record %d; there are: %s" % (number, have))
    if numbers:
        return [there[number] for number in numbers]
    new = [head for head in heads if not list(folder.glob(_name(head) + "-*.cfg"))]
    if not new and not quiet:
        out.print("nothing new: %d records on the controller, all are in %s" % (len(heads), folder))
    return new


def _name(head: dict[str, Any]) -> str:
    return "wave-%06d-start-%d" % (head["wave"], head["start"])


def _bring(line: Line, head: dict[str, Any], folder: Path) -> Wave:
    """One record, with what an earlier try left."""
    number, part = head["wave"], folder / (_name(head) + ".part")
    folder.mkdir(parents=True, exist_ok=True)
    got = resumed(part, head)
    columns = (TextColumn("record %d" % number), BarColumn(), TextColumn("{task.percentage:3.0f} %"))
    with Progress(*columns, TimeRemainingColumn(), console=out, transient=True) as progress, open(part, "a") as kept:
        task = progress.add_task("", total=head["frames"], completed=got.share() * head["frames"])
        for _ in range(TRIES):
            gap = got.missing()
            if gap is None:
                break
            for text in line.lines("wave get %d from %d" % (number, gap)):
                if got.take(text):
                    kept.write(text.strip() + "\n")
                elif text.startswith("wave:"):
                    raise Refused(text)
                progress.update(task, completed=got.share() * head["frames"])
    try:
        wave = got.wave()
    except BadRecord as why:
        if got.missing() is None:
            part.unlink()
        raise Trouble("record %d: %s, %d broken lines. Run it again: what came is kept" % (number, why, got.bad_lines)
                      ) from None  # fmt: skip
    part.unlink()
    return wave


def resumed(part: Path, head: dict[str, Any]) -> Readout:
    """What an earlier try kept of this very record, or nothing."""
    got = Readout()
    if part.is_file():
        try:
            for text in part.read_text().splitlines():
                got.take(text)
        except BadRecord:
            got = Readout()
        if got.head and got.head["crc"] != head["crc"]:
            got = Readout()
            part.unlink()
    return got


def _station(line: Line) -> comtrade_files.Station:
    version = line.json("version json")
    return comtrade_files.Station("Islander", version.get("unique_id") or version.get("board") or "controller")


def state_names() -> tuple[str, ...]:
    """Names of the states, from this clone's table of them."""
    from tools.plant.names import STATE_NAMES

    return tuple(STATE_NAMES)


def _write(
    wave: Wave, folder: Path, revisions: list[str], forms: list[str], plot: bool, station: Any
) -> dict[str, Any]:
    """The files of one record."""
    files = [comtrade_files.write(wave, folder, r, f, station) for r in revisions for f in forms]
    if plot:
        from tools.islander.plot import draw

        files.append(draw(wave, folder / (wave.name + ".png"), state_names()))
    return {**wave.head, "files": [str(path) for path in files]}
