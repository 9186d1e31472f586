"""The simulated board under the real interpreter: lock step, simulated time, heap locked in the tick."""

import contextlib
import os
import struct
import subprocess
from pathlib import Path

import pytest

from tools import interpreter

ROOT = Path(__file__).resolve().parents[2]
HEAD = "<IIHHHHHHI"


class Plant:
    """The other end of the pipes, with constant samples and one byte on the UART in block 80, at 1500 us."""

    def __init__(self, folder, *arguments):
        for name in ("to_board", "from_board"):
            os.mkfifo(folder / name)
        environment = dict(os.environ, ISLANDER_SIM=str(folder), MICROPYPATH=":.frozen:" + str(ROOT))
        guest = ROOT / "host_tests" / "upy" / "guests" / "sim_board_guest.py"
        self.process = subprocess.Popen(
            [interpreter.find(), "-X", "heapsize=384k", str(guest), *arguments],
            env=environment,
            stdout=subprocess.PIPE,  # the interpreter writes its tracebacks there
            text=True,
        )
        self.tx = open(folder / "to_board", "wb", 0)
        self.rx = open(folder / "from_board", "rb")
        self.text, self.outputs, self.sent = b"", [], []

    def block(self, number, stop=False, magic=0x4B4C4231):
        uart = [1500 << 8 | 65] if number == 80 else []
        self.tx.write(struct.pack(HEAD, magic, number, 4, 16, 0, len(uart), 0, int(stop), 0))
        self.tx.write(struct.pack("<64H", *[1000 + number % 1000] * 64) + struct.pack("<4I", 0, 0, 0, 0))
        self.tx.write(struct.pack("<%dI" % len(uart), *uart))

    def answer(self):
        head = struct.unpack(HEAD, self.rx.read(24))
        ticks, slots, console, uart = head[2], head[3], head[4], head[5]
        self.outputs += struct.unpack("<%dI" % ticks, self.rx.read(4 * ticks))
        self.image = struct.unpack("<%di" % slots, self.rx.read(4 * slots))
        self.sent += [(head[1], word >> 8, word & 255) for word in struct.unpack("<%dI" % uart, self.rx.read(4 * uart))]
        self.text += self.rx.read(console)

    def play(self, blocks):
        for number in range(blocks):
            self.block(number)
            self.answer()
        self.block(blocks, stop=True)
        return self.process.wait(timeout=20)


def lines(plant):
    return plant.text.decode().splitlines()


def test_time_is_the_number_of_ticks_and_a_run_repeats_to_the_byte(tmp_path):
    texts = []
    for run in ("first", "second"):
        (tmp_path / run).mkdir()
        plant = Plant(tmp_path / run)
        assert plant.play(300) == 0
        texts.append(plant.text)
    assert texts[0] == texts[1]
    assert lines(plant)[:6] == ["five 5 10", "seven 7 14", "ten 10 20", "five 10 20", "seven 14 28", "five 15 30"]
    assert "timeout 50" in lines(plant)
    assert plant.image == (1200, 1299)
    assert plant.outputs == [n & 0xFF for n in range(1, 1201)]


def test_a_blocked_background_does_not_stop_the_ticks(tmp_path):
    plant = Plant(tmp_path)
    plant.play(300)
    assert "blocked until 80 ticks 160" in lines(plant)


def test_uart_bytes_take_their_time_on_the_wire(tmp_path):
    plant = Plant(tmp_path)
    plant.play(300)
    # three characters of 10 bits at 9600 baud are 3125 us; the background looks once a millisecond
    assert plant.sent == [(39, 2000, ord(c)) for c in "abc"]
    assert "sent at 84000" in lines(plant)
    # wholly arrived 1500 us into block 80: 161500 us; seen at the next millisecond
    assert "got 1 65 at 162000" in lines(plant)


def test_allocation_in_the_tick_ends_the_run(tmp_path):
    plant = Plant(tmp_path, "greedy")
    with contextlib.suppress(BrokenPipeError):
        plant.block(0)
    assert plant.process.wait(timeout=20) == 1
    assert "memory allocation failed, heap is locked" in plant.process.stdout.read()


@pytest.mark.parametrize("fault", ["number", "magic"])
def test_a_malformed_block_is_named(tmp_path, fault):
    plant = Plant(tmp_path)
    plant.block(0)
    plant.answer()
    with contextlib.suppress(BrokenPipeError):  # it reads the head, complains and is gone before the rest is written
        plant.block(7 if fault == "number" else 1, magic=1 if fault == "magic" else 0x4B4C4231)
    assert plant.process.wait(timeout=20) == 1
    assert "block 1 from the plant is malformed" in plant.process.stdout.read()


def test_without_a_plant_it_says_what_to_do():
    environment = {k: v for k, v in os.environ.items() if k != "ISLANDER_SIM"}
    run = subprocess.run(
        [interpreter.find(), "-c", "from firmware import board; board.this()"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 1 and "make run" in run.stdout
