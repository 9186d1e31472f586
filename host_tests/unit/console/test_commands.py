"""What each command answers, to people and to programs; what a bad line is told."""

import json
import sys
import types

import pytest

from firmware.console import commands, near
from firmware.console import help as pages
from firmware.settings import NAMES, ROWS
from firmware.transfer import facts, states, table
from host_tests.unit.console.site import Site

WITH_JSON = ("status", "meter", "why", "modbus", "charger", "version", "counters", "settings")


def reason(text):
    return table.REASONS.index(text)


def test_help_names_every_command_and_its_examples_work():
    site = Site()
    assert [line.split()[0] for line in site.answer("help")][: len(commands.names())] == commands.names()
    assert set(pages.PAGES) == set(commands.names())
    for name in commands.names():
        lines = site.answer("help " + name)
        example = lines[-1].split("example:")[1].strip()
        assert not site.answer(example)[0].startswith("unknown") and example.split()[0] == name


@pytest.mark.parametrize(
    "line, answer",
    [
        ("stauts", "unknown command 'stauts', did you mean 'status'?; help lists them"),
        ("STATUS_", "unknown command 'status_', did you mean 'status'?; help lists them"),
        ("xyzzy", "unknown command 'xyzzy'; help lists them"),
        ("status xml", "status: 'xml' is not understood; allowed after it: json"),
        ("status json json", "status: 'json json' is not understood; allowed after it: json"),
        ("log 5", "log: nothing is allowed after it"),
        (
            "events 0",
            "events: '0' is not understood; allowed: 1..5000, follow, csv, [after N] json",
        ),
        (
            "events 5001",
            "events: '5001' is not understood; allowed: 1..5000, follow, csv, [after N] json",
        ),
        (
            "events -3",
            "events: '-3' is not understood; allowed: 1..5000, follow, csv, [after N] json",
        ),
        (
            "events 3 4",
            "events: '3 4' is not understood; allowed: 1..5000, follow, csv, [after N] json",
        ),
        ("settings nominal_hs", "settings: no setting 'nominal_hs', did you mean 'nominal_hz'?"),
        ("help me", "help: no command 'me'"),
        ("help stats", "help: no command 'stats', did you mean 'status'?"),
    ],
)
def test_a_bad_line_gets_one_line_that_names_what_was_wrong(line, answer):
    assert Site().answer(line) == [answer]


@pytest.mark.parametrize("name", WITH_JSON)
def test_json_is_one_line_of_json(name):
    """Of settings and events: one a row."""
    lines = Site(STATE=states.PARALLEL, G1_MV=119570).answer(name + " json")
    assert (len(lines) == 1 or name in ("settings", "events")) and lines
    assert all(isinstance(json.loads(line), dict) for line in lines)


def test_status_json_has_the_numbers():
    site = Site(STATE=states.PARALLEL, G1_MV=119570, GRID_MHZ=59980, REASON=reason("grid lost"), INPUTS=0b0101)
    found = json.loads(site.answer("status json")[0])
    assert found["state"] == "PARALLEL" and found["reason"] == "grid lost"
    assert found["grid_mv"] == [119570, 0] and found["grid_mhz"] == 59980
    assert found["k1"] == "closed" and found["k2"] == "closed"


def test_status_draws_contactors_as_their_proof_contacts_say():
    for contacts, mark, word in ((0b01, "[====]", "closed"), (0b10, "[=  =]", "open"), (0, "[ ?? ]", "unproven"),
                                 (0b11, "[ ?? ]", "unproven")):  # fmt: skip
        lines = Site(INPUTS=contacts | contacts << 2, G1_MV=119570, H1_MV=118990).answer("status")
        assert lines[1].count(mark) == 2 and lines[2].count(word) == 2
        assert lines[1].startswith("119.6/0.0 V") and "119.0/0.0 V" in lines[1]


def text(site, line):
    """The answer with its line breaks undone."""
    return " ".join(" ".join(site.answer(line)).split())


def test_status_says_what_comes_next_and_when():
    waiting = Site(STATE=states.ISLAND, V_FACTS=facts.V_GRID_IN_WINDOW, ES_LEFT_MS=42000)
    assert "next SYNCHRONISING" in text(waiting, "status") and "it must stay so for 42 s more" in text(
        waiting, "status"
    )
    assert "the grid is dead now" in text(Site(STATE=states.ISLAND, V_FACTS=facts.V_GRID_DEAD), "status")
    outside = Site(STATE=states.ISLAND, V_FACTS=facts.V_GRID_LIVE)
    assert "the grid is live, outside its limits now" in text(outside, "status")
    sync = Site(STATE=states.SYNCHRONISING, SYNC_WHY=1 << 4 | 1 << 1, IN_STATE_MS=60000)
    assert "25 waits for: voltage, angle" in text(sync, "status") and "at most 2 min 0 s more" in text(sync, "status")
    dark = Site(STATE=states.DARK, O_FACTS=facts.O_CHARGER_READY)
    assert "the charger is ready; an island is barred" in text(dark, "status")


