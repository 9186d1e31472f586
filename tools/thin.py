"""Takes out of a third-party module what the firmware does not use of it: on the chip every function costs heap."""

import ast
from collections.abc import Iterable

# What is used of each library file; a test compares what is left with the whole.
KEEP = {
    "lib/umodbus/functions.py": (
        "read_holding_registers",
        "read_input_registers",
        "write_single_register",
        "write_multiple_registers",
    ),
    "lib/umodbus/const.py": (
        "READ_HOLDING_REGISTERS",
        "READ_INPUT_REGISTER",
        "WRITE_SINGLE_REGISTER",
        "WRITE_MULTIPLE_REGISTERS",
        "CRC16_TABLE",
    ),
}


def keep(text: str, names: Iterable[str]) -> str:
    """The module with only these names and what it imports for them; ValueError for a name it lacks."""
    tree, wanted = ast.parse(text), set(names)
    body = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom) or _binds(node) & wanted]
    missing = wanted - {name for node in body for name in _binds(node)}
    if missing:
        raise ValueError("the library has no %s any more" % ", ".join(sorted(missing)))
    for node in body:
        if isinstance(node, ast.FunctionDef):
            node.returns = None
            for arg in node.args.args:
                arg.annotation = None
    used = {node.id for top in body for node in ast.walk(top) if isinstance(node, ast.Name)}
    tree.body = [node for node in body if not isinstance(node, ast.Import | ast.ImportFrom) or _bound(node) & used]
    return ast.unparse(tree)


def _binds(node: ast.stmt) -> set[str]:
    """Names a statement at the top of a module gives."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Assign):
        return {target.id for target in node.targets if isinstance(target, ast.Name)}
    return set()


def _bound(node: ast.Import | ast.ImportFrom) -> set[str]:
    return {alias.asname or alias.name for alias in node.names}
