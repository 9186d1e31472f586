"""The house rules that can be read off the source: each check takes a file's text and returns what breaks the rule.

host_tests/test_imports.py applies them to the tree and to copies broken on purpose.
"""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FIRMWARE = ROOT / "firmware"
LOGIC = ("sense", "protect", "transfer")

HARDWARE = {"machine", "rp2", "esp32", "uctypes", "neopixel", "pyb"}
TIMED = {"time", "utime", "asyncio", "uasyncio", "select", "_thread"}
HOST_ONLY = {"typing", "dataclasses", "enum", "abc", "functools", "itertools", "pathlib", "numpy", "typing_extensions"}
BLOCKING = {"umodbus.serial", "umodbus.modbus", "umodbus.common"}  # they wait; lib/README.md says what else
CALLS_NOT_IN_LOGIC = {"print", "float", "input", "open", "eval", "exec"}
VIPER_WORDS = {"ptr8", "ptr16", "ptr32", "int", "uint", "bool", "object", "range", "True", "False"}
LONGEST_FILE, LONGEST_FUNCTION = 350, 45
LONGEST_KERNEL = 80  # a viper function pays 500 cycles for every call it makes, so it is cut later
LONGEST_ASSEMBLY = 260  # one instruction a line, and no loop over instructions


def sources(folder: Path = FIRMWARE) -> list[Path]:
    """Python files below a folder, in a fixed order."""
    return sorted(folder.rglob("*.py"))


def imports(tree: ast.AST) -> set[str]:
    """Dotted names a file imports; `from a import b` counts as a and a.b, for b may be a module."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            found.add(module)
            found.update("%s.%s" % (module, alias.name) for alias in node.names)
    return found


def tops(names: set[str]) -> set[str]:
    return {name.split(".")[0] for name in names}


def module_file(name: str, root: Path = ROOT) -> Path | None:
    """The file of a dotted firmware module, or None if the name is something else."""
    path = root.joinpath(*name.split("."))
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


def reached(path: Path, root: Path = ROOT) -> dict[str, list[str]]:
    """Every foreign module a file reaches through the project's own, with the chain of files that leads there."""
    seen, found, waiting = set(), {}, [(path, [path.name])]
    while waiting:
        file, chain = waiting.pop()
        if file in seen:
            continue
        seen.add(file)
        for name in sorted(imports(ast.parse(file.read_text()))):
            if name.split(".")[0] != "firmware":
                found.setdefault(name.split(".")[0], chain)
                continue
            inner = module_file(name, root)
            if inner:
                waiting.append((inner, [*chain, name]))
    return found


def not_logic(text: str) -> list[str]:
    """What logic may not contain: floats, true division, printing, waiting, exceptions swallowed."""
    wrong = []
    for node in ast.walk(ast.parse(text)):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            wrong.append("line %d: float literal %r" % (line, node.value))
        elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
            wrong.append("line %d: `/` makes a float; use `//`" % line)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in CALLS_NOT_IN_LOGIC:
            wrong.append("line %d: %s()" % (line, node.func.id))
        elif isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.Yield | ast.YieldFrom):
            wrong.append("line %d: logic does not wait or yield" % line)
        elif isinstance(node, ast.Try):
            wrong.append("line %d: logic raises nothing, so it catches nothing" % line)
    return wrong


def not_micropython(text: str) -> list[str]:
    """Syntax and modules that MicroPython lacks."""
    wrong = []
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Match):
            wrong.append("line %d: match" % node.lineno)
        elif isinstance(node, ast.ExceptHandler) and node.name and isinstance(node.type, ast.Starred):
            wrong.append("line %d: except*" % node.lineno)
    wrong += ["imports %s, which is not on the board" % name for name in sorted(tops(imports(tree)) & HOST_ONLY)]
    return wrong


def viper_functions(tree: ast.Module) -> list[ast.FunctionDef]:
    def is_viper(decorator: ast.expr) -> bool:
        return getattr(decorator, "attr", getattr(decorator, "id", "")) == "viper"

    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return [f for f in functions if any(is_viper(d) for d in f.decorator_list)]


def not_viper(text: str) -> list[str]:
    """What a kernel may not contain. A global that is not a `_NAME = const(..)` is looked up at every pass."""
    tree = ast.parse(text)
    kernels = viper_functions(tree)
    allowed = VIPER_WORDS | {f.name for f in kernels} | _private_constants(tree)
    wrong = []
    for kernel in kernels:
        own = {arg.arg for arg in kernel.args.args} | _given_to_maker(tree, kernel)
        own |= {n.id for n in ast.walk(kernel) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        for statement in kernel.body:
            for node in ast.walk(statement):
                why = _bad_in_viper(node, own | allowed)
                wrong += ["line %d, %s: %s" % (node.lineno, kernel.name, reason) for reason in why]
    return wrong


def _given_to_maker(tree: ast.Module, kernel: ast.FunctionDef) -> set[str]:
    """Arguments of the function that makes this kernel: bound once, cheaper to reach than a global or an argument."""
    makers = [f for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) and f is not kernel and kernel in f.body]
    return {arg.arg for maker in makers for arg in maker.args.args}


def _bad_in_viper(node: ast.AST, known: set[str]) -> list[str]:
    if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div | ast.Pow):
        return ["%s is not an operation of viper integers" % type(node.op).__name__]
    if isinstance(node, ast.Constant) and isinstance(node.value, float):
        return ["float literal %r" % node.value]
    if isinstance(node, ast.Tuple | ast.List | ast.Dict | ast.JoinedStr | ast.Lambda | ast.Try | ast.Raise | ast.Slice):
        return ["%s allocates or raises" % type(node).__name__]
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in known:
        return ["%s is looked up as a global: make it a private const or an argument" % node.id]
    return []


def _private_constants(tree: ast.Module) -> set[str]:
    names = set()
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(getattr(node.value, "func", None), "id", "") == "const":
            names |= {t.id for t in node.targets if isinstance(t, ast.Name) and t.id.startswith("_")}
    return names


def too_long(text: str) -> list[str]:
    """A file is one idea, a function fits in the head. A function's docstring and comments do not count."""
    lines = text.splitlines()
    wrong = ["%d lines, more than %d" % (len(lines), LONGEST_FILE)] if len(lines) > LONGEST_FILE else []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = lines[node.lineno - 1 : node.end_lineno]
            doc = ast.get_docstring(node, clean=False)
            code = sum(1 for line in body if line.strip() and not line.strip().startswith("#"))
            code -= len([line for line in doc.splitlines() if line.strip()]) if doc else 0
            marks = {ast.unparse(mark).rpartition(".")[2] for mark in node.decorator_list}
            longest = LONGEST_KERNEL if "viper" in marks else LONGEST_FUNCTION
            longest = LONGEST_ASSEMBLY if "asm_thumb" in marks else longest
            if code > longest:
                what = (node.lineno, node.name, code, longest)
                wrong.append("line %d: %s has %d lines of code, more than %d" % what)
    return wrong


def undocumented(text: str) -> list[str]:
    """A module says what it is for; an empty package file needs not."""
    tree = ast.parse(text)
    return ["no module docstring"] if tree.body and not ast.get_docstring(tree) else []
