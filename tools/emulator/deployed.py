"""A built image as it lies on a chip after a deployment into slot a."""

from pathlib import Path

from tools.emulator.chip import Chip


class NoImage(RuntimeError):
    """The folder holds no built image."""


def chip(image_dir: Path, settings: bytes) -> Chip:
    """A chip just switched on with that image and these settings (JSON)."""
    if not (image_dir / "slot.rom").is_file():
        raise NoImage("%s holds no image: make build" % image_dir)
    files = {name: (image_dir / name).read_bytes() for name in ("boot.py", "main.py")}
    files.update({"slot": b"a", "a.image": b"emulated", "settings.json": settings})
    return Chip(files, slots=[(image_dir / "slot.rom").read_bytes()])
