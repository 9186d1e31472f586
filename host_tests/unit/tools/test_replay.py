"""Records of every kind through the real firmware under MicroPython; broken ones are named and do not stop the rest."""

import json

import numpy as np
import pytest

from tools.replay import __main__ as command
from tools.replay import counts, play, records

RATE = 10_000.0


def wave(seconds, hz=60.0, lost_at=None, to=0.0, legs=2):
    t = np.arange(int(seconds * RATE)) / RATE
    legs_deg = {1: (0,), 2: (0, 180), 3: (0, -120, 120)}[legs]
    v = np.array([np.cos(2 * np.pi * hz * t + np.deg2rad(d)) for d in legs_deg])
    if lost_at is not None:
        v[:, t >= lost_at] *= to
    return v


def npz(path, v, **fields):
    np.savez(path, v=v.astype("f4"), **{"fs_hz": RATE, "nominal_hz": 60, "onset_s": np.nan, "event": "test", **fields})


def comtrade(folder, name, v, hz=60):
    """A small COMTRADE 1999 record in ASCII, volts of 120 V."""
    n = v.shape[1]
    lines = ["Test,1,1999", "%d,%dA,0D" % (len(v), len(v))]
    lines += ["%d,V%d,,,V,0.01,0,0,-99999,99999,1,1,P" % (i + 1, i + 1) for i in range(len(v))]
    lines += [str(hz), "1", "%g,%d" % (RATE, n)]
    lines += ["01/01/2026,00:00:00.000000", "01/01/2026,00:00:00.100000", "ASCII", "1"]
    (folder / (name + ".cfg")).write_text("\r\n".join(lines) + "\r\n")
    rows = np.rint(v * 120 * np.sqrt(2) * 100).astype(int)
    text = "".join("%d,%d,%s\r\n" % (i + 1, i * 100, ",".join(map(str, rows[:, i]))) for i in range(n))
    (folder / (name + ".dat")).write_text(text)


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    folder, out = tmp_path_factory.mktemp("records"), tmp_path_factory.mktemp("out")
    npz(folder / "a_loss.npz", wave(0.3, lost_at=0.15), onset_s=0.15)
    npz(folder / "b_healthy.npz", wave(0.3, 59.97))
    npz(folder / "c_three.npz", wave(0.3, 50, lost_at=0.15, to=0.4, legs=3), onset_s=0.15, nominal_hz=50)
    comtrade(folder, "d_comtrade", wave(0.3, lost_at=0.15))
    v = wave(0.3, lost_at=0.15)[0] * 170
    text = "".join("%.4f,%.3f\n" % (i / RATE, x) for i, x in enumerate(v))
    (folder / "e_volts.csv").write_text("time_s,L1\n" + text)
    (folder / "f_torn.npz").write_bytes(b"not a record")
    np.savez(folder / "g_nothing.npz", fs_hz=RATE)
    npz(folder / "h_nan.npz", np.full((2, 3000), np.nan))
    (folder / "i_uneven.csv").write_text("time_s,L1\n0,1\n0.0001,2\n0.0002,1\n0.0006,1\n")
    npz(folder / "j_hz.npz", np.full((1, 20), 50.02), quantity="frequency_hz", fs_hz=10.0, nominal_hz=50)
    args = [str(folder), "--policy", "SEAMLESS", "--out", str(out)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["replay", *args])
        code = command.main()
    return code, json.loads((out / "results.json").read_text()), out


def test_a_broken_record_is_one_line_and_the_rest_goes_on(played):
    code, results, _ = played
    assert code == 1
    why = {entry["file"]: entry["why"] for entry in results["broken"]}
    assert sorted(why) == ["f_torn.npz", "g_nothing.npz", "h_nan.npz", "i_uneven.csv"]
    assert "v" in why["g_nothing.npz"] and "no numbers" in why["h_nan.npz"] and "even steps" in why["i_uneven.csv"]


@pytest.mark.parametrize("name", ["a_loss", "c_three"])
def test_a_loss_is_seen_in_milliseconds(played, name):
    row = next(row for row in played[1]["records"] if row["record"] == name)
    assert row["action"] == "open" and row["lost_or_rejected"] == "lost" and row["element"] == "LOSS bank"
    assert 0 < row["latency_ms"] <= 6.5


def test_what_has_no_onset_has_no_latency_but_is_seen(played):
    for name in ("d_comtrade", "e_volts"):
        row = next(row for row in played[1]["records"] if row["record"] == name)
        assert row["action"] == "open" and 0.15 < row["t_action_s"] < 0.155


def test_a_healthy_grid_is_left_alone(played):
    for name, mhz in (("b_healthy", 59970), ("j_hz", 50020)):
        row = next(row for row in played[1]["records"] if row["record"] == name)
        assert row["action"] == "none" and row["t_flag_s"] is None and row["latency_ms"] is None
        assert abs(row["f_min_mhz"] - mhz) <= 25 and abs(row["f_max_mhz"] - mhz) <= 25
        assert row["v_min_pu"] == pytest.approx(1.0, abs=0.005)


def test_every_record_has_its_picture(played):
    _, results, out = played
    for row in results["records"]:
        assert (out / (row["record"] + ".png")).read_bytes().startswith(b"\x89PNG")


def test_a_code_is_found_by_number_or_name_and_refused_with_those_there_are():
    assert play.code_of("3") == 3
    with pytest.raises(ValueError, match="is not one of: 1 "):
        play.code_of("nothing like it")


def test_a_code_of_the_other_frequency_is_refused():
    record = records.Record("x", wave(0.3), RATE, 60)
    with pytest.raises(ValueError, match="is for 50 Hz, the record is of 60 Hz"):
        play.settings_for(record, 5)


def test_the_lead_in_goes_on_where_the_record_begins():
    record = records.Record("x", wave(0.3, 60.1), RATE, 60)
    whole = counts.lead_in(record)
    at = int(counts.LEAD_S * RATE)
    assert abs(np.diff(whole[0])[at - 50 : at + 50]).max() < 2 * np.pi * 60.1 / RATE * 1.05
