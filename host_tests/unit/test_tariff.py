"""Local time, summer time and tariff windows against Python's own calendar; the plan a person reads."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.energy import dispatch, plan, tariff
from firmware.settings import Settings

ZONES = {"Europe/Berlin": (60, tariff.DST_EU), "America/Los_Angeles": (-480, tariff.DST_US), "Asia/Kolkata": (330, 0)}
MOMENTS = st.integers(min_value=1_700_000_000, max_value=2_200_000_000)


@given(day=st.integers(min_value=0, max_value=60_000))
def test_the_calendar_is_pythons(day):
    true = datetime(1970, 1, 1) + timedelta(days=day)
    assert tariff.civil(day) == (true.year, true.month, true.day)
    assert tariff.day_of(true.year, true.month, true.day) == day


@pytest.mark.parametrize("zone", ZONES)
@given(utc_s=MOMENTS)
def test_local_time_with_its_summer_is_the_zones(zone, utc_s):
    offset, rule = ZONES[zone]
    true = datetime.fromtimestamp(utc_s, UTC).astimezone(ZoneInfo(zone))
    if true.year > 2036 and zone != "Asia/Kolkata":  # the zones' files end their rules there on some machines
        return
    found = tariff.local(utc_s, Settings({"utc_offset_min": offset, "dst_rule": rule}))
    assert found[1:] == (true.month, true.weekday(), true.hour * 60 + true.minute)


def at(text, zone="Europe/Berlin"):
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


DEAR = {"utc_offset_min": 60, "dst_rule": 1, "window1_kind": 1, "window1_from_min": 1020, "window1_to_min": 1260,
        "window1_price": 4200}  # fmt: skip


@pytest.mark.parametrize(
    "when, kind",
    [
        ("2026-11-23 16:59", 0),
        ("2026-11-23 17:00", 1),
        ("2026-11-23 20:59", 1),
        ("2026-11-23 21:00", 0),
        ("2026-11-21 18:00", 0),  # a Saturday
        ("2026-07-01 17:00", 1),  # in summer time
    ],
)
def test_a_window_holds_on_its_days_and_hours(when, kind):
    assert tariff.now(at(when), Settings(DEAR))[0] == kind


def test_a_window_over_midnight_belongs_to_the_day_it_begins_on():
    night = Settings({**DEAR, "window1_from_min": 1320, "window1_to_min": 360, "window1_days": 1})  # Mondays
    assert tariff.now(at("2026-11-23 23:00"), night)[0] == 1
    assert tariff.now(at("2026-11-24 05:59"), night)[0] == 1
    assert tariff.now(at("2026-11-24 23:00"), night)[0] == 0
    assert tariff.now(at("2026-11-23 05:00"), night)[0] == 0


def test_months_bound_a_season_and_the_first_window_wins():
    winter = {**DEAR, "window1_months": 0b110000000011}
    assert tariff.now(at("2026-11-23 18:00"), Settings(winter)) == (1, 1, 4200)
    both = {**winter, "window2_kind": 2, "window2_from_min": 0, "window2_to_min": 1440, "window2_price": 900}
    assert tariff.now(at("2026-11-23 18:00"), Settings(both))[:2] == (1, 1)
    assert tariff.now(at("2026-07-01 18:00"), Settings(both)) == (2, 2, 900)


def test_the_plan_covers_the_day_without_gaps_and_says_why():
    rows = plan.hours(at("2026-11-23 12:00"), Settings({**DEAR, "energy_mode": dispatch.SELF_USE}))
    assert [(row[0], row[1], row[2]) for row in rows] == [
        (0, 300, "hold"), (300, 240, "cover the house"), (540, 900, "hold")]  # fmt: skip
    assert list(plan.lines(at("2026-11-23 12:00"), Settings({**DEAR, "energy_mode": dispatch.SELF_USE})))[1] == (
        "17:00-21:00  cover the house  power is dear at 42.00 a kWh"
    )


def test_a_lost_clock_makes_no_tariff_decision_and_says_so():
    rows = plan.hours(0, Settings({**DEAR, "energy_mode": dispatch.SELF_USE}))
    assert rows == [(0, 1440, "hold", "the clock is not set: no tariff decisions (`clock set`)")]
    assert plan.hours(0, Settings({"energy_mode": dispatch.CHARGE}))[0][2] == "charge"


def test_the_plan_changes_when_the_window_does_and_not_a_quarter_of_an_hour_later():
    rows = plan.hours(at("2026-11-23 16:53"), Settings({**DEAR, "energy_mode": dispatch.SELF_USE}))
    assert [row[:3] for row in rows] == [(0, 7, "hold"), (7, 240, "cover the house"), (247, 1193, "hold")]
