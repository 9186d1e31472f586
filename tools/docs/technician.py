"""Writes docs/technician.md: five questions, each answered on the console of a real run of the firmware.

    python -m tools.docs.technician

Plays two scenarios and types what the page shows; every answer on the page is what the firmware said in that run. The
page is not written when a command was not understood.
"""

import sys
import tempfile
import textwrap
from dataclasses import dataclass

from tools.docs.source import ROOT
from tools.plant.scenarios import SCENARIOS
from tools.plant.world import World

PAGE = ROOT / "docs" / "technician.md"
PATIENCE_S = 4.0  # simulated, for one answer
MOST_COMMANDS = 3


@dataclass(frozen=True)
class Question:
    """`typed`: (seconds into the scenario, command), in order."""

    title: str
    scenario: str
    before: str
    typed: tuple[tuple[float, str], ...]
    after: str


QUESTIONS = (
    Question(
        "Is it safe to touch?",
        "blackout",
        "The last line of `status` is the answer, and it is never yes. What reads live is named; what reads dead must "
        "still be isolated, locked, proved dead with your own tester and earthed: two wires of this controller may be "
        "off, and the house may be fed behind its back. `meter` shows each leg.",
        ((12.0, "status"), (13.0, "meter")),
        "Before work: `service out` (key turned, or the code), then look at `status` again: every coil is off only "
        "when K1 and K2 are said to be proven open. `service out` stays so after a restart.",
    ),
    Question(
        "Why did it open?",
        "blackout",
        "`why` names the element, the leg, the value, the limit and the time over it. `events` shows what happened "
        "before and after, to half a millisecond.",
        ((14.0, "why"), (14.5, "events 42")),
        "If it says LOCKED OUT, `why` also names what latched 86 and what to make safe. A code does not lift it: the "
        "service key and `reset 86`, or the button for a second.",
    ),
    Question(
        "When will it return?",
        "blackout",
        "`status` says what comes next and what it still waits for, with the time that is left. Here the grid came "
        "back after 22 s (the enter-service delay of this run is 2 s, not the 300 s of the grid code).",
        ((23.0, "status"), (30.0, "status")),
        "`return` (key or code) ends a planned island; it does not shorten a delay and does not close K1 out of step.",
    ),
    Question(
        "Is the charger talking?",
        "charger-silent",
        "In this run the charger's bus is dead and the READY contact open. `charger` says how old its last word is, "
        "`modbus` what is wrong on the wire.",
        ((20.0, "charger"), (21.0, "modbus"), (22.0, "selftest")),
        "timeout: nothing came back (A and B swapped, wrong unit or rate, no supply). crc: noise, missing termination "
        "or bias. exception: the charger refuses a register.",
    ),
    Question(
        "What was the waveform?",
        "blackout",
        "`wave` lists the records, `wave N` draws grid L1 around the trigger and what the contacts did; `wave N H2` "
        "another channel (G1, G2, H1, H2).",
        ((16.0, "wave"), (16.5, "wave 2"), (18.0, "wave 2 H1")),
        "`wave get N` is the whole record for a program, with checksums, and `wave get N from FRAME` goes on after a "
        "break; firmware/record/waves.py describes it.",
    ),
)

HEAD = """# At the controller, at two in the morning

Written by `make technician` from the console of real runs in the simulation; do not edit.

Plug a USB cable into the controller and open its serial port with any terminal, 80 columns wide: `mpremote`, `screen
/dev/ttyACM0`, PuTTY. Press Enter: the prompt is the state. Looking changes nothing and needs no key. `help` lists the
commands, `help COMMAND` gives an example, Tab completes, the arrows recall, Ctrl-C ends an answer and never stops the
controller. Every reading command takes `json`.
"""

TAIL = """
## To operate it

Turn the service key, or `unlock` with the code (`passcode` sets it, with the key turned). Then `island now`, `return`,
`service out`, `service in`, `test island 60`, `mode charge`. Each asks for a word to confirm, and says done only when
the contacts do. Nothing on the console closes a contactor by itself: it asks, the tick decides. `reset 86` needs the
key; no code is enough. Settings: `set NAME VALUE` collects, `diff` shows, `commit` checks the whole set and stores it,
`revert` forgets; protection settings change with every coil off only and are in force after `restart`.

What each way in can and cannot do: [security.md](security.md).
"""


def play(scenario: str, typed: list[tuple[float, str]]) -> list[str]:
    """What the terminal showed for each command, from its prompt on."""
    answers = []
    with tempfile.TemporaryDirectory() as folder, World(SCENARIOS[scenario], 1, folder) as world:
        for when, command in typed:
            while world.time_s < when and world.step():
                pass
            world.console_read()
            prompt = said(world, b"").splitlines()[-1]
            answer = said(world, command.encode())
            if "not understood" in answer or "unknown command" in answer:
                raise RuntimeError("the console did not take %r: %r" % (command, answer))
            lines = answer.split("\n")
            answers.append("\n".join(line.rstrip() for line in [prompt + lines[0], *lines[1:-1]]))
    return answers


def said(world: World, line: bytes) -> str:
    """The echo and the answer to a line, up to the next prompt."""
    world.console_send(line + b"\r")
    told, end = b"", world.time_s + PATIENCE_S
    while not told.endswith(b"> ") and world.time_s < end and world.step():
        told += world.console_read()
    return told.decode().replace("\r\n", "\n")


def page() -> str:
    """The whole page."""
    answers: dict[tuple[str, str, float], str] = {}
    for scenario in sorted({question.scenario for question in QUESTIONS}):
        asked = sorted((when, command) for q in QUESTIONS if q.scenario == scenario for when, command in q.typed)
        print("playing %s, %d commands" % (scenario, len(asked)), flush=True)
        for (when, command), answer in zip(asked, play(scenario, asked), strict=True):
            answers[scenario, command, when] = answer
    parts = [HEAD]
    for number, question in enumerate(QUESTIONS, 1):
        parts.append("\n## %d. %s\n\n%s\n" % (number, question.title, textwrap.fill(question.before, 118)))
        for when, command in question.typed:
            parts.append("\n```text\n%s\n```\n" % answers[question.scenario, command, when])
        parts.append("\n%s\n" % textwrap.fill(question.after, 118))
    return "".join(parts) + TAIL


def main() -> int:
    PAGE.write_text(page(), encoding="utf-8")
    print("written   docs/technician.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
