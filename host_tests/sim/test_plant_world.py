"""The lock step: protocol, a firmware that dies or hangs, console, Modbus line, records and the repeatable summary."""

import json
import os
import sys
import threading
import time
import types
from pathlib import Path

import numpy as np
import pytest

from tools.plant import protocol, summary
from tools.plant.actions import ACTIONS
from tools.plant.charger import ChargerModel
from tools.plant.firmware import Firmware, FirmwareDied, Pipes
from tools.plant.names import IMAGE_LEN, SLOTS, STATE_NAMES, port
from tools.plant.scenario import Scenario
from tools.plant.slave import ChargerBus
from tools.plant.specs import ChargerSpec, GridSpec, Site
from tools.plant.wire import Exchanges, Line, crc16, framed
from tools.plant.world import SilentBus, World

P = port.OUT_PERMIT
STATES = {name: i for i, name in enumerate(STATE_NAMES)}


class StandIn:
    """A board in a thread at the other end of the real pipes: `decide(board)` gives the outputs of a tick."""

    def __init__(self, run_dir, settings_path, decide, dies_at=None):
        self.settings = json.loads(Path(settings_path).read_text())
        self.decide, self.dies_at = decide, dies_at
        self.pipes = Pipes(Path(run_dir) / "sim")
        self.inputs, self.tick, self.image = 0, 0, np.zeros(IMAGE_LEN, np.int32)
        self.uart_a, self.rx, self.said, self.typed = [], [], b"", b""
        self.uart_b, self.rx_b = [], []
        self.dead = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        with open(self.pipes.folder / "to_board", "rb") as rx, open(self.pipes.folder / "from_board", "wb", 0) as tx:
            while True:
                head = protocol.HEAD.unpack(rx.read(protocol.HEAD.size))
                _, block, ticks, frames, n_console, n_a, n_b, flags, _ = head
                rx.read(8 * frames)
                inputs = np.frombuffer(rx.read(4 * ticks), "<u4")
                self.rx += [(int(w) >> 8, int(w) & 255) for w in np.frombuffer(rx.read(4 * n_a), "<u4")]
                self.rx_b += [(block, int(w) >> 8, int(w) & 255) for w in np.frombuffer(rx.read(4 * n_b), "<u4")]
                self.typed += rx.read(n_console)
                if flags & protocol.STOP or block == self.dies_at:
                    self.dead = True
                    return
                outputs = []
                for word in inputs:
                    self.inputs = int(word)
                    outputs.append(self.decide(self))
                    self.tick += 1
                a, self.uart_a = self.uart_a, []
                b, self.uart_b = self.uart_b, []
                said, self.said = self.said, b""
                tx.write(protocol.pack_answer(protocol.Answer(block, outputs, self.image, a, b, said)))

    def exchange(self, data, block):
        def alive(waited):
            if self.dead:
                raise FirmwareDied("the stand-in died in block %d" % block)
            assert waited < 20

        self.pipes.send(data)
        head = self.pipes.receive(protocol.HEAD.size, alive)
        return protocol.unpack(head, self.pipes.receive(protocol.body_bytes(head), alive))

    def stop(self):
        if not self.dead:
            self.pipes.send(protocol.pack(0, (), (), stop=True))
            self._thread.join(5)
        self.pipes.close()


def stand_in(decide, **kw):
    return lambda run_dir, settings: StandIn(run_dir, settings, decide, **kw)


def silent(model, baud):
    return SilentBus()


def careful(board):
    """Closes K1 after 50 ms, opens it at 0.3 s, islands once 52b says open, opens again, closes at 2.0 s for good."""
    t = board.tick * 5e-4
    name, bits = "GRID", port.OUT_K1 | port.OUT_K2 | P
    if t < 0.05:
        name, bits = "OUT_OF_SERVICE", P
    elif 0.3 <= t < 0.35:
        name, bits = "OPENING", port.OUT_K2 | P
    elif 0.35 <= t < 1.6:
        name, bits = "ISLAND", port.OUT_K2 | port.OUT_ISLAND_REQUEST | P
    elif 1.6 <= t < 2.2:
        name, bits = "DARK", P
    board.image[SLOTS["STATE"]] = STATES[name]
    return bits


SHORT = Scenario(
    "short",
    "outage and return, for tests",
    3.0,
    ((0.29, "grid_off", {}), (1.8, "grid_on", {})),
    site=Site(grid=GridSpec(start_hz=59.98), charger=ChargerSpec(enter_service_s=0.1)),
)


