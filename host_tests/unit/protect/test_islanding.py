"""The answer of the frequency to the dither: what raises a suspicion, what trips, and what never does.

The island of these tests is the textbook's: f = 60 Hz - 0.3 Hz for each percent of reactive power, so many ms after it
was sent. Figures of the two stages are those of the detection study: 40 mHz, 1.5 and 0.8 s; for the
second limit see decision 0090.
"""

import random
from array import array

import pytest

from firmware import image as layout
from firmware.charger import wiring
from firmware.console import link
from firmware.protect import elements, islanding, presence
from firmware.settings import Settings
from firmware.transfer import facts
from host_tests.unit.protect.bench import Bench, mutant

FAST = {"charger_profile": 1, "charger_baud": 115200}
IDLE, ASK = 50, 250  # var, of 2500 W


class Line:
    """The kernels on an image of their own, a dither of the test's, and a line that answers it or not, every 4 ms."""

    def __init__(self, hz_percent=0.0, delay_ms=120):
        self.image, self.asks, self.room = layout.new_image(), layout.new_asks(), array("i", bytes(4 * presence.SIZE))
        self.own = islanding.new(layout)
        self.room[presence.WORD] = facts.V_GRID_LIVE
        self.hz_percent, self.delay, self.ms = hz_percent, delay_ms // 4, 0
        self.sent, self.stages, self.extra = [], [0], lambda ms: 0.0
        self.sends, self.tripped = True, False

    def get(self, name):
        return self.image[layout.slot(name)]

    def run(self, ms):
        for _ in range(ms // 4):
            stage = self.get("UI_STAGE")
            if stage != self.stages[-1]:
                self.stages.append(stage)
            var = (ASK if stage == islanding.SUSPECT else IDLE) * (1 if self.ms // 200 & 1 else -1) if self.sends else 0
            self.sent.append(var)
            self.asks[layout.ask("SENT_VAR")] = var
            answered = self.sent[-self.delay] if len(self.sent) >= self.delay else 0
            mhz = 60000 - self.hz_percent * 1000 * answered * 100 / 2500 + self.extra(self.ms)
            self.image[layout.slot("GRID_MHZ")] = round(mhz)
            if islanding.read(self.image, self.own, self.room):
                best = islanding.correlate(self.image, self.own, self.asks)
                self.tripped = bool(islanding.judge(self.image, self.own, best)) or self.tripped
            self.ms += 4
        return self

    def until_trip(self, most_ms):
        while not self.tripped:
            if self.ms >= most_ms:
                return None
            self.run(4)
        return self.ms


@pytest.mark.parametrize("delay_ms", (104, 200, 300, 400, 470))
@pytest.mark.parametrize("sign", (1, -1))
def test_a_line_that_answers_trips_whatever_the_delay_and_the_sign(delay_ms, sign):
    line = Line(0.3 * sign, delay_ms)
    took = line.until_trip(2500)
    assert took is not None and took <= 400 + delay_ms * 2 + 900
    assert line.get("UI_MHZ") >= 100
    assert line.stages == [0, islanding.WATCHING, islanding.SUSPECT]
    assert line.get("UI_STAGE") == islanding.TRIPPED


def test_the_trip_opens_k1_and_says_what_was_seen():
    bench = Bench(**FAST).grid(1000, 1000).house(1000, 1000).run(20)
    var = 0
    for ms in range(0, 3000, 4):
        if bench.get("TRIP_ELEMENT"):
            break
        var = IDLE if ms // 200 & 1 else -IDLE
        bench.asks[layout.ask("SENT_VAR")] = var
        bench.grid(1000, 1000, mhz=60000 + (600 if (ms - 120) // 200 & 1 else -600)).run(4)
    name, leg, value, limit, _ = bench.trip
    assert (name, leg, limit) == ("unintentional island", 0, 100) and value >= 100
    assert "GRID_TRIP" in bench.facts


def test_a_grid_never_answers():
    line = Line(0.0)
    rng = random.Random(1)
    line.extra = lambda ms: rng.gauss(0, 8)
    line.run(20000)
    assert line.stages[-1] == islanding.WATCHING and not line.tripped
    assert line.get("UI_MHZ") < 10


def test_the_running_sums_are_those_of_the_window():
    """Each adds a product and takes off the one that leaves: after half a minute nothing else has gathered in them."""
    line, rng = Line(0.0), random.Random(2)
    line.extra = lambda ms: rng.gauss(0, 20)
    line.run(30000)
    assert line.stages == [0, islanding.WATCHING]
    own, now = line.own, line.own[islanding._AT]
    for j in range(islanding._LAGS):
        lag = 5 + j  # steps of 20 ms, 75 of them in the window
        pairs = [((now - n) % 128, (now - n - lag) % 128) for n in range(75)]
        assert own[islanding._SUMS + j] == sum(own[islanding._G + a] * own[islanding._S + b] for a, b in pairs)


@pytest.mark.parametrize("hz_s", (0.3, -0.5))
def test_a_drift_is_no_answer(hz_s):
    line = Line(0.0)
    line.extra = lambda ms: max(-1000.0, min(1000.0, hz_s * ms))
    line.run(6000)
    assert islanding.SUSPECT not in line.stages


def test_a_phase_jump_is_no_answer():
    line = Line(0.0)
    line.extra = lambda ms: 5000.0 if 3000 <= ms < 3034 else -4000.0 if 5000 <= ms < 5034 else 0.0
    line.run(8000)
    assert islanding.SUSPECT not in line.stages


def test_a_suspicion_alone_never_trips():
    """It answers once, for as long as it takes, and then no more."""
    line = Line(0.3)
    while line.get("UI_STAGE") != islanding.SUSPECT:
        assert line.run(4).ms < 3000
    line.hz_percent = 0.0
    line.run(780)
    assert line.get("UI_STAGE") == islanding.SUSPECT
    line.run(60)
    assert line.get("UI_STAGE") == islanding.WATCHING and not line.tripped
    line.run(3000)
    assert line.stages[-1] == islanding.WATCHING and line.get("UI_MHZ") == 0


@pytest.mark.parametrize("start_ms", range(0, 800, 50))
def test_a_ramp_or_a_jump_in_the_second_stage_confirms_nothing(start_ms):
    """3 Hz/s for 1.2 s, and a jump read as 5 Hz for two cycles: the worst of the severe events."""
    for extra in (lambda ms: 3.0 * min(max(ms, 0), 1200), lambda ms: 5000.0 if 0 <= ms < 34 else 0.0):
        line = Line(0.3)
        while line.get("UI_STAGE") != islanding.SUSPECT:
            assert line.run(4).ms < 3000
        line.hz_percent, began = 0.0, line.ms + start_ms - 400
        line.extra = lambda ms, extra=extra, began=began: extra(ms - began)
        line.run(2000)
        assert not line.tripped


def test_an_answer_below_the_limit_is_none():
    """39 mHz of amplitude never raises one; 45 does, a window later."""
    low = Line(0.0195).run(6000)
    assert islanding.SUSPECT not in low.stages and 30 <= low.get("UI_MHZ") < 40
    high = Line(0.0225).run(6000)
    assert islanding.SUSPECT in high.stages


@pytest.mark.parametrize("stands_ms", (0, 200))
def test_a_dither_that_stands_still_says_nothing(stands_ms):
    """Sent as nought, then for good with the one sign or the other."""
    line = Line(0.3)
    line.sends = False
    line.extra = lambda ms: 300.0 * (1 if ms // 200 & 1 else -1)
    line.run(4000)
    assert line.stages == [0] and line.get("UI_STAGE") == islanding.OFF
    line.sends = True
    for _ in range(1000):
        line.ms = stands_ms
        line.run(4)
        assert line.get("UI_STAGE") in (islanding.OFF, islanding.WATCHING)
    assert line.get("UI_STAGE") == islanding.OFF and not line.tripped


def test_it_ends_with_the_dither():
    line = Line(0.3)
    line.until_trip(2500)
    line.sends = False
    line.run(400)
    assert line.get("UI_STAGE") == islanding.OFF


def test_no_frequency_no_answer():
    line = Line(0.3)
    line.room[presence.BITS] = elements.BIT_NO_F
    line.run(4000)
    assert not line.tripped and islanding.SUSPECT not in line.stages


def test_only_where_the_profile_is_fast_enough_is_it_there_at_all():
    assert Bench(**FAST).protect.dithers
    for changes in ({}, {**FAST, "charger_baud": 9600}, {**FAST, "dither_e3": 0}, {**FAST, "charger_profile": 2}):
        bench = Bench(**changes)
        assert not bench.protect.dithers and bench.own[13] is None
    from firmware import chosen

    for number, name in enumerate(wiring.PROFILES):
        profile = wiring.profile(number)
        assert (number in chosen.FAST) == (profile.TAKES_Q == 1 and profile.SETPOINT_PERIOD_MS <= 100), name


def test_copied_numbers():
    from firmware.energy import dither

    assert (dither._HALF_MS, dither._SUSPECT) == (islanding.HALF_MS, islanding.SUSPECT)
    assert (link.STAGES, link.SUSPECT_MHZ, link.TRIP_MHZ) == (
        islanding.STAGES, islanding.SUSPECT_MHZ, islanding.TRIP_MHZ
    )  # fmt: skip
    for name in ("OFF", "WATCHING", "SUSPECT", "TRIPPED", "TRIP_MHZ", "SUSPECT_MHZ"):
        assert getattr(islanding, "_" + name) == getattr(islanding, name)
    assert islanding._HALF * 4 * islanding._READINGS == islanding.HALF_MS
    assert islanding._READINGS * presence.STEP // 2 == 20
    assert islanding._WINDOW + islanding._FIRST_LAG + islanding._LAGS - 1 <= islanding._MASK
    assert islanding._SUMS + islanding._LAGS <= islanding._F and islanding._F + 16 == islanding._G
    assert islanding._G + 128 == islanding._S and islanding._S + 128 == islanding.SIZE


@pytest.mark.parametrize(
    "changes, slots, said",
    [
        ({}, {}, "the charger's own method is alone: this profile takes no reactive power, or not fast enough"),
        ({**FAST, "charger_baud": 9600}, {}, "alone: charger_baud is 9600 and must be at least 19200"),
        ({**FAST, "dither_e3": 0}, {}, "alone: dither_e3 is 0"),
        (FAST, {}, "no dither now: the car gives nothing, or the switch is not in PARALLEL"),
        (FAST, {"UI_STAGE": 1, "UI_MHZ": 3}, "watching: the frequency answers the dither by 3 mHz; suspect from 40"),
        (FAST, {"UI_STAGE": 2, "UI_MHZ": 45}, "SUSPECT: the frequency answers the dither by 45 mHz"),
    ],
)
def test_the_console_says_what_is_done(changes, slots, said):
    assert said in link._islanding(Settings(changes), lambda name: slots.get(name, 0))


class TestDither:
    def case(self, **changes):
        from firmware.energy.dither import Dither

        image, asks = layout.new_image(), layout.new_asks()
        image[layout.slot("STATE")], image[layout.slot("TICK")] = 2, 7000
        asks[layout.ask("CHARGER_TICK")], asks[layout.ask("CHARGER_W")] = 6000, 2000
        dither = Dither(Settings({**FAST, "charger_rated_w": 2500, **changes}), layout, asks)

        def var(now_ms, **slots):
            for name, value in slots.items():
                where, index = (asks, layout.ASKS[name]) if name in layout.ASKS else (image, layout.SLOTS[name])
                where[index] = value
            return dither.var(layout.Snapshot(image), now_ms)

        return var

    def test_a_square_of_200_ms(self):
        var = self.case()
        assert [var(ms) for ms in (0, 199, 200, 399, 400)] == [-50, -50, 50, 50, -50]
        assert var(200, UI_STAGE=islanding.SUSPECT) == 250
        assert var(200, UI_STAGE=islanding.TRIPPED) == 50

    def test_only_while_the_car_gives_on_the_grid_and_is_known_to(self):
        assert self.case()(200, CHARGER_W=49) == 0
        assert self.case()(200, CHARGER_W=50) == 50
        assert self.case()(200, CHARGER_W=-2000) == 0
        assert self.case()(200, STATE=7) == 0
        assert self.case()(200, CHARGER_TICK=-1) == 0
        assert self.case()(200, TICK=12000) == 50
        assert self.case()(200, TICK=12001) == 0


BREAKS = (
    ("total += g *", "total += 0 *"),
    ("total -= gone *", "total -= 0 *"),
    ("g = f - before", "g = before - before"),
    ("lag = j + _FIRST_LAG", "lag = _FIRST_LAG"),
    ("    if still:\n        stage = _OFF", "    if still:\n        stage = stage"),
    ("if mhz >= _TRIP_MHZ:", "if mhz >= 0:"),
    ("if since >= _FRESH:", "if since >= 1000:"),
    ("        stage = _SUSPECT\n        since = 0\n        anew = 1", "        stage = _SUSPECT\n        since = 0"),
)


@pytest.mark.parametrize("fault", range(len(BREAKS)))
def test_a_broken_kernel_is_caught(fault, tmp_path, monkeypatch):
    broken = mutant(islanding, *BREAKS[fault], tmp_path, "islanding")
    for name in ("read", "correlate", "judge"):
        monkeypatch.setattr(islanding, name, getattr(broken, name))
    checks = [
        lambda: test_a_line_that_answers_trips_whatever_the_delay_and_the_sign(400, 1),
        test_a_suspicion_alone_never_trips,
        lambda: test_a_dither_that_stands_still_says_nothing(200),
        test_an_answer_below_the_limit_is_none,
    ]
    failed = 0
    for check in checks:
        try:
            check()
        except AssertionError:
            failed += 1
    assert failed, BREAKS[fault]
