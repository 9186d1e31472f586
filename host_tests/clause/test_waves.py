"""Targets seen through Sense: sampled waves with 8 % distortion and 3 counts of noise, a random phase each.

81R at 1 Hz/s: 1.25 Hz/s within 600 ms, never at 0.9, never on a jump. The 0.16 s elements of IEEE 1547: the trip plus
K1's 15 ms within 160 ms. No element on a jump of 60 degrees.
"""

import numpy as np
import pytest

from host_tests.clause.runner import ROOT, guest

WAVES = ROOT / "host_tests" / "clause" / "guests" / "waves_guest.py"
FRAMES_S, CHANNELS = 8000, 4
ONSET_S, K1_MS = 1.0, 15
G98 = {"grid_code": 6, "nominal_hz": 50, "nominal_mv": 230000, "legs": 1}
G98 |= {name + "_uv_per_count": 318000 for name in ("g1", "g2", "h1", "h2")}
VDE = {**G98, "grid_code": 5}
CAT_2 = {"grid_code": 2, "nominal_hz": 60, "nominal_mv": 120000, "legs": 1}
SEEDS = range(8)


def sampled(settings, seed, hz=None, degrees=0.0, pu=1.0, seconds=1.4):
    """Counts of a wave that changes at ONSET_S plus up to a cycle, and that moment in ms."""
    rng = np.random.default_rng(seed)
    nominal, onset = settings["nominal_hz"], ONSET_S + seed / len(SEEDS) / settings["nominal_hz"]
    t = np.arange(int(seconds * FRAMES_S) * CHANNELS) / (FRAMES_S * CHANNELS)
    f = np.full_like(t, nominal) if hz is None else np.where(t < onset, nominal, hz(t - onset))
    angle = 2 * np.pi * np.cumsum(f) / (FRAMES_S * CHANNELS) + rng.uniform(0, 2 * np.pi)
    angle += np.where(t < onset, 0, np.radians(degrees))
    wave = np.sin(angle)
    for order, part in ((3, 0.05), (5, 0.05), (7, 0.035)):
        wave += part * np.sin(order * angle + rng.uniform(0, 2 * np.pi))
    volts = wave * settings["nominal_mv"] / 1000 * np.sqrt(2) * np.where(t < onset, 1.0, pu)
    counts = 2048 + volts * 1e6 / settings.get("g1_uv_per_count", 165700) + rng.normal(0, 3, t.size)
    return np.clip(np.round(counts), 0, 4095).astype("<u2"), onset * 1000


def trips(folder, settings, waves):
    """(ms after the onset, element) of the first trip of each wave, or None."""
    jobs = []
    for i, (counts, _) in enumerate(waves):
        path = folder / ("wave%d.bin" % i)
        counts.tofile(path)
        jobs.append({"settings": settings, "wave": str(path)})
    found = guest(WAVES, folder, jobs)
    return [(hits[0][0] / 2 - at, hits[0][1]) if hits else None for hits, (_, at) in zip(found, waves, strict=True)]


class TestRocof:
    @pytest.mark.parametrize("rate", [1.25, -1.25])
    def test_1_25_hz_s_within_600_ms(self, tmp_path, rate):
        waves = [sampled(G98, seed, hz=lambda t: 50 + rate * t, seconds=1.8) for seed in SEEDS]
        found = trips(tmp_path, G98, waves)
        assert all(hit and hit[1] == 30 and 400 < hit[0] <= 600 for hit in found), found

    @pytest.mark.parametrize("rate", [0.9, -0.9, 0.95])
    def test_never_at_0_9(self, tmp_path, rate):
        waves = [sampled(G98, seed, hz=lambda t: 50 + rate * np.minimum(t, 2.0), seconds=3.2) for seed in SEEDS]
        assert trips(tmp_path, G98, waves) == [None] * len(SEEDS)


class TestJump:
    @pytest.mark.parametrize("degrees", [60, -60, 20, -20, 90])
    @pytest.mark.parametrize("settings", [G98, VDE, {**CAT_2, "k1_open_ms": 60}], ids=["G98", "VDE", "Cat II, slow K1"])
    def test_no_element_trips(self, tmp_path, degrees, settings):
        waves = [sampled(settings, seed, degrees=degrees, seconds=1.7) for seed in SEEDS]
        assert trips(tmp_path, settings, waves) == [None] * len(SEEDS)


class TestClearing:
    @pytest.mark.parametrize("pu", [1.21, 1.35, 0.44, 0.2, 0.0])
    def test_27_and_59_with_k1_within_160_ms(self, tmp_path, pu):
        found = trips(tmp_path, CAT_2, [sampled(CAT_2, seed, pu=pu) for seed in SEEDS])
        elements = {17} if pu > 1 else {12, 2}
        assert all(hit and hit[1] in elements and 100 < hit[0] <= 160 - K1_MS for hit in found), found

    @pytest.mark.parametrize("hz", [62.1, 63.0, 56.4, 55.0])
    def test_81_with_k1_within_160_ms(self, tmp_path, hz):
        found = trips(tmp_path, CAT_2, [sampled(CAT_2, seed, hz=lambda t: hz + 0 * t) for seed in SEEDS])
        assert all(hit and hit[1] == (27 if hz > 60 else 22) and 90 < hit[0] <= 160 - K1_MS for hit in found), found

    @pytest.mark.parametrize("hz", [51.6, 47.4])
    def test_vde_relay_and_switch_within_200_ms(self, tmp_path, hz):
        found = trips(tmp_path, VDE, [sampled(VDE, seed, hz=lambda t: hz + 0 * t) for seed in SEEDS])
        assert all(hit and 100 < hit[0] <= 200 - K1_MS for hit in found), found