def play(scenario, run_dir, decide=careful, seed=1, **kw):
    world = World(scenario, seed, run_dir, stand_in(decide, **kw), silent)
    try:
        while world.step():
            pass
        return world, summary.build(world)
    finally:
        world.close()


class TestProtocol:
    def test_block_layout_is_the_contracts(self):
        data = protocol.pack(7, list(range(64)), [1, 2, 3, 4], [(300, 0x41)], [(5, 1), (6, 2)], b"hi", stop=False)
        # header of 24 bytes, 64 u16, 4 u32, one u32, two u32, two bytes
        assert len(data) == 24 + 128 + 16 + 4 + 8 + 2
        assert data[:4] == b"1BLK" and data[4:8] == b"\x07\0\0\0"
        assert data[8:24] == bytes([4, 0, 16, 0, 2, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0])
        assert data[24:28] == b"\0\0\1\0"
        assert data[24 + 128 + 16 :][:4] == (300 << 8 | 0x41).to_bytes(4, "little")
        assert data.endswith(b"hi")

    def test_answer_comes_back_whole(self):
        answer = protocol.Answer(9, [1, 2, 3, 0xFFFFFFFF], [-5, 7], [(10, 0x11)], [(1999, 0xFF)], b"ok")
        data = protocol.pack_answer(answer)
        head, body = data[:24], data[24:]
        assert protocol.body_bytes(head) == len(body)
        back = protocol.unpack(head, body)
        assert back.block == 9 and list(back.outputs) == [1, 2, 3, 0xFFFFFFFF] and list(back.image) == [-5, 7]
        assert back.uart_a == [(10, 0x11)] and back.uart_b == [(1999, 0xFF)] and back.console == b"ok"
        assert back.exit_code is None

    def test_a_foreign_answer_is_refused(self):
        with pytest.raises(protocol.ProtocolError, match="00000000"):
            protocol.body_bytes(bytes(24))


class TestWorld:
    def test_a_short_outage_from_end_to_end(self, tmp_path):
        world, found = play(SHORT, tmp_path)
        assert [name for _, name in found["states"]] == ["OUT_OF_SERVICE", "GRID", "OPENING", "ISLAND", "DARK", "GRID"]
        assert found["violations"] == []
        assert found["grid_lost_at_s"] == 0.29 and found["grid_back_at_s"] == 1.8
        # told at the end of the tick that began at 0.300 s; 11 ms to part, 52b 1.75 ms of travel later, 1 ms of bounce
        assert found["k1_open_command_ms"] == pytest.approx(10.5, abs=0.01)
        assert found["k1_proven_open_ms"] == pytest.approx(10.5 + 12.75, abs=2.0)
        assert found["island_up_ms"] == pytest.approx(60 + 20 + 300 + 250, abs=40)
        assert found["reclosed_at_s"] == pytest.approx(2.2 + 0.018, abs=0.003)
        assert found["sync_at_close"] is None
        assert found["tick"] == {"rate_hz": 2000, "count": 6000, "overruns": 0}
        assert found["modbus"]["requests"] == 0

    def test_log_and_waves_cover_the_run(self, tmp_path):
        world, _ = play(SHORT, tmp_path)
        assert world.log.rows == 300
        assert world.log.time_s[-1] == pytest.approx(3.0)
        assert world.log["grid_v"].shape == (300, 2)
        assert world.log.grid_v[20] == pytest.approx([120.0] * 2, rel=0.02)
        assert np.isnan(world.log.grid_hz[100])
        assert world.waves.volts.shape == (24000, 4)
        assert world.waves.time_s[1] == pytest.approx(125e-6)
        lively = world.waves.volts[(world.waves.time_s > 0.1) & (world.waves.time_s < 0.2)]
        assert np.abs(lively).max(axis=0) == pytest.approx([169.7] * 4, rel=0.05)

    def test_edges_and_marks(self, tmp_path):
        world, _ = play(SHORT, tmp_path)
        command = world.edges["K1 command"]
        assert [level for _, level in command] == [False, True, False, True]
        assert [t for t, _ in command] == [0.0005, 0.0505, 0.3005, 2.2005]
        told = ["grid_lost", "k1_open_command", "k1_proven_open", "house_live"]
        assert list(world.marks) == told + ["grid_back", "k1_close_command", "k1_closed"]
        times = list(world.marks.values())
        assert times == sorted(times)

    def test_same_seed_same_summary_and_another_seed_another(self, tmp_path):
        runs = [play(SHORT, tmp_path / str(n), seed=seed) for n, seed in enumerate((1, 1, 2))]
        texts = [summary.text(summary.repeatable(found)) for _, found in runs]
        assert texts[0] == texts[1]
        assert texts[0] != texts[2]
        assert np.array_equal(runs[0][0].waves.volts, runs[1][0].waves.volts)

    def test_settings_reach_the_firmware(self, tmp_path):
        world = World(SHORT, 1, tmp_path, stand_in(careful), silent)
        try:
            assert world._firmware.settings["nominal_mv"] == 120000
            assert world._firmware.settings["in_service"] == 1
            assert world._firmware.settings["h2_uv_per_count"] == 165700
        finally:
            world.close()

    def test_a_dead_firmware_is_reported_and_leaves_nothing_behind(self, tmp_path):
        began = time.monotonic()
        with pytest.raises(FirmwareDied, match="block 30"):
            play(SHORT, tmp_path, dies_at=30)
        assert time.monotonic() - began < 10
        assert not (tmp_path / "sim" / "to_board").exists()
        assert not (tmp_path / "console").exists()

    def test_closing_twice_is_harmless(self, tmp_path):
        world = World(SHORT, 1, tmp_path, stand_in(careful), silent)
        world.close()
        world.close()


