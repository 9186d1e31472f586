"""What makes a block cheap changes no number: views of the record, numbers drawn in advance, inputs kept while all
rests, an answer read in one piece."""

import os

import numpy as np
import pytest

from tools.plant.contacts import Inputs
from tools.plant.fields import fields
from tools.plant.firmware import Pipes
from tools.plant.inverter import OWN_TRIPS, Inverter
from tools.plant.measure import DRAWN_BLOCKS, Converter
from tools.plant.names import port
from tools.plant.plant import Plant
from tools.plant.record import Edges
from tools.plant.setup import new_state
from tools.plant.specs import BLOCK_S, GridSpec, SenseSpec, Site
from tools.plant.wander import DRAWN, Wander


def test_the_views_are_the_record():
    state = new_state(Site())
    f = fields(state)
    f.grid_hz[0], f.k1[2], f.phasor[3, 1] = 51.5, 1, -2.0
    assert (state[0]["grid_hz"], state[0]["k1"][2], state[0]["phasor"][3, 1]) == (51.5, 1, -2.0)
    state[0]["amp"] = 7.0
    assert type(f.amp[0]) is float and f.amp[0] == 7.0
    assert set(vars(f)) == set(state.dtype.names)


def test_the_frequency_wanders_as_if_drawn_one_by_one():
    grid = GridSpec()
    walk, rng, off_hz = Wander(grid, np.random.default_rng(5)), np.random.default_rng(5), 0.0
    pull = BLOCK_S / grid.hz_noise_tau_s
    for _ in range(2 * DRAWN + 3):
        off_hz += -pull * off_hz + grid.hz_noise * np.sqrt(2.0 * pull) * rng.standard_normal()
        assert walk.step() == off_hz


def test_the_converter_is_as_noisy_as_if_drawn_block_by_block():
    made = [Converter(SenseSpec(), np.random.default_rng(6)) for _ in range(2)]
    now, alone = np.zeros(64, np.uint16), np.zeros(64, np.uint16)
    for _ in range(2 * DRAWN_BLOCKS + 3):
        made[0].convert(np.zeros(64), now)
        made[1]._noise = [made[1].rng.standard_normal(64) * SenseSpec().noise_counts]
        made[1].convert(np.zeros(64), alone)
        assert (now == alone).all()


def test_inputs_follow_a_contactor_put_elsewhere_while_it_rests():
    plant = Plant(Site())
    for _ in range(3):
        plant.step()
    assert plant.k1.quiet and not plant.input_words[0] & port.IN_K1_52A
    plant.k1.start_closed()
    plant.k1.energised = False
    plant.step()
    assert plant.input_words[0] & port.IN_K1_52A and not plant.input_words[0] & port.IN_K1_52B
    assert plant.inputs.tolist() == list(plant.input_words)


def test_inputs_are_those_of_a_fresh_reader_through_faults_and_keys():
    plant = Plant(Site(), events=[(0.02, "contactor", {"name": "k1", "fault": "a_closed"})])
    plant.schedule(0.04, "contactor", {"name": "k1", "fault": None})
    plant.schedule(0.06, "service_key", {"on": True})
    on = (port.OUT_PERMIT | port.OUT_K1,) * 4
    seen = set()
    for block in range(120):
        plant.step(on if block > 40 else (port.OUT_PERMIT,) * 4)
        fresh = Inputs(plant)
        fresh.read()
        assert fresh.words == plant.input_words
        seen.add(fresh.words)
    assert len(seen) >= 5  # at rest, the fault, the key, and the contacts on their way


@pytest.mark.parametrize("nominal_hz", [50.0, 60.0])
def test_own_trips_count_outside_their_edges_only(nominal_hz):
    plant = Plant(Site(grid=GridSpec(nominal_hz=nominal_hz, start_hz=nominal_hz)))
    inverter, scale = plant.inverter, nominal_hz / 60.0
    edges = [(limit, above) for what, limit, above, _ in OWN_TRIPS if what == "v"]
    for limit, above in edges:
        _terminals(inverter, limit + (1e-6 if above else -1e-6), nominal_hz)
        assert not inverter._tripped(0.001) and any(inverter._over_s)
        _terminals(inverter, 1.0, nominal_hz)
        assert not inverter._tripped(0.001) and not any(inverter._over_s)
    for hz in (56.5 * scale - 1e-6, 62.0 * scale + 1e-6):
        _terminals(inverter, 1.0, hz)
        assert inverter._tripped(0.2)
        _terminals(inverter, 1.0, nominal_hz)
        assert not inverter._tripped(0.2)


def _terminals(inverter: Inverter, pu: float, hz: float) -> None:
    inverter.f.amp[0] = pu * np.sqrt(2) * inverter.grid.nominal_v
    inverter.f.pll_i[0] = 2.0 * np.pi * hz - inverter.f.w0[0]


def test_an_answer_may_come_in_pieces_or_two_at_once(tmp_path):
    def alive(waited_s):
        os.write(pipes.from_board, b"cd")

    pipes = Pipes(tmp_path)
    os.write(pipes.from_board, b"ab")
    assert pipes.receive(4, alive) == b"abcd"
    os.write(pipes.from_board, b"0123456789")
    assert [pipes.receive(size, alive) for size in (3, 3, 4)] == [b"012", b"345", b"6789"]
    pipes.close()


def test_a_block_without_an_edge_still_knows_the_next_one():
    edges = Edges()
    for t0, words in ((0.0, (1, 1, 1, 1)), (1.0, (1, 1, 1, 1)), (2.0, (1, 0, 0, 1)), (3.0, (1, 1, 1, 1))):
        edges.step("out", words, t0)
    assert edges.edges["K1 command"] == [(0.0005, True), (2.001, False), (2.002, True)]
