"""Compares the firmware with OpenDER on random traces and prints what was found.

python -m tools.oracle --traces 3000
"""

import argparse
import sys

from tools.oracle import compare


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--traces", type=int, default=1000)
    parser.add_argument("--whole", type=int, default=100, help="traces through the whole protection at 2 kHz")
    parser.add_argument("--seed", type=int, default=0, help="first seed")
    given = parser.parse_args()
    wrong = 0
    for name, result in (
        ("kernels, every step", compare.compare(given.traces, first_seed=given.seed)),
        ("whole protection, first trip", compare.compare_whole(given.whole, first_seed=100000 + given.seed)),
    ):
        print(
            "%-30s %6d traces %8d steps %6d trips %5d entries, %d differ"
            % (name, result.traces, result.steps, result.trips, result.enters, len(result.differences))
        )
        for line in result.differences[:5]:
            print("   ", line)
        if result.fenced:
            print("    fenced: " + ", ".join("%s %d" % item for item in sorted(result.fenced.items())))
        wrong += len(result.differences)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
