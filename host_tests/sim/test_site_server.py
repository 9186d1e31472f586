"""The site's energy manager on the second line of a running simulation: asks, is obeyed in limits, is forgotten."""

import pytest

from tools.plant import scenario as base
from tools.plant.specs import Site
from tools.plant.wire import framed
from tools.plant.world import World

POWER = 40002 + 68 + 155 + 52 + 19 + 22  # WSetEna: 1, 701, 702 and 703 come before model 704
SERVICE = 40002 + 68 + 155 + 52 + 2  # 703 ES


def write(address, *words):
    head = bytes((1, 16, address >> 8, address & 255, 0, len(words), 2 * len(words)))
    return framed(head + b"".join((word & 0xFFFF).to_bytes(2, "big") for word in words))


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """[(what, reply, charger's watts some seconds later)]"""
    scenario = base.Scenario(
        "site-asks",
        "The energy manager asks for 3 kW for 20 s.",
        75.0,
        (),
        settings=base.with_settings(energy_mode=0, site_server=1),
        site=Site(grid=base.SLOW_GRID, house=base.EVENING, charger=base.EXPORTING),
        expected=(),
    )
    found = []
    with World(scenario, 1, tmp_path_factory.mktemp("site")) as world:

        def run(seconds):
            end = world.time_s + seconds
            while world.time_s < end and world.step():
                pass
            return world.truth["charger_w"]

        def ask(what, frame, seconds):
            world.site_read()
            world.site_send(frame)
            watts = run(seconds)
            found.append((what, world.site_read(), watts))

        run(8.0)
        ask("nothing", b"", 1.0)
        ask("3 kW", write(POWER, 1, 1, 0, 3000, 0, 0, 0, 0, 1, 0, 20), 15.0)
        ask("over the rating", write(POWER, 1, 1, 1, 0, 0, 0, 0, 0, 1, 0, 20), 1.0)
        ask("the time is over", b"", 12.0)
        ask("5 kW", write(POWER, 1, 1, 0, 5000, 0, 0, 0, 0, 1, 0, 60), 14.0)
        ask("enter service withheld", write(SERVICE, 0), 10.0)
        found.append(("states", world.states, world.violations))
    return found


def test_it_is_obeyed_and_ends_by_itself(played):
    told = {what: (reply, watts) for what, reply, watts in played}
    assert abs(told["nothing"][1]) < 300
    assert told["3 kW"][0] == framed(bytes((1, 16, POWER >> 8, POWER & 255, 0, 11)))
    assert 2500 < told["3 kW"][1] < 3300
    assert told["over the rating"][0] == framed(bytes((1, 0x90, 3)))
    assert abs(told["the time is over"][1]) < 300


def test_enter_service_withheld_stops_it_and_moves_no_contactor(played):
    told = {what: (reply, watts) for what, reply, watts in played}
    assert 4300 < told["5 kW"][1] < 5400 and abs(told["enter service withheld"][1]) < 300
    names = [name for _, name in told["states"][0]]
    assert names[-1] == "PARALLEL" and names.count("PARALLEL") == 1 and told["states"][1] == []
