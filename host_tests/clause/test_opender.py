"""The firmware beside OpenDER (EPRI's model of IEEE 1547-2018): the same traces, every step; OpenDER's defects, shown.

Thousands of traces more: python -m tools.oracle --traces 3000
"""

import shutil
from fractions import Fraction

import pytest

from tools.oracle import compare, model
from tools.oracle.traces import NOMINAL_MV, PRIME, Case

NOTHING = {"es_delay_ms": 500}


def moments(category, *segments, **settings):
    """OpenDER over (steps, low pu, high pu, Hz), primed."""
    rows = [PRIME]
    for n, low, high, hz in segments:
        rows.append((n, round(low * NOMINAL_MV), round(high * NOMINAL_MV), round(hz * 1000)))
    return model.run(Case(category, {**NOTHING, **settings}, tuple(rows)))[1:]


def test_every_step_of_every_trace_agrees():
    result = compare.compare(300)
    assert result.differences == []
    assert result.trips > 200 and result.enters > 100 and set(result.modes) == {0, 1, 2, 3, 4, 5}
    assert set(result.fenced) <= set(model.DEFECTS)


def test_the_whole_protection_trips_in_the_same_step_by_the_same_element():
    result = compare.compare_whole(90)
    assert result.differences == [] and result.trips > 50


FAULTS = (  # file, right, wrong
    ("elements", "if value > limit:", "if value >= limit:"),
    ("elements", "elif value < limit:", "elif value <= limit:"),
    ("elements", "if time >= need:", "if time > need:"),
    (
        "elements",
        "            time = 0\n            if beyond",
        "            time = rows[at + _TIME]\n            if beyond",
    ),
    ("curves", "return ms * TICK_HZ // 1000", "return ms * TICK_HZ // 1000 + 20"),
    ("enter_service", "image[w[_MAX]] <= w[_V_HIGH]", "image[w[_MAX]] < w[_V_HIGH]"),
    ("enter_service", "f >= w[_F_LOW]", "f > w[_F_LOW]"),
    ("enter_service", "if t >= w[_TICKS_A]:", "if t + 20 >= w[_TICKS_A]:"),
    ("ride", "if low < p[at]:", "if low <= p[at]:"),
    ("ride", "if t > need:\n            mode", "if t > need + 20:\n            mode"),
)


@pytest.mark.parametrize("fault", FAULTS, ids=["%s: %s" % (file, wrong.strip()) for file, _, wrong in FAULTS])
def test_a_seeded_fault_disagrees(fault, tmp_path):
    file, right, wrong = fault
    shutil.copytree(compare.ROOT / "firmware", tmp_path / "firmware", ignore=shutil.ignore_patterns("__pycache__"))
    path = tmp_path / "firmware" / "protect" / (file + ".py")
    assert right in path.read_text()
    path.write_text(path.read_text().replace(right, wrong, 1))
    assert compare.compare(45, root=tmp_path).differences


def test_the_criteria_alone_say_what_the_whole_der_says():
    """The comparison steps OpenDER's criteria; its whole model, fed the same, goes through the same states."""
    import opender

    segments = (
        (50, 0.9),
        (100, 1.0),
        (30, 0.8),
        (20, 0.6),
        (10, 1.0),
        (30, 0.4),
        (20, 0.9),
        (120, 1.0),
        (40, 1.25),
        (80, 1.0),
    )
    alone = model.OpenDer(Case(2, NOTHING, ()))
    whole = opender.DER_PV()
    whole.der_file.NP_PHASE, whole.der_file.NP_ABNORMAL_OP_CAT = "SINGLE", "CAT_II"
    whole.der_file.MC_ENABLE, whole.der_file.ES_DELAY = False, 0.5
    try:
        opender.DER.t_s = 0.01
        seen = []
        for n, pu in segments:
            for _ in range(n):
                alone.moment(round(pu * NOMINAL_MV), round(pu * NOMINAL_MV), 60000)
                whole.update_der_input(v_pu=pu, f=60.0, p_dc_w=100000.0, theta=0)
                whole.run()
                seen.append((alone.der.opstatus.der_status, whole.der_status))
    finally:
        model.step_of(Fraction(1, 100))
    assert {"Trip", "Mandatory Operation", "Permissive Operation", "Continuous Operation"} <= {a for a, _ in seen}
    ramping = {"Continuous Operation", "Entering Service"}  # only the whole model knows how far its ramp has come
    assert [at for at, (a, b) in enumerate(seen) if a != b and not {a, b} <= ramping] == []


