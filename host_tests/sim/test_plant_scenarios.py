"""Every scenario can be met: an ideal controller, which cheats by reading the plant's truth, meets what is expected.

It shows that the scenarios leave room (time to come into step, delays, starts) and that the plant takes a sound
sequence without a violation. A controller with one mistake must be told from it.
"""

import numpy as np
import pytest

from tools.plant import protocol, summary
from tools.plant.names import IMAGE_LEN, SLOTS, STATE_NAMES, port
from tools.plant.scenarios import SCENARIOS, find, link_scenarios
from tools.plant.specs import BLOCK_S
from tools.plant.world import SilentBus, World

P, K1, K2, REQUEST = port.OUT_PERMIT, port.OUT_K1, port.OUT_K2, port.OUT_ISLAND_REQUEST
STATE = {name: i for i, name in enumerate(STATE_NAMES)}
OUTPUTS = {
    "OUT_OF_SERVICE": P,
    "GRID": K1 | K2 | P,
    "PARALLEL": K1 | K2 | P,
    "OPENING": K2 | P,
    "DARK": P,
    "STARTING": K2 | REQUEST | P,
    "ISLAND": K2 | REQUEST | P,
    "SYNCHRONISING": K2 | REQUEST | P,
    "CLOSING": K1 | K2 | REQUEST | P,
    "HANDBACK": K1 | K2 | P,
    "RECLOSING": K1 | P,
    "LOCKOUT_86": 0,
}
LEAD_S = 0.020


class Ideal:
    """Decides once a block from the plant's truth; `mistake` makes it wrong in one place."""

    def __init__(self, mistake=None):
        self.mistake, self.world = mistake, None
        self.state, self.since, self.lost_s, self.good_s = "OUT_OF_SERVICE", 0.0, 0.0, 0.0
        self.image = np.zeros(IMAGE_LEN, np.int32)

    def __call__(self, run_dir, settings_path):
        return self

    def stop(self):
        """Nothing runs."""

    def exchange(self, data, block):
        plant = self.world.plant
        grid, now = min(plant.truth_grid_pu()), plant.now
        self.good_s = self.good_s + BLOCK_S if 0.92 < grid < 1.05 else 0.0
        self.lost_s = self.lost_s + BLOCK_S if grid < 0.88 else 0.0
        following = self._next(plant, grid, now - self.since)
        if following != self.state:
            self.state, self.since = following, now
        self.image[SLOTS["STATE"]] = STATE[self.state]
        return protocol.Answer(block, np.full(4, OUTPUTS[self.state], np.uint32), self.image.copy())

    def _next(self, plant, grid, held_s):
        bits, name = int(plant.inputs[3]), self.state
        a, b = bool(bits & port.IN_K1_52A), bool(bits & port.IN_K1_52B)
        if name == "OUT_OF_SERVICE":
            return "GRID" if self.good_s > 1.0 else name
        if name in ("GRID", "PARALLEL"):
            if self.lost_s > (0.01 if grid < 0.45 and self.lost_s > 0.21 or not plant.upstream_conducting else 20.5):
                return "OPENING"
            if self.mistake == "opens on a sag" and self.lost_s > 0.05:
                return "OPENING"
            return "PARALLEL" if self.good_s > 2.0 else "GRID"
        if name == "OPENING":
            if b and not a and held_s > 0.03 and max(plant.truth_house_pu()) < 0.1:
                return "STARTING" if bits & port.IN_CHARGER_READY else "DARK"
            if self.mistake == "asks blindly":
                return "STARTING"
            return "LOCKOUT_86" if held_s > 0.2 and not b else name
        if name == "DARK":
            return "RECLOSING" if self.good_s > 1.0 else name
        if name == "STARTING":
            return "ISLAND" if min(plant.truth_house_pu()) > 0.9 else name
        if name in ("ISLAND", "SYNCHRONISING") and max(plant.truth_house_pu()) < 0.1 and held_s > 0.5:
            return "DARK"
        if name == "ISLAND":
            return "SYNCHRONISING" if self.good_s > 2.0 else name
        if name == "SYNCHRONISING":
            return "CLOSING" if self.mistake == "does not wait for step" or self._in_step(plant) else name
        if name == "CLOSING":
            return "HANDBACK" if a and held_s > 0.03 else name
        if name in ("HANDBACK", "RECLOSING"):
            return "GRID" if held_s > 1.0 else name
        return name

    def _in_step(self, plant):
        slip = plant.house_hz() - float(plant.s["grid_hz"])
        house, grid = complex(*plant.s["phasor"][2]), complex(*plant.s["phasor"][0])
        deg = np.degrees(np.angle(house / grid)) + 360.0 * slip * LEAD_S
        return abs(deg) < 3.0 and abs(slip) < 0.2


def play(name, folder, mistake=None, seed=1):
    ideal = Ideal(mistake)
    world = World(find(name), seed, folder, ideal, lambda model, baud: SilentBus())
    ideal.world = world
    with world:
        while world.step():
            pass
        found = summary.build(world)
    return world, found


# The ideal controller has no bus, and neither BACKFEED nor an element against islands: these are met by the firmware
# alone (test_scenarios_for_real).
BUS = {scenario.name for scenario in link_scenarios.ALL} | {
    "bridged-k1",
    "evening-peak",
    "export-request",
    "unintentional-island",
}


@pytest.mark.parametrize("name", sorted(set(SCENARIOS) - BUS))
def test_an_ideal_controller_meets_it(name, tmp_path):
    world, found = play(name, tmp_path)
    assert found["violations"] == []
    assert world.scenario.failures(found) == [], found["states"]


def test_blackout_in_figures(tmp_path):
    world, found = play("blackout", tmp_path)
    charging = world.log.charger_w[(world.log.time_s > 6) & (world.log.time_s < 8)]
    assert charging.mean() == pytest.approx(-7000, rel=0.02)
    carried = world.log.house_v[(world.log.time_s > 10) & (world.log.time_s < 21)]
    assert carried.min() > 0.95 * 120 and carried.max() < 1.05 * 120
    assert world.log.soc[-1] != world.log.soc[0]


@pytest.mark.parametrize(
    "name,mistake,caught",
    [
        ("blackout", "does not wait for step", "expected: K1 closed in step (5 deg, 0.2 Hz, 5 %)"),
        ("sag", "opens on a sag", "expected: K1 stayed closed"),
        ("stuck-contactor", "asks blindly", "expected: no island was asked for"),
        ("charger-silent", "asks blindly", "expected: no island was asked for"),
    ],
)
def test_one_mistake_is_caught(name, mistake, caught, tmp_path):
    world, found = play(name, tmp_path, mistake)
    assert caught in world.scenario.failures(found)
