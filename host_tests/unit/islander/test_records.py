"""Records on the host: read out from the firmware's own recorder, broken on the way, written as COMTRADE, read back."""

import datetime as dt
import math
import random

import comtrade
import numpy as np
import pytest

from host_tests.unit.record.test_waves import PRE, TICKS, Bench
from tools.islander import comtrade_files, plot, readout

HZ, PEAK = 60, 170
GAIN_UV = 165700


def mains(frame, channel):
    """A 60 Hz wave of 170 V peak as counts, each channel 31.25 us after the one before."""
    t = frame / 8000 + channel * 31.25e-6
    return 2048 + round(PEAK * math.sin(2 * math.pi * HZ * t) * 1e6 / GAIN_UV)


@pytest.fixture(scope="module")
def lines():
    """A record of the firmware's recorder, as read out."""
    bench = Bench(sample=mains)
    bench.run(300)
    bench.set(TRIP_COUNT=1, OUTPUTS=1)
    bench.run(200)
    return bench.read(1)


@pytest.fixture(scope="module")
def wave(lines):
    return read(lines)


def read(lines):
    got = readout.Readout()
    for line in lines:
        got.take(line)
    return got.wave()


def test_the_volts_are_those_that_were_played(wave):
    assert wave.counts.shape == (4 * TICKS, 4) and wave.digital.shape == (TICKS,)
    assert wave.times_s()[4 * PRE] == 0 and wave.times_s()[0] == pytest.approx(-PRE / 2000)
    assert np.abs(wave.volts()).max() == pytest.approx(PEAK, abs=0.2)
    at = wave.times_s()[:, None] + np.arange(4) * 31.25e-6 + 300 / 2000
    played = PEAK * np.sin(2 * np.pi * HZ * at)
    assert np.abs(wave.volts() - played).max() < GAIN_UV / 2e6 + 1e-9  # half a count


def test_echo_and_prompt_and_noise_are_skipped(lines):
    noisy = ["wave get 1", "GRID> ", *lines, "", "\x00\xff", "GRID> "]
    assert (read(noisy).counts == read(lines).counts).all()


def test_a_broken_block_stays_missing_until_it_comes_again(lines):
    got, broken = readout.Readout(), 3
    for i, line in enumerate(lines):
        got.take(line.replace(line[12], "#" if line[12] != "#" else "!", 1) if i == broken else line)
    assert got.bad_lines == 1 and got.missing() == 40 * (broken - 1)
    with pytest.raises(readout.BadRecord, match="not whole"):
        got.wave()
    got.take(lines[broken])
    assert got.missing() is None and (got.wave().counts == read(lines).counts).all()


@pytest.mark.parametrize("seed", range(3))
def test_no_flipped_character_is_ever_believed(lines, seed):
    """Flip one character of each of many read-outs: the record is whole and right, or it is not there."""
    random.seed(seed)
    whole = read(lines)
    for _ in range(40):
        i = random.randrange(len(lines))
        at = random.randrange(len(lines[i]))
        other = chr(33 + (ord(lines[i][at]) - 33 + random.randrange(1, 94)) % 94)
        got = readout.Readout()
        for k, line in enumerate(lines):
            got.take(line[:at] + other + line[at + 1 :] if k == i else line)
        if got.missing() is None:
            assert (got.wave().counts == whole.counts).all()


def test_another_record_under_the_same_number_is_refused(lines):
    got = readout.Readout()
    got.take(lines[0])
    got.head = dict(got.head, crc=1)
    with pytest.raises(readout.BadRecord, match="not the one begun before"):
        got.take(lines[0])


@pytest.mark.parametrize("form", comtrade_files.FORMS)
@pytest.mark.parametrize("revision", comtrade_files.REVISIONS)
def test_comtrade_reads_back_what_was_recorded(wave, tmp_path, revision, form):
    path = comtrade_files.write(wave, tmp_path, revision, form, comtrade_files.Station("Barn, east", "e66"))
    read_back = comtrade.load(str(path))
    assert read_back.rev_year == revision and read_back.ft == form.upper() and read_back.frequency == HZ
    assert (read_back.station_name, read_back.rec_dev_id) == ("Barn; east", "e66")
    assert read_back.analog_channel_ids == ["G1", "G2", "H1", "H2"] and read_back.total_samples == 4 * TICKS
    for i in range(4):
        assert np.allclose(read_back.analog[i], wave.volts()[:, i], atol=1e-3)
        assert read_back.cfg.analog_channels[i].skew == pytest.approx(31.25 * i)
    assert read_back.status_channel_ids == wave.head["digital"]
    for i, name in enumerate(wave.head["digital"]):
        assert list(read_back.status[i]) == np.repeat(wave.bit(name), 4).tolist()
    assert read_back.time[8] == pytest.approx(0.001)
    # the bench's clock says 1700000000 (2023-11-14 22:13:20 UTC), the trigger 150.0 ms and a tick into that second
    assert read_back.trigger_timestamp == dt.datetime(2023, 11, 14, 22, 13, 20, 150500)
    assert read_back.trigger_time == pytest.approx(PRE / 2000)


def test_without_a_clock_the_2013_file_says_so(wave, tmp_path):
    unset = readout.Wave(dict(wave.head, clock_s=0), wave.counts, wave.digital)
    path = comtrade_files.write(unset, tmp_path, "2013", "binary")
    assert path.read_text().splitlines()[-2:] == ["0,0", "F,3"]
    assert comtrade.load(str(path)).trigger_timestamp.year == 1970
    assert "no clock was set" in path.with_suffix(".hdr").read_text()


def test_an_unknown_revision_is_refused(wave, tmp_path):
    with pytest.raises(ValueError, match="1991"):
        comtrade_files.write(wave, tmp_path, "1991", "ascii")


def test_the_picture_is_drawn(wave, tmp_path):
    path = plot.draw(wave, tmp_path / "w.png", ("OUT_OF_SERVICE",))
    assert path.read_bytes()[:4] == b"\x89PNG" and "K1" in plot.changing(wave)


def test_runs_of_equal_values():
    assert plot.runs(np.array([0, 0, 5, 5, 5, 0])) == [(0, 2, 0), (2, 5, 5), (5, 6, 0)]
