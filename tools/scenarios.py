"""Lists the scenarios: `python -m tools.scenarios`. They are written down in tools/plant/scenarios.py."""

from tools.plant.scenarios import SCENARIOS


def main() -> None:
    """One line each: name, length, what happens."""
    for scenario in SCENARIOS.values():
        print("%-16s %3.0f s  %s" % (scenario.name, scenario.duration_s, scenario.title))


if __name__ == "__main__":
    main()
