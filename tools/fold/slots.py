"""Slots by number: `slot("TICK")` with the name spelt out is a number; the names go into a module loaded on use."""

import ast

from tools.fold.constants import literal
from tools.fold.program import Module, Program

IMAGE, NAMES = "firmware.image", "firmware.names"
SNAPSHOTS = {"snapshot", "_snapshot", "snap"}
TABLES = {"slot": "ROWS", "ask": "ASK_ROWS"}

# What the image's module asks when a name is not known before run time.
LOOKUP = """
TABLES = (%r, %r)


def index(table, name):
    text = TABLES[table]
    at = text.find(" " + name + " ")
    if at < 0 or " " in name:
        raise KeyError(name)
    return text.count(" ", 0, at)
"""
CALL = """
def %s(name):
    from firmware.names import index

    return index(%d, name)
"""


def tables(image: Module) -> dict[str, list[str]]:
    """{"slot": names in order, "ask": names in order}, as the image's source has them."""
    found = {}
    for node in image.tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            for call, table in TABLES.items():
                if node.targets[0].id == table:
                    found[call] = list(ast.literal_eval(node.value))
    return found


class _Numbers(ast.NodeTransformer):
    def __init__(self, names: dict[str, list[str]]) -> None:
        self.names = names

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if len(node.args) != 1 or node.keywords or not isinstance(node.args[0], ast.Constant):
            return node
        name = node.args[0].value
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called in TABLES and name in self.names[called]:
            return literal(self.names[called].index(name))
        if called == "get" and isinstance(node.func, ast.Attribute) and name in self.names["slot"]:
            owner = node.func.value
            if (owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")) in SNAPSHOTS:
                return ast.Subscript(owner, literal(self.names["slot"].index(name)), ast.Load())
        return node


class _Lengths(ast.NodeTransformer):
    """`len(ROWS)` as a number."""

    def __init__(self, names: dict[str, list[str]]) -> None:
        self.lengths = {TABLES[call]: len(rows) for call, rows in names.items()}

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "len" and isinstance(node.args[0], ast.Name):
            if node.args[0].id in self.lengths:
                return literal(self.lengths[node.args[0].id])
        return node


def fold(program: Program) -> None:
    """Numbers for names in every module; the image's own tables into a module of text."""
    image = program.modules[IMAGE]
    names = tables(image)
    for module in program.modules.values():
        module.tree = ast.fix_missing_locations(_Numbers(names).visit(module.tree))
    body: list[ast.stmt] = []
    for node in _Lengths(names).visit(image.tree).body:
        target = node.targets[0].id if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) else ""
        if isinstance(node, ast.FunctionDef) and node.name in TABLES:
            body.extend(ast.parse(CALL % (node.name, list(TABLES).index(node.name))).body)
        elif target not in (*TABLES.values(), "SLOTS", "ASKS"):
            body.append(node)
    image.tree.body = body
    text = tuple(" %s " % " ".join(names[call]) for call in TABLES)
    program.modules[NAMES] = Module(NAMES, ast.parse(LOOKUP % text), False)
