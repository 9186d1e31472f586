"""Takes modules out of memory that only the wiring needed: what nothing refers to any more the next collection frees.

The collection is the caller's: it takes 30 ms of the chip, and one is enough after several rooms.
"""

import sys


def forget(*names):
    """Dotted names of modules; one that was never imported is passed over. Importing one again loads it anew."""
    for name in names:
        parent, _, leaf = name.rpartition(".")
        if parent in sys.modules and hasattr(sys.modules[parent], leaf):
            delattr(sys.modules[parent], leaf)
        if name in sys.modules:
            del sys.modules[name]


def empty(room, *keep):
    """Forget every module of a room, and all it holds but the names in `keep`: a kernel that is in use keeps its module
    alive, and that would keep the builders too."""
    names = [name for name in sys.modules if name == room or name.startswith(room + ".")]
    for name in names:
        module = sys.modules[name]
        for held in list(module.__dict__):  # dir() tries every name the interpreter knows: half a second on a chip
            if held not in keep and held[:2] != "__":
                delattr(module, held)
    forget(*names)
