"""Takes modules out of memory that only the wiring needed: what nothing refers to any more is free for other use."""

import gc
import sys


def forget(*names):
    """Dotted names of modules; one that was never imported is passed over. Importing one again loads it anew."""
    for name in names:
        parent, _, leaf = name.rpartition(".")
        if parent in sys.modules and hasattr(sys.modules[parent], leaf):
            delattr(sys.modules[parent], leaf)
        if name in sys.modules:
            del sys.modules[name]
    gc.collect()
