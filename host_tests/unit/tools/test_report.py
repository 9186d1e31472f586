"""What a run is told in: figures as a person says them, and on failure what was seen and where to look."""

import pytest

from host_tests.unit.tools.stand_in import summary
from tools import report


def test_the_headline_says_what_happened():
    facts = report.headline(summary())
    assert facts == [
        "K1 proven open 16.5 ms after the loss",
        "house live again after 1.25 s",
        "closed at +0.4\u00b0, -18 mHz, +0.6 %",
        "no safety rule broken",
    ]


def test_what_did_not_happen_is_left_out():
    nothing = dict.fromkeys(("k1_proven_open_ms", "island_up_ms", "sync_at_close", "reclosed_at_s"))
    assert report.headline(summary(**nothing)) == ["no safety rule broken"]


def test_closing_onto_a_dead_house_has_no_angle():
    assert "K1 closed again at 3.2 s" in report.headline(summary(sync_at_close=None))


@pytest.mark.parametrize(("ms", "said"), [(0.0, "0.0 ms"), (999.94, "999.9 ms"), (1000, "1.00 s"), (61234, "61.23 s")])
def test_durations(ms, said):
    assert report.duration(ms) == said


def test_a_good_run():
    text = report.verdict(summary(), [], "build/run")
    assert text.startswith("stand-in: as it should be.") and "ended in PARALLEL" in text
    assert "build/run/timeline.png" in text


def test_a_missed_expectation_is_told_with_what_was_seen_and_where_to_look():
    text = report.verdict(summary(), ["expected DARK, saw ISLAND"], "build/run")
    assert text.startswith("stand-in: NOT as it should be.")
    assert "expected DARK, saw ISLAND" in text and "OPENING 1.0 s" in text and "firmware.log" in text


def test_a_broken_safety_rule_alone_is_a_failure():
    broken = [{"time_s": 3.2, "kind": "unsynchronised_close", "detail": "K1 touched at 40 deg"}]
    text = report.verdict(summary(violations=broken), [], "x")
    assert "NOT as it should be" in text
    assert "safety rule broken at 3.200 s: unsynchronised_close (K1 touched at 40 deg)" in text
    assert report.headline(summary(violations=broken))[-1] == "1 safety rule broken"
    assert report.headline(summary(violations=broken * 2))[-1] == "2 safety rules broken"


def test_a_run_that_never_began():
    assert "states seen: none" in report.verdict(summary(states=[]), ["the firmware ended"], "x")
