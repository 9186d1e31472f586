"""Commands that the controller does only for the service key or the unlock code."""

import os
import sys

import typer

from tools.islander.errors import Refused
from tools.islander.line import Line

CODE = "ISLANDER_CODE"


def ask(line: Line, command: str, done: str) -> list[str]:
    """The answer to a command that may need the code; Refused unless a line of it holds `done`.

    The code is taken from ISLANDER_CODE or asked for, and the controller is locked again afterwards.
    """
    said, opened = line.ask(command), False
    if said and "locked" in said[0]:
        answer = line.ask("unlock", (_code(),))
        opened = any(text.startswith("unlocked") for text in answer)
        said = line.ask(command) if opened else answer
    if opened:
        line.ask("lock")
    if not any(done in text for text in said):
        raise Refused("%s. Nothing was changed" % " ".join(" ".join(said).split()).rstrip("."))
    return [" ".join(text.split()) for text in said]


def _code() -> str:
    code = os.environ.get(CODE, "")
    if not code and not sys.stdin.isatty():
        raise Refused("the controller is locked: turn its service key, or give the code in %s" % CODE)
    return code or str(typer.prompt("The controller is locked. Unlock code", hide_input=True))
