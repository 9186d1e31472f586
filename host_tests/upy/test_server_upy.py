"""The server under the real interpreter, read by three clients that are not ours: pysunspec2, pymodbus, mbpoll."""

import contextlib
import os
import pty
import select
import shutil
import subprocess
import threading
import tty
from pathlib import Path

import pytest
import sunspec2.modbus.client as sunspec
from pymodbus.client import ModbusSerialClient

from tools import interpreter

ROOT = Path(__file__).resolve().parents[2]
BAUD = 115200


class Wire:
    """Two pseudo-terminals back to back: `guest` and `client` are paths."""

    def __init__(self):
        self._ends = [pty.openpty(), pty.openpty()]
        for _, slave in self._ends:
            tty.setraw(slave)
        self.guest, self.client = (os.ttyname(slave) for _, slave in self._ends)
        self._on = True
        self._thread = threading.Thread(target=self._pump)
        self._thread.start()

    def _pump(self):
        (a, _), (b, _) = self._ends
        while self._on:
            for end in select.select([a, b], [], [], 0.1)[0]:
                with contextlib.suppress(OSError):
                    os.write(b if end == a else a, os.read(end, 512))

    def close(self):
        self._on = False
        self._thread.join()
        for end in self._ends:
            for fd in end:
                os.close(fd)


@pytest.fixture(scope="module")
def path():
    wire = Wire()
    guest = ROOT / "host_tests" / "upy" / "guests" / "server_guest.py"
    process = subprocess.Popen(
        [interpreter.find(), "-X", "heapsize=384k", str(guest), wire.guest, str(BAUD)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=dict(os.environ, MICROPYPATH=":.frozen:%s:%s" % (ROOT, ROOT / "lib")),
    )
    assert process.stdout.readline() == "ready\n"
    yield wire.client
    process.stdin.close()
    said = process.stdout.read()
    process.wait(timeout=10)
    process.stdout.close()
    wire.close()
    assert "answered" in said, said


@pytest.fixture(scope="module")
def device(path):
    found = sunspec.SunSpecModbusClientDeviceRTU(slave_id=1, name=path, baudrate=BAUD, timeout=2)
    found.scan()
    yield found
    found.close()


def test_pysunspec2_finds_the_chain(device):
    chain = [1, 701, 702, 703, 704, 707, 708, 709, 710, 711, 713, 714, 715]
    assert [m for m in device.models if isinstance(m, int)] == chain
    assert device.models[1][0].Mn.value == "Islander" and device.models[1][0].Vr.value == "0.9.8"


def test_pysunspec2_reads_every_point(device):
    for number in device.models:
        if isinstance(number, int):
            model = device.models[number][0]
            model.read()
            assert model.model_id == number and not model.error_info, model.error_info
    der = device.models[701][0]
    assert (der.W.cvalue, der.LNV.cvalue, der.Hz.cvalue) == (4990, 120.0, pytest.approx(60.013))
    assert der.DERMode.value == 1 and device.models[713][0].SoC.cvalue == pytest.approx(64.5)
    trip = device.models[707][0]
    assert [p.V.cvalue for p in trip.Crv[0].MustTrip.Pt][:3] == [50.0, 50.0, 88.0]
    assert [p.Tms.cvalue for p in trip.Crv[0].MustTrip.Pt][:3] == [2.0, 21.0, 21.0]
    assert device.models[714][0].Prt[0].PrtTyp.value == 2


def test_pysunspec2_writes_adjacent_points_at_once_and_reads_them_back(device):
    controls = device.models[704][0]
    controls.read()
    controls.WSetEna.value, controls.WSetMod.value, controls.WSet.cvalue = 1, 1, -3300
    controls.write()
    controls.read()
    assert (controls.WSetEna.value, controls.WSet.cvalue) == (1, -3300) and controls.WSetRvrtRem.value > 290
    controls.WSet.cvalue = 99999
    with pytest.raises(Exception, match="3"):
        controls.write()
    controls.read()
    assert controls.WSet.cvalue == -3300
    controls.WSetEna.value = 0
    controls.write()


def test_pymodbus_reads_it_and_is_refused_as_the_protocol_says(device, path):
    device.close()
    with ModbusSerialClient(path, baudrate=BAUD, timeout=2) as client:
        assert client.read_holding_registers(40000, count=4, device_id=1).registers == [0x5375, 0x6E53, 1, 66]
        assert client.read_holding_registers(40011, count=2, device_id=1).registers is not None
        for reply, code in (
            (client.read_holding_registers(39990, count=2, device_id=1), 2),
            (client.read_input_registers(40000, count=2, device_id=1), 1),
            (client.write_register(40010, 1, device_id=1), 2),
            (client.read_coils(1, count=1, device_id=1), 1),
        ):
            assert reply.isError() and reply.exception_code == code


@pytest.mark.skipif(not shutil.which("mbpoll"), reason="mbpoll is not installed here (Debian: apt install mbpoll)")
def test_mbpoll_reads_it(device, path):
    device.close()
    command = [
        "mbpoll",
        "-m",
        "rtu",
        "-b",
        str(BAUD),
        "-P",
        "none",
        "-a",
        "1",
        "-0",
        "-r",
        "40000",
        "-c",
        "4",
        "-1",
        "-o",
        "2",
    ]
    done = subprocess.run([*command, path], capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[40000]: \t21365" in done.stdout and "[40001]: \t28243" in done.stdout
