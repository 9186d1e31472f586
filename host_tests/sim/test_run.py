"""The runner, with the real plant and a scripted stand-in for the firmware: files, verdict and exit code of a run."""

import io
import json
import os
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from tools import console, run, scenarios, watch
from tools.plant.firmware import FirmwareDied
from tools.plant.names import IMAGE_LEN, SLOTS, STATE_NAMES, port
from tools.plant.protocol import HEAD, Answer
from tools.plant.scenarios import SCENARIOS
from tools.plant.world import SilentBus, World

BLOCK_S = 0.002
CLOSED = port.OUT_PERMIT | port.OUT_K1
CSV = b"events csv\r\nseq,time_ms,event\r\n1,300,GRID\r\n2,700,OPENING\r\n> "


class Scripted:
    """Answers each block from a script of (from this time on, state, outputs); knows one console command."""

    def __init__(self, script, answer=CSV, dies_at_s=None):
        self.script, self.answer, self.dies_at_s = script, answer, dies_at_s
        self.typed = b""

    def exchange(self, data, block):
        if self.dies_at_s is not None and block * BLOCK_S >= self.dies_at_s:
            raise FirmwareDied("the firmware ended with code 3 in block %d" % block)
        n_ticks, n_frames, n_console = HEAD.unpack(data[: HEAD.size])[2:5]
        at = HEAD.size + 8 * n_frames + 4 * n_ticks
        self.typed += data[at : at + n_console]
        state, outputs = [row[1:] for row in self.script if row[0] <= block * BLOCK_S][-1]
        image = np.zeros(IMAGE_LEN, np.int32)
        image[SLOTS["STATE"]], image[SLOTS["REASON"]] = STATE_NAMES.index(state), 1
        said = b""
        if self.typed.endswith(b"events csv\r"):
            said, self.typed = self.answer, b""
        return Answer(block, np.full(n_ticks, outputs, np.uint32), image, console=said)

    def stop(self):
        """Nothing to end."""


QUIET = ((0.0, "OUT_OF_SERVICE", 0), (0.1, "GRID", CLOSED))
OPENS = (*QUIET, (1.0, "OPENING", port.OUT_PERMIT), (1.1, "DARK", port.OUT_PERMIT))
WRONG = (*QUIET, (1.0, "ISLAND", CLOSED | port.OUT_ISLAND_REQUEST))


@pytest.fixture
def play(tmp_path, monkeypatch):
    """play(firmware, expected) -> exit code; the files are in tmp_path."""
    monkeypatch.setattr(watch, "reason_names", lambda: ("none", "as the script says"))

    def played(firmware, expected=(), screen=None, realtime=False, duration_s=1.6):
        scenario = replace(
            SCENARIOS["no-car"], duration_s=duration_s, events=((0.9, "grid_off", {}),), expected=tuple(expected)
        )
        monkeypatch.setitem(run.SCENARIOS, "no-car", scenario)

        def make_world(scenario, seed, folder):
            return World(scenario, seed, folder, lambda *_: firmware, lambda *_: SilentBus())

        return run.run("no-car", 3, realtime, tmp_path, screen or Console(file=io.StringIO()), make_world)

    return played


def test_a_good_run_leaves_its_three_files(play, tmp_path, capsys):
    assert play(Scripted(OPENS), [("it opened", lambda s: s["k1_proven_open_ms"] is not None)]) == 0
    said = capsys.readouterr().out
    assert "no-car: as it should be." in said and "K1 proven open" in said
    assert (tmp_path / "events.csv").read_text() == "seq,time_ms,event\n1,300,GRID\n2,700,OPENING\n"
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["seed"] == 3
    assert [name for _, name in summary["states"]] == ["OUT_OF_SERVICE", "GRID", "OPENING", "DARK"]
    # the coil falls 100 ms after the loss; the plant's K1 parts 11 ms later, its 52b closes within 10 ms more
    assert summary["k1_open_command_ms"] == pytest.approx(100, abs=3)
    assert 111 < summary["k1_proven_open_ms"] < 130
    assert (tmp_path / "timeline.png").read_bytes()[:4] == b"\x89PNG"


def test_each_event_is_told_once_without_a_terminal(play, capsys):
    play(Scripted(OPENS))
    said = capsys.readouterr().out
    for event in ("* OPENING: as the script says", "* grid lost", "* K1 told to open", "* K1 proven open"):
        assert said.count(event) == 1
    assert "\x1b" not in said


def test_a_missed_expectation_fails_the_run(play, tmp_path, capsys):
    assert play(Scripted(QUIET), [("K1 opened", lambda s: s["k1_open_command_ms"] is not None)]) == 1
    said = capsys.readouterr().out
    assert "NOT as it should be" in said and "expected: K1 opened" in said and "states seen: OUT_OF_SERVICE" in said
    assert (tmp_path / "summary.json").exists() and (tmp_path / "timeline.png").exists()


