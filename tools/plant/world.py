"""A scenario being played: the plant, the firmware and the charger's Modbus server in lock step, 2 ms at a time.

    world = World(scenario, seed=1, run_dir="build/run")
    while world.step():
        ...
    world.close()

Simulated time stands still while the firmware or the server computes, so the result does not depend on how fast this
machine is. World decides nothing: it carries bytes, and writes down what happened.
"""

import contextlib
import json
import time
from pathlib import Path

import numpy as np

from tools.plant.firmware import Firmware, FirmwareDied
from tools.plant.names import IMAGE_LEN, SLOTS, STATE_NAMES
from tools.plant.plant import ALL_OFF, Plant
from tools.plant.protocol import MOST_CONSOLE, ProtocolError, pack
from tools.plant.record import LOG_BLOCKS, Columns, Edges, Marks, Waves
from tools.plant.specs import BLOCK_S
from tools.plant.terminal import Terminal
from tools.plant.wire import Exchanges, Line

BLOCK_US = BLOCK_S * 1e6
STATE_SLOT = SLOTS["STATE"]


class SilentBus:
    """No charger on the line."""

    def tx(self, time_us, byte):
        """A byte of the firmware's goes nowhere."""

    def rx_until(self, time_us):
        """Nothing ever comes back."""
        return []

    def close(self):
        """Nothing to close."""


def sigen_bus(model, baud):
    """The Modbus server's end of the line."""
    from tools.plant.slave import ChargerBus

    return ChargerBus(model, baud)


def sunspec_bus(model, baud):
    """The same, of a SunSpec device."""
    from tools.plant.sunspec import SunSpecBus

    return SunSpecBus(model, baud)


BUSES = {"sigen": sigen_bus, "sunspec_der": sunspec_bus}


