"""`make islanding`: cells with the whole firmware, and the figures and the page made of them."""

import json

import pytest

from tools.islanding import cells, page
from tools.islanding.__main__ import diets, main, matrix
from tools.plant.charger import ChargerModel
from tools.plant.devices.serve import Far
from tools.plant.sunspec import Near
from tools.plant.wire import framed


def fits(case, dither_e3):
    """A load that takes just what the car gives."""
    return cells.detect(cells.Cell(0.0, 0.0, *case, dither_e3), 3)


def test_an_island_that_fits_is_ended_with_the_dither_and_not_without():
    """By the element where the inverter follows slowly, else by the inverter's own frequency trip (0), which the second
    stage's 10 % reach first: the limit of 100 mHz takes 16 steps of 20 ms at the clip of 500 mHz."""
    for case, element in ((cells.CASES[1], 0), (cells.CASES[2], 33)):
        seen = fits(case, 20)
        assert seen["ended_s"] < 2.0 and seen["gave_w"] == pytest.approx(2500, rel=0.02)
        assert seen["element"] == element
        assert fits(case, 0)["ended_s"] is None


def test_events_on_a_grid_that_stays_trip_nothing():
    found = cells.benign(cells.Diet(5, 6, 1.0))
    assert found["trips"] == 0 and found["watched_s"] > 6.0 and found["events"] == 6


def test_the_near_end_answers_as_the_real_server_does():
    far, near = Far("sunspec_der"), Near()
    requests = [framed(bytes((1, 3, a >> 8, a & 255, 0, n))) for a, n in ((40000, 2), (40002, 100), (1, 2))]
    words = (1, 4, 0, 0, 250, 0, 0, 0, 0, 1, 0, 60)
    at = 40002 + 68 + 155 + 52 + 28 + 35
    head = bytes((1, 16, at >> 8, at & 255, 0, 12, 24))
    requests.append(framed(head + b"".join(w.to_bytes(2, "big") for w in words)))
    try:
        assert [near.ask(r) for r in requests] == [far.ask(r) for r in requests]
        assert near.state()["set_var"] == far.state()["set_var"] == 250
    finally:
        far.close()
    assert ChargerModel().reactive_target_var == 0


def row(case, dither, ended, dp=0.0, dq=0.0):
    return {"dp": dp, "dq": dq, "pll_hz": case[0], "latency_s": case[1], "dither_e3": dither, "ended_s": ended}


def results(*more, trips=0):
    rows = [
        row(case, dither, 0.5, dp, dq)
        for case, dither in [*((case, 20) for case in cells.CASES), (cells.CASES[1], 0)]
        for dp in (-0.1, 0.1)
        for dq in (-0.1, 0.1)
    ]
    diet = [{"suspicions": 2, "trips": trips, "watched_s": 3600.0, "events": 100, "most_mhz": 7}]
    return page.Results(rows + list(more), diet)


def test_late_or_missed_or_taken_for_an_island_is_wrong():
    assert not results().wrong()
    assert results(row(cells.CASES[0], 20, 2.1)).wrong() and results(row(cells.CASES[0], 20, None)).wrong()
    assert not results(row(cells.CASES[1], 0, None)).wrong()  # without the dither it may
    assert results(trips=1).wrong()


def test_the_figures_are_those_of_the_rows():
    told = "\n".join(results(row(cells.CASES[1], 0, None)).lines())
    assert "80.0 %" in told and ">2.5" in told
    assert "100 events in 1.00 h of watching: 2 suspicions, 0 trips; largest answer 7 mHz" in told


def test_the_zone_in_closed_form():
    """An island settles where V^2/R takes the power and L and C leave nothing: the corners are put in by hand."""
    low, high, under, over = page.passive()
    assert 1 / (1 + low) == pytest.approx(1.2**2) and 1 / (1 + high) == pytest.approx(0.5**2)
    for dq, hz in ((under, 62.0), (over, 56.5)):
        resonance = cells.site(cells.Cell(0.0, dq, 10.0, 0.1, 20)).house.rlc_hz
        assert resonance == pytest.approx(hz, abs=0.01)


def test_the_page_and_its_picture(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "build" / "islanding").mkdir(parents=True)
    told = results()
    (tmp_path / "build" / "islanding" / "matrix.json").write_text(json.dumps(told.matrix))
    assert main(["--page", str(tmp_path / "islanding.md")]) == 0
    assert "0.50" in (tmp_path / "islanding.md").read_text()
    assert (tmp_path / "img" / "islanding.png").stat().st_size > 10_000
    assert main(["--steps", "1"]) == 2
    assert "--steps" in capsys.readouterr().err


def test_what_is_played():
    assert len(matrix(9)) == 4 * 81 and {cell.dither_e3 for cell in matrix(3)} == {0, 20}
    assert len(diets(1000, 1.0)) == 10 + 6
