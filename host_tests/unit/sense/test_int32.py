"""Every product of the kernels stays inside int32: run with the shim's check, on ordinary and on absurd samples."""

import importlib

import micropython
import numpy as np
import pytest

from host_tests.unit.sense import bench


@pytest.fixture
def checked():
    """The kernels built anew with the check on."""
    before, micropython.CHECK = micropython.CHECK, True
    from firmware.sense import channel, compare, cordic, frequency, loss, plausible, sense, tune, window

    for module in (cordic, window, channel, frequency, loss, compare, plausible, tune, sense):
        importlib.reload(module)
    importlib.reload(bench)
    yield bench
    micropython.CHECK = before


def test_kernels_stay_inside_int32(checked):
    dice = np.random.default_rng(9)
    line = checked.Line()
    line.play(checked.mains(61.3, 1.3, thd=0.2), 0.15)
    for raw in (np.full((400, 4), 4095), np.zeros((400, 4), int), np.tile([[0], [4095]], (200, 4))):
        line.feed(raw)
    square = np.where(np.sin(2 * np.pi * 60 * np.arange(1200) / 8000) > 0, 4095, 0)
    line.feed(np.tile(square[:, None], (1, 4)))
    line.feed(dice.integers(0, 4096, (800, 4)))
    line.feed(np.tile(dice.choice([0, 4095], (800, 1)), (1, 4)))
    for hz in (40.5, 69.5):  # the longest and the shortest window
        line.play(checked.mains(hz, 1.9), 0.3)


def test_the_check_can_fail():
    """A kernel that overflows is caught; otherwise the test above proves nothing."""
    with pytest.raises(micropython.Int32Range):
        _overflowing(70000)


@micropython.viper
def _overflowing(n: int) -> int:
    return n * n


_overflowing_is_checked = micropython.CHECK
