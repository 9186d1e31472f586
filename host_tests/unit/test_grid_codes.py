"""Grid codes as data: every figure inside its own range, moved within it, refused outside with the range named."""

import pytest

from firmware import grid_codes
from firmware.settings import NAMES, ROWS, SettingError, Settings

NUMBERS = range(1, len(grid_codes.CODES))


def site(number, **more):
    hz = grid_codes.CODES[number][1]
    volts = 120000 if hz == 60 else 230000
    return {"grid_code": number, "nominal_hz": hz, "nominal_mv": volts, "in_service": 1, **more}


def test_the_eight_codes_by_number():
    assert [row[0] for row in grid_codes.CODES] == [
        "none",
        "IEEE 1547-2018 Cat I",
        "IEEE 1547-2018 Cat II",
        "IEEE 1547-2018 Cat III",
        "California Rule 21",
        "VDE-AR-N 4105:2018",
        "G98/G99 LV",
        "AS/NZS 4777.2 Australia A",
        "EN 50549-1",
    ]


@pytest.mark.parametrize("number", NUMBERS)
def test_every_default_lies_in_its_own_range(number):
    row = grid_codes.CODES[number]
    for point in row[4]:
        assert point[3] <= point[1] <= point[4] and point[5] <= point[2] <= point[6], point
    for default, low, high in row[5]:
        assert low <= default <= high
    for default, low, high in row[10:12]:
        assert default == 0 or low <= default <= high
    assert len(row[5]) == len(grid_codes.ES_NAMES)
    grid_codes.Code(Settings(site(number)))


@pytest.mark.parametrize("number", NUMBERS)
def test_every_range_is_enforced_at_both_ends(number):
    settings = Settings(site(number))
    ranges = list(grid_codes._ranges(settings))
    assert {name for name, _, _, _ in ranges} <= set(NAMES)
    for name, low, high, unit in ranges:
        for value in (low, high):
            if value:
                assert Settings(site(number, **{name: value}))[name] == value
        row = next(r for r in ROWS if r[0] == name)
        assert row[4] == unit
        for value in (low - 1, high + 1):
            if 0 < value <= row[3]:
                with pytest.raises(
                    SettingError, match="%s: %d is outside %d..%d %s of " % (name, value, low, high, unit)
                ):
                    Settings(site(number, **{name: value}))


def test_a_range_is_in_volts_of_the_site():
    with pytest.raises(SettingError, match="uv1_trip_mv: 106000 is outside 0..105600 mV of IEEE 1547-2018 Cat III"):
        Settings(site(3, uv1_trip_mv=106000))
    with pytest.raises(SettingError, match="es_delay_ms: 700000 is outside 0..600000 ms"):
        Settings(site(3, es_delay_ms=700000))
    with pytest.raises(SettingError, match="es_delay_ms: 2000 is outside 20000..600000 ms of G98/G99 LV"):
        Settings(site(6, es_delay_ms=2000))


def test_a_stage_the_code_lacks_is_refused():
    with pytest.raises(SettingError, match="uv3_trip_ms"):
        Settings(site(3, uv3_trip_ms=1000))
    assert Settings(site(4, uv3_trip_ms=1500))["uv3_trip_ms"] == 1500


def test_a_code_of_another_frequency_is_refused_in_service_only():
    with pytest.raises(SettingError, match="nominal_hz: 50 is outside 60..60 Hz"):
        Settings({"nominal_hz": 50, "in_service": 1})
    assert Settings({"nominal_hz": 50})["grid_code"] == 3
    with pytest.raises(ValueError, match="nominal_hz"):
        grid_codes.Code(Settings({"nominal_hz": 50}))


def test_a_refused_change_leaves_the_last_good_set():
    good = Settings(site(3, uv2_trip_ms=1000))
    with pytest.raises(SettingError):
        good.with_changes({"uv2_trip_ms": 100})
    assert good["uv2_trip_ms"] == 1000


def test_a_code_in_volts_of_its_own_is_exact():
    points = grid_codes.Code(Settings(site(7))).points
    levels = {(kind, stage): level for kind, stage, level, _ in points}
    assert levels[grid_codes.UV, 1] == 180000 and levels[grid_codes.UV, 2] == 70000
    assert levels[grid_codes.OV, 1] == 265000 and levels[grid_codes.OV, 2] == 275000
    assert levels[grid_codes.MEAN, 1] == 258000


def test_overrides_reach_the_curve():
    code = grid_codes.Code(Settings(site(3, uv2_trip_mv=50000, uv2_trip_ms=5000, of1_trip_mhz=61500, es_delay_ms=2000)))
    assert (grid_codes.UV, 2, 50000, 5000) in code.points
    assert (grid_codes.OF, 1, 61500, 300000) in code.points
    assert code.es[4] == 2000


def test_what_is_given_above_nominal_is_each_codes_own():
    """[M] all: 1547-2018 Table 24; 4105 and EN 50549-1 from 50.2 Hz, 40 %/Hz; G98/G99 from 50.4 Hz, droop 10 %; 4777.2
    from 50.25 to 52 Hz."""
    droops = {row[0]: row[12] for row in grid_codes.CODES}
    assert droops.pop("none") == (0, 0)
    assert {droops[name] for name in droops if "1547" in name or "Rule" in name} == {(60036, 3000)}
    assert droops["VDE-AR-N 4105:2018"] == droops["EN 50549-1"] == (50200, 2500)
    assert droops["G98/G99 LV"] == (50400, 5000) and droops["AS/NZS 4777.2 Australia A"] == (50250, 1750)
    code = grid_codes.Code(Settings({"es_ramp_ms": 2000}))
    assert code.give == (2000, 60036, 3000)