class TestConsole:
    def test_both_ways_through_the_call_and_through_the_terminal(self, tmp_path):
        def parrot(board):
            if board.typed:
                board.said += board.typed.upper()
                board.typed = b""
            return P

        scenario = Scenario("typed", "", 1.0, ((0.1, "console", {"line": "status"}),))
        world = World(scenario, 1, tmp_path, stand_in(parrot), silent)
        try:
            for _ in range(100):
                world.step()
            assert world.console_read() == b"STATUS\r"
            world.console_send(b"abc")
            line = os.open(tmp_path / "console", os.O_RDWR | os.O_NOCTTY)
            os.write(line, b"def")
            for _ in range(100):
                world.step()
            assert sorted(world.console_read()) == sorted(b"ABCDEF")
            assert sorted(os.read(line, 100)) == sorted(b"STATUS\rABCDEF")
            os.close(line)
        finally:
            world.close()


class TestSiteBus:
    def test_bytes_come_at_the_baud_rate_and_answers_go_back(self, tmp_path):
        def answers(board):
            if len(board.rx_b) == 10 and not board.tick % 4 and not board.image[0]:
                board.image[0] = 1
                board.uart_b += [(0, 0x55), (0, 0xAA)]
            return P

        world = World(Scenario("site", "", 0.1), 1, tmp_path, stand_in(answers), silent)
        try:
            world.site_send(bytes(range(10)))
            while world.step():
                pass
            board = world._firmware
            assert [byte for _, _, byte in board.rx_b] == list(range(10))
            # 19200 baud: 3.84 characters in 2 ms
            assert [block for block, _, _ in board.rx_b] == [0] * 3 + [1] * 3 + [2] * 3 + [3]
            assert [us for _, us, _ in board.rx_b][:3] == [520, 1041, 1562]
            assert world.site_read() == b"\x55\xaa"
        finally:
            world.close()


