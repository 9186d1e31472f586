"""Energy: the wish of each mode, and the policy that must never rest on a stale figure."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware import image as layout
from firmware.energy import dispatch
from firmware.settings import Settings

NOW = 20000


class Case:
    def __init__(self, tick=NOW, give=(0, 0, 0), **changes):
        self.image, self.asks = layout.new_image(), layout.new_asks()
        self.image[layout.slot("TICK")] = tick
        self.image[layout.slot("RUN_PERMIT")] = 1
        self.values, self.utc_s = {}, 0
        self.over = lambda limits: limits  # what somebody else asks for
        self.dispatch = dispatch.Dispatch(Settings(changes), layout, self.asks, self.values, self, give)

    def told(self, tick, watts, soc_e1=800):
        self.asks[layout.ask("CHARGER_TICK")] = tick
        self.asks[layout.ask("CHARGER_W")] = watts
        self.asks[layout.ask("CAR_SOC_E1")] = soc_e1

    def seconds(self):
        return self.utc_s

    def after(self, seconds):
        """The wish so many seconds later, asked every second."""
        for _ in range(seconds):
            self.image[layout.slot("UPTIME_S")] += 1
            found = self.decide()
        return found

    def decide(self):
        snapshot = layout.Snapshot(self.image)
        return self.dispatch.bounded(self.over(self.dispatch.decide(snapshot)), snapshot)

    @property
    def seamless(self):
        return self.asks[layout.ask("SEAMLESS")]


@pytest.mark.parametrize(
    "mode, expected", [(dispatch.HOLD, (0, 0)), (dispatch.CHARGE, (6000, 0)), (dispatch.EXPORT, (0, 4000))]
)
def test_each_mode_asks_for_its_own_power(mode, expected):
    case = Case(energy_mode=mode, charge_w=6000, export_w=4000)
    case.told(NOW, 0)
    assert case.after(20) == expected


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


MONDAY_18H = 1795456800  # 2026-11-23 18:00 UTC
DEAR = {"window1_kind": 1, "window1_from_min": 1020, "window1_to_min": 1260, "energy_mode": dispatch.SELF_USE}


def self_use(grid_w, gives_w=0, utc_s=MONDAY_18H, soc_e1=800, **changes):
    case = Case(**{**DEAR, **changes})
    case.utc_s = utc_s
    case.told(NOW, gives_w, soc_e1)
    case.values.update(grid_sensor=1, grid_w=grid_w)
    return case


def test_self_use_covers_what_the_house_draws_while_power_is_dear():
    case = self_use(grid_w=3000)
    assert case.after(30) == (0, 2900)
    case.values["grid_w"] = 100
    case.told(NOW, 2900)
    assert case.after(1) == (0, 2900)


@pytest.mark.parametrize(
    "changes",
    [
        {"utc_s": MONDAY_18H + 4 * 3600},  # not dear
        {"utc_s": 0},  # the clock is not set
        {"soc_e1": -1},
        {"soc_e1": 300},
        {"grid_w": -500},  # already exporting
    ],
)
def test_self_use_gives_nothing_where_it_may_not(changes):
    assert self_use(**{"grid_w": 3000, **changes}).after(30) == (0, 0)


def test_without_a_meter_nothing_is_given():
    case = self_use(grid_w=3000)
    case.values.clear()
    assert case.after(30) == (0, 0)
    case.values.update(grid_sensor=0, grid_w=3000)
    assert case.after(30) == (0, 0)


def test_the_give_rises_slowly_and_falls_at_once():
    case = self_use(grid_w=6000)
    seen = [case.after(1)[1] for _ in range(12)]
    assert seen[0] <= 500 and max(b - a for a, b in zip(seen, seen[1:], strict=False)) <= 500
    assert seen[-1] > 4000
    case.values["grid_w"] = -8000
    case.told(NOW, 5000)
    assert case.after(1) == (0, 0)


@settings(max_examples=60, deadline=None)
@given(house_w=st.lists(st.integers(min_value=0, max_value=12000), min_size=5, max_size=40), delay=st.integers(1, 3))
def test_self_use_never_exports_but_for_the_loops_delay(house_w, delay):
    """A site whose car follows the wish after `delay` seconds: what flows out is never more than what the house dropped
    within that delay, and never by the wish itself."""
    case, given_w, queue = self_use(grid_w=0), 0, [0] * delay
    seen = []
    for load_w in house_w:
        for _ in range(4):
            given_w = queue.pop(0)
            case.values["grid_w"] = load_w - given_w
            case.told(NOW, given_w)
            wish = case.after(1)[1]
            assert wish <= max(0, load_w - 100) and wish <= 5000
            queue.append(wish)
            seen.append(load_w)
            assert given_w <= max(seen[-(delay + 1) :])


def test_momentary_cessation_stops_the_give():
    case = Case(energy_mode=dispatch.EXPORT)
    case.told(NOW, 0)
    assert case.after(20)[1] == 5000
    case.image[layout.slot("RIDE_MODE")] = 3
    assert case.after(1) == (0, 0)


def test_a_window_to_sell_bounds_the_export():
    sell = {"energy_mode": dispatch.EXPORT, "window1_kind": 2, "window1_from_min": 1020, "window1_to_min": 1260}
    case = Case(**sell)
    case.told(NOW, 0)
    assert case.after(20) == (0, 0)  # no clock
    case.utc_s = MONDAY_18H
    assert case.after(20) == (0, 5000)
    case.utc_s = MONDAY_18H + 4 * 3600
    assert case.after(1) == (0, 0)


def test_backup_keeps_the_car():
    case = Case(energy_mode=dispatch.BACKUP)
    case.told(NOW, 0)
    assert case.after(20) == (0, 0)


def test_no_request_gets_past_momentary_cessation_or_the_slope():
    case = Case(energy_mode=dispatch.HOLD)
    case.over = lambda limits: (0, 4000)
    assert case.after(1)[1] <= 500
    assert case.after(20) == (0, 4000)
    case.image[layout.slot("RIDE_MODE")] = 3
    assert case.after(1) == (0, 0)
    case.image[layout.slot("RIDE_MODE")] = 0
    assert case.after(1)[1] <= 500


def test_after_entering_service_the_give_rises_by_the_codes_ramp():
    """25 kW in 300 s are 83 W a second (IEEE 1547-2018 4.10.3 [M]); the charger's least power comes at once."""
    case = Case(energy_mode=dispatch.EXPORT, give=(300000, 0, 0), charger_rated_w=25000)
    case.told(NOW, 0)
    assert case.after(1) == (0, 500)
    assert case.after(20) == (0, 500 + 20 * 83)
    case.image[layout.slot("RUN_PERMIT")] = 0
    assert case.decide() is None
    case.image[layout.slot("RUN_PERMIT")] = 1
    assert case.after(1) == (0, 500)  # it enters service anew
    late = Case(energy_mode=dispatch.EXPORT, give=(10000, 0, 0), charger_rated_w=1000)
    late.told(NOW, 0)
    assert late.after(10) == (0, 500 + 9 * 100)
    assert late.after(1) == (0, 1900)  # the ramp is over: the slope of 500 W a second


