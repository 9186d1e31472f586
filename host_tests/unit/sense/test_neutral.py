"""Neutral to earth: volts of the second channel of a single-phase site, over whole cycles, the zero taken off."""

import numpy as np
import pytest

from firmware import settings
from host_tests.unit.sense.bench import Line


def site(hz, ne_v, ne_hz=None):
    def waves(channel, t):
        if channel == 1:
            return ne_v * np.sqrt(2) * np.sin(2 * np.pi * (ne_hz or hz) * t)
        return 120.0 * np.sqrt(2) * np.sin(2 * np.pi * hz * t) if channel in (0, 2) else 0.0 * t

    return waves


def line(hz):
    return Line(legs=1, nominal_hz=hz, grid_code=3 if hz == 60 else 6, ne_measured=1)


@pytest.mark.parametrize("hz", [50, 60])
@pytest.mark.parametrize("volts", [1.0, 15.0, 60.0, 120.0])
def test_volts(hz, volts):
    bench = line(hz)
    bench.play(site(hz, volts), 0.2, offset=12)
    assert bench.get("NE_MV") == pytest.approx(volts * 1000, rel=0.01, abs=900)  # 5 counts of noise are 0.8 V
    assert bench.get("G1_MV") == pytest.approx(120000, rel=0.01)


def test_it_is_renewed_within_a_window():
    bench = line(50)
    bench.play(site(50, 115.0), 0.1)
    bench.play(site(50, 0.0), 0.041)
    assert bench.get("NE_MV") < 2000


def test_a_rail_is_not_too_much_for_it():
    bench = line(60)
    bench.play(site(60, 2000.0), 0.2)
    assert bench.get("NE_MV") > 250000


def test_a_site_without_the_channel_says_nothing_of_it():
    bench = Line(legs=1, nominal_hz=60)
    bench.play(site(60, 50.0), 0.2)
    assert bench.get("NE_MV") == 0


def test_two_legs_have_no_channel_for_it():
    with pytest.raises(settings.SettingError, match="ne_measured: 1 is outside 0..0 with legs 2"):
        settings.whole({"ne_measured": 1, "legs": 2})
