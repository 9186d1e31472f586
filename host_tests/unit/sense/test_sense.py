"""What the senses say of known waves.

Expected numbers are those of the waves, tolerances those of IEEE 1547 Table 3 or the project's own, tighter, targets.
"""

import micropython
import numpy as np
import pytest

from firmware.sense import compare, plausible
from host_tests.unit.sense.bench import Line, mains


@pytest.fixture(autouse=True)
def fast():
    """Kernels are built unchecked here for speed; test_kernels_stay_inside_int32 builds them checked."""
    micropython.CHECK, before = False, micropython.CHECK
    yield
    micropython.CHECK = before


@pytest.mark.parametrize("nominal_hz, hz", [(60, 60.0), (60, 45.0), (60, 65.0), (50, 50.0), (50, 47.0), (50, 52.0)])
@pytest.mark.parametrize("pu", [0.1, 1.0, 1.3])
def test_rms_within_half_a_percent_with_8_percent_distortion(nominal_hz, hz, pu):
    line = Line(nominal_hz=nominal_hz)
    line.play(mains(hz, pu, thd=0.08), 0.4, noise=3)
    line.play(mains(hz, pu, thd=0.08), 0.1, keep=("G1_MV", "G2_MV"), noise=3)
    true = 120000 * pu * np.sqrt(1 + 0.08**2)
    got = np.array(line.history)
    # at 0.1 pu the converter's noise of 3 counts is 0.5 V of 12 V; the mean of a tenth of a second is what is judged
    assert abs(got.mean() / true - 1) < 0.005
    if pu >= 1:
        assert abs(got / true - 1).max() < 0.005


@pytest.mark.parametrize("hz", [58.0, 59.3, 60.0, 60.7, 62.0])
def test_frequency_over_two_and_six_cycles(hz):
    line = Line()
    line.play(mains(hz, thd=0.08), 0.5)
    line.play(mains(hz, thd=0.08), 0.5, keep=("GRID_MHZ", "GRID_FINE_MHZ", "HOUSE_FINE_MHZ"))
    wrong = abs(np.array(line.history) - hz * 1000)
    assert wrong[:, 0].max() <= 25
    assert wrong[:, 1:].max() <= 7


def test_rocof_of_one_hertz_a_second():
    line = Line()

    def ramp(channel, t):
        return (-1) ** channel * 170 * np.cos(2 * np.pi * (60 * t + 0.5 * t * t))

    line.play(ramp, 1.5)
    assert line.get("GRID_ROCOF_MHZ_S") == pytest.approx(1000, abs=300)
    assert line.get("GRID_ROCOF_500_MHZ_S") == pytest.approx(1000, abs=60)


@pytest.mark.parametrize("angle", [-170, -60, -5, 0, 5, 60, 170])
@pytest.mark.parametrize("hz", [60.0, 59.0])
def test_angle_house_minus_grid_with_the_skew_taken_out(angle, hz):
    line = Line()
    line.play(mains(hz, angle_deg=angle), 0.5)
    for leg in ("D1_CDEG", "D2_CDEG"):  # a window of whole samples leaves a ripple when the line is off nominal
        assert line.get(leg) == pytest.approx(100 * angle, abs=60 if hz == 60 else 120)


def test_differences_and_extremes():
    line = Line()
    line.play(lambda c, t: mains(60, 1.0, 0.9)(c, t) * (0.95 if c == 1 else 1.0), 0.4)
    assert line.get("GRID_MIN_LEG") == 2 and line.get("GRID_MAX_LEG") == 1
    assert line.get("GRID_MIN_MV") == pytest.approx(114000, rel=0.005)
    assert line.get("GRID_SPREAD_MV") == pytest.approx(6000, abs=600)
    assert line.get("D1_MV") == pytest.approx(-12000, abs=500)


