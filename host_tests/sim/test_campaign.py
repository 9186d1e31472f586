"""The campaign: a story for each seed, rows that repeat, a table that goes on, an exit code that tells."""

import subprocess
import sys

import pytest

from tools.campaign import __main__ as command
from tools.campaign import draw, play, summary
from tools.campaign.table import ROOT, Table, fingerprint


def called(runs, out):
    """(exit code, output) of the command, with one worker of its own."""
    words = [sys.executable, "-m", "tools.campaign", "--runs", str(runs), "--workers", "1", "--out", str(out)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=240)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def row():
    """A run that is played in this process."""
    return play.play(3)


def test_a_seed_is_a_story():
    assert draw.story(17) == draw.story(17) != draw.story(18)


def test_three_hundred_stories_have_every_kind_of_fault_load_and_contactor():
    stories = [draw.story(seed) for seed in range(300)]
    drawn = {fault.name for story in stories for fault in story.faults}
    wanted = {"welded", "stuck_open", "slow", "bounces", "a_open", "a_closed", "b_open", "b_closed", "pole_welded"}
    assert {"%s %s" % (k, fault) for k in ("k1", "k2") for fault in wanted | {"no_coil"}} <= drawn
    assert {"charger silent", "charger late", "wrong replies", "channel stuck"} <= drawn
    assert {"emergency stop", "restart", "motor start"} <= drawn
    assert {story.open_ms for story in stories} == {8.0, 15.0, 25.0}
    shares = [story.load_share for story in stories]
    assert min(shares) < 0.05 and max(shares) > 0.95
    assert any(fault.state == "ISLAND" for story in stories for fault in story.faults)


def test_a_run_repeats(row):
    again = play.play(3)
    assert {**again, "wall_s": 0} == {**row, "wall_s": 0}
    assert row["states"].startswith("OUT_OF_SERVICE") and not play.bad(row)


def test_it_plays_what_is_missing_and_no_more(tmp_path):
    code, said = called(2, tmp_path)
    assert code == 0 and "2 runs, 0 there already" in said, said
    assert [one["seed"] for one in Table(tmp_path, fingerprint()).rows()] == [0, 1]
    code, said = called(2, tmp_path)
    assert code == 0 and "2 runs, 2 there already" in said, said


def test_a_run_that_broke_a_rule_is_named_and_told_by_the_exit_code(tmp_path, row):
    spoilt = (
        ({"violations": "parallel at 3.000 s: K1 closed onto a live island"}, "K1 closed onto a live island"),
        ({"died": "the firmware ended itself"}, "the firmware ended itself"),
        ({"overruns": 2}, "2 ticks without their samples"),
    )
    Table(tmp_path, fingerprint()).add([{**row, "seed": i, **change} for i, (change, _) in enumerate(spoilt)])
    code, said = called(3, tmp_path)
    assert code == 1
    for i, (_, told) in enumerate(spoilt):
        assert "make campaign AGAIN=%d" % i in said and told in said


def test_wrong_calls_say_what_is_allowed(capsys):
    assert command.main(["--runs", "0"]) == 2
    assert "at least 1" in capsys.readouterr().err


def test_times_are_those_of_sound_runs_alone(row):
    sound = {"grid_lost": True, "open_ms": 8.0, "policy": 2, "plan_w": 1.0, "k1_proven_open_ms": 12.0, "faults": ""}
    lost = {**row, **sound}
    rows = [lost, {**lost, "faults": "k1 welded@GRID", "k1_proven_open_ms": 99.0}, {**lost, "open_ms": 15.0}]
    assert list(summary.times(rows, "k1_proven_open_ms", 8.0, 2, False)) == [12.0]


def test_the_page_tells_what_earlier_versions_found_and_leaves_trials_out(row, tmp_path):
    spoilt = {**row, "seed": 7, "violations": "double_bond at 1.000 s: bonded twice"}
    Table(tmp_path, "000000000000").add([spoilt] + [{**row, "seed": i} for i in range(100, 100 + command.LEAST_TOLD)])
    Table(tmp_path, "111111111111").add([spoilt])
    Table(tmp_path, fingerprint()).add([row])
    page = tmp_path / "campaign.md"
    assert command.main(["--runs", "1", "--out", str(tmp_path), "--page", str(page)]) == 0
    told = page.read_text()
    assert "version 000000000000: 201 runs, 1 broke a rule or died\n  seed 7   double_bond at 1.000 s" in told
    assert "111111111111" not in told and "decisions/0091-what-the-campaign-found.md" in told
