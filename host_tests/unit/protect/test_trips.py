"""Why it tripped: element, leg, value, limit, time; lost and rejected apart; the first element of an episode stands."""

import pytest

from firmware import image as layout
from firmware.board.port import OUT_K1
from firmware.protect import (
    elements,
    enter_service,
    islanding,
    mean,
    notes,
    presence,
    protect,
    ride,
    rocof,
    sync_check,
    trips,
    vector_shift,
)
from firmware.protect import island as island_room
from firmware.sense import plausible
from firmware.settings import Settings
from firmware.transfer import facts, states
from host_tests.unit.protect.bench import Bench

# Factory: Cat III at 120 V, K1 15 ms until learned, lag of 27/59 24 ms, of 81 45 ms; rounded to a tick.
K1_MS, V_LAG_MS = 15, 24.5


def test_27_2_names_leg_value_limit_and_time():
    bench = Bench().grid(1000, 1000).run(8).grid_mv(120000, 55000)
    bench.until("GRID_TRIP", 2100)
    expected = 2000 - K1_MS - V_LAG_MS
    element, leg, value, limit, ms = bench.trip
    assert (element, leg, value, limit) == ("27-2", 2, 55000, 60000)
    assert expected <= ms <= expected + 4


def test_59_2_opens_within_its_clearing_time():
    bench = Bench().grid(1000, 1000).run(8).grid_mv(145000, 120000)
    assert bench.until("GRID_TRIP", 200) + K1_MS + V_LAG_MS <= 160 + 4
    assert bench.trip[:4] == ("59-2", 1, 145000, 144000)


@pytest.mark.parametrize(("learned_x10", "earlier_ms"), [(150, 0), (50, -10), (400, 25), (0, 0)])
def test_a_slower_k1_is_told_sooner(learned_x10, earlier_ms):
    bench = Bench().grid(1000, 1000).put(K1_OPEN_MS_X10=learned_x10).run(8).grid(1250, 1250)
    assert bench.until("GRID_TRIP", 200) == pytest.approx(160 - K1_MS - V_LAG_MS - earlier_ms, abs=4)


def test_a_k1_too_slow_for_the_code_leaves_20_ms():
    bench = Bench().grid(1000, 1000).put(K1_OPEN_MS_X10=5000).run(8).grid(1250, 1250)
    assert bench.until("GRID_TRIP", 200) == pytest.approx(20, abs=4)


def test_81_keeps_60_ms_whatever_is_taken_off():
    bench = Bench().grid(1000, 1000).put(K1_OPEN_MS_X10=600).run(8).grid(1000, 1000, mhz=62500)
    assert bench.until("GRID_TRIP", 200) == pytest.approx(60, abs=4)
    assert bench.trip[0] == "81O-2" and bench.trip[3] == 62000


def test_a_relays_own_delay_has_nothing_taken_off():
    bench = Bench(grid_code=6, nominal_hz=50, nominal_mv=230000).grid(1000, 1000).run(8).grid(1200, 1200)
    assert bench.until("GRID_TRIP", 600) == pytest.approx(500, abs=4)
    assert bench.trip[0] == "59-2"


@pytest.mark.parametrize("mhz_s", [1200, -1200])
def test_81r_says_its_rate_with_its_sign(mhz_s):
    """G98: 1 Hz/s for 0.5 s."""
    bench = Bench(grid_code=6, nominal_hz=50, nominal_mv=230000).grid(1000, 1000).run(12).put(GRID_ROCOF_MHZ_S=mhz_s)
    assert bench.until("GRID_TRIP", 600) is not None
    assert bench.trip == ("81R", 0, mhz_s, 1000, 500)


def test_lost_in_seamless_is_the_bank():
    bench = Bench(seamless=1).grid(1000, 1000).run(100)
    bench.put(LOSS_BANK=1, LOSS_BANK_TICK=bench.tick).grid_mv(120000, 90000).ticks(1)
    assert bench.trip == ("LOSS bank", 2, 90000, 96000, 0)
    assert elements.is_lost(bench.get("TRIP_ELEMENT")) and "GRID_TRIP" not in bench.facts
    bench.grid(0, 0).run(3000)
    assert bench.trip[0] == "LOSS bank" and bench.get("TRIP_COUNT") == 1


def test_lost_with_the_sources_held_off_opens_and_is_the_bank():
    for state in ("GRID", "RECLOSING", "CLOSING"):
        bench = Bench().grid(1000, 1000).state(state).run(8).put(LOSS_BANK=1).ticks(1)
        assert bench.trip[0] == "LOSS bank", state
    for state in ("PARALLEL", "HANDBACK"):
        bench = Bench().grid(1000, 1000).state(state).run(8).put(LOSS_BANK=1).ticks(1)
        assert bench.get("TRIP_ELEMENT") == 0, state


