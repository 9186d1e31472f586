"""python -m tools.islander; `make setup` also installs it as the command `islander`."""

import sys

from tools.islander.cli import main

if __name__ == "__main__":
    sys.exit(main())
