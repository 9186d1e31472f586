"""One of the devices behind a real RTU server on a pseudo-terminal, in a process of its own, in simulated time.

    python -m tools.plant.devices.serve PTY BAUD KIND pymodbus|modbus_tk     driven over stdin and stdout by `Far`

`Far.ask(frame)` gives the reply of the server to a whole request it will answer; `step(seconds)` lets the device's time
pass; `set(**fields)` and `state()` reach into the device.
"""

import asyncio
import contextlib
import json
import logging
import os
import pty
import select
import struct
import subprocess
import sys
import threading
import tty
from pathlib import Path

from tools.plant.devices.maps import KINDS
from tools.plant.slave import length
from tools.plant.wire import crc16

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_S = 20.0
SERVERS = ("pymodbus", "modbus_tk")


class Far:
    """The far end of the line, for a test."""

    def __init__(self, kind, server="pymodbus", baud=115200):
        self._units = KINDS[kind].UNITS
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        command = [sys.executable, "-m", "tools.plant.devices.serve", os.ttyname(self._slave), str(baud), kind, server]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self._said()

    def _said(self):
        out = self._process.stdout
        assert out
        if not select.select([out], [], [], PATIENCE_S)[0]:
            raise RuntimeError("the Modbus server said nothing for %g s" % PATIENCE_S)
        line = out.readline()
        if not line:
            raise RuntimeError("the Modbus server ended with code %s" % self._process.wait())
        return json.loads(line)

    def _tell(self, message):
        assert self._process.stdin
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()
        return self._said()

    def ask(self, frame):
        """The reply, or b"" for a unit that is not there or a broken frame."""
        if frame[0] not in self._units or crc16(frame[:-2]) != frame[-2] | frame[-1] << 8:
            return b""
        os.write(self._master, frame)
        reply = bytearray()
        while len(reply) < length(reply):
            if not select.select([self._master], [], [], PATIENCE_S)[0]:
                raise RuntimeError("no answer to %s; %d bytes came" % (frame.hex(" "), len(reply)))
            reply += os.read(self._master, 512)
        return bytes(reply)

    def step(self, seconds):
        return self._tell({"step": seconds})

    def set(self, **fields):
        return self._tell({"set": fields})

    def state(self):
        return self._tell({})

    def close(self):
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin and stdout
        with contextlib.suppress(OSError):
            stdin.close()
        try:
            self._process.wait(timeout=3)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        stdout.close()
        os.close(self._slave)
        os.close(self._master)


def command(device, line):
    """Carry out one line of the test's; the device's state as JSON."""
    told = json.loads(line)
    if "step" in told:
        device.step(told["step"])
    for name, value in told.get("set", {}).items():
        setattr(device, name, value)
    return json.dumps(device.state())


async def with_pymodbus(device, path, baud):
    from pymodbus import FramerType
    from pymodbus.constants import ExcCodes
    from pymodbus.server import ModbusSerialServer

    from tools.plant.slave import Context

    class Door(Context):
        async def async_getValues(self, device_id, func_code, address, count=1):
            if func_code == 6:
                return [self._written]
            self._map.unit = device_id
            found = self._map.read(func_code, address, count)
            return ExcCodes(found) if isinstance(found, int) else found

        async def async_setValues(self, device_id, func_code, address, values):
            self._written, self._map.unit = values[0], device_id
            refused = self._map.write(func_code, address, values)
            return ExcCodes(refused) if refused else None

        def device_ids(self):
            return list(device.UNITS)

    server = ModbusSerialServer(
        Door(device), framer=FramerType.RTU, port=path, baudrate=baud, ignore_missing_devices=True
    )
    task = asyncio.create_task(server.serve_forever())
    await asyncio.sleep(0.1)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print("{}", flush=True)
    while line := await reader.readline():
        print(command(device, line), flush=True)
    await server.shutdown()
    task.cancel()


def with_modbus_tk(device, path, baud):
    """Its own memory is filled from the device before each request; what the device refuses is refused there."""
    import serial
    from modbus_tk import defines, hooks, modbus_rtu
    from modbus_tk.exceptions import ModbusError

    server = modbus_rtu.RtuServer(serial.Serial(path, baud), interframe_multiplier=4)
    slaves = [server.add_slave(unit) for unit in device.UNITS]
    lock = threading.Lock()
    blocks = {3: defines.HOLDING_REGISTERS, 4: defines.ANALOG_INPUTS}

    def refresh(slave):
        found, names = device.words(), []
        slave.remove_all_blocks()
        for function, address in sorted(found):
            if (function, address - 1) not in found:
                names.append((function, address))
        for function, first in names:
            words: list[int] = []
            while (function, first + len(words)) in found:
                words.append(found[function, first + len(words)] & 0xFFFF)
            name = "%d/%d" % (function, first)
            slave.add_block(name, blocks[function], first, len(words))
            slave.set_values(name, first, words)

    def before(args):
        pdu = args[1]
        function, address = struct.unpack(">BH", pdu[:3])
        with lock:
            device.idle_s, device.unit = 0.0, device.UNITS[slaves.index(args[0])]
            if function in (6, 16):
                words = list(struct.unpack(">%dH" % (len(pdu[3 if function == 6 else 6 :]) // 2),
                                           pdu[3 if function == 6 else 6 :]))  # fmt: skip
                refused = device.write(function, address, words)
                if refused:
                    raise ModbusError(refused)
                return struct.pack(">BHH", function, address, words[0] if function == 6 else len(words))
            busy = device.read(function, address, struct.unpack(">H", pdu[3:5])[0])
            if busy == 6:
                raise ModbusError(busy)
            refresh(args[0])
        return None

    hooks.install_hook("modbus.Slave.handle_request", before)
    server.start()
    print("{}", flush=True)
    for line in sys.stdin:
        with lock:
            print(command(device, line), flush=True)
    os._exit(0)


def main():
    path, baud, kind, server = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
    logging.disable(logging.CRITICAL)
    if server == "modbus_tk":
        with_modbus_tk(KINDS[kind](), path, baud)
    else:
        asyncio.run(with_pymodbus(KINDS[kind](), path, baud))


if __name__ == "__main__":
    main()
