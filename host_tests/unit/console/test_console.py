"""The console: what it answers, and what no terminal can make it do."""

import asyncio
import json
import random
import types

import pytest

from firmware import image as layout
from firmware.console import commands, words
from firmware.console.console import LONGEST, Console
from firmware.record.events import Events
from firmware.record.tap import EventTap
from firmware.settings import Settings
from firmware.transfer import facts, states, table


class Stream:
    """A terminal: what it types, what it sees."""

    def __init__(self):
        self.typed, self.seen = b"", b""

    def any(self):
        return len(self.typed)

    def read(self, n):
        part, self.typed = self.typed[:n], self.typed[n:]
        return part

    def write(self, data):
        self.seen += data
        return len(data)


class Statistics:
    silent_since_ms = None

    def as_dict(self):
        return {"requests": 9, "ok": 8, "errors": 1, "retries": 1, "junk_bytes": 0, "last_ms": 98, "p99_ms": 118,
                "by_kind": {"timeout": 1, "crc": 0}, "last_error": "timeout (nothing came)"}  # fmt: skip


class Site:
    """A console on an image that the test fills in."""

    def __init__(self, **slots):
        self.image, self.asks = layout.new_image(), layout.new_asks()
        for name, value in slots.items():
            self.image[layout.slot(name)] = value
        self.tap = EventTap(self.image, layout)
        self.events = Events(self.tap, self.image, layout)
        log = types.SimpleNamespace(lines=lambda: ["INFO main: hello"])
        device = types.SimpleNamespace(stats=Statistics())
        self.context = commands.Context(
            layout, layout.Snapshot(self.image), self.asks, Settings(), self.events, device, "9.9", log, "cycles"
        )
        self.stream = Stream()

    def type(self, data):
        """Run the console until it has eaten everything; what it wrote since."""
        self.stream.typed += data
        self.stream.seen = b""

        async def sleep_ms(ms):
            if ms and not self.stream.typed:
                raise EOFError
            await asyncio.sleep(0)

        console = Console(self.stream, self.context, sleep_ms)
        with pytest.raises(EOFError):
            asyncio.run(console.run())
        return self.stream.seen.decode("latin-1")

    def answer(self, line):
        return list(commands.answer(line, self.context))


def test_the_prompt_shows_the_state():
    assert Site(STATE=states.ISLAND).type(b"\r").endswith("ISLAND> ")


def test_help_names_every_command_and_gives_examples_that_work():
    site = Site()
    listed = [line.split()[0] for line in site.answer("help")]
    assert listed == list(commands.NAMES)
    for name in listed:
        example = site.answer("help " + name)[1].split(": ", 1)[1]
        assert site.answer(example) and not site.answer(example)[0].startswith("unknown")


@pytest.mark.parametrize(
    "line, answer",
    [
        ("stauts", "unknown command 'stauts', did you mean 'status'?; help lists them"),
        ("xyzzy", "unknown command 'xyzzy'; help lists them"),
        ("status xml", "status: 'xml' is not understood; allowed after it: json"),
        ("log 5", "log: '5' is not understood; allowed after it: nothing"),
        ("events 0", "events: '0' is not a count; allowed 1..1000, csv or json"),
        ("events 1001", "events: '1001' is not a count; allowed 1..1000, csv or json"),
        ("events -3", "events: '-3' is not a count; allowed 1..1000, csv or json"),
        ("settings nominal_hs", "settings: unknown name 'nominal_hs', did you mean 'nominal_hz'?"),
        ("help me", "help: unknown command 'me'"),
    ],
)
def test_a_bad_line_gets_one_line_that_names_what_was_wrong(line, answer):
    assert Site().answer(line) == [answer]


def test_status_json_is_for_programs():
    site = Site(STATE=states.PARALLEL, G1_MV=119570, GRID_MHZ=59980, REASON=table.REASONS.index("start"))
    found = json.loads(site.answer("status json")[0])
    assert found["state"] == "PARALLEL" and found["grid_mv"][0] == 119570 and found["reason"] == "start"
    for command in ("meter", "why", "modbus", "version"):
        assert json.loads(site.answer(command + " json")[0])


def test_status_is_for_people_within_80_columns_but_for_sentences():
    lines = Site(STATE=states.DARK, G1_MV=95, INPUTS=0b1010, ALARMS=facts.A_CHARGER_SILENT).answer("status")
    assert lines[0] == "grid --= = K1-- house --= = K2-- charger"
    assert "DARK" in lines[2] and any(line.startswith("alarm  no fresh word") for line in lines)
    assert "prove dead" in lines[-1]


def test_why_tells_element_value_limit_and_time():
    site = Site(TRIP_ELEMENT=11, TRIP_LEG=1, TRIP_VALUE=96000, TRIP_LIMIT=105600, TRIP_TIME_MS=20964, TRIP_COUNT=1)
    assert site.answer("why")[0] == (
        "last trip: 27-1 (rejected): leg 1 at 96.00 V, limit 105.60 V, for 20.964 s"
    )


def test_every_state_reason_and_alarm_has_its_words():
    assert len(words.STATE) == len(states.NAMES)
    assert set(words.ALARM) == set(facts.names("A_"))
    assert all(words.reason(i) == text for i, text in enumerate(table.REASONS))
    assert words.state(99) == "state 99" and words.reason(999) == "reason 999"


def test_editing_backspace_ctrl_c_and_history():
    site = Site()
    assert "9.9" in site.type(b"verx\x7fsion\r")
    assert "unknown" not in site.type(b"garbage\x03version\r")
    seen = site.type(b"version\r\x1b[A\r")
    assert seen.count("Islander 9.9, GPL") == 2


def test_an_endless_line_is_refused_and_names_the_limit():
    seen = Site().type(b"a" * 100000 + b"\r")
    assert "line too long: more than %d characters; nothing was done" % LONGEST in seen
    assert seen.count("unknown") == 0


def test_events_csv_has_a_header_and_six_columns():
    site = Site()
    site.events.add("settings refused", "", "out of service", "setting nominal_hz: 61, allowed 50..60")
    lines = site.answer("events csv")
    assert lines[0] == "number,time_s,what,from,to,detail"
    assert lines[1].startswith('1,0.0000,settings refused,,out of service,"setting nominal_hz: 61,')


def test_a_command_that_trips_does_not_take_the_console_with_it():
    site = Site()
    site.context.device = None
    assert "modbus failed" in site.type(b"modbus\r") and site.type(b"version\r").count("9.9")


def test_whatever_is_typed_nothing_escapes_and_nothing_is_asked_for():
    dice = random.Random(11)
    site = Site()
    before = list(site.asks), list(site.image)
    names = [name.encode() for name in commands.NAMES] + [b"json", b"csv", b"99", b"-1", b"\x1b[A", b"\x1b", b"\x00\xff"]
    for _ in range(40):
        noise = b""
        for _ in range(60):
            kind = dice.randrange(3)
            if kind == 0:
                noise += bytes(dice.randrange(256) for _ in range(dice.randrange(12)))
            else:
                noise += b" ".join(dice.choice(names) for _ in range(dice.randrange(1, 4)))
            noise += dice.choice((b"\r", b"\n", b"\r\n", b""))
        site.type(noise)
    assert (list(site.asks), list(site.image)) == before
