"""Every scenario with nothing faked: the firmware on the real interpreter, pymodbus on a real pseudo-terminal."""

import csv
import json

import pytest

from tools import run
from tools.plant import summary
from tools.plant.scenarios import SCENARIOS

KEYS = (
    "scenario", "seed", "states", "grid_lost_at_s", "k1_open_command_ms", "k1_proven_open_ms", "island_up_ms",
    "grid_back_at_s", "reclosed_at_s", "sync_at_close", "unsynchronised_parallel_ms", "energy", "modbus", "tick",
    "realtime_factor", "violations",
)  # fmt: skip


@pytest.fixture
def play(tmp_path, monkeypatch):
    """play(name, seed) -> (exit code, summary, rows of events.csv)"""

    def played(name, seed=1, folder="run"):
        monkeypatch.setattr(run, "RUN_DIR", tmp_path / folder)
        code = run.main([name, "--seed", str(seed)])
        told = json.loads((tmp_path / folder / "summary.json").read_text())
        with open(tmp_path / folder / "events.csv", newline="") as f:
            return code, told, list(csv.DictReader(f))

    return played


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_the_scenario_ends_as_it_should(name, play, tmp_path):
    code, told, events = play(name)
    assert code == 0
    assert tuple(told) == KEYS
    assert told["violations"] == [] and told["unsynchronised_parallel_ms"] == 0
    assert told["tick"]["rate_hz"] >= 2000 and told["tick"]["overruns"] == 0
    assert (tmp_path / "run" / "timeline.png").stat().st_size > 50_000
    numbers = [int(row["number"]) for row in events]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_the_same_seed_gives_the_same_files_and_another_seed_another_run(play):
    _, first, events = play("sag", 5, "first")
    _, again, events_again = play("sag", 5, "again")
    assert summary.repeatable(first) == summary.repeatable(again)
    assert events == events_again
    _, other, events_other = play("sag", 6, "other")
    assert events_other != events


def test_blackout_tells_the_story_in_order(play):
    _, told, events = play("blackout")
    story = [row["what"] + ":" + row["to"] for row in events]
    order = ["OPENING", "DARK", "STARTING", "ISLAND", "SYNCHRONISING", "CLOSING", "HANDBACK", "PARALLEL"]
    order = ["state:" + name for name in order]
    rest = iter(story[story.index("state:OPENING") :])
    assert all(step in rest for step in order)
    assert told["modbus"]["requests"] > 40 and told["modbus"]["errors"] == 0
