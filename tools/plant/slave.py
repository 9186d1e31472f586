"""The charger's Modbus side: pymodbus's RTU server on a real pseudo-terminal, in a process of its own.

`ChargerBus` is the wire between it and the firmware, in simulated time: bytes come with the time at which they have
wholly arrived, a
frame ends after 3.5 characters of silence, the reply leaves after a turnaround at the baud rate. While the server
computes, simulated time stands still; whether it will answer at all is known beforehand (a slave is silent to a wrong
CRC, a unit that is not there and a broadcast), so no result rests on how fast this machine is.

    python -m tools.plant.slave PTY      the server's process, driven over stdin and stdout by ChargerBus
"""

import asyncio
import contextlib
import json
import logging
import os
import pty
import select
import subprocess
import sys
import tty
from pathlib import Path

from pymodbus import FramerType
from pymodbus.constants import ExcCodes
from pymodbus.datastore import ModbusServerContext
from pymodbus.server import ModbusSerialServer

from tools.plant.charger import ChargerModel
from tools.plant.registers import Map
from tools.plant.wire import BITS, SPOIL, crc16

TURNAROUND_US = 25_000.0  # the device's own time to answer
PERIOD_US = 950_000.0  # "minimum request period 1000 ms": closer requests get no answer (5 % tolerance)
SILENCE = 3.5  # characters
PATIENCE_S = 20.0  # real time until a hung server is reported
ROOT = Path(__file__).resolve().parents[2]


class Context(ModbusServerContext):
    """pymodbus's door to the registers."""

    def __init__(self, registers):
        self._map = registers
        # "old simulator" is how pymodbus 3.16 takes a context that keeps its own registers
        self._devices, self.old_simulator, self.simdevices = {}, True, []
        self._written = 0

    async def async_getValues(self, device_id, func_code, address, count=1):
        if func_code == 6:  # the echo of a single write
            return [self._written]
        found = self._map.read(device_id, address, count)
        return ExcCodes.ILLEGAL_ADDRESS if found is None else found

    async def async_setValues(self, device_id, func_code, address, values):
        self._written = values[0]
        return None if self._map.write(device_id, func_code, address, values) else ExcCodes.ILLEGAL_ADDRESS

    def device_ids(self):
        return list(self._map.units())


class ServerHung(RuntimeError):
    """The Modbus server did not answer; the message says what it was asked."""


class Server:
    """The server's process and its pseudo-terminal: `ask(frame)` gives the whole reply."""

    def __init__(self, baud):
        self._master, slave = pty.openpty()
        tty.setraw(slave)
        self._slave = slave
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tools.plant.slave", os.ttyname(slave), str(baud)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdin and self._process.stdout
        self._in, self._out = self._process.stdin, self._process.stdout
        self._expect("ready")

    def _expect(self, what):
        if not select.select([self._out], [], [], PATIENCE_S)[0]:
            raise ServerHung("the Modbus server said nothing for %g s; %s was expected" % (PATIENCE_S, what))
        line = self._out.readline()
        if not line:
            raise ServerHung("the Modbus server ended with code %s; %s was expected" % (self._process.poll(), what))
        return json.loads(line)

    def _tell(self, message):
        self._in.write(json.dumps(message) + "\n")
        self._in.flush()

    def ask(self, frame, model):
        """The reply to a whole request the server will answer; the model is shown before and taken back after."""
        self._tell({"show": model.shown(), "taken": model.taken()})
        self._expect("shown")
        os.write(self._master, frame)
        reply = bytearray()
        while len(reply) < length(reply):
            if not select.select([self._master], [], [], PATIENCE_S)[0]:
                raise ServerHung("the Modbus server did not answer %s; %d bytes came" % (frame.hex(" "), len(reply)))
            reply += os.read(self._master, 512)
        self._tell({"take": 1})
        model.take(self._expect("taken"))
        return bytes(reply)

    def close(self):
        """End the process whatever it does."""
        with contextlib.suppress(OSError):
            self._in.close()
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._out.close()
        os.close(self._slave)
        os.close(self._master)


def whole(frame):
    """Does its CRC fit?"""
    return len(frame) >= 4 and crc16(frame[:-2]) == frame[-2] | frame[-1] << 8


def length(reply):
    """Bytes a reply has in all, as far as its beginning tells."""
    if len(reply) < 3:
        return 5
    if reply[1] & 0x80:
        return 5
    return 5 + reply[2] if reply[1] in (3, 4) else 8


class ChargerBus:
    """The wire. `tx(time_us, byte)`: a byte of the firmware's has wholly arrived; `rx_until(time_us)`: what has come
    back.

    `faults` holds functions reply -> reply (or b"" for silence), used up one a request: wrong replies for scenarios.
    """

    PERIOD_US, TURNAROUND_US = PERIOD_US, TURNAROUND_US

    def __init__(self, model, baud=9600, server=Server):
        self._model, self._char_us = model, BITS * 1e6 / baud
        self._server = server(baud)
        self._frame, self._last_us = bytearray(), 0.0
        self._answered_us = -1e12
        self._out = []
        self.faults = []

    def tx(self, time_us, byte):
        if self._frame and time_us - self._last_us > (1 + SILENCE) * self._char_us:
            self._end_of_frame()
        self._frame.append(byte)
        self._last_us = time_us

    def rx_until(self, time_us):
        if self._frame and time_us - self._last_us > SILENCE * self._char_us:
            self._end_of_frame()
        ready = [pair for pair in self._out if pair[0] < time_us]
        self._out = self._out[len(ready) :]
        return ready

    def _end_of_frame(self):
        frame, self._frame = bytes(self._frame), bytearray()
        began = self._last_us - len(frame) * self._char_us
        if not self._hears(frame) or began - self._answered_us < self.PERIOD_US:
            return
        self._answered_us = began
        reply = self._server.ask(frame, self._model)
        if self.faults:
            reply = self.faults.pop(0)(reply)
        if self._model.spoil:
            self._model.spoil -= 1
            reply = SPOIL[self._model.spoil % len(SPOIL)](reply)
        start = self._last_us + SILENCE * self._char_us + self.TURNAROUND_US + self._model.late_us
        self._out += [(start + (i + 1) * self._char_us, byte) for i, byte in enumerate(reply)]

    def _hears(self, frame):
        """Will the device answer? Not a wrong CRC, not another unit, not a broadcast, nothing while it is silent."""
        return not self._model.silent and whole(frame) and frame[0] in Map(self._model).units()

    def close(self):
        self._server.close()


async def serve(path, baud):
    """The server's process: pymodbus on the pty, one JSON message a line on stdin and stdout."""
    model = ChargerModel()
    server = ModbusSerialServer(
        Context(Map(model)), framer=FramerType.RTU, port=path, baudrate=baud, ignore_missing_devices=True
    )
    task = asyncio.create_task(server.serve_forever())
    await asyncio.sleep(0.1)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    say("ready")
    while True:
        line = await reader.readline()
        if not line:
            break
        message = json.loads(line)
        if "show" in message:
            model.show(message["show"])
            model.take(message["taken"])
            say("shown")
        else:
            say(model.taken())
    await server.shutdown()
    task.cancel()


def say(message):
    print(json.dumps(message), flush=True)


if __name__ == "__main__":
    logging.getLogger("pymodbus").setLevel(logging.CRITICAL)
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
