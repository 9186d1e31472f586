"""What a person may ask of the switch: confirmed in words, asked once, reported done only when the state says so."""

import pytest

from firmware import store
from firmware.board import port
from firmware.transfer import facts, refusals, states, table
from host_tests.unit.console.site import Site

KEY = port.IN_SERVICE_KEY
OPEN = facts.S_K1_PROVEN_OPEN | facts.S_K2_PROVEN_OPEN
READY = facts.O_CHARGER_READY | facts.O_MAY_ISLAND


def play(site, typed, story=()):
    """Type; at pause n of the watching make the change story[n]. Pauses are counted from the asking on."""
    steps, count = dict(story), [0]

    def wait():
        if site.asked():
            count[0] += 1
            if count[0] in steps:
                site.set(**steps[count[0]])

    site.wait = wait
    return site.type(typed)


def test_island_now_is_done_when_the_island_is_there():
    site = Site(INPUTS=KEY, STATE=states.PARALLEL, O_FACTS=READY, TICK=77)
    story = {
        30: {"STATE": states.OPENING, "REASON": table.REASONS.index("a planned island was asked for")},
        60: {"STATE": states.ISLAND, "S_FACTS": facts.S_K1_PROVEN_OPEN},
    }
    seen = play(site, b"island now\risland\r", story)
    assert "OPENING: a planned island was asked for" in seen
    assert "done: ISLAND, K1 proven open" in seen and seen.index("OPENING:") < seen.index("done:")
    assert site.asked() == {"ASK_ISLAND": 77} and "person island now: key turned" in site.happened()


def test_what_the_tick_would_refuse_is_said_before_anything_is_asked():
    site = Site(INPUTS=KEY, STATE=states.PARALLEL, O_FACTS=READY, ISLAND_WHY=refusals.WHY_SENSING)
    assert "island now: a voltage can not be believed: see `meter`" in play(site, b"island now\r")
    assert site.asked() == {}


@pytest.mark.parametrize(("way", "kind", "said"), [
    ("exercise", 1, "It ends after 600 s, or with a real outage"), ("unloaded", 2, "Every load stage is shed"),
])  # fmt: skip
def test_an_exercise_ends_by_itself_and_is_asked_for_on_a_good_grid_only(way, kind, said):
    line = ("island %s\risland\r" % way).encode()
    site = Site(INPUTS=KEY, STATE=states.PARALLEL, O_FACTS=READY, TICK=77)
    assert "an exercise begins on a good grid only" in play(site, line) and site.asked() == {}
    site.set(V_FACTS=facts.V_GRID_GOOD)
    assert said in " ".join(play(site, line).split())
    assert site.asked() == {"ASK_ISLAND": 77, "ASK_TEST": kind}


def test_not_done_is_said_with_what_then():
    site = Site(INPUTS=KEY, STATE=states.PARALLEL, O_FACTS=READY, TICK=0)
    seen = play(site, b"island now\risland\r")
    assert "not done after 30 s, state PARALLEL: the wish stands; `return` withdraws it" in " ".join(seen.split())
    assert site.asked() == {"ASK_ISLAND": 1}  # tick 0 would say that nobody asks


def test_a_key_ends_the_watching_and_not_the_wish():
    site = Site(INPUTS=KEY, STATE=states.PARALLEL, O_FACTS=READY, TICK=5)
    site.stream.typed = b"island now\risland\r"
    count = [0]

    def wait():
        count[0] += 1
        if count[0] == 60:
            site.stream.typed = b"q"

    site.wait = wait
    seen = site.type(b"")
    assert "done" not in seen and seen.endswith("PARALLEL> ") and site.asked() == {"ASK_ISLAND": 5}


@pytest.mark.parametrize("reply", [b"yes\r", b"\r", b"\x03", b"island now\r", b"x" * 200 + b"\r"])
def test_without_the_right_word_nothing_is_done(reply):
    site = Site(INPUTS=KEY, STATE=states.PARALLEL, O_FACTS=READY)
    seen = play(site, b"island now\r" + reply)
    assert "island now: not confirmed, nothing was done" in seen or reply == b"\x03" and seen.endswith("PARALLEL> ")
    assert site.asked() == {}


@pytest.mark.parametrize(
    "slots, said",
    [
        ({"STATE": states.ISLAND, "O_FACTS": READY}, "not from ISLAND"),
        ({"STATE": states.LOCKOUT_86, "O_FACTS": READY}, "not from LOCKOUT_86"),
        ({"STATE": states.GRID, "O_FACTS": facts.O_MAY_ISLAND}, "the charger is not ready"),
        ({"STATE": states.GRID, "O_FACTS": facts.O_CHARGER_READY}, "barred by a failed proof"),
    ],
)
def test_island_now_says_why_not(slots, said):
    site = Site(INPUTS=KEY, **slots)
    assert said in play(site, b"island now\risland\r") and site.asked() == {}


def test_return_withdraws_the_wish():
    site = Site(INPUTS=KEY, STATE=states.ISLAND, TICK=9)
    site.asks[site.context.layout.ask("ASK_ISLAND")] = 3
    seen = play(site, b"return\rreturn\r", {60: {"STATE": states.PARALLEL, "S_FACTS": facts.S_K1_PROVEN_CLOSED}})
    assert "done: PARALLEL, K1 proven closed" in seen and site.asked() == {"ASK_RETURN": 9}
    site.set(O_FACTS=READY)
    play(site, b"island now\risland\r")
    assert site.asked() == {"ASK_ISLAND": 9}


LOCKED = {"STATE": states.LOCKOUT_86, "CAUSE_86": table.REASONS.index("K1 would not open")}


