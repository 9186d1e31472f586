"""The whole program as syntax trees, and who binds which name where."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Module:
    """One source file. `consts`: its names that are whole numbers for ever; `imports`: {local name: (module, name)},
    the name None where the module itself is bound."""

    name: str
    tree: ast.Module
    package: bool
    consts: dict[str, int] = field(default_factory=dict)
    imports: dict[str, tuple[str, str | None]] = field(default_factory=dict)


class Program:
    """{dotted name: Module} of everything that goes into a slot."""

    def __init__(self, sources: dict[str, str]) -> None:
        self.modules: dict[str, Module] = {}
        for path, text in sources.items():
            name = self.name_of(path)
            self.modules[name] = Module(name, ast.parse(text), path.endswith("/__init__.py"))
        for module in self.modules.values():
            self._find_imports(module)

    @staticmethod
    def name_of(path: str) -> str:
        """The dotted name of a source."""
        return path.removesuffix(".py").removeprefix("lib/").replace("/", ".").removesuffix(".__init__")

    def source_of(self, module: Module, node: ast.ImportFrom) -> str:
        """The dotted name an `from .. import` speaks of."""
        if not node.level:
            return node.module or ""
        parts = module.name.split(".")
        base = parts[: len(parts) - node.level + (1 if module.package else 0)]
        return ".".join(base + ([node.module] if node.module else []))

    def _find_imports(self, module: Module) -> None:
        for node in module.tree.body:
            if isinstance(node, ast.ImportFrom):
                base = self.source_of(module, node)
                for alias in node.names:
                    inner = "%s.%s" % (base, alias.name)
                    bound = (inner, None) if inner in self.modules else (base, alias.name)
                    module.imports[alias.asname or alias.name] = bound
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.asname or "." not in alias.name:
                        module.imports[alias.asname or alias.name] = (alias.name, None)


def bound_in(function: ast.AST) -> set[str]:
    """Names a function binds itself, nested functions left out of it."""
    found: set[str] = set()
    if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        every = function.args
        for arg in [*every.posonlyargs, *every.args, *every.kwonlyargs, every.vararg, every.kwarg]:
            if arg:
                found.add(arg.arg)
    for node in within(function):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found.update((alias.asname or alias.name).partition(".")[0] for alias in node.names)
    return found


def within(function: ast.AST) -> Iterator[ast.AST]:
    """Every node of a function or class body, not those inside functions and classes nested in it."""
    waiting = list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))
