"""A built image as it lies on a chip after a deployment into slot a."""

from pathlib import Path

from tools.emulator.chip import Chip


class NoImage(RuntimeError):
    """The folder holds no built image."""


def chip(image_dir: Path, settings: bytes) -> Chip:
    """A chip just switched on with that image and these settings (JSON): a slot run from flash where the image has one,
    else a folder."""
    rom, folder = image_dir / "slot.rom", image_dir / "slot"
    if not rom.is_file() and not folder.is_dir():
        raise NoImage("%s holds no image: make build" % image_dir)
    files = {name: (image_dir / name).read_bytes() for name in ("boot.py", "main.py")}
    files.update({"slot": b"a", "settings.json": settings})
    if rom.is_file():
        files["a.image"] = b"emulated"
        return Chip(files, slots=[rom.read_bytes()])
    files["a/image"] = b"emulated"
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            files["a/" + path.relative_to(folder).as_posix()] = path.read_bytes()
    return Chip(files)
