"""Makes one lean program of the firmware's plain source: what the chip need not carry is left out at build time.

The source stays as it is, and so it runs in the simulation; host_tests/unit/test_fold.py holds the two against each
other.
"""

import ast

from tools.fold import constants, shake, slots
from tools.fold.program import Program

ROOTS = {"app"}  # modules of which everything stays


def lean(sources: dict[str, str]) -> dict[str, str]:
    """{path: source} in, the same program out, with a module more (names of the slots)."""
    program = Program(sources)
    libraries = {Program.name_of(path) for path in sources if path.startswith("lib/")}
    slots.fold(program)
    constants.fold(program)
    shake.shake(program, libraries, ROOTS)
    paths = {Program.name_of(path): path for path in sources}
    return {
        paths.get(name, name.replace(".", "/") + ".py"): ast.unparse(module.tree) + "\n"
        for name, module in program.modules.items()
    }