def test_a_lost_leg_and_an_open_neutral_have_codes():
    line = Line()
    line.play(mains(), 0.3)
    assert line.get("GRID_PHASES") == 0 and line.get("HOUSE_PHASES") == 0
    line.play(lambda c, t: mains()(c, t) * (0.02 if c == 1 else 1.0), 0.2)
    assert compare.PHASE_NAMES[line.get("GRID_PHASES")] == "leg 2 lost"
    assert line.get("GRID_POS_MV") == pytest.approx(61200, rel=0.01)  # half of L1 - L2
    assert line.get("GRID_NEG_MV") == pytest.approx(58800, rel=0.01)
    line.play(lambda c, t: mains()(c, t) * (1.15, 0.85, 1.15, 0.85)[c], 0.2)
    assert line.get("GRID_PHASES") == line.get("HOUSE_PHASES") == compare.PHASES_NEUTRAL
    line.play(lambda c, t: mains()(c, t) * 0.85, 0.2)  # low, but alike
    assert line.get("GRID_PHASES") == 0


def test_a_dead_line_is_zero_and_no_fault():
    line = Line()
    line.play(lambda c, t: 0 * t, 0.6, noise=2)
    assert line.get("G1_MV") < 1000
    assert line.get("GRID_MHZ") == 0 and line.get("D1_CDEG") == 0
    assert line.get("BAD_CHANNELS") == 0 and line.get("LOSS_BANK") == 0


