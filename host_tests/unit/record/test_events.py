"""The sequence of events: what changed, when, in order, and nothing lost without saying so."""

from firmware import image as layout
from firmware.record import tap as tapping
from firmware.record.events import Events
from firmware.record.tap import EventTap
from firmware.transfer import facts, states, table


class Case:
    def __init__(self, kept=256):
        self.image = layout.new_image()
        self.tap = EventTap(self.image, layout)
        self.events = Events(self.tap, self.image, layout, kept)

    def set(self, **slots):
        for name, value in slots.items():
            self.image[layout.slot(name)] = value
        self.tap.step(0)


def test_a_change_is_one_entry_with_the_time_of_its_tick():
    case = Case()
    case.set(UPTIME_S=12, UPTIME_MS=34, TICK=7, STATE=states.DARK, REASON=table.REASONS.index("K1 proven open"))
    case.tap.step(0)
    case.events.drain()
    assert case.events.rows() == [(1, "12.0345", "state", "OUT_OF_SERVICE", "DARK", "K1 proven open")]


def test_each_fact_that_turned_is_its_own_line():
    case = Case()
    case.set(V_FACTS=facts.V_GRID_LIVE | facts.V_HOUSE_LIVE)
    case.set(V_FACTS=facts.V_HOUSE_LIVE | facts.V_GRID_LOST)
    case.events.drain()
    assert [row[2:5] for row in case.events.rows()] == [
        ("grid live", "no", "yes"),
        ("house live", "no", "yes"),
        ("grid live", "yes", "no"),
        ("grid lost", "no", "yes"),
    ]


def test_a_trip_carries_its_reason():
    case = Case()
    case.set(TRIP_ELEMENT=17, TRIP_LEG=2, TRIP_VALUE=145200, TRIP_LIMIT=144000, TRIP_TIME_MS=160, TRIP_COUNT=1)
    case.events.drain()
    assert case.events.rows()[0][2:] == ("trip", "0", "1", "59-2 (rejected): leg 2 at 145.20 V, limit 144.00 V, for 0.160 s")


def test_a_storm_is_counted_and_said():
    case = Case()
    for i in range(tapping.ENTRIES + 50):
        case.set(RIDE_MODE=1 + i % 2)
    case.events.drain()
    kept = tapping.ENTRIES - 1
    assert [row[2] for row in case.events.rows()].count("ride mode") == kept
    assert case.events.rows()[-1][2:5] == ("events lost", "0", "51")


def test_the_ring_goes_round_many_times_in_order():
    case = Case(kept=10000)
    for i in range(1000):
        case.set(STATE=1 + i % 2)
        case.events.drain()
    numbers = [row[0] for row in case.events.rows()]
    assert numbers == list(range(1, 1001))


def test_old_ones_make_room_and_are_counted():
    case = Case(kept=5)
    for i in range(9):
        case.events.add("note", "", str(i))
    assert [row[4] for row in case.events.rows()] == ["4", "5", "6", "7", "8"]
    assert case.events.dropped == 4 and case.events.rows(2)[0][4] == "7"
