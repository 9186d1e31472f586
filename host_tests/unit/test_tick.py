"""The control tick: order of the stages, counting of time and samples, permit withheld on a strange tick."""

import pytest

from firmware import image as layout
from firmware import tick as tick_module
from firmware.board import bound, port

WRAP = 1 << 29


class Board(port.Port):
    """A board that hands out whatever frame numbers it is told."""

    def __init__(self, first_frame=0):
        self.frame = first_frame
        self.bits = 0
        self.written = []
        self.count = 0

    def frames(self):
        return self.frame

    def inputs(self):
        return self.bits

    def outputs(self, bits):
        self.written.append(bits)

    def cost(self):
        self.count += 7
        return self.count


class Stage:
    def __init__(self, name, calls, out=None):
        self.name, self.calls, self.out = name, calls, out

    def step(self, *args):
        self.calls.append((self.name, args))
        return self.out


def build(first_frame=0, out=port.OUT_PERMIT | port.OUT_K1):
    board, image, calls = Board(first_frame), layout.new_image(), []
    stages = [Stage("sense", calls), Stage("protect", calls), Stage("transfer", calls, out), Stage("tap", calls)]
    return board, image, calls, tick_module.Tick(board, image, *stages).step


def run(board, tick, count, frames=port.FRAMES_PER_TICK):
    for _ in range(count):
        board.frame = (board.frame + frames) % WRAP
        tick()


def test_private_slots_are_the_images_own():
    names = ("SEQ", "TICK", "UPTIME_S", "UPTIME_MS", "TICK_COST", "TICK_COST_MAX", "TICK_BAD", "INPUTS", "OUTPUTS")
    private = ("_SEQ", "_TICK", "_UPTIME_S", "_UPTIME_MS", "_COST", "_COST_MAX", "_BAD", "_INPUTS", "_OUTPUTS")
    for name, constant in zip(names, private, strict=True):
        assert getattr(bound, constant) == layout.slot(name)
    assert bound._TICKS_S == port.TICK_HZ and tick_module._INPUTS == layout.slot("INPUTS")


def test_stages_run_in_the_order_of_the_block_diagram_with_the_same_tick():
    board, image, calls, tick = build()
    board.bits = port.IN_K1_52A
    run(board, tick, 1)
    assert calls == [("sense", (4, 1)), ("protect", (1,)), ("transfer", (1, port.IN_K1_52A)), ("tap", (1, 4))]
    assert image[layout.slot("INPUTS")] == port.IN_K1_52A
    assert image[layout.slot("OUTPUTS")] == board.written[0] == port.OUT_PERMIT | port.OUT_K1


def test_2000_ticks_are_one_second():
    board, image, _, tick = build()
    run(board, tick, 2000 * 3 + 501)
    assert image[layout.slot("UPTIME_S")] == 3
    assert image[layout.slot("UPTIME_MS")] == 250
    assert image[layout.slot("TICK")] == 6501
    assert image[layout.slot("SEQ")] == 2 * 6501


@pytest.mark.parametrize("frames", [0, 1, 3, 5, 8, 200])
def test_a_tick_without_exactly_its_samples_withholds_the_permit_but_decides(frames):
    board, image, calls, tick = build()
    run(board, tick, 10)
    run(board, tick, 1, frames)
    assert board.written[-2] & port.OUT_PERMIT
    assert not board.written[-1] & port.OUT_PERMIT
    assert board.written[-1] & port.OUT_K1
    assert image[layout.slot("TICK_BAD")] == 1
    run(board, tick, 1)
    assert board.written[-1] & port.OUT_PERMIT


def test_counters_pass_their_wrap_without_a_strange_tick():
    board, image, calls, tick = build(first_frame=WRAP - 1000)
    image[layout.slot("TICK")] = WRAP - 1000
    run(board, tick, 2000)
    assert image[layout.slot("TICK_BAD")] == 0
    assert image[layout.slot("TICK")] == 1000
    assert all(out & port.OUT_PERMIT for out in board.written[1:])


def test_cost_is_measured_and_the_largest_kept():
    board, image, _, tick = build()
    run(board, tick, 5)
    assert image[layout.slot("TICK_COST")] == 7
    assert image[layout.slot("TICK_COST_MAX")] == 7
