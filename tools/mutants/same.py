"""Mutants that are the same program: numbers put in the place of the names of a module's constants, and what adds
nothing left out, both texts compile to the same code. `1 << 0` for `1 ^ 0` is no fault that a test could notice.
"""

import ast
import types
from typing import Any

NOTHING: dict[Any, tuple[type[ast.operator], ...]] = {
    0: (ast.Add, ast.Sub, ast.BitOr, ast.BitXor, ast.LShift, ast.RShift),
    1: (ast.Mult, ast.FloorDiv),
}


def _plain(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(_plain(item) for item in value)
    return isinstance(value, int | str | bytes) or value is None


def _values(text: str, name: str) -> dict[str, Any]:
    """The module's plain values once it has run, by name."""
    space: dict[str, Any] = {"__name__": name}
    exec(compile(text, name, "exec"), space)
    return {key: value for key, value in space.items() if not key.startswith("__") and _plain(value)}


class _Put(ast.NodeTransformer):
    """Values for names: of what is assigned at the top of the module and nowhere within a function."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """`x + 0` and the like are x; all numbers here are whole."""
        self.generic_visit(node)
        if isinstance(node.right, ast.Constant) and isinstance(node.op, NOTHING.get(node.right.value, ())):
            return node.left
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if isinstance(node.ctx, ast.Load) and node.id in self._values:
            return ast.copy_location(ast.Constant(self._values[node.id]), node)
        return node


def _signature(code: types.CodeType) -> tuple[Any, ...]:
    consts = tuple(_signature(c) if isinstance(c, types.CodeType) else (type(c), c) for c in code.co_consts)
    return code.co_name, code.co_code, consts, code.co_names, code.co_varnames


def signature(text: str, name: str) -> tuple[Any, ...]:
    """Equal for two texts of a module only if they are the same program."""
    values, tree = _values(text, name), ast.parse(text)
    inner = {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
    for function in (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)):
        inner |= {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    known = {key: value for key, value in values.items() if key not in inner}
    for statement in tree.body:
        target = statement.targets[0] if isinstance(statement, ast.Assign) else None
        if isinstance(statement, ast.Assign) and isinstance(target, ast.Name) and target.id in known:
            statement.value = ast.copy_location(ast.Constant(known[target.id]), statement.value)
    return _signature(compile(ast.fix_missing_locations(_Put(known).visit(tree)), name, "exec"))