def test_status_of_a_lockout_names_the_cause_and_what_to_do():
    said = text(Site(STATE=states.LOCKOUT_86, CAUSE_86=reason("K1 would not open")), "status")
    assert "86 latched by: K1 would not open. Make it safe: isolate K1 upstream" in said and "reset 86" in said


def test_every_reason_that_latches_86_has_something_to_do():
    from firmware.console import words

    latching = [row[2] for row in table.ROWS if row[1] == states.LOCKOUT_86 and row[2] != "86 is latched"]
    for cause in latching + [table.STOP]:
        assert any(cause.startswith(begins) for begins, _ in words.DO_NEXT), cause


def test_safe_to_touch_is_never_answered_yes():
    live = Site(G1_MV=119000, H2_MV=120000).answer("status")[-1]
    assert live == "touch  NO: grid and house live. Isolate, lock, prove dead, earth"
    assert "NO: house live" in Site(H1_MV=26000).answer("status")[-1]
    dead = text(Site(INPUTS=0b1010), "status")
    assert "touch not on this word: grid and house read dead, K1 is open, K2 is open." in dead and dead.endswith(
        "prove dead, earth"
    )


def test_why_tells_element_leg_value_limit_time_and_age():
    site = Site(TRIP_ELEMENT=11, TRIP_LEG=1, TRIP_VALUE=96000, TRIP_LIMIT=105600, TRIP_TIME_MS=2000, TRIP_COUNT=3)
    site.set(TICK=1000, TRIP_TICK=0x1FFFFFFF - 999, REASON=reason("grid rejected: an element ran out its time"))
    lines = site.answer("why")
    assert lines[0] == "last trip   27-1 (rejected): L1 96.00 V < 105.60 V for 2.00 s"
    assert lines[1].strip() == "1.00 s ago; 3 since the start"
    assert "because: grid rejected" in text(site, "why")
    assert "none since the start" in Site().answer("why")[0]


def test_meter_rounds_and_keeps_signs():
    site = Site(
        G1_MV=119950,
        G1_DC_MV=-40,
        G2_DC_MV=-1260,
        D1_CDEG=-205,
        SLIP_MHZ=-12,
        GRID_MHZ=59996,
        BAD_CHANNELS=2,
        BAD_WHY=1,
    )
    lines = site.answer("meter")
    assert "120.0" in lines[1] and lines[1].endswith(" 0.0") and lines[2].endswith(" -1.3")
    said = text(site, "meter")
    assert "L1 -2.05 deg" in said and "slip -12 mHz" in said and "60.00 Hz" in said
    assert "channels 1 not to be believed: stuck" in said


def test_charger_tells_the_age_of_its_word():
    site = Site(TICK=10000)
    assert "never answered" in site.answer("charger")[0]
    site.asks[site.context.layout.ask("CHARGER_TICK")] = 9000
    site.asks[site.context.layout.ask("CHARGER_BITS")] = 1 | 8
    assert site.answer("charger")[0] == "says     ready, following, 0.50 s ago"
    site.set(TICK=20000)
    assert site.answer("charger")[0].endswith("TOO OLD TO COUNT")


def test_charger_says_what_stands_in_the_way_and_what_to_do():
    site = Site(TICK=10000)
    site.asks[site.context.layout.ask("CHARGER_TICK")] = 9000
    device = site.context.device
    device.notes, device.absent, device.sent_w = [0, 3], ["rated_out_w"], -4000
    said = text(site, "charger")
    assert "sigen V2.9; told last: -4.00 kW into the house" in said
    assert "is V2X (bidirectional operation) on in the charger's app?" in said and "`events` says which" in said
    assert "missing rated_out_w (the device refuses" in said


def test_modbus_of_two_units_an_echo_and_the_site():
    site = Site()
    said = text(site, "modbus")
    assert "unit" not in said and "echo" not in said and "site" not in said
    found = site.context.device.stats.as_dict()
    found["by_unit"], found["echo_bytes"] = {1: {"ok": 5, "errors": 2}, 247: {"ok": 9, "errors": 0}}, 8
    site.context.device.stats.as_dict = lambda: found
    requests = types.SimpleNamespace(power_w=lambda: -3000, left_s=lambda: 45, hold=False)
    site.context.site = types.SimpleNamespace(answered=12, refused=3, broken=1, requests=requests)
    said = text(site, "modbus")
    assert "unit 247 answered 9, not 0" in said and "8 bytes of our own" in said
    assert "12 requests answered, 3 refused, 1 frames broken" in said
    assert "asks for -3.00 kW into the house, 45 s left" in said


def test_modbus_of_a_dead_line_says_so():
    site = Site()
    site.context.device.link_up = False
    site.context.device.since_s = 40
    site.set(UPTIME_S=74)
    assert site.answer("modbus")[0] == "link     LOST for 34 s: timeout (nothing came)"
    assert site.answer("modbus")[2] == "errors   timeout 1"


