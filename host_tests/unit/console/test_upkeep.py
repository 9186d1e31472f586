"""Tests of one part, restart, the way to the MicroPython prompt, the clock, what the controller knows of its health."""

import datetime as dt
import json

import pytest

from firmware.board import port
from firmware.console import dates, health
from firmware.transfer import facts, states
from host_tests.unit.console.site import Site
from host_tests.unit.console.test_operate import KEY, READY, play


def text(site, line):
    return " ".join(" ".join(site.answer(line)).split())


def keeper(site):
    """The tick and the background, once for each pause of the console."""

    def wait():
        for _ in range(8):
            site.tap.step(0, 0)
        while site.context.waves.work():
            pass

    return wait


def test_a_wave_is_recorded_and_can_be_drawn_and_read():
    site = Site(INPUTS=KEY, G1_MV=120000)
    site.wait = keeper(site)
    assert "recorded: `wave 1` draws it" in site.type(b"test wave\r")
    assert "a person" in site.type(b"wave\r")
    drawing = site.type(b"wave 1 h2\r")
    assert "record 1, house L2" in drawing and "^ trigger" in drawing
    assert all(len(line) <= 79 for line in drawing.splitlines())
    lines = [line for line in site.type(b"wave get 1\r").splitlines() if line.split(" ")[0] in ("wave", "end", "40")]
    assert len(lines) == 3 and json.loads(lines[0][5:-9])["wave"] == 1
    assert json.loads(site.answer("wave list json")[0])["cause"] == ["a person"]


@pytest.mark.parametrize(
    "line, said",
    [
        ("wave get 7", "wave: no record 7; there is none"),
        ("wave 7", "wave: no record 7; there is none"),
        ("wave get x", "wave: 'x' is not a number"),
        ("wave get 1 to 5", "wave: 'get 1 to 5' is not understood; allowed: list"),
        ("wave get 1 from -5", "wave: '-5' is not a number"),
        ("wave 99999999999999999999", "is not a number"),
    ],
)
def test_a_wave_that_is_not_there_is_said(line, said):
    assert said in text(Site(), line)


def test_a_channel_that_is_not_there_is_said():
    site = Site(INPUTS=KEY)
    site.wait = keeper(site)
    site.type(b"test wave\r")
    assert "no channel 'X9'; allowed: G1 G2 H1 H2" in text(site, "wave 1 x9")


def test_memory_is_tried_in_a_corner_of_its_own():
    site = Site(INPUTS=KEY)
    assert "no permanent memory" in text(site, "test memory")
    site.context.board.has_fram, site.context.board.store = True, site.memory
    before = bytes(site.memory._bytes)
    assert "holds what is written" in text(site, "test memory")
    after = bytes(site.memory._bytes)
    assert {i for i in range(len(before)) if before[i] != after[i]} <= set(range(16640, 16704))
    site.memory.write = lambda at, buf: None
    assert "did not read back" in text(site, "test memory")


def test_a_test_of_the_island_ends_by_itself_with_the_wish_to_return():
    site = Site(INPUTS=KEY, STATE=states.PARALLEL, O_FACTS=READY, TICK=77)
    story = {20: {"STATE": states.ISLAND, "S_FACTS": facts.S_K1_PROVEN_OPEN}}
    seen = play(site, b"test island 10\risland\r", story)
    assert "10 s of island are over" in seen and site.asked() == {"ASK_RETURN": 77}
    assert "person test island: key turned" in site.happened() and "person test island ends" in site.happened()


@pytest.mark.parametrize("key", [b"q", b"\x03"])
def test_a_test_of_the_island_that_is_broken_off_returns_too(key):
    site = Site(INPUTS=KEY, STATE=states.PARALLEL, O_FACTS=READY, TICK=77)
    count = [0]

    def wait():
        count[0] += 1
        if count[0] == 100:
            assert "ASK_ISLAND" in site.asked()
            site.stream.typed = key

    site.wait = wait
    site.type(b"test island 600\risland\r")
    assert site.asked() == {"ASK_RETURN": 77}


