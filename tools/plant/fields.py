"""The circuit's record for the slow side: every field of wires.STATE as a memoryview.

numpy makes a new object for each field it is asked for, and another for each number in it; a block asks for some
fifty. These views are the same memory, made once; a single number is its field's first.
"""

from types import SimpleNamespace


def fields(state):
    """{name}[k], read and written as plain Python numbers, of a record array of one."""
    names = state.dtype.names
    return SimpleNamespace(**{n: memoryview(state[n][0] if state[n].ndim > 1 else state[n]) for n in names})
