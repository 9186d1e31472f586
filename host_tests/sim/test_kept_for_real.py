"""What outlives the power, with nothing faked: the firmware is killed in the middle and started on the same memory."""

import json
from dataclasses import replace

import pytest

from firmware import store
from firmware.record import places
from firmware.record.lasting import Word
from firmware.settings import Settings
from host_tests.unit.record import readback
from tools.plant.firmware import Firmware
from tools.plant.scenarios import SCENARIOS
from tools.plant.world import World


class Memory:
    """The firmware's permanent memory, in this process."""

    permanent, size = True, places.SIZE

    def __init__(self):
        self.bytes = bytearray(b"\xff") * places.SIZE

    def read(self, at, buf):
        buf[:] = self.bytes[at : at + len(buf)]

    def write(self, at, buf):
        self.bytes[at : at + len(buf)] = buf


class Start:
    """One start on a memory: `run(until_s)`, `said(line)`; the process is killed at the end, as by a power failure."""

    def __init__(self, folder, memory, *events, **settings):
        self.memory, self.folder = memory, folder
        base = SCENARIOS["blackout"]
        scenario = replace(base, events=events, settings={**base.settings, **settings}, duration_s=40.0)

        def make(run_dir, settings_path):
            (folder / "fram.bin").write_bytes(memory.bytes)
            self.firmware = Firmware(run_dir, settings_path)
            return self.firmware

        self.world = World(scenario, 1, folder, make_firmware=make)

    def __enter__(self):
        return self

    def __exit__(self, *why):
        self.firmware.process.kill()
        self.firmware.process.wait()
        self.memory.bytes[:] = (self.folder / "fram.bin").read_bytes()
        self.world.close()

    def run(self, until_s):
        while self.world.time_s < until_s and self.world.step():
            pass
        return self

    def said(self, *lines):
        """What the console answered to the last of the lines."""
        for line in lines:
            self.world.console_read()
            self.world.console_send(line.encode() + b"\r")
            told, end = b"", self.world.time_s + 10
            while not told.endswith((b"> ", b"go on: ", b"code: ", b"more: ")) and self.world.time_s < end:
                self.world.step()
                told += self.world.console_read()
        return told.decode().partition("\r\n")[2]

    def json(self, line):
        return json.loads(self.said(line).splitlines()[0])


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "run").mkdir()
    return tmp_path / "run"


def test_events_and_waves_are_there_after_the_power_failed(folder):
    memory = Memory()
    with Start(folder, memory, (4.0, "grid_off", {})) as first:
        first.run(7.0)
        wave = first.said("wave get 2").splitlines()[:-1]
        newest = int(first.said("events 1").split()[0])
    with Start(folder, memory) as second:
        second.run(1.0)
        assert [line for line in second.said("wave get 2").splitlines() if line in wave] == wave
        head, frames, bits = readback.decode(wave)
        assert head["crc"] == readback.zlib.crc32(readback.stored(frames, bits)) and "grid lost" in head["cause"]
        rows = [line.split(",") for line in second.said("events csv").splitlines() if line[:1].isdigit()]
    numbers = [int(row[0]) for row in rows]
    assert numbers == list(range(1, len(numbers) + 1)) and numbers[-1] > newest > 40
    starts = [row for row in rows if row[2] == "start"]
    assert [row[-3] for row in starts] == ["0", "1"]


def test_a_lockout_is_there_after_the_power_failed(folder):
    memory = Memory()
    Word(memory, places.LASTING).write(9)
    with Start(folder, memory) as start:
        assert "LOCKOUT_86" in start.run(4.0).said("status")
    assert Word(memory, places.LASTING).value


def test_memory_of_86_that_can_not_be_read_keeps_it_out_of_service(folder):
    memory = Memory()
    Word(memory, places.LASTING).write(9)
    memory.bytes[places.LASTING] ^= 1
    memory.bytes[places.LASTING + 16] ^= 1
    with Start(folder, memory) as start:
        assert "state  OUT_OF_SERVICE" in start.run(4.0).said("status")
        assert "LOOK  86" in start.said("selftest")


def test_settings_that_a_person_committed_are_in_force_after_the_power_failed(folder):
    memory = Memory()
    with Start(folder, memory, (0.1, "service_key", {"on": True}), in_service=0) as first:
        first.run(0.5)
        assert "in force after `restart`" in first.said("set uv1_trip_mv 100000", "set export_w 4000", "commit")
    with Start(folder, memory, in_service=0) as second:
        second.run(0.5)
        settled = second.said("settings uv1_trip_mv") + second.said("settings export_w")
        assert "uv1_trip_mv          = 100000" in settled and "= 4000" in settled
        assert "settings changed 0 -> 100000: uv1_trip_mv, console, key turned" in " ".join(
            second.said("events 60").split())  # fmt: skip


def test_both_copies_damaged_is_the_factory_set_out_of_service_with_an_alarm(folder):
    memory = Memory()
    kept = store.Store(memory, places.SETTINGS)
    kept.load()
    kept.save(Settings({"in_service": 1}))
    kept.save(Settings({"in_service": 1, "export_w": 4000}))
    memory.bytes[places.SETTINGS + 20] ^= 1
    memory.bytes[places.SETTINGS + store.COPY + 20] ^= 1
    with Start(folder, memory) as start:
        said = start.run(2.0).said("status")
        assert "state  OUT_OF_SERVICE" in said
        assert "alarm  the stored settings are not to be used, the factory's are in force" in " ".join(said.split(" "))
        assert "both copies are damaged" in " ".join(start.said("selftest").split())
        assert "0 of" in start.said("settings")
        assert "settings refused out of service" in " ".join(start.said("events 60").split())