def test_a_test_of_the_island_that_was_not_confirmed_asks_for_nothing():
    site = Site(INPUTS=KEY, STATE=states.PARALLEL, O_FACTS=READY)
    assert "not confirmed" in play(site, b"test island\rno\r") and site.asked() == {}


def test_an_island_that_ends_early_is_said():
    site = Site(INPUTS=KEY, STATE=states.PARALLEL, O_FACTS=READY, TICK=7)
    story = {20: {"STATE": states.ISLAND, "S_FACTS": facts.S_K1_PROVEN_OPEN}, 40: {"STATE": states.DARK}}
    seen = play(site, b"test island 60\risland\r", story)
    assert "over early, in DARK" in seen and site.asked() == {"ASK_RETURN": 7}


@pytest.mark.parametrize("seconds", ["9", "601", "x", "-10", "1e2", "10.5"])
def test_the_time_of_an_island_has_limits(seconds):
    site = Site(INPUTS=KEY, STATE=states.PARALLEL, O_FACTS=READY)
    assert "allowed 10..600" in text(site, "test island " + seconds)


@pytest.mark.parametrize("line", ["test", "test everything", "test wave 2", "test island 20 20"])
def test_a_bare_test_names_what_there_is(line):
    assert "allowed after it: wave, memory, island" in text(Site(INPUTS=KEY), line)


class Restarts:
    def __init__(self, site):
        self.asked = []
        site.context.board.restart = lambda maintenance=False: self.asked.append(maintenance)


def test_maintenance_wants_key_or_code_and_rest():
    site = Site(STATE=states.OUT_OF_SERVICE)
    assert "maintenance: refused; this board has no prompt" in text(site, "maintenance")
    restarts = Restarts(site)
    assert "maintenance: refused; locked" in text(site, "maintenance")
    assert "maintenance: refused; locked" in text(site, "maintenance force")
    site.set(INPUTS=KEY, STATE=states.PARALLEL)
    assert "maintenance: refused; in service" in text(site, "maintenance") and restarts.asked == []
    assert "maintenance: starting anew" in site.type(b"maintenance force\r") and restarts.asked == [True]
    site.set(STATE=states.OUT_OF_SERVICE)
    site.type(b"maintenance\r")
    assert restarts.asked == [True, True] and "person maintenance, forced: key turned" in site.happened()


def test_a_restart_that_a_person_ordered_is_not_counted():
    site = Site(INPUTS=KEY)
    restarts = Restarts(site)
    assert site.context.lasting._starts.value == 1
    site.type(b"restart\rrestart\r")
    assert restarts.asked == [False] and site.context.lasting._starts.value == 0


def test_the_clock_is_set_and_said():
    site = Site(INPUTS=KEY, UPTIME_S=100)
    assert site.answer("clock")[0].startswith("not set: `clock set 2026-11-23 14:05:00` (UTC) sets it")
    assert site.answer("clock")[-1] == "running for 100 s"
    assert text(site, "clock set 2026-11-23 14:05:00") == "2026-11-23 14:05:00 UTC"
    site.set(UPTIME_S=160)
    assert text(site, "clock") == "2026-11-23 14:06:00 UTC, set; set 60 s ago running for 2 min 40 s"
    assert json.loads(text(site, "clock json")) == {"clock_s": 1795442760, "quality": "set", "uptime_s": 160}
    site.set(UPTIME_S=100 + 86401)
    assert "set more than a day ago" in text(site, "clock")
    assert "clock 0 -> 1795442700: key turned" in site.happened()


def test_events_carry_the_day_once_the_clock_is_set():
    site = Site(INPUTS=KEY, UPTIME_S=100)
    assert site.answer("events")[0].startswith("     1     100.0000  ")
    site.answer("clock set 2026-11-23 14:05:00")
    assert site.answer("events 1")[-1] == "     2 11-23 14:05:00.0000  clock 0 -> 1795442700: key turned"


def test_a_figure_off_its_preset_is_said_with_the_settings():
    assert "grid code IEEE 1547-2018 Cat III, custom: uv1_trip_mv" in Site({"uv1_trip_mv": 100000}).answer("settings")
    assert "grid code IEEE 1547-2018 Cat III" in Site().answer("settings")


