"""The picture: it looks at the right stretches, names never overlap, and what it draws is in the image."""

import matplotlib.image
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_rgb

from firmware.transfer import states
from host_tests.unit.tools.stand_in import CLOSED_S, LIVE_S, LOST_S, MARKS, recording
from tools import recording as records
from tools import timeline


def seen(marks):
    return [(m.title, m.zero_s) for m in timeline.moments(recording(marks=marks))]


def test_a_blackout_has_three_moments():
    assert [zero for _, zero in seen(MARKS)] == [LOST_S, LIVE_S, CLOSED_S]


def test_a_late_opening_gets_its_own_moment():
    """A brownout: K1 opens seconds after the disturbance began."""
    found = seen({"disturbance": 1.0, "k1_open_command": 2.5, "k1_proven_open": 2.516})
    assert found == [("The disturbance", 1.0), ("K1 opens", 2.5)]


def test_a_sag_that_is_ridden_through():
    assert seen({"disturbance": 1.0, "recovered": 1.2}) == [("The disturbance", 1.0), ("The grid is well again", 1.2)]


def test_an_uneventful_run_shows_its_end():
    assert [title for title, _ in seen({})] == ["The end of the run"]


def test_at_most_three_and_in_order():
    everything = {**MARKS, "k1_open_command": 1.3, "recovered": 3.9}
    zeros = [zero for _, zero in seen(everything)]
    assert len(zeros) == 3 and zeros == sorted(zeros)


names = st.lists(st.tuples(st.floats(0, 60), st.floats(0.1, 8)), max_size=12)


@settings(deadline=None)
@given(names)
def test_names_above_the_band_never_overlap_and_keep_their_order(rows):
    wanted, widths = sorted(x for x, _ in rows), [w for _, w in rows]
    places = timeline._spread(wanted, widths)
    assert len(places) == len(wanted)
    for i in range(len(places)):
        assert places[i] - widths[i] / 2 >= -1e-6
        if i:
            assert places[i - 1] + widths[i - 1] / 2 <= places[i] - widths[i] / 2 + 1e-6


def test_names_with_room_stay_where_they_belong():
    assert timeline._spread([10.0, 30.0], [4.0, 4.0]) == [10.0, 30.0]


def test_steps_carry_the_level_into_and_out_of_a_stretch():
    times, levels = timeline._steps([(0.0, True), (1.0, False), (2.0, True)], 0.5, 1.5)
    assert times.tolist() == [0.5, 1.0, 1.5] and levels.tolist() == [1.0, 0.0, 0.0]
    times, levels = timeline._steps([(2.0, True)], 0.5, 1.5)
    assert levels.tolist() == [0.0, 0.0]


def test_waves_between_cuts_the_stretch():
    times, volts = recording().waves_between(1.0, 1.1)
    assert len(times) == len(volts) == 800 and times[0] == pytest.approx(1.0)


def test_state_at_is_the_one_entered_last():
    made = recording()
    assert [made.state_at(t) for t in (-1.0, 0.0, 1.01, 1.7)] == ["", "PARALLEL", "OPENING", "ISLAND"]


def has(image, colour, least):
    return int((np.abs(image[..., :3] - np.array(to_rgb(colour))).max(axis=2) < 0.02).sum()) >= least


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    path = tmp_path_factory.mktemp("picture") / "deep" / "timeline.png"
    timeline.draw(recording(), ["a fact"], path)
    return matplotlib.image.imread(path)


def test_the_picture_has_its_size(image):
    assert image.shape[:2] == (int(timeline.SIZE_IN[1] * timeline.DPI), int(timeline.SIZE_IN[0] * timeline.DPI))


@pytest.mark.parametrize("state", ["PARALLEL", "STARTING", "ISLAND", "SYNCHRONISING"])
def test_the_band_shows_the_states_of_the_run(image, state):
    assert has(image, timeline.STATE_COLOURS[state], 2000)


def test_the_band_shows_no_other_state(image):
    assert not has(image, timeline.STATE_COLOURS["HANDBACK"], 50)


@pytest.mark.parametrize("colour", [timeline.GRID, timeline.HOUSE, timeline.CAR, timeline.SOC])
def test_the_curves_are_drawn(image, colour):
    assert has(image, colour, 300)


def test_every_state_has_a_colour_and_every_moment_a_word():
    assert set(timeline.STATE_COLOURS) == set(states.NAMES)
    assert timeline.RUN_MARKS <= set(records.MARK_WORDS)


@pytest.mark.parametrize(
    "changes",
    [
        {"marks": {}, "states": []},
        {"marks": {}, "states": [(0.0, "GRID")], "edges": {}},
        {"grid_hz": np.full(400, np.nan), "house_hz": np.full(400, np.nan), "soc": np.zeros(400)},
        {"grid_v": np.zeros((400, 1)), "house_v": np.zeros((400, 1))},
    ],
    ids=["nothing happened", "no edges", "nothing measurable", "one leg"],
)
def test_poor_runs_are_drawn_too(tmp_path, changes):
    timeline.draw(recording(**changes), [], tmp_path / "t.png")
    assert (tmp_path / "t.png").stat().st_size > 20000
