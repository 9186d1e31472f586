"""The RP2040's own `take` gives what the viper kernel gives, integer for integer, on the emulated chip."""

import pytest

from tools import build

NEEDED = ("firmware/__init__", "firmware/image", "firmware/settings", "firmware/chosen",
          "firmware/grid_codes", "firmware/sense/__init__",
          "firmware/sense/room", "firmware/sense/window", "firmware/sense/cordic")  # fmt: skip


@pytest.fixture
def files(tmp_path):
    found = {}
    for name in NEEDED:
        path = build.ROOT / (name + ".py")
        if path.is_file():
            build.compile_one(path, path.name, "armv6m", tmp_path / "x.mpy")
            found[name + ".mpy"] = (tmp_path / "x.mpy").read_bytes()
    return found


def test_the_chips_own_take_is_the_viper_kernels_twin(guest, said, files):
    chip = guest("take.py", extra=files)
    assert chip.wait_for("halted", 30), chip.console.decode()
    assert said(chip, "SAME") == [0, 0, 0], chip.console.decode()
    viper, own = said(chip, "COST")
    assert own * 2 < viper