@pytest.mark.parametrize(
    "fault, why",
    [
        (lambda raw: np.full_like(raw, 1700), plausible.WHY_STUCK),
        (lambda raw: np.where(raw > 2048, 4095, 0), plausible.WHY_CLIPPED),
        (lambda raw: raw // 4 + 200, plausible.WHY_NO_BIAS),
        (lambda raw: np.random.default_rng(3).integers(1200, 2900, raw.shape), plausible.WHY_NOISE),
    ],
)
def test_a_channel_that_shows_no_line_is_named(fault, why):
    line = Line()
    raw = line.counts(mains(), 1.0)
    raw[:, 2] = fault(raw[:, 2])
    line.feed(raw)
    assert line.get("BAD_CHANNELS") == 0b0100
    assert line.get("BAD_WHY") == why
    line.play(mains(), 0.5)
    assert line.get("BAD_CHANNELS") == 0


@pytest.mark.parametrize("phase", range(0, 360, 45))
def test_a_line_that_dies_is_no_fault_of_its_channel(phase):
    """The mean of a torn window once passed for a missing bias."""
    line = Line()
    line.play(mains(pu=1.15), 0.5)
    start = 0.5 + phase / 360 / 60
    line.play(lambda c, t: np.where(t < start, mains(pu=1.3)(c, t), 0.0), 0.2, keep=("BAD_CHANNELS",))
    assert not any(row[0] for row in line.history)


@pytest.mark.parametrize("phase", range(0, 360, 30))
def test_a_hard_loss_is_seen_within_3_ms_at_any_point_on_wave(phase):
    line = Line()
    line.play(mains(), 1.5)
    start = 1.5 + phase / 360 / 60
    line.play(lambda c, t: np.where(t < start, mains()(c, t), 0.0), 0.03, keep=("LOSS_BANK", "LOSS_BANK_TICK"))
    seen = [i for i, row in enumerate(line.history) if row[0]]
    assert seen and 1.5 + (seen[0] + 1) * 0.0005 - start <= 0.003


@pytest.mark.parametrize("after_ms", [0.8, 1.2, 1.6, 1.9])
def test_a_kick_on_the_dead_line_costs_no_more_than_its_own_length(after_ms):
    """A charger that blocks its gates drives its coil's current to nothing against its DC link: of 1.25 of the peak
    the line's 0.1 mH take a seventh, 0.18, beside the coil's 0.6, for 41 A * 0.7 mH / 212 V = 0.14 ms; two samples."""
    line = Line()
    line.play(mains(thd=0.08), 1.5)
    lost, kick = 1.5 + 0.5 / 60, 1.5 + 0.5 / 60 + after_ms * 1e-3

    def dying(c, t):
        kicked = (t >= kick) & (t < kick + 0.25e-3)
        return np.where(t < lost, mains(thd=0.08)(c, t), np.where(kicked, 0.18 * 170.0, 0.0))

    line.play(dying, 0.03, keep=("LOSS_BANK",))
    seen = [i for i, row in enumerate(line.history) if row[0]]
    # the worst hard loss of docs/detection.md, 2.625 ms, and the kick's two samples
    assert seen and 1.5 + (seen[0] + 1) * 0.0005 - lost <= 0.002625 + 0.00025


def test_what_leaves_the_widest_band_begins_anew():
    """A wave of notches to nothing 1.4 ms wide, a sample of 0.3 between them: each is too short, none follows on."""
    line = Line()
    line.play(mains(), 1.5)
    train = np.where(np.arange(32) % 12 == 9, 0.3 * 1024, 0.0)  # 4 ms: the fit would call more of it a sag
    line.feed(2048 + np.tile(train[:, None], (1, 4)).astype(int), keep=("LOSS_BANK",))
    assert not any(row[0] for row in line.history)


def test_a_flag_stands_until_the_grid_has_been_well_for_100_ms():
    """A sag between the limit of the flag and that of "back" once made it come and go every cycle."""
    line = Line()
    line.play(mains(), 1.5)
    line.play(mains(pu=0.4), 0.05)
    assert line.get("LOSS_BANK")
    line.play(mains(pu=0.705), 0.5, keep=("LOSS_BANK",))
    rises = sum(1 for a, b in zip(line.history, line.history[1:], strict=False) if b[0] > a[0])
    assert rises == 0
    line.play(mains(), 0.09)
    line.play(mains(), 0.1)
    assert not line.get("LOSS_BANK")


def test_a_line_that_never_lived_is_not_lost_and_one_that_returns_rearms():
    line = Line()
    line.play(lambda c, t: 0 * t, 0.5)
    assert not line.get("LOSS_BANK")
    line.play(mains(), 1.5)
    line.play(lambda c, t: 0 * t, 0.1)
    assert line.get("LOSS_BANK")
    line.play(mains(), 0.3)
    assert not line.get("LOSS_BANK")


@pytest.mark.parametrize("nominal_hz", [50, 60])
@pytest.mark.parametrize("pu, limit_ms", [(0.3, 5.0), (0.5, 6.5), (0.65, 15.0)])
def test_a_sag_is_seen_in_time_with_8_percent_distortion(nominal_hz, pu, limit_ms):
    """The limits are the project's targets at 60 Hz (a fifth more at 50), which a jump of 60 degrees must not spoil."""
    for phase in range(0, 360, 40):
        line = Line(nominal_hz=nominal_hz)
        start = 1.5 + phase / 360 / nominal_hz
        wave = mains(nominal_hz, thd=0.08)
        line.play(wave, 1.5)
        line.play(lambda c, t: wave(c, t) * np.where(t < start, 1.0, pu), 0.03, keep=("LOSS_BANK",))  # noqa: B023
        seen = [i for i, row in enumerate(line.history) if row[0]]
        late_ms = (1.5 + (seen[0] + 1) * 0.0005 - start) * 1000
        assert 0 < late_ms <= limit_ms * 60 / nominal_hz


@pytest.mark.parametrize("jump_deg", [-60, -20, 20, 60])
def test_a_jump_or_a_sag_to_four_fifths_is_no_loss(jump_deg):
    for phase in range(0, 360, 30):
        line = Line()
        start = 1.5 + phase / 360 / 60
        line.play(mains(thd=0.08), 1.5)

        def after(c, t, start=start):
            pu = 1.0 if abs(jump_deg) == 60 else 0.8
            late = mains(60, pu, angle_deg=jump_deg, thd=0.08)
            turned = late(c + 2 if c < 2 else c, t) * (pu if c < 2 else 1.0)  # `mains` turns only the house
            return np.where(t < start, mains(thd=0.08)(c, t), turned)

        line.play(after, 0.1, keep=("LOSS_BANK",))
        assert not any(row[0] for row in line.history)


def test_absurd_samples_raise_nothing():
    dice = np.random.default_rng(5)
    line = Line()
    for raw in (
        np.zeros((800, 4), int),
        np.full((800, 4), 4095),
        dice.integers(0, 4096, (1600, 4)),
        np.tile([[0], [4095]], (400, 4)),
    ):
        line.feed(raw)
    line.play(mains(), 1.0)
    assert line.get("G1_MV") == pytest.approx(120000, rel=0.005)


def test_counters_pass_their_wrap():
    line = Line()
    line.frame = line.tick = (1 << 29) - 1000
    line.play(mains(), 1.0)
    assert line.frame < 1 << 29
    assert line.get("GRID_FINE_MHZ") == pytest.approx(60000, abs=7)
    assert line.get("G1_MV") == pytest.approx(120000, rel=0.005)