def test_a_broken_safety_rule_fails_the_run_whatever_was_expected(play, capsys):
    assert play(Scripted(WRONG)) == 1
    said = capsys.readouterr().out
    assert "SAFETY RULE BROKEN: request_while_k1_closed" in said
    assert "safety rule broken at 1." in said


def test_a_dead_firmware_fails_the_run_and_what_was_seen_is_kept(play, tmp_path, capsys):
    assert play(Scripted(OPENS, dies_at_s=1.2)) == 1
    assert "the firmware ended with code 3" in capsys.readouterr().out
    assert json.loads((tmp_path / "summary.json").read_text())["states"][-1][1] == "DARK"
    assert (tmp_path / "timeline.png").exists()


def test_a_firmware_that_never_answers_leaves_a_verdict_all_the_same(play, capsys):
    assert play(Scripted(OPENS, dies_at_s=0.0)) == 1
    assert "states seen: none" in capsys.readouterr().out


def test_a_console_without_events_fails_the_run(play, capsys):
    assert play(Scripted(OPENS, answer=b"unknown command: events\r\n> ")) == 1
    assert "the console gave no rows to `events csv`" in capsys.readouterr().out


def test_old_files_do_not_outlive_a_failed_start(play, tmp_path):
    for name in ("timeline.png", "events.csv", "summary.json"):
        (tmp_path / name).write_text("of another run")
    play(Scripted(OPENS, dies_at_s=0.0))
    assert "of another run" not in (tmp_path / "summary.json").read_text()


def test_a_terminal_gets_the_diagram(play):
    written = io.StringIO()
    screen = Console(file=written, force_terminal=True, width=80, color_system=None)
    assert play(Scripted(OPENS), screen=screen) == 0
    drawn = written.getvalue()
    assert "HOUSE" in drawn and "the house is cut off and without a source" in drawn and "as the script says" in drawn


def test_realtime_waits_for_the_clock_and_max_does_not(play, monkeypatch):
    class Clock:
        now, slept = 0.0, 0.0

        def monotonic(self):
            return self.now

        def sleep(self, seconds):
            self.slept += seconds
            self.now += seconds

    clock = Clock()
    monkeypatch.setattr(run, "time", clock)
    play(Scripted(QUIET), duration_s=1.2, realtime=True)
    assert clock.slept == pytest.approx(1.2, abs=0.01)  # a clock that only moves in sleep: all of it is waiting
    clock.slept = 0.0
    play(Scripted(QUIET), duration_s=1.2)
    assert clock.slept == 0.0


def test_the_same_seed_gives_the_same_files(play, tmp_path):
    kept = []
    for _ in range(2):
        play(Scripted(OPENS))
        summary = json.loads((tmp_path / "summary.json").read_text())
        del summary["realtime_factor"]
        kept.append((summary, (tmp_path / "events.csv").read_text()))
    assert kept[0] == kept[1]


def test_an_unknown_scenario_is_refused_with_the_names(capsys):
    assert run.main(["blackuot"]) == 2
    said = capsys.readouterr().err
    assert "no scenario 'blackuot'" in said and "blackout" in said


def test_the_list_names_every_scenario(capsys):
    scenarios.main()
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(SCENARIOS)
    assert set(SCENARIOS) >= {"blackout", "sag", "brownout", "stuck-contactor", "charger-silent", "no-car"}


@pytest.mark.parametrize(
    ("said", "rows"),
    [
        ("events csv\r\na,b,c\r\n1,2,3\r\n> ", "a,b,c\n1,2,3\n"),
        ("a,b,c\n", "a,b,c\n"),
        ('a,b,c\r\n1,2,"3, or 4"\r\n> \r\nlater,1,2\r\n', 'a,b,c\n1,2,"3, or 4"\n'),
        ("no such command\r\n> ", ""),
        ("", ""),
    ],
    ids=["echo and prompt", "header only", "a comma in a field", "refused", "silent"],
)
def test_rows_are_told_from_echo_and_prompt(said, rows):
    assert run.events_csv(said) == rows


def test_a_technician_at_the_terminal_is_answered(play, tmp_path):
    """tools.console attaches to the link that the world keeps while it runs."""
    firmware = Scripted(QUIET)
    with World(SCENARIOS["no-car"], 1, tmp_path, lambda *_: firmware, lambda *_: SilentBus()) as world:
        line = console.attach(tmp_path / "console")
        os.write(line, b"events csv\r")
        for _ in range(3):
            world.step()
        assert os.read(line, 1000) == CSV
    keys, typist = os.pipe()
    assert console.converse(line, keys, typist) == "over"
    assert console.main([str(tmp_path / "console")]) == 1  # and nothing is left to attach to
