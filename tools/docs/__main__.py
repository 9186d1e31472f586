"""Writes the generated pages: python -m tools.docs [--check]"""

import argparse
import sys

from tools.docs import diagram, pages, registers
from tools.docs.source import ROOT


def generated() -> dict[str, str]:
    """{path below the repository: text}"""
    return {
        "docs/states.md": pages.states_page(),
        "docs/states.svg": diagram.svg(),
        "docs/image.md": pages.image_page(),
        "docs/settings.md": pages.settings_page(),
        "docs/registers.md": registers.page(),
    }


def main(arguments: list[str] | None = None) -> int:
    """0 when the pages are as the code says."""
    parser = argparse.ArgumentParser(prog="python -m tools.docs", description="The pages generated from the code.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a page is stale")
    check = parser.parse_args(arguments).check
    stale = 0
    for name, text in generated().items():
        path = ROOT / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            print("as it is  %s" % name)
        elif check:
            stale += 1
            print("STALE     %s: run `make docs`" % name)
        else:
            path.write_text(text, encoding="utf-8")
            print("written   %s" % name)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