class TestLine:
    def test_bytes_take_their_time_one_after_the_other(self):
        line = Line(9600)
        char = 1e7 / 9600
        assert line.send(1000) == pytest.approx(1000 + char)
        assert line.send(1000) == pytest.approx(1000 + 2 * char)
        assert line.send(50000) == pytest.approx(50000 + char)

    def test_crc_of_the_specifications_example(self):
        # Modbus over serial line: 02 07 has the CRC 41 12 on the wire
        assert crc16(b"\x02\x07") == 0x1241

    def exchange(self, exchanges, t, request, reply, turnaround_us=5000.0):
        char = 1e7 / 9600
        for byte in request:
            t += char
            exchanges.sent(t, byte)
        t += turnaround_us
        for byte in reply:
            t += char
            exchanges.received(t, byte)
        return t

    def frame(self, *data):
        return bytes(data) + crc16(bytes(data)).to_bytes(2, "little")

    def test_counts_and_times(self):
        exchanges = Exchanges(9600)
        ask, good = self.frame(1, 4, 0, 0, 0, 1), self.frame(1, 4, 2, 0, 5)
        t = self.exchange(exchanges, 0.0, ask, good)
        t = self.exchange(exchanges, t + 1e6, ask, b"")  # nobody answers
        t = self.exchange(exchanges, t + 1e6, ask, self.frame(1, 0x84, 2))  # an exception
        t = self.exchange(exchanges, t + 1e6, ask, good[:-1] + b"\0")  # a broken byte
        t = self.exchange(exchanges, t + 1e6, self.frame(0, 6, 0, 0, 0, 1), b"")  # a broadcast wants no answer
        self.exchange(exchanges, t + 1e6, ask, good, 20000.0)
        stats = exchanges.stats()
        assert (stats["requests"], stats["ok"], stats["errors"]) == (5, 2, 3)
        char_ms = 10 / 9.6
        assert stats["p99_ms"] == pytest.approx(15 * char_ms + 20, abs=0.01)
        assert stats["wire_limit_ms"] == pytest.approx(18.5 * char_ms, abs=0.01)

    def test_the_line_through_the_world(self, tmp_path):
        """A request of the board's reaches the bus with its times, the reply reaches the board with its own."""
        ask, good = self.frame(1, 4, 0, 0, 0, 1), self.frame(1, 4, 2, 0, 5)
        heard = []

        class Bus(SilentBus):
            def tx(self, time_us, byte):
                heard.append((time_us, byte))

            def rx_until(self, time_us):
                if len(heard) == len(ask) and not hasattr(self, "sent"):
                    self.sent = True
                    t = heard[-1][0] + 8000
                    return [(t + i * 1e7 / 9600, byte) for i, byte in enumerate(good)]
                return []

        def asks_once(board):
            if board.tick == 100:
                board.uart_a += [(0, byte) for byte in ask]
            return P

        scenario = Scenario("line", "", 0.2)
        world = World(scenario, 1, tmp_path, stand_in(asks_once), lambda model, baud: Bus())
        try:
            while world.step():
                pass
            assert bytes(byte for _, byte in heard) == ask
            assert heard[0][0] == pytest.approx(50e3 + 1e7 / 9600)
            assert bytes(byte for _, byte in world._firmware.rx) == good
            assert world.modbus["ok"] == 1 and world.modbus["errors"] == 0
            assert world.modbus["p99_ms"] == pytest.approx(8 * 10 / 9.6 + 8 + 6 * 10 / 9.6, abs=0.1)
        finally:
            world.close()

    def test_a_late_charger_answers_so_much_later(self):
        class Echo:
            def __init__(self, baud):
                """No process: it says what it was asked."""

            def ask(self, frame, model):
                return frame

        def first_us(late_ms):
            plant = ChargerModel()
            ACTIONS["charger_late"](types.SimpleNamespace(charger_model=plant), late_ms)
            bus = ChargerBus(plant, 9600, server=Echo)
            for i, byte in enumerate(framed(bytes((247, 4, 0x75, 0x30, 0, 1)))):
                bus.tx((i + 1) * 1e7 / 9600, byte)
            bus.rx_until(20_000.0)  # the silence after it
            return bus.rx_until(1e7)[0][0]

        assert first_us(700.0) - first_us(0.0) == pytest.approx(700_000.0)


class TestProcess:
    """The real interpreter at the other end."""

    PROGRAM = """
import sys
sys.path.append({root!r})
from firmware.board.sim import SimBoard
from firmware.board.port import OUT_K1, OUT_PERMIT
board = SimBoard()
board.start(lambda: board.outputs(OUT_K1 | OUT_PERMIT))
{then}
"""

    def world(self, tmp_path, then, patience_s=10.0):
        program = tmp_path / "main.py"
        program.write_text(self.PROGRAM.format(root=str(Path(__file__).resolve().parents[2]), then=then))

        def make(run_dir, settings):
            return Firmware(run_dir, settings, program, patience_s)

        return World(Scenario("process", "", 0.5), 1, tmp_path / "run", make, silent)

    def test_blocks_go_back_and_forth(self, tmp_path):
        with self.world(tmp_path, "while True: board.block_ms(1000)") as world:
            while world.step():
                pass
            assert world.plant.k1.closed
            assert world.ticks == 1000
            process = world._firmware.process
        assert process.poll() is not None

    def test_its_last_words_are_in_the_report(self, tmp_path):
        with (
            self.world(tmp_path, "board.block_ms(100)\nraise RuntimeError('out of ideas')") as world,
            pytest.raises(FirmwareDied, match="(?s)code 1.*out of ideas"),
        ):
            while world.step():
                pass

    def test_a_hanging_firmware_is_given_up(self, tmp_path):
        with (
            self.world(tmp_path, "board.block_ms(100)\nwhile True: pass", patience_s=1.0) as world,
            pytest.raises(FirmwareDied, match="not answered for 1 s"),
        ):
            while world.step():
                pass
        assert world._firmware.process.poll() is not None

    def test_the_interpreter_stands_beside_this_python_or_on_the_path(self):
        from tools import interpreter

        assert Path(interpreter.find()).exists(), sys.executable
