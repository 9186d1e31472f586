"""Settings: frozen rows, each default in its range, anything else refused with the range named."""

import pytest

from firmware.settings import NAMES, ROWS, SettingError, Settings, check


def test_names_are_unique_and_end_in_their_unit():
    assert len(set(NAMES)) == len(NAMES)
    units = {"ms": "_ms", "mHz": "_mhz", "cdeg": "_cdeg", "W": "_w", "Hz": "_hz", "mHz/s": "_mhz_s", "pu/1000": "_e3"}
    for name, _, _, _, unit, _ in ROWS:
        if unit in units:
            assert name.endswith(units[unit]), name
        if unit == "mV":
            assert name.endswith("_mv"), name


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_every_row_at_just_inside_and_just_outside(row):
    name, default, low, high, unit, source = row
    assert low <= default <= high and unit and source
    assert max(abs(low), abs(high)) < 1 << 30
    assert check(name, low) == low and check(name, high) == high
    for value in (low - 1, high + 1):
        with pytest.raises(SettingError, match="%s: %d is outside %d..%d" % (name, value, low, high)):
            check(name, value)


@pytest.mark.parametrize("value", [True, "5", 1.5, None])
def test_only_whole_numbers(value):
    with pytest.raises(SettingError, match="whole number"):
        check("dead_ms", value)


def test_unknown_names_are_refused():
    with pytest.raises(SettingError, match="unknown"):
        Settings({"no_such_thing": 1})


def test_the_factory_set_and_what_differs_from_it():
    assert Settings().changed() == {}
    changed = Settings().with_changes({"dead_ms": 600})
    assert changed.changed() == {"dead_ms": 600} and changed.get("dead_ms") == 600 and changed.get("nothing", 7) == 7


def test_the_factory_set_may_go_into_service():
    assert Settings({"in_service": 1})["in_service"] == 1
