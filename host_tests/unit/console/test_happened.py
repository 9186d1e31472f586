"""Events in words: as a technician reads them, as a spreadsheet takes them, as a program parses them."""

import csv
import io
import json

from firmware.board import port
from firmware.console import happened, words
from firmware.transfer import facts, states, table
from host_tests.unit.console.site import Site


def told(*steps, **first):
    """Sentences for image changes made tick after tick; each step is a ms."""
    site = Site(**first)
    site.events.drain()
    seen = site.events.number
    for n, slots in enumerate(steps):
        site.set(TICK=2 * n, UPTIME_MS=slots.pop("ms", n), **slots)
    site.events.drain()
    return [happened.line(found) for found in site.events.raw(after=seen)]


def test_a_contactor_is_told_and_proven_with_the_time_it_took():
    lines = told(
        {"OUTPUTS": port.OUT_K1, "ms": 100},
        {"OUTPUTS": 0, "ms": 200},
        {"S_FACTS": facts.S_K1_PROVEN_OPEN, "ms": 212},
        {"S_FACTS": 0, "ms": 300},
    )
    assert lines == ["K1 told to close", "K1 told to open", "K1 proven open after 12.0 ms", "K1 no longer proven open"]


def test_half_milliseconds_and_seconds_count():
    site = Site(OUTPUTS=port.OUT_K2, UPTIME_S=5, UPTIME_MS=999, TICK=1)
    site.set(S_FACTS=facts.S_K2_PROVEN_CLOSED, UPTIME_S=6, UPTIME_MS=21, TICK=44)
    site.events.drain()
    assert happened.line(list(site.events.raw())[-1]) == "K2 proven closed after 21.5 ms"


def test_a_contactor_that_moves_untold_has_no_time():
    assert told({"S_FACTS": facts.S_K1_PROVEN_OPEN}) == ["K1 proven open"]


def test_a_trip_in_full():
    trip = {"TRIP_ELEMENT": 11, "TRIP_LEG": 1, "TRIP_VALUE": 96000, "TRIP_LIMIT": 105600, "TRIP_TIME_MS": 2000}
    assert told({"TRIP_COUNT": 1, **trip}) == ["TRIP 27-1 (rejected): L1 96.00 V < 105.60 V for 2.00 s"]
    bank = {"TRIP_ELEMENT": 1, "TRIP_LEG": 2, "TRIP_VALUE": 118700, "TRIP_LIMIT": 96000, "TRIP_TIME_MS": 0}
    assert told({"TRIP_COUNT": 1, **bank}) == ["TRIP LOSS bank (grid lost): L2 at 118.70 V when its wave went"]
    fast = {"TRIP_ELEMENT": 26, "TRIP_LEG": 0, "TRIP_VALUE": 61210, "TRIP_LIMIT": 61200, "TRIP_TIME_MS": 300000}
    assert told({"TRIP_COUNT": 1, **fast}) == ["TRIP 81O-1 (rejected): 61.210 Hz > 61.200 Hz for 5 min 0 s"]


def test_state_86_alarm_channel_contact_mode():
    lines = told(
        {"STATE": states.LOCKOUT_86, "REASON": table.REASONS.index("K1 would not open"),
         "CAUSE_86": table.REASONS.index("K1 would not open")},
        {"ALARMS": facts.A_SENSING, "BAD_CHANNELS": 4, "BAD_WHY": 1},
        {"ALARMS": 0, "BAD_CHANNELS": 0},
        {"INPUTS": port.IN_SERVICE_KEY},
        {"RIDE_MODE": 3 | 16},
        {"V_FACTS": facts.V_GRID_LIVE}, {"V_FACTS": 0},
    )  # fmt: skip
    assert lines == [
        "86 clear -> latched: K1 would not open",
        "OUT_OF_SERVICE -> LOCKOUT_86: K1 would not open",
        "channel 2 implausible: stuck: the converter's reading does not move",
        "ALARM: " + words.ALARM[facts.A_SENSING],
        "channel 2 believed again",
        "alarm gone: " + words.ALARM[facts.A_SENSING],
        "service key closed",
        "ride mode continuous -> momentary cessation: the source may trip",
        "grid live",
        "grid no longer live",
    ]


def test_every_watched_bit_has_its_words():
    for prefix in ("V_", "S_", "O_", "A_"):
        for bit, name in facts.names(prefix).items():
            assert "bit" not in words.fact(name) and words.no_longer(words.fact(name))
            if prefix == "A_":
                assert len(words.ALARM[bit]) > 20
    assert words.fact("K1_WONT_OPEN") == "K1 would not open" and words.fact("E_STOP") == "emergency stop"


def test_every_state_and_reason_has_its_words():
    assert len(words.STATE) == len(states.NAMES)
    assert all(words.reason(i) == text for i, text in enumerate(table.REASONS))
    assert words.state(99) == "state 99" and words.reason(999) == "reason 999"


def test_background_events_and_long_texts():
    site = Site()
    site.events.add("charger link", "", "lost", "timeout (nothing came)")
    site.events.add("something new", "a", "b", "c")
    site.events.add("background task died", "", "charger", "TypeError('unsupported types for __add__: int, str')")
    lines = [happened.line(found) for found in site.events.raw()]
    assert lines[:2] == ["charger link lost: timeout (nothing came)", "something new a -> b: c"]
    joined = lines[2] + lines[3][4:]
    assert joined == "background task died charger: TypeError('unsupported types for __add__: int, str')"


def test_csv_reads_back_and_json_parses():
    site = Site()
    site.events.add("settings refused", "", "out of service", 'setting nominal_hz: "61", allowed 50..60')
    site.set(STATE=states.GRID, UPTIME_S=7, UPTIME_MS=5, TICK=3)
    rows = list(csv.DictReader(io.StringIO("\n".join(site.answer("events csv")))))
    assert [row["number"] for row in rows] == [str(n) for n in range(1, len(rows) + 1)]
    assert rows[0]["what"] == "settings refused" and rows[0]["to"] == "out of service"
    assert rows[-1]["time_s"] == "7.0055" and rows[-1]["what"] == "state" and rows[-1]["to"] == "GRID"
    found = [json.loads(line) for line in site.answer("events json")]
    assert [entry["what"] for entry in found] == [row["what"] for row in rows]
