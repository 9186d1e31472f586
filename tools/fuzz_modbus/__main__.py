"""Spoilt frames by the hundred thousand, through the firmware's own code under the real MicroPython.

    python3 -m tools.fuzz_modbus                      100,000 replies to the master, 100,000 requests to the server
    python3 -m tools.fuzz_modbus master --count 5000 --seed 3

Exit code 1 when an exception escaped, a wrong value was taken, a request did what it may not, or memory grew.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from tools import interpreter

ROOT = Path(__file__).resolve().parents[2]
GUESTS = {path.stem.removesuffix("_guest"): path for path in sorted(Path(__file__).parent.glob("*_guest.py"))}
GROWN_MAX = 2048  # bytes still held after the second half: bookkeeping of what is counted, not a leak for each frame
BAD = ("wrong", "escaped", "operated")  # each must stay 0


def fuzz(end: str, count: int, seed: int, quiet: bool = False) -> dict:
    """What the guest counted; RuntimeError when its interpreter ended otherwise."""
    command = [interpreter.find(), "-X", "heapsize=1m", str(GUESTS[end]), str(count), str(seed)]
    path = ":.frozen:%s:%s" % (ROOT, ROOT / "lib")
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL if quiet else None,
        text=True,
        env=dict(os.environ, MICROPYPATH=path),
    )
    try:
        return json.loads(done.stdout.strip().splitlines()[-1])
    except (ValueError, IndexError):
        raise RuntimeError(
            "the %s's interpreter ended with code %s: %s" % (end, done.returncode, done.stdout)
        ) from None


def wrong_with(told: dict) -> list[str]:
    """What may not be."""
    found = ["%s: %d" % (name, told[name]) for name in BAD if told.get(name)]
    if told["grown_bytes"] > GROWN_MAX:
        found.append("memory grew by %d bytes" % told["grown_bytes"])
    if not told["taken"]:
        found.append("not one frame was taken: nothing was tested")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("end", nargs="*", choices=[*sorted(GUESTS), []], help="which end; default: all")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    bad = 0
    for end in args.end or sorted(GUESTS):
        told = fuzz(end, args.count, args.seed)
        print("%s: %s" % (end, json.dumps(told, sort_keys=True)))
        found = wrong_with(told)
        print("%s: %s" % (end, "; ".join(found) or "nothing wrong in %d frames" % told["frames"]))
        bad += bool(found)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