def test_reset_86_wants_the_key_and_a_code_is_not_enough():
    site = Site(**LOCKED)
    site.context.unlocked_s = 10**6
    assert "turn the service key first" in play(site, b"reset 86\rreset\r") and site.asked() == {}


def test_reset_86_asks_while_it_is_watched_and_never_longer():
    site = Site(INPUTS=KEY, TICK=4, **LOCKED)
    asked = []
    site.wait = lambda: asked.append(site.asked())
    seen = site.type(b"reset 86\rreset\r")
    assert "86 was latched by: K1 would not open. First: isolate K1 upstream" in " ".join(seen.split())
    assert "not done after 3 s" in seen and "missing: K1 proven open, K2 proven open" in " ".join(seen.split())
    assert {"ASK_RESET_86": 4} in asked and site.asked() == {}
    assert "person reset 86: K1 would not open" in site.happened()


@pytest.mark.parametrize("how", [b"q", b"\x03"])
def test_reset_86_broken_off_is_withdrawn(how):
    site = Site(INPUTS=KEY, TICK=4, **LOCKED)
    seen_asked = []

    def wait():
        if site.asked():
            seen_asked.append(1)
            if len(seen_asked) == 9:
                site.stream.typed = how

    site.wait = wait
    site.type(b"reset 86\rreset\r")
    assert 9 <= len(seen_asked) < 20 and site.asked() == {}


def test_reset_86_done():
    site = Site(INPUTS=KEY, TICK=4, **LOCKED)
    seen = play(site, b"reset 86\rreset\r", {20: {"STATE": states.OUT_OF_SERVICE, "S_FACTS": OPEN}})
    assert "done: OUT_OF_SERVICE, K1 proven open" in seen and site.asked() == {}


def test_reset_86_of_nothing():
    assert "it is not latched" in play(Site(INPUTS=KEY, STATE=states.GRID), b"reset 86\rreset\r")


def test_service_out_and_in_is_done_by_the_contacts_and_outlives_a_restart():
    site = Site({"in_service": 1}, INPUTS=KEY, STATE=states.PARALLEL)
    service = site.context.layout.ask("IN_SERVICE")
    site.asks[service] = 1
    count = [0]

    def wait():
        count[0] += site.asks[service] == 0
        if count[0] == 20:
            site.set(STATE=states.OUT_OF_SERVICE)
        if count[0] == 40:
            assert "done" not in site.stream.seen.decode()  # the state alone is not enough
            site.set(S_FACTS=OPEN)

    site.wait = wait
    assert "done: OUT_OF_SERVICE" in site.type(b"service out\rout\r") and site.asks[service] == 0
    assert stored(site)["in_service"] == 0
    site.context.restart_due = True
    assert "wait for a `restart`" in site.type(b"service in\rin\r") and site.asks[service] == 0
    site.context.restart_due = False
    site.type(b"service in\rin\r")
    assert site.asks[service] == 1 and stored(site)["in_service"] == 1


def stored(site):
    return store.Store(site.memory).load()[0]


def test_service_out_is_stored_though_nobody_watches():
    site = Site({"in_service": 1}, INPUTS=KEY, STATE=states.PARALLEL)
    site.type(b"service out\rout\rx")
    assert stored(site)["in_service"] == 0


def test_flash_is_written_once_every_coil_is_off():
    class Flash(store.Files):
        wrote = 0

        def write(self, at, buf):
            assert site.image[site.context.layout.slot("S_FACTS")] == OPEN
            Flash.wrote += 1

        def read(self, at, buf):
            buf[:] = b"\xff" * len(buf)

    site = Site({"in_service": 1}, INPUTS=KEY, STATE=states.PARALLEL)
    site.context.store = store.Store(Flash("/nowhere"))
    seen = play(site, b"service out\rout\r")
    assert "NOT STORED" not in seen and not Flash.wrote
    site.wait = lambda: site.set(STATE=states.OUT_OF_SERVICE, S_FACTS=OPEN)
    assert "NOT STORED: settings: copy A did not read back" in " ".join(site.type(b"service out\rout\r").split())
    assert Flash.wrote == 1


def test_service_in_wants_a_set_that_fits_its_grid_code():
    site = Site({"nominal_hz": 50}, INPUTS=KEY)
    seen = " ".join(play(site, b"service in\rin\r").split())
    assert "the settings do not fit: setting nominal_hz: 50 is outside 60..60 Hz" in seen
    assert site.asked() == {}


def test_service_in_is_refused_while_86_can_not_be_read():
    site = Site(INPUTS=KEY)
    site.context.lasting.latch.value = None
    assert "memory of 86 can't be read" in " ".join(play(site, b"service in\rin\r").split())
    assert "done: written anew" in play(site, b"reset 86\rreset\r")
    assert site.context.lasting.latch.value == 0


def test_restart_with_every_coil_off_only():
    site = Site(INPUTS=KEY, STATE=states.GRID)
    restarted = []
    assert "can not restart itself" in play(Site(INPUTS=KEY), b"restart\rrestart\r")
    site.context.board.restart = lambda: restarted.append(1)
    assert "only with every coil off" in play(site, b"restart\rrestart\r") and not restarted
    site.set(STATE=states.OUT_OF_SERVICE)
    play(site, b"restart\rno\r")
    assert not restarted
    play(site, b"restart\rrestart\r")
    assert restarted == [1]


@pytest.mark.parametrize("name", ["island", "reset", "service"])
def test_a_bare_word_explains_itself(name):
    assert "`%s " % name in " ".join(Site(INPUTS=KEY).answer(name))
