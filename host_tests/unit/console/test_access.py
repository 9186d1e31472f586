"""Who may operate: the key, or the code, for a while; wrong codes cost time; the code itself is nowhere to be read."""

import pytest

from firmware import store
from firmware.board import port
from firmware.console import access
from firmware.transfer import states
from host_tests.unit.console.site import Site

KEY = port.IN_SERVICE_KEY


def with_code(code=b"4711-42"):
    site = Site(INPUTS=KEY)
    assert "the new code is set" in site.type(b"passcode\r%s\r%s\r" % (code, code))
    site.set(INPUTS=0)
    return site


def unlock(site, code=b"4711-42"):
    return site.type(b"unlock\r%s\r" % code)


def may(site):
    """Is this site's person let through to what `mode charge` asks?"""
    return "locked" not in site.type(b"mode charge\rmode hold\r")


def test_without_code_and_key_nothing_can_be_operated():
    site = Site()
    for line in ("commit", "mode charge", "island now", "return", "service out", "service in", "restart"):
        if line == "commit":
            site.answer("set charge_w 5000")
        said = site.answer(line)
        assert said[0].startswith("%s: locked. Turn the service key" % ("mode" if "mode" in line else line)), line
    assert "no code is set" in site.type(b"unlock\r")
    assert site.asked() == {} and site.context.settings.changed() == {}


def test_the_key_is_enough_while_it_is_turned():
    site = Site(INPUTS=KEY)
    assert may(site)
    site.set(INPUTS=0)
    assert not may(site)


def test_the_code_unlocks_for_ten_minutes_after_the_last_command():
    site = with_code()
    assert not may(site)
    assert "unlocked for 10 minutes" in unlock(site)
    site.set(UPTIME_S=599)
    assert may(site)
    site.set(UPTIME_S=599 + 599)
    assert may(site)
    site.set(UPTIME_S=599 + 599 + 600)
    assert not may(site)


def test_lock_ends_it():
    site = with_code()
    unlock(site)
    assert site.answer("lock") == ["locked"] and not may(site)


def test_wrong_codes_cost_time_that_doubles():
    site, now = with_code(), 0
    for n in range(1, 3):
        assert "wrong code, %d in a row" % n in unlock(site, b"guess %d" % n)
    for n, wait in enumerate((60, 120, 240, 480, 960, 1920, 3600, 3600), 3):
        assert "wrong code, %d in a row" % n in unlock(site, b"guess %d" % n)
        site.set(UPTIME_S=now + wait - 1)
        assert "too many wrong codes; wait 1 s" in unlock(site)  # even the right one
        now += wait
        site.set(UPTIME_S=now)
    assert "unlocked" in unlock(site)
    assert "wrong code, 1 in a row" in unlock(site, b"nope")
    assert "person wrong code: 10 in a row" in site.happened()


def test_the_code_is_not_echoed_not_remembered_not_stored_readable():
    site = Site(INPUTS=KEY)
    seen = site.type(b"passcode\rhunter22\rhunter22\r\x1b[A\r")
    seen += site.type(b"unlock\rhunter22\r\x1b[A\r\x1b[A\r")
    assert "hunter22" not in seen and b"hunter22" not in bytes(site.memory._bytes)
    assert "hunter22" not in "".join(site.happened())


def test_two_same_codes_have_different_hashes():
    device = [bytes(with_code().memory._bytes[store.SIZE :]) for _ in range(2)]
    assert device[0] != device[1] and any(device[0])


@pytest.mark.parametrize(
    "typed, said",
    [
        (b"passcode\rshort\r", "6 to 32 characters"),
        (b"passcode\r" + b"x" * 33 + b"\r", "6 to 32 characters"),
        (b"passcode\r\x03", "6 to 32 characters"),
        (b"passcode\rlonger1\rlonger2\r", "the two differ"),
        (b"passcode\r" + b"x" * 500 + b"\r", "6 to 32 characters"),
    ],
)
def test_a_bad_new_code_leaves_the_old_one(typed, said):
    site = with_code()
    site.set(INPUTS=KEY)
    assert said in site.type(typed)
    site.set(INPUTS=0)
    assert "unlocked" in unlock(site)


def test_a_new_code_needs_the_key_and_every_coil_off():
    site = with_code()
    unlock(site)
    assert "turn the service key first" in site.type(b"passcode\rlonger1\rlonger1\r")
    site.set(INPUTS=KEY, STATE=states.PARALLEL)
    assert "only with every coil off" in site.type(b"passcode\rlonger1\rlonger1\r")


def test_a_damaged_code_is_no_code():
    for byte in range(access._BYTES):
        site = with_code()
        site.memory._bytes[store.SIZE + byte] ^= 0x10
        assert "no code is set" in unlock(site)


def test_a_board_without_memory_for_it_has_the_key_only():
    site = Site(INPUTS=KEY)
    site.context.secret = None
    assert "keeps no code" in site.type(b"passcode\r") and "no code is set" in site.type(b"unlock\r")


def test_a_minute_of_silence_ends_the_question():
    site = with_code()
    site.patience = 5900  # of 10 ms each
    assert "nothing was done" not in site.type(b"unlock\r")
    site.patience = 6100
    seen = site.type(b"unlock\r")
    assert "unlock: nothing was done" in seen and seen.endswith("OUT_OF_SERVICE> ")


def test_a_terminal_that_stops_reading_takes_the_unlocking_with_it():
    site = Site(STATE=states.PARALLEL)
    site.context.unlocked_s = 500
    write, slow = site.stream.write, [True]

    def slowly(data):
        if slow[0]:
            site.set(TICK=site.context.now() + 300)
        return write(data)

    site.stream.write = slowly
    site.type(b"status\r")
    slow[0] = False
    assert "locked. Turn the service key" in " ".join(site.type(b"return\r").split())
