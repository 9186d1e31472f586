"""Energy: the wish of each mode, and the policy that must never rest on a stale figure."""

import pytest

from firmware import image as layout
from firmware.energy import dispatch
from firmware.settings import Settings

NOW = 20000


class Case:
    def __init__(self, tick=NOW, **changes):
        self.image, self.asks = layout.new_image(), layout.new_asks()
        self.image[layout.slot("TICK")] = tick
        self.image[layout.slot("RUN_PERMIT")] = 1
        self.dispatch = dispatch.Dispatch(Settings(changes), layout, self.asks)

    def told(self, tick, watts, soc_e1=800):
        self.asks[layout.ask("CHARGER_TICK")] = tick
        self.asks[layout.ask("CHARGER_W")] = watts
        self.asks[layout.ask("CAR_SOC_E1")] = soc_e1

    def decide(self):
        snapshot = layout.Snapshot(self.image)
        return self.dispatch.decide(snapshot)

    @property
    def seamless(self):
        return self.asks[layout.ask("SEAMLESS")]


@pytest.mark.parametrize(
    "mode, expected", [(dispatch.HOLD, (0, 0)), (dispatch.CHARGE, (6000, 0)), (dispatch.EXPORT, (0, 4000))]
)
def test_each_mode_asks_for_its_own_power(mode, expected):
    case = Case(energy_mode=mode, charge_w=6000, export_w=4000)
    case.told(NOW, 0)
    assert case.decide() == expected


def test_without_the_run_permit_there_is_no_wish():
    case = Case(energy_mode=dispatch.EXPORT)
    case.told(NOW, 0)
    case.image[layout.slot("RUN_PERMIT")] = 0
    assert case.decide() is None


@pytest.mark.parametrize("soc_e1, gives", [(-1, False), (299, False), (300, False), (301, True)])
def test_the_reserve_and_an_unknown_state_of_charge_are_never_sold(soc_e1, gives):
    case = Case(energy_mode=dispatch.EXPORT, reserve_soc_e1=300)
    case.told(NOW, 0, soc_e1)
    assert (case.decide()[1] > 0) is gives


@pytest.mark.parametrize(
    "told_tick, watts, seamless",
    [
        (NOW, 0, 1),
        (NOW, -7000, 1),
        (NOW, 2499, 1),  # 10 % of 25 kW is 2500 W
        (NOW, 2500, 0),
        (NOW - 6000, 0, 1),  # 3 s old
        (NOW - 6001, 0, 0),
        (-1, 0, 0),
    ],
)
def test_seamless_only_while_the_export_is_known_to_be_small(told_tick, watts, seamless):
    case = Case()
    case.told(told_tick, watts)
    case.decide()
    assert case.seamless == seamless


def test_age_is_counted_across_the_wrap_of_the_tick_counter():
    case = Case(tick=500)
    case.told((1 << 29) - 500, 0)
    case.decide()
    assert case.seamless == 1


@pytest.mark.parametrize("policy, seamless", [(1, 0), (2, 1)])
def test_the_setting_overrules_the_mode(policy, seamless):
    case = Case(transfer_policy=policy)
    case.told(NOW, 20000 if policy == 2 else 0)
    case.decide()
    assert case.seamless == seamless