def test_above_nominal_frequency_less_is_given():
    """IEEE 1547-2018 Table 24 [M]: from 60.036 Hz, the whole rating less over 3 Hz."""
    case = Case(energy_mode=dispatch.EXPORT, give=(0, 60036, 3000), charger_rated_w=25000, export_w=5000)
    case.told(NOW, 0)
    case.image[layout.slot("GRID_FINE_MHZ")] = 60036
    assert case.after(20) == (0, 5000)
    case.image[layout.slot("GRID_FINE_MHZ")] = 60336  # 0.3 of 3 Hz: a tenth of 25 kW less
    assert case.after(1) == (0, 2500)
    assert case.after(30) == (0, 2500)  # and not once more
    case.image[layout.slot("GRID_FINE_MHZ")] = 61000
    assert case.after(1) == (0, 0)
    case.image[layout.slot("GRID_FINE_MHZ")] = 60000
    assert case.after(1)[1] == 500 and case.after(20) == (0, 5000)
    none = Case(energy_mode=dispatch.EXPORT)
    none.told(NOW, 0)
    none.image[layout.slot("GRID_FINE_MHZ")] = 63000
    assert none.after(20) == (0, 5000)


def test_below_nominal_frequency_less_is_taken():
    """The same table [M]: from 59.964 Hz, a rating over 3 Hz; VDE-AR-N 4105: from 49.8 Hz, a rating over 2.5 Hz [M]."""
    case = Case(energy_mode=dispatch.CHARGE, give=(0, 60036, 3000), charger_rated_w=25000, charge_w=6000)
    case.told(NOW, 0)
    for mhz, takes_w in (
        (59964, 6000),
        (59664, 3500),
        (59664, 3500),
        (59000, 0),
        (59964, 6000),
        (0, 6000),
        (60500, 6000),
    ):
        case.image[layout.slot("GRID_FINE_MHZ")] = mhz
        assert case.after(2) == (takes_w, 0), mhz
    case = Case(energy_mode=dispatch.CHARGE, give=(0, 50200, 2500), nominal_hz=50, charger_rated_w=10000, charge_w=6000)
    case.told(NOW, 0)
    for mhz, takes_w in ((49800, 6000), (49300, 4000)):
        case.image[layout.slot("GRID_FINE_MHZ")] = mhz
        assert case.after(2) == (takes_w, 0), mhz


def test_what_waits_for_its_window_to_be_sold_helps_a_low_frequency():
    sells = {"window1_kind": 2, "window1_from_min": 0, "window1_to_min": 60, "export_w": 5000, "charger_rated_w": 25000}
    case = Case(energy_mode=dispatch.EXPORT, give=(0, 60036, 3000), **sells)
    case.told(NOW, 0)
    for mhz, gives_w in ((60000, 0), (59964, 0), (59664, 2500), (59000, 5000), (60000, 0)):
        case.image[layout.slot("GRID_FINE_MHZ")] = mhz
        assert case.after(20) == (0, gives_w), mhz
    case.told(NOW, 0, soc_e1=-1)
    case.image[layout.slot("GRID_FINE_MHZ")] = 59000
    assert case.after(5) == (0, 0)


def test_the_car_is_charged_for_its_departure_whatever_the_mode():
    """60 kWh, 70 to 80 %: 6 kWh at 90 % of 6 kW are 66 min, and 15 min in hand."""
    leaves = {"departure_days": 127, "departure_min": 1200, "departure_soc_e1": 800, "charge_w": 6000}
    case = Case(energy_mode=dispatch.HOLD, **leaves)
    case.told(NOW, 0, 700)
    case.utc_s = MONDAY_18H  # 20:00 is 120 min away
    assert case.after(1) == (0, 0)
    case.utc_s = MONDAY_18H + 38 * 60
    assert case.after(1) == (0, 0)
    case.utc_s = MONDAY_18H + 39 * 60
    assert case.after(1) == (6000, 0)
    case.told(NOW, -6000, 800)
    case.utc_s += 60
    assert case.after(1) == (0, 0)
    case.told(NOW, 0, -1)
    case.utc_s += 60
    assert case.after(1) == (0, 0)
    case.utc_s = 0
    case.told(NOW, 0, 100)
    assert case.after(1) == (0, 0)
