"""The console as a terminal sees it, and what no terminal can make it do."""

import random

import pytest

from firmware.console import commands
from firmware.console.lineedit import LONGEST
from firmware.transfer import states
from host_tests.unit.console.site import Site


def test_the_prompt_shows_the_state():
    for code, name in enumerate(states.NAMES):
        assert Site(STATE=code).type(b"\r").endswith("\r\n%s> " % name)
    assert Site(STATE=99).type(b"\r").endswith("99> ")


def test_an_answer_ends_with_the_next_prompt():
    seen = Site(STATE=states.ISLAND).type(b"log\r")
    assert seen.split("ISLAND> ")[1:] == ["log\r\nINFO main: hello\r\n", ""]


def test_nothing_is_wider_than_79_columns():
    site = Site(STATE=states.OPEN_TRANSITION, ALARMS=0xFF, CAUSE_86=3, G1_MV=240000)
    for name in commands.names():
        if name not in ("settings",):
            seen = site.type(name.encode() + b"\r")
            assert max(len(line) for line in seen.split("\r\n")) <= 79, name
    assert len("OPEN_TRANSITION> ") + LONGEST <= 79


def test_an_endless_line_is_refused_and_names_the_limit():
    seen = Site().type(b"a" * 100000 + b"\r")
    assert "line too long: more than %d characters; nothing was done" % LONGEST in seen
    assert "unknown" not in seen


def test_a_pasted_file_is_taken_line_by_line():
    text = open(commands.__file__, "rb").read()
    lines = [line for line in text.replace(b"\t", b" ").split(b"\n") if line.strip()]
    seen = Site().type(text)
    refused = sum(seen.count(why) for why in ("unknown command", "line too long", "is not understood"))
    assert refused >= len(lines) - 5
    assert seen.endswith("> ")


def test_typing_ahead_during_an_answer_is_kept():
    seen = Site(STATE=states.GRID).type(b"status\rlog\rversion\r")
    assert seen.count("GRID> ") == 4 and "INFO main: hello" in seen and "Islander 9.9, GPL" in seen


def test_ctrl_c_ends_a_long_answer_and_keeps_what_follows():
    site = Site()
    for i in range(200):
        site.events.add("note", "", str(i))
    whole = site.type(b"events 200\r")
    cut = site.type(b"events 200\r\x03log\r")
    assert whole.count("note") == 200
    assert 0 < cut.count("note") < 30 and "INFO main: hello" in cut


def test_follow_shows_each_event_as_it_comes_until_a_key():
    site = Site()
    site.events.add("old")
    pauses = []

    def wait():
        pauses.append(1)
        if len(pauses) == 20:
            site.events.add("fresh")
        if len(pauses) == 40:
            site.stream.typed = b"q"

    site.wait = wait
    seen = site.type(b"events follow\r")
    assert "fresh" in seen and "old" not in seen
    assert seen.endswith("OUT_OF_SERVICE> ")  # and the q that ended it was not taken for a command's letter


def test_a_terminal_that_stops_reading_costs_one_slow_write_then_nothing():
    site = Site()
    writes = []

    def write(data):
        writes.append(data)
        site.set(TICK=(site.context.now() + 1000) & 0x1FFFFFFF)  # half a second of USB's patience
        return len(data)

    site.set(TICK=0x1FFFFFFF - 300)  # and the tick counter passes its wrap meanwhile
    site.stream.write = write
    site.type(b"")
    assert len(writes) == 1


def test_a_command_that_trips_does_not_take_the_console_with_it():
    site = Site()
    site.context.device = None
    seen = site.type(b"modbus\rversion\r")
    assert "modbus failed" in seen and "please report it" in seen and "Islander 9.9, GPL" in seen


def lines_of_noise(dice, count):
    """Command words in wrong places, bytes of any kind, ends of lines of any kind."""
    names = [name.encode() for name in commands.names()]
    words = names + [b"json", b"csv", b"99", b"-1", b"0x10", b"1e9", b"\x1b[A", b"\x1b", b"\x00\xff", b"%s%n", b"\t"]
    words += [b"now", b"86", b"yes", b"nominal_mv", b"1" * 30]
    for _ in range(count):
        kind = dice.randrange(4)
        if kind == 0:
            line = bytes(dice.randrange(256) for _ in range(dice.randrange(40)))
        elif kind == 1:
            line = bytes(dice.choice(dice.choice(names)) for _ in range(dice.randrange(1, 9)))
        else:
            line = b" ".join(dice.choice(words) for _ in range(dice.randrange(1, 4)))
        yield line + dice.choice((b"\r", b"\n", b"\r\n", b"\x03\r"))


@pytest.mark.parametrize("seed", range(2))
def test_whatever_is_typed_nothing_escapes_and_nothing_is_asked_for(seed):
    dice = random.Random(seed)
    site = Site()
    before = list(site.asks), list(site.image)
    for _ in range(30):  # the many are typed under MicroPython: host_tests/upy
        seen = site.type(b"".join(lines_of_noise(dice, 25)) + b"\x03\r\x03\r")
        assert " failed: " not in seen
    assert (list(site.asks), list(site.image)) == before
