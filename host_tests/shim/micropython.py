"""MicroPython's `micropython` module for CPython, so that the firmware's own files run under pytest.

A `@micropython.viper` function is rebuilt from its source with every +, -, *, << and negation checked: a result outside
int32 raises `Int32Range`, because on the chip it would wrap without a word. Loads through `ptr32` come back as on a
64-bit
host (-5 reads as 4294967291), which is the harder case: the kernel must restore the sign itself, with the idiom

    one = 1
    h = one << 31        # the one shift that is exempt
    x = (p[i] ^ h) - h

`CHECK = False` before a kernel's first call builds it without the checks, for long runs.
"""

import ast
import builtins
import functools
import inspect
import textwrap

CHECK = True
CALLED = None  # a set: the kernels called are put into it, as room.file.name
LOW, HIGH = -(1 << 31), (1 << 31) - 1


class Int32Range(AssertionError):
    """A kernel computed a number that the chip's 32-bit registers would wrap."""


class HeapLocked(MemoryError):
    """Never raised under CPython: allocation is found under the real interpreter only."""


class _Pointer:
    bits = 32

    def __init__(self, target):
        self._t = target._t if isinstance(target, _Pointer) else target

    def __getitem__(self, i):
        if i < 0:
            raise IndexError("a viper pointer has no negative index: %d" % i)
        return self._t[i] & ((1 << self.bits) - 1)

    def __setitem__(self, i, value):
        if i < 0:
            raise IndexError("a viper pointer has no negative index: %d" % i)
        try:
            self._t[i] = value
        except OverflowError as why:
            raise Int32Range("store of %d: %s" % (value, why)) from None


class ptr32(_Pointer):  # noqa: N801 - the interpreter's own name
    bits = 32


class ptr16(_Pointer):  # noqa: N801
    bits = 16


class ptr8(_Pointer):  # noqa: N801
    bits = 8


def _checked(value, line):
    if not LOW <= value <= HIGH:
        raise Int32Range("%d is outside int32, line %d of the kernel" % (value, line))
    return value


class _Check(ast.NodeTransformer):
    OPS = (ast.Add, ast.Sub, ast.Mult, ast.LShift)

    def _exempt(self, node):
        return isinstance(node.op, ast.LShift) and getattr(node.left, "id", "") == "one"

    def _wrap(self, node):
        call = ast.Call(ast.Name("__checked", ast.Load()), [node, ast.Constant(node.lineno)], [])
        return ast.copy_location(call, node)

    def visit_BinOp(self, node):
        self.generic_visit(node)
        return self._wrap(node) if isinstance(node.op, self.OPS) and not self._exempt(node) else node

    def visit_UnaryOp(self, node):
        self.generic_visit(node)
        return self._wrap(node) if isinstance(node.op, ast.USub) else node

    def visit_AugAssign(self, node):
        self.generic_visit(node)
        load = ast.copy_location(ast.fix_missing_locations(_as_load(node.target)), node)
        value = ast.copy_location(ast.BinOp(load, node.op, node.value), node)
        if isinstance(node.op, self.OPS):
            value = self._wrap(value)
        return ast.copy_location(ast.Assign([node.target], value), node)


def _as_load(target):
    fresh = ast.parse(ast.unparse(target), mode="eval").body
    for n in ast.walk(fresh):
        ast.copy_location(n, target)
    return fresh


def _build(function):
    lines, first = inspect.getsourcelines(function)
    tree = ast.parse(textwrap.dedent("".join(lines)))
    ast.increment_lineno(tree, first - 1)  # so that coverage and tracebacks point at the file's own lines
    definition = tree.body[0]
    definition.decorator_list = []
    casts = []
    for arg in definition.args.args:
        kind = getattr(arg.annotation, "id", None)
        if kind in ("ptr8", "ptr16", "ptr32"):
            casts.append(ast.parse("%s = %s(%s)" % (arg.arg, kind, arg.arg)).body[0])
        arg.annotation = None
    definition.returns = None
    if CHECK:
        _Check().visit(tree)
    at = 1 if ast.get_docstring(definition) else 0
    definition.body[at:at] = casts
    ast.fix_missing_locations(tree)
    space = function.__globals__
    space.setdefault("__checked", _checked)
    scope = {}
    code = compile(tree, inspect.getsourcefile(function) or "<viper>", "exec")
    exec(code, space, scope)
    return scope[definition.name]


def viper(function):
    """Run a viper function under CPython; built at its first call."""
    built = []

    @functools.wraps(function)
    def call(*args):
        if not built:
            built.append(_build(function))
        if CALLED is not None:
            CALLED.add("%s.%s" % (function.__module__.partition(".")[2], function.__name__))
        return built[0](*args)

    return call


def native(function):
    return function


def const(value):
    return value


def heap_lock():
    return 0


def heap_unlock():
    return 0


def alloc_emergency_exception_buf(size):
    return None


def schedule(function, arg):
    function(arg)


builtins.ptr8, builtins.ptr16, builtins.ptr32, builtins.uint = ptr8, ptr16, ptr32, int
