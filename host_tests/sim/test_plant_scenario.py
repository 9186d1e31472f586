"""The scenarios as they are written down: known actions, settings the firmware takes, expectations that can fail."""

import pytest

from tools.plant.scenarios import SCENARIOS, find


def test_they_are_listed(capsys):
    from tools import scenarios

    scenarios.main()
    listed = capsys.readouterr().out
    for name in ("blackout", "sag", "brownout", "stuck-contactor", "charger-silent", "no-car"):
        assert listed.count("\n" + name) + listed.startswith(name) == 1


def test_an_unknown_one_names_those_there_are():
    with pytest.raises(ValueError, match="blackout"):
        find("earthquake")


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_their_events_can_be_played_by_the_plant(name):
    from tools.plant.plant import Plant

    scenario = find(name)
    plant = Plant(scenario.site, 1, [(0.01, action, args) for _, action, args in scenario.plant_events()])
    for _ in range(20):
        plant.step()
    assert not plant._events or plant._events[0][0] > 0.04


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_a_controller_that_does_nothing_meets_none_of_them(name):
    empty = {
        "states": [[0.002, "OUT_OF_SERVICE"]], "violations": [], "unsynchronised_parallel_ms": 0.0,
        "tick": {"overruns": 0}, "k1_proven_open_ms": None, "k1_open_command_ms": None, "island_up_ms": None,
        "sync_at_close": None,
        "energy": {"imported_wh": 0.0, "given_wh": 0.0, "exported_wh": 0.0, "most_exported_w": 0},
    }  # fmt: skip
    assert find(name).failures(empty)


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_the_firmware_takes_their_settings(name):
    from firmware.settings import Settings

    wanted = find(name).all_settings()
    taken = Settings(wanted)
    assert all(taken[key] == value for key, value in wanted.items())
    assert taken["charger_rated_w"] == find(name).site.charger.rated_w


def test_a_violation_fails_every_scenario():
    for scenario in SCENARIOS.values():
        sentence, test = scenario.expected[0]
        assert not test({"violations": [{"kind": "x"}], "unsynchronised_parallel_ms": 0.0})
        assert not test({"violations": [], "unsynchronised_parallel_ms": 2.0})
