"""Whole numbers of one module, put where other modules use them: a name less on the chip for each."""

import ast
import operator

from tools.fold.program import Module, Program, bound_in, within

MOST = (1 << 30) - 1  # a larger number is an object on the chip, better made once
OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
    ast.BitXor: operator.xor,
}


def value_of(node: ast.expr, known: dict[str, int]) -> int | None:
    """The whole number an expression is, or None."""
    if isinstance(node, ast.Constant):
        return node.value if type(node.value) is int else None
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "const":
        return value_of(node.args[0], known)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = value_of(node.operand, known)
        return None if inner is None else -inner
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        left, right = value_of(node.left, known), value_of(node.right, known)
        if left is None or right is None or (isinstance(node.op, ast.FloorDiv | ast.Mod) and not right):
            return None
        return int(OPERATORS[type(node.op)](left, right))
    return None


def literal(value: int) -> ast.expr:
    """A number as source: the sign stands before it."""
    return ast.UnaryOp(ast.USub(), ast.Constant(-value)) if value < 0 else ast.Constant(value)


def _changed_elsewhere(program: Program) -> set[str]:
    """Names that some module writes into another, or a function into its own module: never folded."""
    found: set[str] = set()
    for module in program.modules.values():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
                found.add(node.attr)
            elif isinstance(node, ast.Global):
                found.update(node.names)
    return found


def find(program: Program) -> None:
    """Fill `consts` of every module, until nothing new is found."""
    changed = _changed_elsewhere(program)
    grown = True
    while grown:
        grown = False
        for module in program.modules.values():
            known = {**imported(program, module), **module.consts}
            times: dict[str, int] = {}
            for node in within(module.tree):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                    times[node.id] = times.get(node.id, 0) + 1
            for node in module.tree.body:
                if not (isinstance(node, ast.Assign) and len(node.targets) == 1):
                    continue
                target = node.targets[0]
                if isinstance(target, ast.Name) and times[target.id] == 1 and target.id not in changed:
                    value = value_of(node.value, known)
                    if value is not None and abs(value) <= MOST and target.id not in module.consts:
                        module.consts[target.id] = value
                        grown = True


def imported(program: Program, module: Module) -> dict[str, int]:
    """{local name: number} of what a module takes from others."""
    found = {}
    for local, (source, name) in module.imports.items():
        if name is not None and source in program.modules and name in program.modules[source].consts:
            found[local] = program.modules[source].consts[name]
    return found


class _Fold(ast.NodeTransformer):
    def __init__(self, program: Program, module: Module) -> None:
        self.program, self.module = program, module
        self.known = {**imported(program, module), **module.consts}
        self.hidden: list[set[str]] = []

    def _inside(self, node: ast.AST) -> ast.AST:
        self.hidden.append(bound_in(node))
        node = self.generic_visit(node)
        self.hidden.pop()
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = visit_Lambda = _inside  # noqa: N815

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """What a class binds hides a name from its own body only; to be on the safe side, from its methods too."""
        return self._inside(node)

    def _free(self, name: str) -> bool:
        return not any(name in names for names in self.hidden)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if isinstance(node.ctx, ast.Load) and node.id in self.known and self._free(node.id):
            return literal(self.known[node.id])
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.ctx, ast.Load) and isinstance(node.value, ast.Name) and self._free(node.value.id):
            source, name = self.module.imports.get(node.value.id, ("", ""))
            if name is None and source in self.program.modules:
                value = self.program.modules[source].consts.get(node.attr)
                if value is not None:
                    return literal(value)
        return self.generic_visit(node)


def fold(program: Program) -> None:
    """Numbers instead of names, everywhere; top-level checks of numbers that hold are gone."""
    find(program)
    for module in program.modules.values():
        module.tree = ast.fix_missing_locations(_Fold(program, module).visit(module.tree))
        module.tree.body = [node for node in module.tree.body if not _never(node)]


def _never(node: ast.stmt) -> bool:
    """A top-level `if` on numbers only, which does not hold and has no else."""
    if not isinstance(node, ast.If) or node.orelse:
        return False
    simple: tuple[type[ast.AST], ...] = (ast.Constant, ast.BinOp, ast.Compare, ast.BoolOp, ast.UnaryOp)
    simple += (ast.expr_context, ast.operator, ast.cmpop, ast.boolop, ast.unaryop)
    if all(isinstance(inner, simple) for inner in ast.walk(node.test)):
        return not eval(compile(ast.Expression(node.test), "fold", "eval"), {"__builtins__": {}})
    return False
