"""The campaign's table: Parquet files in a folder of their own for each version of the firmware and the plant."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("main.py", "boot.py", "firmware", "tools/plant", "tools/campaign/draw.py", "tools/campaign/play.py")
SCHEMA = pa.schema(
    [
        ("seed", pa.int64()),
        ("open_ms", pa.float64()),
        ("load_share", pa.float64()),
        ("duration_s", pa.float64()),
        ("policy", pa.int64()),
        ("plan_w", pa.float64()),
        ("faults", pa.string()),
        ("faults_drawn", pa.string()),
        ("states", pa.string()),
        ("end", pa.string()),
        ("grid_lost", pa.bool_()),
        ("k1_open_command_ms", pa.float64()),
        ("k1_proven_open_ms", pa.float64()),
        ("house_live_ms", pa.float64()),
        ("violations", pa.string()),
        ("overruns", pa.int64()),
        ("died", pa.string()),
        ("wall_s", pa.float64()),
    ]
)


def fingerprint(root: Path = ROOT) -> str:
    """Of all the source whose change could change a run."""
    digest = hashlib.sha256()
    for name in SOURCES:
        path = root / name
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


class Table:
    """`add(rows)` writes one file, whole or not at all; `rows()` reads them all back."""

    def __init__(self, folder: Path, version: str) -> None:
        self.folder = folder / version
        self.folder.mkdir(parents=True, exist_ok=True)

    def add(self, rows: Sequence[dict[str, Any]]) -> Path:
        """Rows of one batch."""
        path = self.folder / ("%09d-%09d.parquet" % (rows[0]["seed"], rows[-1]["seed"]))
        part = path.with_suffix(".part")
        pq.write_table(pa.Table.from_pylist(list(rows), schema=SCHEMA), part)
        part.rename(path)
        return path

    def rows(self) -> list[dict[str, Any]]:
        """All rows by seed, each once."""
        found: dict[int, dict[str, Any]] = {}
        for path in sorted(self.folder.glob("*.parquet")):
            for row in pq.read_table(path).to_pylist():
                found[row["seed"]] = row
        return [found[seed] for seed in sorted(found)]


def batches(seeds: Iterable[int], size: int) -> list[list[int]]:
    """In order, the last one shorter."""
    everything = list(seeds)
    return [everything[i : i + size] for i in range(0, len(everything), size)]
