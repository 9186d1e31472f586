"""One mutant: which there are (cosmic-ray's operators), its text, and whether the tests notice it.

A mutant is tried in a forked process whose import of that one module gives the changed text; nothing on disk changes.
"""

import difflib
import functools
import hashlib
import importlib.abc
import importlib.machinery
import linecache
import os
import resource
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from tools.mutants import same

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("protect", "transfer")
# Tables and names: every cell of the table is changed by host_tests/table, the names' numbers are compared by tests.
DATA = ("table", "reasons", "facts", "states", "refusals", "__init__")
# Operators that give code no person would write (a number where a name stood, `is` between numbers).
LEFT_OUT = ("Variable", "Exception", "_Is", "_IsNot", "_Pow", "_Div", "Decorator")
LIMIT_S = 150  # that a child may compute; a room's tests take 40
OURS = ("firmware", "host_tests", "tools", "micropython")  # packages that hold, or refer to, the code that is changed
ENDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # somebody stopped it: that says nothing of the tests
KILLED, SURVIVED, SAME = "killed", "survived", "same"


@dataclass(frozen=True, order=True)
class Mutant:
    """The `occurrence`-th place in the module where the operator applies."""

    module: str
    operator: str
    occurrence: int

    @property
    def path(self) -> Path:
        return ROOT / (self.module.replace(".", "/") + ".py")

    @property
    def key(self) -> str:
        """Changes with the module's text, the room's tests left aside."""
        digest = hashlib.sha256(self.path.read_bytes()).hexdigest()[:10]
        return "%s %s %d %s" % (self.module, self.operator, self.occurrence, digest)


def modules() -> list[str]:
    """Dotted names of the modules that are changed."""
    paths = [path for room in ROOMS for path in sorted((ROOT / "firmware" / room).glob("*.py"))]
    return [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths if path.stem not in DATA]


def operators() -> list[str]:
    """cosmic-ray's names of the operators that are used."""
    import cosmic_ray.plugins

    return [name for name in sorted(cosmic_ray.plugins.operator_names()) if not any(x in name for x in LEFT_OUT)]


def all_of(module: str) -> list[Mutant]:
    """Every mutant of a module."""
    import cosmic_ray.plugins
    from cosmic_ray.ast import ast_nodes, get_ast

    tree = get_ast((ROOT / (module.replace(".", "/") + ".py")).read_text())
    nodes = list(ast_nodes(tree))
    found = []
    for name in operators():
        operator = cosmic_ray.plugins.get_operator(name)()
        places = sum(1 for node in nodes for _ in operator.mutation_positions(node))
        found += [Mutant(module, name, i) for i in range(places)]
    return found


def changed(mutant: Mutant) -> str:
    """The module's text with the mutant in it; '' where the operator finds nothing."""
    import cosmic_ray.plugins
    from cosmic_ray.mutating import mutate_code

    operator = cosmic_ray.plugins.get_operator(mutant.operator)()
    return mutate_code(mutant.path.read_text(), operator, mutant.occurrence) or ""


def difference(mutant: Mutant) -> str:
    """The changed lines, old then new, one text."""
    old, new = mutant.path.read_text().splitlines(), changed(mutant).splitlines()
    lines = [line for line in difflib.unified_diff(old, new, n=0, lineterm="") if line[:2] not in ("--", "++", "@@")]
    return "  ".join(line[0] + line[1:].strip() for line in lines)


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives the one module its changed text."""

    def __init__(self, mutant: Mutant, text: str) -> None:
        self._mutant, self._text = mutant, text

    def find_spec(self, name: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if name != self._mutant.module:
            return None
        return importlib.machinery.ModuleSpec(name, self, origin=str(self._mutant.path))

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = str(self._mutant.path)
        # the stand-in for viper compiles a kernel anew from its source: that must be the changed one
        linecache.cache[module.__file__] = len(self._text), None, self._text.splitlines(True), module.__file__
        exec(compile(self._text, module.__file__, "exec"), module.__dict__)


def tests_of(module: str) -> list[list[str]]:
    """pytest's arguments, tried in order: the module's own file, then the room's, then the tables over everything."""
    _, room, name = module.split(".")
    folder = ROOT / "host_tests" / "unit" / room
    own = folder / ("test_%s.py" % name)
    rounds = [[str(own)]] if own.is_file() else []
    rounds.append([str(folder), *(["--ignore=%s" % own] if own.is_file() else [])])
    return rounds


def attempt(mutant: Mutant) -> str:
    """KILLED, SURVIVED, or SAME where the text is another and the program is not; in a process of its own."""
    warm()
    if _exit_code(_same, mutant) == 0:
        return SAME
    return SURVIVED if _exit_code(_child, mutant) == 0 else KILLED


def _exit_code(work: Callable[[Mutant], int], mutant: Mutant) -> int:
    """Of `work(mutant)` in a forked process; below nought when it computes too long: a loop without an end is noticed
    too, and a machine that is busy with other things is not taken for one."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (LIMIT_S, LIMIT_S))
            code = work(mutant)
        finally:
            os._exit(code)
    found = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if -found in ENDED:
        raise KeyboardInterrupt
    return found


def _same(mutant: Mutant) -> int:
    """0 when both texts are one program. It runs the module's text, which may raise: then they are not."""
    try:
        return int(
            same.signature(mutant.path.read_text(), mutant.module) != same.signature(changed(mutant), mutant.module)
        )
    except BaseException:
        return 1


def _child(mutant: Mutant) -> int:
    """0 when every round of tests passes."""
    quiet = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(quiet, number)
    sys.stdout = sys.stderr = open(os.devnull, "w")  # a pytest around this one has put its own in their place
    try:
        _forget()
        sys.meta_path.insert(0, _Changed(mutant, changed(mutant)))
        return max(_round(arguments) for arguments in tests_of(mutant.module))
    except BaseException:
        return 1


def _forget() -> None:
    """Drop what this process has imported of ours: an import that finds it would never ask for the changed text, and a
    test module that is kept goes on with the functions it once took."""
    for name in [name for name in sys.modules if name.partition(".")[0] in OURS]:
        del sys.modules[name]


def _round(arguments: Sequence[str]) -> int:
    """pytest's exit code; the broken copies of the tests' own are left out, they say nothing of this one."""
    import pytest

    code = int(pytest.main(["--rootdir", str(ROOT), "-x", "-q", "-W", "ignore", "-k", "not broken", *arguments]))
    if code:
        os._exit(1)
    return code


@functools.cache
def warm() -> None:
    """Load before the first fork what every child would load."""
    shim = str(ROOT / "host_tests" / "shim")
    if shim not in sys.path:  # host_tests/conftest.py does the same for the tests
        sys.path.insert(0, shim)
    import hypothesis  # noqa: F401
    import numpy as np  # noqa: F401
    import pytest  # noqa: F401
