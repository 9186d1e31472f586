"""Lists the scenarios: `python -m tools.scenarios`. They are written down in tools/plant/."""

from tools.plant.scenarios import SCENARIOS


def main() -> None:
    """One line each: name, length, what happens."""
    width = max(map(len, SCENARIOS))
    for scenario in SCENARIOS.values():
        print("%-*s %3.0f s  %s" % (width, scenario.name, scenario.duration_s, scenario.title))


if __name__ == "__main__":
    main()
