"""Stored settings: a whole set or none, and the reason names the field and its range."""

import json

import pytest

from firmware import store
from firmware.settings import ROWS, SettingError, Settings

WHOLE = json.dumps({"nominal_mv": 230000, "nominal_hz": 50, "grid_code": 5})


def test_a_whole_set_is_taken_and_the_rest_is_the_factorys():
    settings, problem = store.load(WHOLE)
    assert problem is None
    assert settings["nominal_mv"] == 230000 and settings["nominal_hz"] == 50
    assert settings["charge_w"] == 7000


def test_no_text_is_the_factory_set_out_of_service():
    settings, problem = store.load(None)
    assert problem is None and settings["in_service"] == 0


def test_every_truncation_of_the_text_is_refused_whole():
    for cut in range(len(WHOLE)):
        settings, problem = store.load(WHOLE[:cut])
        assert problem and "cut short" in problem
        assert settings["nominal_hz"] == 60 and settings["in_service"] == 0


@pytest.mark.parametrize(
    "text, words",
    [
        ('{"nominal_hz": 61}', ("nominal_hz", "61", "50..60 Hz")),
        ('{"nominal_hz": 49}', ("nominal_hz", "49", "50..60 Hz")),
        ('{"nominal_hz": "60"}', ("nominal_hz", "'60'", "whole number", "50..60")),
        ('{"nominal_hz": 60.5}', ("nominal_hz", "60.5", "whole number")),
        ('{"nominal_hz": true}', ("nominal_hz", "True", "whole number")),
        ('{"nominal_hx": 60}', ("nominal_hx", "unknown")),
        ("[1, 2]", ("JSON object", "list")),
        ("null", ("JSON object",)),
        ('{"nominal_hz": 99999999999999999999}', ("nominal_hz", "50..60")),
        (" " * 20000, ("20000", "16384")),
        ("\x00\xff{", ("damaged",)),
    ],
)
def test_a_bad_set_names_the_field_and_the_range_and_the_last_good_set_stays(text, words):
    good = Settings({"charge_w": 3000})
    settings, problem = store.load(text, good)
    assert settings is good
    for word in words:
        assert word in problem


def test_one_bad_value_among_good_ones_refuses_all():
    settings, problem = store.load('{"charge_w": 3000, "nominal_hz": 10}')
    assert settings["charge_w"] == 7000 and "nominal_hz" in problem


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_every_setting_takes_its_ends_and_refuses_one_more(row):
    name, default, low, high, unit, source = row
    assert low <= default <= high and unit and source
    for value in (low, high):
        assert store.parse(json.dumps({name: value}))[name] == value
    for value in (low - 1, high + 1):
        with pytest.raises(SettingError, match=name):
            store.parse(json.dumps({name: value}))