def test_settings_lists_what_differs_and_explains_one():
    site = Site({"charge_w": 3000})
    assert site.answer("settings")[0].startswith("charge_w             = 3000 W  (factory 7000, allowed 500..25000)")
    assert site.answer("settings")[-2] == "1 of %d settings differ from the factory's" % len(ROWS)
    assert len(site.answer("settings sync_")) == len([row for row in ROWS if row[0].startswith("sync_")])
    assert len([line for line in site.answer("settings all") if " = " in line]) == len(ROWS)
    rows = [json.loads(line) for line in site.answer("settings json")]
    assert [row["name"] for row in rows] == list(NAMES) and all(
        len(line) < 400 for line in site.answer("settings json")
    )
    charge = [row for row in rows if row["name"] == "charge_w"][0]
    assert (charge["value"], charge["factory"], charge["low"], charge["high"]) == (3000, 7000, 500, 25000)


def test_events_for_programs_all_the_newest_or_those_after_a_number():
    site = Site()
    for i in range(5):
        site.events.add("test", "", "number %d" % i)
    rows = [json.loads(line) for line in site.answer("events json")]
    numbers = [row["number"] for row in rows]
    assert len(numbers) >= 5 and rows[-1]["text"] == "test number 4"
    for line, wanted in (("events 2 json", numbers[-2:]), ("events after %d json" % numbers[1], numbers[2:]),
                         ("events after 999 json", [])):  # fmt: skip
        assert [json.loads(row)["number"] for row in site.answer(line)] == wanted
    assert "[after N] json" in text(site, "events after json")
    assert "[after N] json" in text(site, "events after -1 json")


def test_status_for_programs_says_what_comes_next_and_never_that_it_is_safe():
    for slots in ({}, {"STATE": 2, "G1_MV": 120000}, {"STATE": 14, "CAUSE_86": 1}):
        site = Site(**slots)
        said = json.loads(site.answer("status json")[0])
        plain = text(site, "status")
        assert said["next"] and said["doing"].split(" ")[0] in plain and said["touch"][:8] in plain
        assert said["touch"].startswith(("NO", "not on this word")) and bool(said["do"]) == bool(said["cause_86"])


def test_groups_are_forgotten_when_another_is_used():
    site = Site()
    for name in ("status", "meter", "events"):
        site.answer(name)
    loaded = [key for key in sys.modules if key in ("firmware.console.status", "firmware.console.meter")]
    site.answer("settings")
    commands._groups.forget()
    assert "firmware.console.setting" not in sys.modules and loaded == []


def test_the_last_group_is_forgotten_ten_seconds_after_the_last_key():
    site = Site()
    for silent, there in ((999, True), (1000, False)):
        site.patience = silent  # looks that find nothing typed, 10 ms apart
        site.type(b"status\r")
        assert ("firmware.console.status" in sys.modules) == there
    site.patience = 0
    assert "OUT_OF_SERVICE" in site.type(b"status\r")


def test_the_nearest_command_by_edits():
    assert near.distance("kitten", "sitting") == 3 and near.distance("", "abc") == 3
    assert near.distance("meter", "meter") == 0
    assert near.nearest("metr", commands.names()) == ", did you mean 'meter'?"
    assert commands.completion("st") == "atus " and commands.completion("") == "" and commands.completion("c") == ""


def test_a_long_line_hangs_under_its_text():
    assert list(commands.wrapped("label  " + "word " * 20)) == [
        "label  " + " ".join(["word"] * 14), "       " + " ".join(["word"] * 6) + " "]  # fmt: skip
    assert list(commands.wrapped("x" * 100)) == ["x" * 79, "x" * 21]


def test_counters_say_bounce_operations_under_load_and_what_is_off():
    site = Site(K1_OPS=12, K1_HOT=3, K1_OPEN_MS_X10=151, K1_CLOSE_MS_X10=248, K1_BOUNCE_MS_X10=25,
                SHED=0b101001, SUPPLY_LEFT_S=7260)  # fmt: skip
    said = site.answer("counters")
    words = " ".join(" ".join(said).split())
    assert "K1 12 operations, 3 under load, opens in 15.1 ms, closes in 24.8 ms, bounced 2.5 ms" in words
    assert words.count("under load") == 2  # nothing flows through KN
    assert "loads   stage 1 stays off, stage 3 stays off" in said
    assert "supply  lives 121 min more in the dark (reckoned)" in said
    assert "loads   all on" in Site().answer("counters")
    assert "loads   stage 1 shed, stage 2 shed" in Site(SHED=0b011).answer("counters")


def test_an_old_word_of_the_charger_is_marked_as_old():
    site = Site(TICK=10000, H1_MV=120000)
    assert json.loads(site.answer("status json")[0])["charger_age_ms"] is None
    for name, value in (("CHARGER_TICK", 9000), ("CHARGER_BITS", 1), ("CHARGER_W", -4910)):
        site.asks[site.context.layout.ask(name)] = value
    assert json.loads(site.answer("status json")[0])["charger_age_ms"] == 500 and "ago" not in site.answer("status")[1]
    site.set(TICK=20000)
    assert json.loads(site.answer("status json")[0])["charger_age_ms"] == 5500
    assert site.answer("status")[1].endswith("-4.91 kW 5.50 s ago")
