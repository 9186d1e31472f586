"""The bench: signals are what they say, peers see what they should, and a quick run writes its table."""

import json

import numpy as np
import pytest

from tools.bench import __main__ as command
from tools.bench import measure, peers, signals


def test_a_benign_wave_is_repeatable_and_carries_every_kind():
    one, events = signals.benign(6000, 60, 7)
    two, _ = signals.benign(6000, 60, 7)
    assert (one == two).all() and one.max() <= 4095
    assert {event.kind for event in events} == set(signals.KINDS)
    starts = [event.sample for event in events]
    assert min(np.diff(starts)) > 0.15 * signals.HZ  # never two at once


def test_losses_lie_all_over_the_wave():
    wave = signals.losses(0.0, 100, 60, 3)
    x = wave.counts.astype(float) - 2048
    for onset in wave.onsets[:10]:
        assert abs(x[onset + 2 : onset + 600]).max() < 80 < abs(x[onset - 140 : onset]).max()
    phases = (wave.onsets % (8000 / 60)) / (8000 / 60)
    assert np.histogram(phases, 5, (0, 1))[0].min() > 10


def test_peers_measure_one_per_unit_of_a_clean_wave_and_nothing_of_a_dead_line():
    wave = signals.steady(60.0, 1.0, 1.0, 1, thd=0.0)
    dead = np.concatenate([wave, np.full(1000, 2048, "<u2")])
    for name, values in peers.numbers(dead, 60).items():
        if name != "zero crossings":
            assert values[4000:7900].mean() == pytest.approx(1.0, abs=0.03), name
        assert values[-1] < 0.05, name


def test_a_quick_bench_writes_rows_with_targets_and_peers(tmp_path, monkeypatch):
    monkeypatch.setattr(measure, "TUNED", range(2))
    rows, drawn = command.gather(1200, 6, False)
    assert set(drawn) == {name for _, name in measure.LEVELS}
    hard = next(row for row in rows if row.metric.startswith("hard loss, max") and row.metric.endswith("60 Hz"))
    assert hard.met and set(hard.peers) == set(peers.NAMES)
    false = [row for row in rows if row.metric.startswith("false losses")]
    assert len(false) == 2 and all(row.value == 0 for row in false)
    text = json.dumps([row.as_dict() for row in rows])
    assert {"metric", "unit", "value", "target", "better", "peers"} == set(json.loads(text)[0])


def test_a_row_is_met_or_not():
    assert measure.Row("x", "ms", 3.0, 3.0).met
    assert measure.Row("x", "ms", 3.1, 3.0).met is False
    assert measure.Row("x", "%", 0.9, 0.8, "higher").met
    assert measure.Row("x", "ms", None, 3.0).met is None