def test_behind_an_open_k1_nothing_trips_but_the_fact_stands():
    bench = Bench(seamless=1).state("DARK").grid(1000, 1000).run(8).grid(1250, 1250).run(300)
    assert "GRID_TRIP" in bench.facts and bench.get("TRIP_COUNT") == 0
    bench.grid(0, 0).put(LOSS_BANK=1).run(3000)
    assert {"GRID_TRIP", "GRID_LOST", "GRID_DEAD"} <= bench.facts and bench.get("TRIP_COUNT") == 0


def test_lost_while_riding_through_is_lost_when_27_ran_out():
    bench = Bench().grid(1000, 1000).run(8).put(LOSS_BANK=1).grid(0, 0)
    bench.run(1900)
    assert bench.get("TRIP_ELEMENT") == 0 and "GRID_LOST" in bench.facts
    bench.run(100)
    assert bench.trip[:4] == ("LOSS 27", 1, 0, 60000) and elements.is_lost(bench.get("TRIP_ELEMENT"))


def test_low_but_there_is_rejected():
    bench = Bench().grid(1000, 1000).run(8).grid(400, 400).run(2000)
    assert bench.trip[0] == "27-2" and not elements.is_lost(bench.get("TRIP_ELEMENT"))


def test_riding_through_a_loss_that_turns_seamless_says_lost():
    bench = Bench().grid(1000, 1000).run(8).put(LOSS_BANK=1).run(50)
    assert bench.get("TRIP_ELEMENT") == 0
    bench.asks[layout.ask("SEAMLESS")] = 1
    assert bench.ticks(1).trip[0] == "LOSS bank"


def test_what_follows_does_not_overwrite_why():
    bench = Bench(reclose_delay_ms=1000).grid(1000, 1000).run(8).grid(1000, 1250).run(200)
    assert bench.trip[0] == "59-2"
    bench.grid(0, 0).run(3000)
    assert bench.trip[0] == "59-2" and bench.get("TRIP_COUNT") == 1
    bench.grid(1000, 1000).run(1300)
    assert "GRID_TRIP" not in bench.facts
    bench.grid(400, 400).run(2000)
    assert bench.trip[0] == "27-2" and bench.get("TRIP_COUNT") == 2


def test_a_bad_channel_trips_after_its_time_and_not_by_its_reading():
    bench = Bench().grid(1000, 1000).run(8).put(BAD_CHANNELS=0b0001).grid_mv(0, 120000)
    assert bench.until("GRID_TRIP", 1990) is None
    assert bench.run(20).trip == ("SENSING", 0, 1, 0, 2000)
    bench = Bench(bad_channel_trip_ms=0).grid(1000, 1000).run(8).put(BAD_CHANNELS=0b0001).grid_mv(0, 120000)
    assert bench.until("GRID_TRIP", 4000) is None


def test_a_noisy_channel_still_has_a_voltage():
    """A dying line is more distortion than fundamental for a moment: that must not hold up 27."""
    bench = Bench().grid(1000, 1000).run(8).put(BAD_CHANNELS=0b0001, BAD_WHY=plausible.WHY_NOISE).grid_mv(0, 120000)
    assert bench.until("GRID_TRIP", 1990) < 1980 and bench.trip[0] == "27-2"
    bench = Bench().grid(1000, 1000).run(8).put(BAD_CHANNELS=0b0001, BAD_WHY=plausible.WHY_NOISE)
    assert bench.grid(1000, 1000, mhz=63000).until("GRID_TRIP", 1000) is None


def test_voltage_without_a_frequency_trips_after_a_second():
    bench = Bench().grid(1000, 1000).run(8).grid(1000, 1000, mhz=0)
    assert bench.until("GRID_TRIP", 1100) == pytest.approx(1000, abs=5) and bench.trip[0] == "81 unknown"
    assert Bench().grid(290, 290, mhz=0).until("GRID_TRIP", 1200) is None


def test_an_unknown_frequency_holds_the_timers_and_a_low_voltage_clears_them():
    bench = Bench().grid(1000, 1000).run(8).grid(1000, 1000, mhz=63000).run(60)
    bench.grid(1000, 1000, mhz=0).run(60).grid(1000, 1000, mhz=63000)
    assert bench.until("GRID_TRIP", 100) < 40
    bench = Bench().grid(1000, 1000).run(8).grid(1000, 1000, mhz=63000).run(60)
    bench.grid(200, 200, mhz=0).run(60).grid(1000, 1000, mhz=63000)
    assert bench.until("GRID_TRIP", 100) > 80