class World:
    """See the module. `make_firmware(run_dir, settings_path)` and `make_bus(model, baud)` replace the real ones in
    tests; the bus is otherwise that of the scenario's device."""

    def __init__(self, scenario, seed=1, run_dir="build/run", make_firmware=Firmware, make_bus=None):
        self.scenario, self.seed, self.run_dir = scenario, seed, Path(run_dir)
        self.run_dir.mkdir(parents=True, exist_ok=True)
        self.plant = Plant(scenario.site, seed, scenario.plant_events())
        self._console_events, self._site_events = scenario.console_events(), scenario.site_events()
        self.image = np.zeros(IMAGE_LEN, np.int32)
        self.states, self._state = [], None
        self._edges, self._marks = Edges(), Marks()
        legs = scenario.site.grid.legs
        rows = int(scenario.duration_s / (BLOCK_S * LOG_BLOCKS)) + 2
        self.log = Columns(
            rows, time_s=1, state=1, grid_v=legs, house_v=legs, grid_hz=1, house_hz=1, house_w=1, charger_w=1, grid_w=1,
            soc=1, k1_closed=1, k2_closed=1,
        )  # fmt: skip
        self.waves = Waves(scenario.duration_s)
        self._outputs = ALL_OFF
        self._pending = []  # UART A: (arrival in us, byte) not yet delivered
        self._line, self._exchanges = Line(scenario.baud), Exchanges(scenario.baud)
        self._site_line = Line(scenario.site_baud)
        self.ticks = 0
        self.wall_s = 0.0
        with contextlib.ExitStack() as opened:
            self._console = Terminal(self.run_dir / "console")
            opened.callback(self._console.close)
            self._site = Terminal(self.run_dir / "site_bus")
            opened.callback(self._site.close)
            self._bus = (make_bus or BUSES[scenario.device])(self.plant.charger_model, scenario.baud)
            opened.callback(self._bus.close)
            (self.run_dir / "fram.bin").unlink(missing_ok=True)  # a controller fresh from the bench
            self._make_firmware = make_firmware
            self._firmware = make_firmware(self.run_dir, self._write_settings())
            self._dead_until_s, self._first_block = 0.0, 0
            opened.callback(self._stop_firmware)
            self._opened = opened.pop_all()

    def _stop_firmware(self):
        if self._firmware is not None:
            self._firmware.stop()

    def restart(self, seconds):
        """The controller loses its supply for so long, then starts anew with the permanent memory it had."""
        self._stop_firmware()
        self._firmware = None
        self._dead_until_s = self.plant.now + seconds
        self._outputs = ALL_OFF

    @property
    def dead(self):
        """The controller has no supply just now."""
        return self._firmware is None

    def _dead_block(self):
        """A block without a controller: nothing drives a coil, nobody answers."""
        self.plant.step(ALL_OFF)
        self._edges.step("in", self.plant.input_words, self.plant.now - BLOCK_S)
        self._edges.step("out", ALL_OFF, self.plant.now - BLOCK_S)
        self._marks.step(self.plant, self._edges)
        self._pending = []
        if self.plant.now >= self._dead_until_s:
            self._firmware = self._make_firmware(self.run_dir, self.run_dir / "settings.json")
            self._first_block = self.plant.block  # it counts from nought

    def _write_settings(self):
        path = self.run_dir / "settings.json"
        path.write_text(json.dumps(self.scenario.all_settings(), indent=1, sort_keys=True) + "\n")
        return path

    # one block

    def step(self):
        """One block of 2 ms. False when the scenario is over. FirmwareDied when the firmware is."""
        if self.plant.now >= self.scenario.duration_s - BLOCK_S / 2:
            return False
        began = time.monotonic()
        if self._firmware is None:
            self._dead_block()
            return True
        plant, t0 = self.plant, self.plant.now
        block = plant.block - self._first_block
        plant.step(self._outputs)
        typed = self._typed(t0)
        arrived_b = self._site_bytes(t0 * 1e6)
        data = pack(block, plant.samples, plant.inputs, self._arrived(t0 * 1e6), arrived_b, typed)
        answer = self._firmware.exchange(data, block)
        if answer.exit_code is not None:
            raise FirmwareDied("the firmware ended itself with code %d at %.3f s" % (answer.exit_code, t0))
        if len(answer.outputs) != len(plant.inputs):
            raise ProtocolError("block %d: %d outputs for %d ticks" % (block, len(answer.outputs), len(plant.inputs)))
        self._outputs = tuple(answer.outputs.tolist())
        self._sent(answer.uart_a, t0 * 1e6)
        if answer.uart_b:
            self._site.show(bytes([byte for _, byte in answer.uart_b]))
        self._console.show(answer.console)
        self._write_down(answer, t0)
        self.wall_s += time.monotonic() - began
        return True

    def _typed(self, t0):
        while self._console_events and self._console_events[0][0] <= t0:
            self._console.send(self._console_events.pop(0)[1])
        return self._console.take(MOST_CONSOLE)

    def _site_bytes(self, t0_us):
        """Bytes of the site's energy manager, as fast as the baud rate lets them through."""
        while self._site_events and self._site_events[0][0] <= t0_us * 1e-6:
            self._site.send(self._site_events.pop(0)[1])
        room = int(BLOCK_US // self._site_line.char_us)
        if not (came := self._site.take(room)):
            return ()
        return [(int(self._site_line.send(t0_us) - t0_us), byte) for byte in came]

    def _arrived(self, t0_us):
        """Bytes of the charger's that arrive within the block that begins at t0, with their offsets."""
        if not self.plant.charger_model.silent:
            self._pending += self._bus.rx_until(t0_us + BLOCK_US)
        else:
            self._bus.rx_until(t0_us + BLOCK_US)
            self._pending = []
        if not self._pending:
            return ()
        now, self._pending = (
            [p for p in self._pending if p[0] < t0_us + BLOCK_US],
            [p for p in self._pending if p[0] >= t0_us + BLOCK_US],
        )
        out = []
        for t_us, byte in now:
            t_us = max(t_us, t0_us)
            self._exchanges.received(t_us, byte)
            out.append((int(t_us - t0_us), byte))
        return out

    def _sent(self, uart, t0_us):
        for offset, byte in uart:
            end_us = self._line.send(t0_us + offset)
            self._exchanges.sent(end_us, byte)
            self._bus.tx(end_us, byte)

    def _write_down(self, answer, t0):
        plant = self.plant
        if len(answer.image):
            self.image = answer.image
        self.ticks += len(answer.outputs)
        self._edges.step("in", plant.input_words, t0)
        self._edges.step("out", self._outputs, t0)
        self._marks.step(plant, self._edges)
        self.waves.append(plant.volts)
        state = int(self.image[STATE_SLOT])
        if state != self._state:
            self._note_state(state)
        if plant.block % LOG_BLOCKS == 0:
            self._log(state)

    def _note_state(self, state):
        self._state = state
        name = STATE_NAMES[state] if 0 <= state < len(STATE_NAMES) else "STATE %d" % state
        if not self.states or self.states[-1][1] != name:
            self.states.append([round(self.plant.now, 3), name])

    def _log(self, state):
        truth = self.plant.truth()
        self.log.append(
            time_s=truth["time_s"],
            state=state,
            grid_v=np.array(truth["grid_mv"]) / 1000.0,
            house_v=np.array(truth["house_mv"]) / 1000.0,
            grid_hz=truth["grid_hz"] or np.nan,
            house_hz=truth["house_hz"] or np.nan,
            house_w=truth["house_w"],
            charger_w=truth["charger_w"],
            grid_w=truth["grid_w"],
            soc=100.0 * truth["soc"],
            k1_closed=truth["k1_closed"],
            k2_closed=truth["k2_closed"],
        )

    # what there is to see

    @property
    def time_s(self):
        return self.plant.now

    @property
    def truth(self):
        return self.plant.truth()

    @property
    def violations(self):
        return self.plant.safety.violations

    @property
    def edges(self):
        return self._edges.edges

    @property
    def marks(self):
        return self._marks.marks

    @property
    def modbus(self):
        return self._exchanges.stats()

    @property
    def realtime_factor(self):
        """Simulated seconds a real second, the firmware's own computing included. The one figure that is not
        repeatable."""
        return self.plant.now / self.wall_s if self.wall_s else 0.0

    def console_send(self, data):
        """Type bytes at the firmware's console."""
        self._console.send(data)

    def console_read(self):
        """All the firmware has said there since the last call."""
        return self._console.read()

    def site_send(self, data):
        """Bytes of the site's energy manager to the firmware's second RS-485, which is also the terminal `site_bus`."""
        self._site.send(data)

    def site_read(self):
        """All the firmware has said there since the last call."""
        return self._site.read()

    def close(self):
        """End the firmware and the server; any time, more than once."""
        self._opened.close()

    def __enter__(self):
        return self

    def __exit__(self, *why):
        self.close()
