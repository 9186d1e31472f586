"""The sequence of events in the background: numbered, one event a change, nothing lost without saying so."""

from firmware import image as layout
from firmware.board.fram import Ram
from firmware.console import happened
from firmware.record import codes, watches
from firmware.record import tap as tapping
from firmware.record.clock import Clock
from firmware.record.events import KEPT, Events
from firmware.record.journal import RECORD
from firmware.record.tap import EventTap
from firmware.transfer import facts, states


class Case:
    def __init__(self, kept=KEPT, device=None, clock=None):
        self.image = layout.new_image()
        self.tap = EventTap(self.image, layout)
        self.events = Events(self.tap, self.image, layout, (device or Ram(kept * RECORD), 0, kept * RECORD), clock)

    def set(self, **slots):
        for name, value in slots.items():
            self.image[layout.slot(name)] = value
        self.tap.step(0)

    def rows(self, count=None):
        self.events.drain()
        return [happened.row(found) for found in self.events.raw(count)]


def test_a_change_is_one_event_with_the_time_of_its_tick():
    case = Case()
    case.set(UPTIME_S=12, UPTIME_MS=34, TICK=7, STATE=states.DARK)
    case.tap.step(0)
    assert case.rows() == [(1, "12.0345", "state", "OUT_OF_SERVICE", "DARK", "start", 0, 0, "not set")]


def test_each_fact_that_turned_is_its_own_event():
    case = Case()
    case.set(V_FACTS=facts.V_GRID_LIVE | facts.V_HOUSE_LIVE)
    case.set(V_FACTS=facts.V_HOUSE_LIVE | facts.V_GRID_LOST)
    assert [row[2:5] for row in case.rows()] == [
        ("grid live", "no", "yes"),
        ("house live", "no", "yes"),
        ("grid live", "yes", "no"),
        ("grid lost", "no", "yes"),
    ]


def test_a_storm_is_counted_and_said_and_the_count_adds_up():
    case = Case()
    for i in range(tapping.ENTRIES + 50):
        case.set(RIDE_MODE=1 + i % 2)
    rows = case.rows()
    assert [row[2] for row in rows].count("ride mode") == tapping.ENTRIES - 1
    assert rows[-1][2:5] == ("events lost", "0", "51") and case.events.lost == 51
    case.set(RIDE_MODE=5)
    assert case.rows()[-1][2] == "ride mode"


def test_ticks_without_samples_are_said_once_a_drain():
    case = Case()
    case.set(TICK_BAD=3)
    assert case.rows()[-1][2:5] == ("ticks without samples", "0", "3")
    assert len(case.rows()) == 1


def test_old_ones_make_room():
    case = Case(kept=5)
    for i in range(9):
        case.events.add("note", "", i)
    assert [row[4] for row in case.rows()] == ["4", "5", "6", "7", "8"]
    assert [row[0] for row in case.rows(2)] == [8, 9]


def test_numbers_go_on_over_a_restart_and_the_start_is_told_apart():
    device = Ram(64 * RECORD)
    first = Case(64, device)
    for i in range(70):
        first.events.add("note", "", i)
    second = Case(64, device)
    second.events.add("start", "", "9.9")
    rows = second.rows()
    assert [row[0] for row in rows] == list(range(8, 72))
    assert rows[-1][6] == 1 and rows[-2][6] == 0


def test_the_time_of_day_is_kept_where_the_clock_was_set():
    case = Case()
    case.events._clock = clock = Clock(case.image, layout)
    case.set(UPTIME_S=40, STATE=states.GRID)
    clock.set(1800000000)
    case.set(UPTIME_S=100, STATE=states.PARALLEL)
    case.set(UPTIME_S=40 + 86400, STATE=states.GRID)
    case.events.drain()
    case.set(UPTIME_S=40 + 86401, STATE=states.PARALLEL)
    assert [row[7:] for row in case.rows()][:3] == [
        (1799999960 + 40, "set"), (1799999960 + 100, "set"), (1799999960 + 86440, "set")]  # fmt: skip
    assert case.rows()[-1][7:] == (1799999960 + 86441, "set more than a day ago")


def test_a_text_of_strange_letters_is_kept_readable():
    case = Case()
    case.events.add("settings refused", "", "", "caf\u00e9 \x1b[2J \n" + "long " * 100)
    text = " ".join(row[5] for row in case.rows())
    assert all(32 <= ord(c) < 127 for c in text) and len(text) > 150


def test_codes_are_never_given_twice():
    numbers = [value for name, value in vars(codes).items() if name.isupper() and isinstance(value, int)]
    assert len(numbers) == len(set(numbers)) and max(numbers) < 256
    assert all(row[0] < 100 for row in watches.WATCHES)


def test_a_change_that_comes_while_the_ring_is_read_is_not_lost():
    case = Case()
    take = case.tap.take

    def slow(entry):
        found = take(entry)
        if found and case.image[layout.slot("STATE")] < 5:
            case.set(STATE=case.image[layout.slot("STATE")] + 1)
        return found

    case.tap.take = slow
    case.set(STATE=1)
    assert [row[4] for row in case.rows()] == list(states.NAMES[1:6])
