"""Leaves out what nobody names: functions, classes, methods, values, imports. In doubt it stays.

A module's name counts as used when it stands anywhere else in that module, or in another one as an attribute, a
keyword, an import or a word inside a text; a text such as "do_" keeps every name that begins so. What else bears the
same name keeps it too: nothing is followed further than its name.
"""

import ast
from collections import Counter
from collections.abc import Callable

from tools.fold.program import Program

# Called by the interpreter itself.
KEPT = {"ioctl", "read", "readinto", "write", "close", "flush", "main", "run"}
PURE = {"tuple", "dict", "set", "frozenset", "list", "len", "range", "min", "max", "sum", "sorted", "array", "bytes",
        "bytearray", "const", "enumerate", "zip", "int", "str"}  # fmt: skip


def names_in(node: ast.AST, plain: bool = True) -> Counter[str]:
    """Every name a piece of source speaks of; without the plain ones, which can only mean its own module's."""
    found = _reaching(node)
    if not plain:
        return found
    emitters = [inner for inner in ast.walk(node) if at_compile_time(inner)]
    found["micropython"] -= len(emitters)
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and not isinstance(inner.ctx, ast.Store):
            found[inner.id] += 1
        elif isinstance(inner, ast.Global | ast.Nonlocal):
            found.update(inner.names)
    return found


def _reaching(node: ast.AST) -> Counter[str]:
    """Names that may mean another module's."""
    found: Counter[str] = Counter()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Attribute):
            found[inner.attr] += 1
        elif isinstance(inner, ast.keyword) and inner.arg:
            found[inner.arg] += 1
        elif isinstance(inner, ast.Import | ast.ImportFrom):
            for alias in inner.names:
                found.update(alias.name.split("."))
        elif isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            found.update(word for word in inner.value.replace(".", " ").split() if word.isidentifier())
    return found


def at_compile_time(node: ast.AST) -> bool:
    """Decorators the compiler itself understands: `micropython` need not be imported for them."""
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "micropython"
        and node.attr in ("native", "viper", "asm_thumb", "bytecode")
    )


def pure(node: ast.expr) -> bool:
    """Whether making this value does nothing else."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call) and not (isinstance(inner.func, ast.Name) and inner.func.id in PURE):
            return False
        if isinstance(inner, ast.Await | ast.Yield | ast.YieldFrom | ast.NamedExpr):
            return False
    return True


class _Plain(ast.NodeTransformer):
    """Without docstrings; in fetched libraries without annotations, which name things that need not be there."""

    def __init__(self, library: bool) -> None:
        self.library = library

    def _body(self, node: ast.AST) -> ast.AST:
        self.generic_visit(node)
        body = node.body  # type: ignore[attr-defined]
        if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            del body[0]
        if not body and not isinstance(node, ast.Module):
            body.append(ast.Pass())
        if self.library and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
            for inner in ast.walk(node.args):
                if isinstance(inner, ast.arg):
                    inner.annotation = None
        return node

    visit_Module = visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = _body  # noqa: N815

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if not self.library:
            return node
        if node.value is None:
            return None
        return ast.copy_location(ast.Assign([node.target], node.value), node)


def bound_by(node: ast.stmt) -> str | None:
    """The one name a statement binds and does nothing else, or None."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return node.name
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id if pure(node.value) else None
    return None


def shake(program: Program, libraries: set[str], roots: set[str]) -> None:
    """Drop until nothing more falls. `roots`: modules of which everything stays."""
    for module in program.modules.values():
        module.tree = ast.fix_missing_locations(_Plain(module.name in libraries).visit(module.tree))
    while _once(program, roots):
        continue


def _once(program: Program, roots: set[str]) -> bool:
    """One pass; what it drops may set more free in the next."""
    reaching = {name: _reaching(module.tree) for name, module in program.modules.items()}
    total: Counter[str] = Counter()
    for found in reaching.values():
        total.update(found)
    prefixes = tuple(name for name in total if name.endswith("_") and name.strip("_"))
    taken = taken_from(program)
    dropped = False
    for module in program.modules.values():
        if module.name in roots:
            continue
        own = names_in(module.tree)

        def unused(
            name: str, node: ast.AST, own: Counter[str] = own, far: Counter[str] = reaching[module.name]
        ) -> bool:
            if name in KEPT or name.startswith(prefixes) or total[name] > far[name]:
                return False
            return own[name] <= names_in(node)[name]

        body = []
        for node in module.tree.body:
            name = bound_by(node)
            if name and unused(name, node):
                dropped = True
                continue
            if isinstance(node, ast.ImportFrom | ast.Import):
                dropped |= _thin_import(node, own, taken.get(module.name, set()))
                if not node.names:
                    continue
            if isinstance(node, ast.ClassDef):
                dropped |= _thin_class(node, unused)
            body.append(node)
        module.tree.body = body
    return dropped


def taken_from(program: Program) -> dict[str, set[str]]:
    """{module: names that others import from it, or ask of it as an attribute}."""
    found: dict[str, set[str]] = {}
    for other in program.modules.values():
        for node in ast.walk(other.tree):
            if isinstance(node, ast.ImportFrom):
                found.setdefault(program.source_of(other, node), set()).update(alias.name for alias in node.names)
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                source, name = other.imports.get(node.value.id, ("", ""))
                if name is None:
                    found.setdefault(source, set()).add(node.attr)
    return found


def _thin_import(node: ast.Import | ast.ImportFrom, own: Counter[str], taken: set[str]) -> bool:
    """Take out what the module does not use and nobody takes from it."""
    keep = []
    for alias in node.names:
        name = (alias.asname or alias.name).partition(".")[0]
        mentioned = 1 if alias.asname is None else 0  # by the import itself
        if own[name] > mentioned or name in taken:
            keep.append(alias)
    fell = len(keep) < len(node.names)
    node.names = keep
    return fell


def _thin_class(node: ast.ClassDef, unused: Callable[[str, ast.AST], bool]) -> bool:
    keep = []
    for inner in node.body:
        name = inner.name if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef) else None
        if name and not name.startswith("__") and unused(name, inner):
            continue
        keep.append(inner)
    fell = len(keep) < len(node.body)
    node.body = keep or [ast.Pass()]
    return fell
