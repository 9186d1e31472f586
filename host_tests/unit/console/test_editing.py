"""Settings in two steps: collected, shown, checked together, stored, in force when they may be."""

import pytest

from firmware import store
from firmware.board import port
from firmware.console import editing
from firmware.settings import NAMES
from firmware.transfer import states
from host_tests.unit.console.site import Site

KEY = port.IN_SERVICE_KEY


def site_with_key(**slots):
    return Site(INPUTS=KEY, **slots)


def stored(site):
    return store.Store(site.memory).load()[0]


def text(site, line):
    return " ".join(" ".join(site.answer(line)).split())


def test_set_collects_and_changes_nothing():
    site = site_with_key()
    assert text(site, "set charge_w 5000").startswith(
        "charge_w 7000 -> 5000 W, allowed 500..25000; this figure, at once"
    )
    assert site.context.settings["charge_w"] == 7000 and stored(site) is None
    assert "1 changes collected" in text(site, "settings")


def test_diff_shows_old_new_range_and_effect():
    site = site_with_key()
    site.answer("set uv1_trip_mv 100000")
    site.answer("set energy_mode 1")
    said = site.answer("diff")
    assert "uv1_trip_mv  0 -> 100000 mV, allowed 0..500000; when low voltage opens K1 (27)" in " ".join(said)
    assert said[-1] == "the whole set: fits" and site.answer("revert") == ["2 collected changes forgotten"]
    assert site.answer("diff") == ["nothing collected"]


@pytest.mark.parametrize(
    "line, said",
    [
        ("set", "set: a name and a whole number"),
        ("set charge_w", "set: a name and a whole number"),
        ("set charge_w 1 2", "set: a name and a whole number"),
        ("set charge_v 5000", "set: no setting 'charge_v', did you mean 'charge_w'?"),
        ("set charge_w many", "set: 'many' is not a whole number; charge_w allows 500..25000 W"),
        ("set charge_w 5.5", "set: '5.5' is not a whole number"),
        ("set charge_w 499", "set: setting charge_w: 499 is outside 500..25000 W"),
        ("set charge_w 99999999999999999999", "outside 500..25000 W"),
        ("set charge_w 7000", "charge_w is 7000 already"),
        ("commit", "commit: nothing collected"),
        ("commit now", "commit: 'now' is not understood"),
        ("mode party", "mode: 'party' is not understood; allowed after it: hold, charge, export"),
    ],
)
def test_a_bad_line_is_refused_and_nothing_is_collected(line, said):
    site = site_with_key()
    assert said in text(site, line)
    assert site.context.draft == {} and stored(site) is None


def test_commit_stores_and_protection_waits_for_the_restart():
    site = site_with_key()
    for line in ("set grid_code 5", "set nominal_hz 50", "set nominal_mv 230000", "set in_service 1"):
        site.answer(line)
    assert text(site, "commit") == "stored; in force after `restart`"
    assert stored(site).changed() == {"grid_code": 5, "nominal_hz": 50, "nominal_mv": 230000, "in_service": 1}
    assert site.context.restart_due and site.context.draft == {}
    assert "settings changed 3 -> 5: grid_code, console, key turned" in site.happened()


def test_the_whole_set_is_checked_together():
    site = site_with_key()
    site.answer("set nominal_hz 50")
    site.answer("set in_service 1")
    assert "the whole set: setting" in text(site, "diff")  # a 60 Hz code on a 50 Hz grid
    assert "nothing was changed" in text(site, "commit")
    assert stored(site) is None and site.context.settings.changed() == {} and len(site.context.draft) == 2


@pytest.mark.parametrize("state", [s for s in range(len(states.NAMES)) if s not in editing._AT_REST])
def test_protection_is_refused_in_service(state):
    site = site_with_key(STATE=state)
    site.answer("set uv1_trip_mv 100000")
    assert text(site, "commit") == "commit: uv1_trip_mv changes out of service only: `service out` first"
    assert stored(site) is None


def test_operating_settings_change_at_any_time_and_at_once():
    site = site_with_key(STATE=states.PARALLEL)
    told = []
    site.context.on_settings = told.append
    site.answer("set charge_w 5000")
    assert text(site, "commit") == "stored; in force now"
    assert site.context.settings["charge_w"] == 5000 and stored(site)["charge_w"] == 5000
    assert told == [site.context.settings] and not site.context.restart_due


def test_mode_is_a_shortcut_that_does_not_carry_other_changes_along():
    site = site_with_key(STATE=states.PARALLEL)
    assert text(site, "mode") == "mode hold; `mode hold | charge | export` changes it"
    assert text(site, "mode export") == "stored; in force now" and site.context.settings["energy_mode"] == 2
    site.answer("set charge_w 5000")
    assert "collected settings wait" in text(site, "mode hold") and site.context.settings["energy_mode"] == 2


def test_flash_is_not_written_in_service():
    class Flash(store.Files):
        def write(self, at, buf):
            raise AssertionError("flash written with a coil energised")

    site = site_with_key(STATE=states.PARALLEL)
    site.context.store = store.Store(Flash("/nowhere/settings"))
    site.answer("set charge_w 5000")
    assert text(site, "commit") == "not stored: gone with the next start; in force now"


def test_a_board_that_keeps_no_settings_refuses_protection():
    site = site_with_key()
    site.context.store = None
    site.answer("set uv1_trip_mv 100000")
    assert "keeps no settings" in text(site, "commit")


def test_memory_that_does_not_hold_leaves_the_old_set():
    site = site_with_key()
    site.memory.write = lambda at, buf: None
    site.answer("set charge_w 5000")
    assert "did not read back" in text(site, "commit") and site.context.settings["charge_w"] == 7000


def test_a_figure_that_leaves_its_preset_is_said():
    site = site_with_key()
    site.answer("set uv1_trip_mv 100000")
    assert text(site, "commit").endswith("grid code IEEE 1547-2018 Cat III, custom: uv1_trip_mv")


def test_every_setting_has_an_effect_or_is_operating():
    begins = tuple(row[0] for row in editing._EFFECT)
    assert set(editing.OPERATING) <= set(NAMES)
    protection = (
        "uv",
        "ov",
        "uf",
        "of",
        "es_",
        "sync",
        "island",
        "backfeed",
        "grid",
        "nominal",
        "k1",
        "k2",
        "kn",
        "bond",
    )
    assert all(name.startswith(begins) for name in NAMES if name.startswith(protection))
