"""Throw away compiled kernels whose sources changed: numba's own cache looks at the outermost function's file only."""

import hashlib
from pathlib import Path

KERNELS = ("specs", "wires", "circuit", "machines", "loops", "network", "measure")


def drop_stale():
    """Compare a digest of all kernel sources with the one kept beside the cache; on a difference empty the cache."""
    here = Path(__file__).parent
    cache = here / "__pycache__"
    digest = hashlib.sha256(b"".join((here / (name + ".py")).read_bytes() for name in KERNELS)).hexdigest()
    stamp = cache / "kernels.sha256"
    if stamp.exists() and stamp.read_text() == digest:
        return
    for old in cache.glob("*.nb[ic]"):
        old.unlink(missing_ok=True)
    try:
        cache.mkdir(exist_ok=True)
        stamp.write_text(digest)
    except OSError:
        pass  # a read-only tree keeps no cache either