class TestDefects:
    """Each defect of OpenDER that the comparison fences, shown on OpenDER alone."""

    def test_every_fence_is_shown(self):
        shown = {name[5:].replace("_", "-") for name in dir(self) if name.startswith("test_")}
        assert {name.replace(".", "-") for name in model.DEFECTS} <= shown

    def test_timers_start_at_infinity(self):
        unprimed = model.run(Case(3, {"es_delay_ms": 300000}, ((1, 130000, 150000, 60000),)))
        assert unprimed[0].trips == 1 << model.ELEMENTS.index("ov1") | 1 << model.ELEMENTS.index("ov2")
        assert moments(3, (1, 1.0, 1.25, 60.0))[0].trips == 0

    def test_low_frequency_timer_reset(self):
        for hz, counts in ((58.7, False), (58.4, True)):
            said = moments(3, (29910, 1.0, 1.0, hz), uf1_trip_ms=1000000)
            assert said[-1].mode == model.MODES["Mandatory Operation"]
            assert said[-1].may_trip == counts

    def test_pass_time_inverted(self):
        said = moments(2, (5, 1.0, 1.0, 60.0), (150, 1.0, 1.12, 60.0), ov1_trip_ms=13000)
        assert said[5].may_trip  # 10 ms into a second that must be ridden through

    def test_cat_3_never_ceases(self):
        said = moments(3, (5, 1.0, 1.25, 60.0))
        assert {x.mode for x in said} == {model.MODES["Momentary Cessation"]}

    def test_edge_58_8(self):
        assert moments(3, (1, 1.0, 1.0, 58.8))[0].mode == model.MODES["Mandatory Operation"]
        assert moments(3, (1, 1.0, 1.0, 58.801))[0].mode == 0

    def test_edge_61_2(self):
        assert moments(3, (1, 1.0, 1.0, 61.2))[0].mode == model.MODES["Mandatory Operation"]
        assert moments(3, (1, 1.0, 1.0, 61.199))[0].mode == 0

    def test_edge_0_50(self):
        assert moments(3, (1, 0.5, 0.5, 60.0))[0].mode == model.MODES["Momentary Cessation"]
        assert moments(3, (1, 0.50001, 0.50001, 60.0))[0].mode == model.MODES["Mandatory Operation"]

    def test_literal_0_7(self):
        said = moments(1, (80, 0.70, 0.70, 60.0), uv1_trip_ms=21000)
        assert said[69].low_s == Fraction(7, 10) and said[69].may_trip and not said[68].may_trip

    def test_its_step_must_divide_160_ms(self):
        for bad in (Fraction(1, 60), Fraction(3, 100)):
            with pytest.raises(ValueError, match="does not divide 0.16 s"):
                model.step_of(bad)
        model.step_of(Fraction(1, 100))

    def test_a_step_that_does_not_divide_comes_late(self):
        import opender

        model.step_of(Fraction(1, 100))
        der = model.OpenDer(Case(3, NOTHING, ()))
        try:
            opender.DER.t_s = Fraction(3, 100)
            der.moment(*PRIME[1:])
            steps = [bool(der.moment(120000, 150000, 60000).trips) for _ in range(8)]
        finally:
            model.step_of(Fraction(1, 100))
        assert steps.index(True) + 1 == 6  # 0.18 s, not 0.16
