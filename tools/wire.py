"""How much of the wire's limit the master reaches: the firmware's own code, in real time, on a paced pseudo-terminal.

    python3 -m tools.wire                     9600, 19200 and 115200 baud, 20 and 125 registers
    python3 -m tools.wire --baud 9600 --count 200

The far end here plays the line and a slave without a delay of its own: the request takes its time at the baud rate, the
slave answers after 3.5 characters of silence (1.75 ms above 19200), each byte arrives when its last bit would. The
limit of a whole cycle is therefore request + silence + reply + silence before the next request. The share is the limit
over the median cycle. A cycle in which either of the two processes had to wait for a processor says nothing about the
firmware: those are left out where the kernel tells (/proc/PID/schedstat), and how many were left is shown. Exit code
1 when a share is below 99 %, a reply was not taken, or too few cycles were left to say.
"""

import argparse
import json
import os
import pty
import statistics
import subprocess
import sys
import time
import tty
from pathlib import Path

from tools import interpreter
from tools.plant.wire import BITS, crc16

ROOT = Path(__file__).resolve().parent.parent
LEAST = 0.99
QUIET = 0.005  # of a cycle that may have been spent waiting for a processor
FEWEST = 5  # quiet cycles to say anything by
PATIENCE_S = 10.0
REQUEST = 8  # bytes of a read request


def framed(data: bytes) -> bytes:
    crc = crc16(data)
    return data + bytes((crc & 255, crc >> 8))


def answer(request: bytes) -> bytes:
    """The registers' own addresses."""
    first, count = int.from_bytes(request[2:4], "big"), int.from_bytes(request[4:6], "big")
    words = b"".join((first + i & 0xFFFF).to_bytes(2, "big") for i in range(count))
    return framed(bytes((request[0], request[1], 2 * count)) + words)


def silence_s(baud: int) -> float:
    return max(3.5 * BITS / baud, 0.00175)


def limit_s(baud: int, registers: int) -> float:
    """The shortest cycle the wire allows."""
    return (REQUEST + 5 + 2 * registers) * BITS / baud + 2 * silence_s(baud)


def waited_s(pid: int) -> float:
    """Time a process has waited for a processor since it began; 0 where the kernel does not tell."""
    try:
        with open("/proc/%d/schedstat" % pid) as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


def play(fd: int, baud: int, process: subprocess.Popen) -> tuple[list[float], list[float]]:
    """Be the line and the slave until the guest ends: when requests began, and how long both had waited until then."""
    char, began, request, out = BITS / baud, [], b"", []
    waits: list[float] = []
    os.set_blocking(fd, False)
    last = time.perf_counter()
    while process.poll() is None:
        try:
            got = os.read(fd, 256)
        except (BlockingIOError, OSError):
            got = b""
        now = time.perf_counter()  # after the read: a request is never taken for older than it is
        if got:
            if not request:
                began.append(now)
                waits.append(waited_s(os.getpid()) + waited_s(process.pid))
            request, last = request + got, now
            if len(request) == REQUEST:
                start = began[-1] + REQUEST * char + silence_s(baud)
                out = [(start + (i + 1) * char, byte) for i, byte in enumerate(answer(request))]
                request = b""
        due = 0
        while due < len(out) and out[due][0] <= now:
            due += 1
        if due:
            os.write(fd, bytes(byte for _, byte in out[:due]))
            out = out[due:]
        if now - last > PATIENCE_S:
            process.kill()
            raise RuntimeError("the master has sent nothing for %g s" % PATIENCE_S)
    return began, waits


def measure(baud: int, registers: int, count: int) -> dict[str, float]:
    """One run: {share, best, wrong, waited_us}."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    guest = [interpreter.find(), str(ROOT / "tools" / "wire_guest.py"), os.ttyname(slave)]
    path = ":.frozen:%s:%s" % (ROOT, ROOT / "lib")
    process = subprocess.Popen(
        [*guest, str(baud), str(registers), str(count)],
        stdout=subprocess.PIPE,
        text=True,
        env=dict(os.environ, MICROPYPATH=path),
    )
    try:
        began, waits = play(master, baud, process)
    finally:
        os.close(slave)
        os.close(master)
    assert process.stdout
    said = process.stdout.read()
    try:
        told = json.loads(said)
    except ValueError:
        raise RuntimeError("the master's interpreter ended with code %s: %s" % (process.returncode, said)) from None
    limit = limit_s(baud, registers)
    spent = [(b - a, v - u) for a, b, u, v in zip(began, began[1:], waits, waits[1:], strict=False)]
    cycles = sorted(cycle for cycle, waited in spent if waited < QUIET * limit)
    told["quiet"] = len(cycles)
    if len(cycles) < FEWEST:
        cycles = sorted(cycle for cycle, _ in spent)
    told["share"] = limit / statistics.median(cycles)
    told["cycle_ms"], told["limit_ms"] = 1e3 * statistics.median(cycles), 1e3 * limit
    return told


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--baud", type=int, action="append", help="default: 9600, 19200, 115200")
    parser.add_argument("--registers", type=int, action="append", help="in one read; default: 20 and 125")
    parser.add_argument("--count", type=int, default=60, help="requests in a run")
    args = parser.parse_args()
    good = True
    print("  baud  registers  limit ms  cycle ms    share  undisturbed  refused  another task waited")
    for baud in args.baud or (9600, 19200, 115200):
        for registers in args.registers or (20, 125):
            told = measure(baud, registers, args.count)
            shown = (baud, registers, told["limit_ms"], told["cycle_ms"], 100 * told["share"], told["quiet"])
            print("%6d  %9d  %8.2f  %8.2f  %6.2f %%  %11d" % shown, end="")
            print("  %7d  %.2f ms (99 %%)" % (told["wrong"], told["waited_us"] / 1e3), flush=True)
            if told["wrong"]:
                print("        last refused: %s" % told["last_error"])
            good = good and told["share"] >= LEAST and not told["wrong"] and told["quiet"] >= FEWEST
    if not good:
        print("wire: a share below %d %%, a reply refused, or fewer than %d undisturbed cycles" % (100 * LEAST, FEWEST))
        print("On a busy machine run it again, with a larger --count.")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
