"""Types spoilt lines at the console under the real MicroPython: no exception, nothing operated or stored, heap flat.

    python -m tools.fuzz_console --lines 100000 --seed 1

Noise, commands that are nearly right, pasted blocks, torn lines, escape sequences, wrong codes; the service key is not
turned. The guest looks at what is asked of the tick, at what is stored and at the heap a hundred times on the way.
Exit code 0 when all held, 1 when not, 2 for a wrong call.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from rich.progress import Progress

from tools import interpreter

ROOT = Path(__file__).resolve().parent.parent
GUEST = ROOT / "host_tests" / "upy" / "guests" / "console_guest.py"
HEAP = "heapsize=1200k"  # 512 KB of it stand for the permanent memory


def run(lines: int, seed: int) -> tuple[int, str]:
    """(exit code of the guest, the last it said), with a bar that follows it."""
    env = dict(os.environ, MICROPYPATH=":".join((".frozen", str(ROOT), str(ROOT / "lib"))))
    command = [interpreter.find(), "-X", HEAP, str(GUEST), "fuzz", str(seed), str(lines)]
    said: list[str] = []
    with (
        subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as guest,
        Progress(transient=True) as progress,
    ):
        bar = progress.add_task("lines", total=lines)
        for line in guest.stdout or ():
            words = line.split()
            if words[1:2] == ["of"] and words[0].isdigit():
                progress.update(bar, completed=int(words[0]))
            else:
                said.append(line.rstrip())
    return guest.returncode, "\n".join(said[-20:])


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.fuzz_console", description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=100_000, help="how many (default 100000)")
    parser.add_argument("--seed", type=int, default=1, help="the same lines for the same seed")
    options = parser.parse_args(arguments)
    if options.lines < 1 or options.seed < 0:
        parser.error("lines at least 1, seed at least 0")
    try:
        code, said = run(options.lines, options.seed)
    except interpreter.NoInterpreter as why:
        print("fuzz: %s" % why, file=sys.stderr)
        return 1
    print(said.replace("\ndone", ""))
    return 0 if code == 0 and said.endswith("done") else 1


if __name__ == "__main__":
    sys.exit(main())