def test_only_slots_marked_protect_are_written():
    text = open(layout.__file__, encoding="utf-8").read().splitlines()
    own = {name for name in layout.ROWS if any(x.startswith('    "%s",  # protect ' % name) for x in text)}
    assert "V_FACTS" in own and len(own) >= 14
    bench = Bench(seamless=1)
    touched = set()
    for grid, house, state in (
        ((1000, 1000), (0, 0), "GRID"),
        ((0, 0), (1250, 900), "ISLAND"),
        ((1300, 0), (0, 0), "GRID"),
    ):
        bench.grid(*grid).house(*house).state(state)
        before = list(bench.image)
        bench.run(2500)
        touched |= {layout.ROWS[i] for i, (a, b) in enumerate(zip(before, bench.image, strict=True)) if a != b}
    assert touched and touched <= own


def test_copied_numbers_are_those_of_their_origin():
    """A kernel inlines only its own file's constants; every copy is compared with where it comes from."""
    rooms = (trips, islanding, notes, enter_service, sync_check, rocof, vector_shift, ride, island_room, elements)
    for room in rooms:
        for name in ("HELD", "WORD", "BITS", "K1_TICKS", "LEAD", "EPISODE"):
            if hasattr(room, "_" + name):
                assert getattr(room, "_" + name) == getattr(presence, name), (room.__name__, name)
        for name in ("BAD_GRID", "BAD_HOUSE", "BAD_GRID_LONG", "BAD_HOUSE_LONG"):
            if hasattr(room, "_" + name):
                assert getattr(room, "_" + name) == getattr(presence, name), (room.__name__, name)
        for name in vars(room):
            if name.startswith("_BIT_") and room is not enter_service:
                assert getattr(room, name) == getattr(elements, name[1:]), (room.__name__, name)
            if name.startswith("_V_") and hasattr(facts, name[1:]):
                assert getattr(room, name) == getattr(facts, name[1:]), (room.__name__, name)
    assert trips._RESTART == enter_service.RESTART
    for name in ("SLOT", "LIMIT", "LEG", "CODE", "TIME"):
        assert getattr(trips, "_" + name) == getattr(elements, name), name
    for name in ("SIZE", "SIDE", "LIMIT", "PICKUP", "LAG", "FLOOR", "BLOCK", "FREEZE", "TIME", "OVER"):
        assert getattr(elements, "_" + name) == getattr(elements, name), name
    assert (trips._FIRST_27, trips._LAST_27) == (elements.E27 + 1, elements.E27 + 3)
    for name in ("LOSS_BANK", "LOSS_27", "SENSING", "ISLAND_SENSING", "BACKFEED"):
        assert getattr(trips, "_E_" + name) == getattr(elements, name)
    assert (trips._E_81R, trips._E_78) == (elements.E81R, elements.E78)
    assert (trips._E_ANSWER, trips._TRIP_MHZ) == (elements.ANSWER, islanding.TRIP_MHZ)
    assert (trips._BACKFEED_MS, trips._ROCOF_MS) == (island_room.DECIDE_MS, rocof.WINDOWS_MS)
    assert trips._NOT_GOOD == 0xFFFF ^ (facts.V_GRID_GOOD | facts.V_ENTER_SERVICE)
    assert (trips._PARALLEL, trips._HANDBACK, trips._OUT_K1) == (states.PARALLEL, states.HANDBACK, OUT_K1)
    assert (notes._UNBONDING, notes._CLOSING) == (states.UNBONDING, states.CLOSING)
    assert notes._WHY_NOISE == plausible.WHY_NOISE and notes._STAGES + len(states.NAMES) <= notes.SIZE
    assert islanding._GRID_LIVE == facts.V_GRID_LIVE
    assert rocof._GRID_LIVE == vector_shift._GRID_LIVE == facts.V_GRID_LIVE
    assert sync_check._IN_STEP == facts.V_IN_STEP
    assert presence._OUT_K1 == OUT_K1


def test_the_order_of_the_kernels_is_what_trips_takes_it_for():
    bench = Bench()
    kernels = {
        0: elements.scan,
        1: elements.scan,
        trips._ISLAND: elements.scan,
        trips._ROCOF: rocof.watch,
        trips._ENTER: enter_service.inside,
        trips._MEAN: mean.add,
        trips._SHIFT: vector_shift.watch,
        trips._BACKFEED: island_room.backfeed,
    }
    plan = protect._plan(bench.settings, bench.protect.code, layout, bench.room, bench.protect.window)
    assert len(plan) == 16
    for k, kernel in kernels.items():
        assert plan[k][0] is kernel, k
    assert plan[trips._ENTER][1] is bench.protect.window
    assert plan[trips._ANSWER] is None
    watch = protect._watch(Settings({"charger_profile": 1, "charger_baud": 19200}))
    plan = protect._plan(bench.settings, bench.protect.code, layout, bench.room, bench.protect.window, watch)
    assert plan[trips._ANSWER][0] is islanding.read