def test_the_clock_is_not_set_by_just_anybody():
    site = Site()
    assert "locked" in text(site, "clock set 2026-11-23 14:05:00") and site.clock.seconds() == 0


@pytest.mark.parametrize(
    "given",
    ["2026-02-29 00:00:00", "2026-13-01 00:00:00", "2026-11-23 24:00:00", "2026-11-23 00:60:00", "1999-01-01 00:00:00",
     "2100-01-01 00:00:00", "yesterday", "2026-11-23", "12", "99999999999", "2026-11-23 1:2:3:4",
     "2026-11-31 00:00:00"],
)  # fmt: skip
def test_a_time_that_is_none_is_refused_with_what_is_allowed(given):
    site = Site(INPUTS=KEY)
    said = text(site, "clock set " + given)
    assert "is not a time from 2023-11-14 to 2099" in said and site.clock.seconds() == 0


@pytest.mark.parametrize(
    "seconds", [1700000000, 1709164800, 1709251199, 1735689599, 1735689600, 1951782399, 4102444799]
)
def test_dates_are_those_of_the_calendar(seconds):
    expected = dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%d %H:%M:%S")
    assert dates.written(seconds) == expected
    assert health._parsed(expected.split()) == seconds


def test_selftest_names_what_is_wrong_and_what_to_do():
    site = Site(BAD_CHANNELS=5, TICK_BAD=3, TICK_COST_MAX=70000, ALARMS=facts.A_PROOF)
    said = text(site, "selftest")
    for part in (
        "LOOK sensing 2 channels", "LOOK samples 3 ticks", "LOOK tick dearest 70000 of 62500", "LOOK contacts",
        "LOOK charger never answered", "LOOK memory RAM only", "ok settings", "ok 86", "LOOK clock not set",
    ):  # fmt: skip
        assert part in said, said
    assert "7 of " in said
    found = json.loads(site.answer("selftest json")[0])
    assert found["ok"] is False and {"part", "ok", "seen", "do"} == set(found["parts"][0])


def test_selftest_of_a_good_one():
    site = Site(INPUTS=KEY, TICK=100)
    site.asks[site.context.layout.ask("CHARGER_TICK")] = 90
    site.context.board.has_fram = True
    site.answer("clock set 1800000000")
    assert site.answer("selftest")[-1] == "nothing to look at"


def test_plan_and_battery_say_why():
    site = Site({"energy_mode": 2, "reserve_soc_e1": 300}, RUN_PERMIT=1)
    said = text(site, "plan")
    assert "mode export" in said and "state of charge is not known" in said and "30.0 % kept" in said
    site.asks[site.context.layout.ask("CAR_SOC_E1")] = 250
    assert "down to its reserve" in text(site, "plan") and "car 25.0 %" in text(site, "battery")
    site.set(RUN_PERMIT=0)
    assert "does not permit sources" in text(site, "plan")
    assert json.loads(site.answer("plan json")[0])["mode"] == "export"


def test_a_service_key_bit_is_the_boards():
    assert KEY == port.IN_SERVICE_KEY


def test_presets_are_whole():
    site = Site({"uv1_trip_mv": 100000}, INPUTS=KEY)
    assert "3 IEEE 1547-2018 Cat III, 60 Hz <- in force, custom: uv1_trip_mv" in text(site, "preset")
    site.answer("set ov1_trip_ms 5000")
    assert "3 changes collected" in text(site, "preset 5") or "4 changes" in text(site, "preset 5")
    assert site.context.draft == {"grid_code": 5, "nominal_hz": 50, "uv1_trip_mv": 0}
    changes = {"grid_code": [3, 5], "nominal_hz": [60, 50], "uv1_trip_mv": [100000, 0]}
    assert json.loads(site.answer("diff json")[0]) == {"changes": changes, "problem": None}
    for bad in ("0", "9", "x", "3 4"):
        assert "allowed: 1..8" in text(site, "preset " + bad)
