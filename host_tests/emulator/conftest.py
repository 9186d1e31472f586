"""The emulated chip for the tests in this folder. Without the emulator or its image they are skipped, and say why."""

from pathlib import Path

import pytest

from tools import build
from tools.emulator import image, native

GUESTS = Path(__file__).parent / "guests"
ROOM = ("__init__", "port", "adc_ring", "expander", "fram", "kernels_rp2040", "permit", "pins_rp2040", "rp2040")


def pytest_collection_modifyitems(items):
    """Every test below this folder needs the chip."""
    why = image.missing()
    for item in items:
        if why and Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=why))


@pytest.fixture(scope="session", autouse=True)
def quick():
    """The emulator at the speed of this machine's compiler, where there is one."""
    if not image.missing():
        native.build()
        native.use()


@pytest.fixture(scope="session")
def board_files(tmp_path_factory):
    """firmware/board compiled, by path."""
    out = tmp_path_factory.mktemp("mpy")
    files = {}
    for name in (*ROOM, "rs485", "take_rp2040", "usb_console"):
        path = build.ROOT / "firmware" / "board" / (name + ".py")
        build.compile_one(path, path.name, "armv6m", out / "x.mpy")
        files["firmware/board/%s.mpy" % name] = (out / "x.mpy").read_bytes()
    return files


def _maker(board_files, folder):
    def make(name, extra=None, **values):
        from tools.emulator.chip import Chip

        build.compile_one(GUESTS / name, name, "armv6m", folder / "guest.mpy")
        files = {**board_files, "guest.mpy": (folder / "guest.mpy").read_bytes(), "main.py": b"import guest\n"}
        files["given.py"] = "".join("%s = %r\n" % pair for pair in values.items()).encode()
        files["boot.py"] = (build.ROOT / "boot.py").read_bytes()
        files.update(extra or {})
        return Chip(files)

    return make


@pytest.fixture
def guest(board_files, tmp_path):
    """`guest("ring.py", NAME=value)`: a chip just switched on with this program, the board's files and these values."""
    return _maker(board_files, tmp_path)


@pytest.fixture(scope="module")
def module_guest(board_files, tmp_path_factory):
    """The same for a chip that several tests look at."""
    return _maker(board_files, tmp_path_factory.mktemp("guest"))


@pytest.fixture(scope="session")
def said():
    """`said(chip, "WORD")`: the words after WORD in the last line that begins with it, as numbers where they are."""

    def read(chip, word):
        lines = [line for line in chip.console.decode(errors="replace").splitlines() if line.startswith(word + " ")]
        assert lines, "the guest did not say %s:\n%s" % (word, chip.console.decode(errors="replace")[-2000:])
        return [int(w) if w.lstrip("-").isdigit() else w for w in lines[-1].split()[1:]]

    return read
