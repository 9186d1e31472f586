"""The limits' own gate: copies of the firmware with one fault each, run the same way, must come out different."""

import shutil

import pytest

from host_tests.clause.runner import ROOT, Trace, play

FAULTS = (  # file, right, wrong
    ("elements", "if value > limit:", "if value >= limit:"),
    ("elements", "elif value < limit:", "elif value <= limit:"),
    ("elements", "if time >= need:", "if time > need:"),
    (
        "elements",
        "            time = 0\n            if beyond",
        "            time = rows[at + _TIME]\n            if beyond",
    ),
    ("curves", "return ms * TICK_HZ // 1000", "return ms * TICK_HZ // 1000 + 8"),
    ("curves", "side = elements.UNDER if", "side = elements.OVER if"),
    ("notes", "p[_K1_TICKS] = (tenths * 52429) >> 18", "p[_K1_TICKS] = 0"),
    ("enter_service", "f <= w[_F_HIGH]", "f < w[_F_HIGH]"),
    ("presence", "if word & (_GRID_LOST | _BAD_GRID):", "if word & _BAD_GRID:"),
    ("ride", "if low < p[at]:", "if low <= p[at]:"),
)


def jobs():
    quick = {"es_delay_ms": 1000, "reclose_delay_ms": 1000}
    return [
        Trace(grid_code=3).pu(0.1, 1.0).mv(0.2, 120000, 144000).job,
        Trace(grid_code=3).pu(0.1, 1.0).mv(0.2, 120000, 144001).job,
        Trace(grid_code=3).pu(0.1, 1.0).mv(2.2, 60000).job,
        Trace(grid_code=3).pu(0.1, 1.0).mv(2.2, 59999).job,
        Trace(grid_code=6, times=4).pu(0.1, 1.0).pu(0.4, 1.2).job,
        Trace(grid_code=6).pu(0.1, 1.0).pu(0.6, 1.2).job,
        Trace(grid_code=3, stop="ENTER_SERVICE", **quick)
        .pu(1.5, 1.0, mhz=60100)
        .pu(0.05, 1.0, bank=1)
        .pu(0.1, 1.0)
        .job,
        Trace(grid_code=2).pu(0.1, 0.65).job,
    ]


@pytest.fixture(scope="module")
def right(tmp_path_factory):
    return play(tmp_path_factory.mktemp("right"), jobs())


def copy(folder):
    shutil.copytree(ROOT / "firmware", folder / "firmware", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.mark.parametrize("fault", FAULTS, ids=["%s: %s" % (file, wrong.strip()) for file, _, wrong in FAULTS])
def test_a_seeded_fault_is_seen(right, fault, tmp_path):
    file, good, bad = fault
    path = copy(tmp_path) / "firmware" / "protect" / (file + ".py")
    text = path.read_text()
    assert good in text
    path.write_text(text.replace(good, bad, 1))
    assert play(tmp_path, jobs(), tmp_path) != right


def test_the_copy_itself_changes_nothing(right, tmp_path):
    assert play(tmp_path, jobs(), copy(tmp_path)) == right
