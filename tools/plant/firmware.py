"""The firmware as a process: started on the real interpreter, answered in lock step, missed when it dies.

It must never leave the caller waiting for a dead process, nor a process behind.
"""

import os
import select
import subprocess
import time
from pathlib import Path

from tools import interpreter
from tools.plant import protocol
from tools.plant.names import ROOT

HEAP = "heapsize=640k"  # the chip has 240 KB; objects are twice as big here, and the plain source carries its texts
PATIENCE_S = 30.0  # real time without an answer
POLL_S = 0.25
LOG_LINES = 15
PIPE_BYTES = 65536


class FirmwareDied(RuntimeError):
    """The firmware ended or hangs; the message says when, how, and its last lines."""


class Pipes:
    """The two FIFOs. Both ends are opened for reading and writing, so neither opening nor a dead peer can block."""

    def __init__(self, folder):
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._fds = []
        for name in ("to_board", "from_board"):
            path = folder / name
            path.unlink(missing_ok=True)
            os.mkfifo(path)
            self._fds.append(os.open(path, os.O_RDWR | os.O_NONBLOCK))
        self.to_board, self.from_board = self._fds
        self._came = b""  # read and not yet asked for: an answer comes in one read

    def send(self, data):
        """One whole block; the peer reads it before it answers, so it always fits the pipe."""
        sent = 0
        while sent < len(data):
            sent += os.write(self.to_board, data[sent:])

    def receive(self, size, alive):
        """`size` bytes; calls `alive()`, which raises, whenever nothing came for a while."""
        if len(self._came) < size:
            self._wait(size, alive)
        part, self._came = self._came[:size], self._came[size:]
        return part

    def _wait(self, size, alive):
        began = time.monotonic()
        while len(self._came) < size:
            try:
                self._came += os.read(self.from_board, PIPE_BYTES)
            except BlockingIOError:
                if not select.select([self.from_board], [], [], POLL_S)[0]:
                    alive(time.monotonic() - began)

    def close(self):
        for fd in self._fds:
            os.close(fd)
        self._fds = []
        for name in ("to_board", "from_board"):
            (self.folder / name).unlink(missing_ok=True)


class Firmware:
    """main.py on the unix interpreter. `exchange` one block; `stop` ends it in any case."""

    def __init__(self, run_dir, settings_path, program="main.py", patience_s=PATIENCE_S):
        self.run_dir, self.patience_s = Path(run_dir), patience_s
        self.pipes = Pipes(self.run_dir / "sim")
        self.block = 0
        self.log_path = self.run_dir / "firmware.log"
        env = dict(os.environ)
        env["ISLANDER_SIM"] = str(self.pipes.folder.resolve())
        env["ISLANDER_FRAM"] = str((self.run_dir / "fram.bin").resolve())
        env["ISLANDER_SETTINGS"] = str(Path(settings_path).resolve())
        command = [interpreter.find(), "-X", HEAP, str(program)]
        try:
            with open(self.log_path, "wb") as log:
                self.process = subprocess.Popen(
                    command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log
                )
        except OSError:
            self.pipes.close()
            raise

    def exchange(self, data, block):
        """Send a block, wait for its answer."""
        self.block = block
        self.pipes.send(data)
        head = self.pipes.receive(protocol.HEAD.size, self._alive)
        answer = protocol.unpack(head, self.pipes.receive(protocol.body_bytes(head), self._alive))
        if answer.block != block:
            raise protocol.ProtocolError("answer to block %d came for block %d" % (answer.block, block))
        return answer

    def _alive(self, waited_s):
        code = self.process.poll()
        if code is not None:
            # what it still wrote may be in the pipe: only an empty pipe of a dead process is the end
            if not select.select([self.pipes.from_board], [], [], 0)[0]:
                raise FirmwareDied("the firmware ended with code %d%s" % (code, self._when()))
        elif waited_s > self.patience_s:
            raise FirmwareDied("the firmware has not answered for %.0f s%s" % (waited_s, self._when()))

    def _when(self):
        lines = self.log_path.read_text(errors="replace").splitlines()[-LOG_LINES:]
        said = "\n  ".join(lines) if lines else "(nothing)"
        return " in block %d, at %.3f s of simulated time. It said:\n  %s" % (self.block, self.block * 0.002, said)

    def stop(self):
        """Ask it to end, then make it."""
        if self.process.poll() is None:
            try:
                self.pipes.send(protocol.pack(self.block + 1, (), (), stop=True))
                self.process.wait(2.0)
            except (OSError, subprocess.TimeoutExpired):
                self.process.kill()
                self.process.wait()
        self.pipes.close()
