"""When a car begins to charge for its departure, and what `plan` says of it."""

import pytest

from firmware.energy import departure
from firmware.settings import Settings

MONDAY_18H = 1795456800  # 2026-11-23 18:00 UTC
SETTINGS = {"departure_days": 2, "departure_min": 450, "departure_soc_e1": 900, "car_wh": 75000, "charge_w": 7000}


def settings(**changes):
    return Settings({**SETTINGS, **changes})


def test_how_long_it_takes():
    """50 to 90 % of 75 kWh are 30 kWh; at 90 % of 7 kW 285.7 min, and 15 min in hand."""
    assert departure.needed_min(settings(), 500) == 285 + 15
    assert departure.needed_min(settings(), 900) == 0 and departure.needed_min(settings(), 950) == 0


@pytest.mark.parametrize(
    "days, minute, left",
    [(2, 450, 810), (1, 450, None), (1, 1200, 120), (2, 1200, None), (127, 1080, 0), (64, 450, None)],
)
def test_only_a_departure_within_a_day_on_its_day_counts(days, minute, left):
    """It is Monday 18:00: half past seven is Tuesday's."""
    assert departure.left_min(MONDAY_18H, settings(departure_days=days, departure_min=minute)) == left


def test_it_begins_when_the_time_that_is_left_is_needed():
    chosen = settings()
    needed = departure.needed_min(chosen, 500)
    at = MONDAY_18H + (810 - needed) * 60
    assert not departure.must_charge(at - 60, chosen, 500)
    assert departure.must_charge(at, chosen, 500)
    assert not departure.must_charge(at, chosen, -1) and not departure.must_charge(0, chosen, 500)
    assert not departure.must_charge(at, settings(departure_days=0), 500)


def test_summer_time_moves_it_with_the_clock_on_the_wall():
    chosen = settings(departure_days=127, departure_min=450, utc_offset_min=60, dst_rule=1)
    winter, july = MONDAY_18H, 1784138400  # 2026-07-15 18:00 UTC
    assert departure.left_min(winter, chosen) == 750 and departure.left_min(july, chosen) == 690


def test_what_the_plan_says():
    chosen, begin = settings(), "leaves at 07:30 with 90.0 %"
    said = {
        (0, 500): ": not planned, the clock is not set (`clock set`)",
        (MONDAY_18H, -1): ": not planned, the state of charge is not known",
        (MONDAY_18H, 900): ": it has that",
        (MONDAY_18H, 500): ": charging begins in 510 min",
        (MONDAY_18H + 600 * 60, 500): ": charging for it now, 300 min needed, 210 left",
        (MONDAY_18H + 86400, 500): ": not within a day",
    }
    for (utc_s, soc), rest in said.items():
        assert departure.line(utc_s, chosen, soc) == begin + rest
    assert departure.line(MONDAY_18H, settings(departure_days=0), 500) is None
