"""The site's requests over the mode's own wish: the reserve and our own limits stay."""

import types

import pytest

from firmware.energy.site import obey
from firmware.settings import Settings

SETTINGS = Settings({"charge_w": 7000, "export_w": 5000, "reserve_soc_e1": 300})


def asks(power=None, limit=None, hold=False):
    return types.SimpleNamespace(power_w=lambda: power, limit_w=lambda: limit, hold=hold)


@pytest.mark.parametrize(
    "limits, requests, soc_e1, wish",
    [
        (None, asks(power=3000), 800, None),  # sources are not permitted: nothing is wished
        ((7000, 0), asks(), 800, (7000, 0)),
        ((7000, 0), asks(hold=True), 800, (0, 0)),
        ((7000, 0), asks(power=3000), 800, (0, 3000)),
        ((0, 5000), asks(power=-3000), 800, (3000, 0)),
        ((0, 5000), asks(power=0), 800, (0, 0)),
        ((0, 0), asks(power=9000), 800, (0, 5000)),
        ((0, 0), asks(power=-9000), 800, (7000, 0)),
        ((0, 0), asks(power=3000), 300, (0, 0)),  # at the reserve
        ((0, 0), asks(power=3000), -1, (0, 0)),  # not known
        ((0, 0), asks(power=-3000), -1, (3000, 0)),
        ((0, 5000), asks(limit=2000), 800, (0, 2000)),
        ((7000, 0), asks(limit=0), 800, (7000, 0)),
        ((0, 0), asks(power=4000, limit=1000), 800, (0, 1000)),
    ],
)
def test_what_is_wished(limits, requests, soc_e1, wish):
    assert obey(limits, requests, SETTINGS, soc_e1) == wish


def test_in_mode_backup_the_car_is_kept_whatever_is_asked():
    keeps = Settings({"energy_mode": 4})
    assert obey((0, 0), asks(power=3000), keeps, 800) == (0, 0)
    assert obey((0, 0), asks(power=-3000), keeps, 800) == (3000, 0)
