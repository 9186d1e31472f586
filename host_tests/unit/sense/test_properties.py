"""What must hold of the senses whatever the wave: scaling, turning, offset, noise; no input makes a kernel raise."""

import micropython
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from host_tests.unit.sense.bench import Line, mains

FEW = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@pytest.fixture(autouse=True)
def fast():
    micropython.CHECK, before = False, micropython.CHECK
    yield
    micropython.CHECK = before


def settled(waves, offset=0, noise=3.0, seed=1):
    """A line that has shown these waves for 0.4 s."""
    line = Line()
    line.play(waves, 0.4, noise=noise, offset=offset, seed=seed)
    return line


@FEW
@given(pu=st.floats(0.2, 1.6), hz=st.floats(57, 63))
def test_rms_and_fundamental_scale_with_the_wave_and_frequency_does_not(pu, hz):
    line = settled(mains(hz, pu, pu))
    for name in ("G1_MV", "G1_FUND_MV", "H2_MV", "GRID_POS_MV"):
        assert line.get(name) == pytest.approx(120000 * pu, rel=0.01)
    assert line.get("GRID_FINE_MHZ") == pytest.approx(1000 * hz, abs=40 / pu)


@FEW
@given(turn=st.floats(-170, 170), shift_s=st.floats(0, 0.1))
def test_a_wave_that_begins_elsewhere_is_the_same_wave(turn, shift_s):
    wave = mains(60, angle_deg=turn)
    line = settled(lambda c, t: wave(c, t + shift_s))
    assert line.get("G1_MV") == pytest.approx(120000, rel=0.004)
    assert line.get("D1_CDEG") == pytest.approx(100 * turn, abs=60)
    assert line.get("GRID_FINE_MHZ") == pytest.approx(60000, abs=7)


@FEW
@given(offset=st.integers(-120, 120))
def test_an_offset_changes_nothing_but_the_mean(offset):
    line = settled(mains(), offset=offset)
    assert line.get("G1_MV") == pytest.approx(120000, rel=0.004)
    assert line.get("GRID_FINE_MHZ") == pytest.approx(60000, abs=7)
    assert line.get("BAD_CHANNELS") == 0 and line.get("LOSS_BANK") == 0


@FEW
@given(noise=st.floats(0.5, 25), seed=st.integers(1, 1000))
def test_noise_adds_its_square_and_no_more(noise, seed):
    line = settled(mains(), noise=noise, seed=seed)
    assert line.get("G1_MV") == pytest.approx(np.hypot(120000, noise * 165.7), rel=0.008)
    assert line.get("GRID_MHZ") == pytest.approx(60000, abs=8 * noise + 12)


@FEW
@given(data=st.data())
def test_no_samples_whatever_make_a_kernel_raise_or_the_image_too_large(data):
    """Blocks of noise, rails, steps and silence in any order (test_int32.py looks at every product)."""
    line = Line(**data.draw(st.sampled_from([{}, {"nominal_hz": 50}, {"legs": 1}])))
    for _ in range(4):
        kind, seed = data.draw(st.sampled_from(("noise", "rails", "step", "flat"))), data.draw(st.integers(0, 99))
        dice, n = np.random.default_rng(seed), 160
        raw = {
            "noise": dice.integers(0, 4096, (n, 4)),
            "rails": dice.choice([0, 4095], (n, 4)),
            "step": np.repeat(dice.integers(0, 4096, (n // 20, 4)), 20, axis=0),
            "flat": np.full((n, 4), dice.integers(0, 4096)),
        }[kind]
        line.feed(raw)
        limit = (1 << 30) - 1
        assert all(-limit <= value <= limit for value in line.image)
