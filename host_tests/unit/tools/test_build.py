"""What the build leaves on the chip, and when it refuses."""

import pytest

from tools import build


def test_a_host_only_column_is_emptied_and_nothing_else():
    rows = '(("a", 1, 0, 2, "mV", "clause 4"),  # why\n  ("b", 2, 0, 2, "s", "[D]"))'
    text = 'ROWS = %s\nX = ("a", 1, 0, 2, "mV", "x")\n' % rows
    space = {}
    exec(build.thin(text, "ROWS", 5), space)
    assert space["ROWS"] == (("a", 1, 0, 2, "mV", ""), ("b", 2, 0, 2, "s", ""))
    assert space["X"][5] == "x"


def test_whole_blocks_are_counted_for_large_files_only():
    assert build.on_flash([100]) == 100
    assert build.on_flash([4096, 4097]) == 4096 + 8192


def files(**sizes):
    found = {name.replace("__", "/") + ".mpy": {"bytes": size, "sha256": ""} for name, size in sizes.items()}
    return {**found, build.ROM: {"bytes": sum(sizes.values()), "sha256": ""}}


def test_what_fits_is_reported_by_room():
    found = files(slot__firmware__sense__a=3000, slot__firmware__sense__b=2000)
    lines = build.report(found, build.CHIPS["rp2040"], 61_000)
    assert any(line.split()[:2] == ["firmware/sense", "5000"] for line in lines)


def test_too_little_heap_or_flash_fails_and_says_by_how_much():
    chip = build.CHIPS["rp2040"]
    with pytest.raises(build.BuildError, match="leaves 1 B of heap less"):
        build.report(files(slot__app=1000), chip, build.BUDGET_FREE - 1)
    with pytest.raises(build.BuildError, match="a slot needs 327681 B of flash"):
        build.report(files(slot__app=320 * 1024 + 1), chip, None)


def test_a_slot_is_one_image_that_micropython_can_mount(tmp_path):
    """Read back by the real interpreter: the unix one has VfsRom."""
    import subprocess

    from tools import interpreter

    (tmp_path / "slot" / "lib").mkdir(parents=True)
    (tmp_path / "slot" / "app.py").write_text("import part\nprint('app', part.N)\n")
    (tmp_path / "slot" / "lib" / "part.py").write_text("N = 7\n")
    (tmp_path / "slot.rom").write_bytes(build.romfs(tmp_path / "slot"))
    code = "import vfs, sys; vfs.mount(vfs.VfsRom(open('slot.rom', 'rb').read()), '/a')\n"
    code += "sys.path[:0] = ['/a', '/a/lib']; import app"
    done = subprocess.run([interpreter.find(), "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "app 7\n"), done.stderr


def test_what_runs_elsewhere_is_left_out():
    for name, chip in build.CHIPS.items():
        held = build.sources(chip) if (build.ROOT / "lib" / "umodbus").is_dir() else {}
        assert "firmware/board/sim.mpy" not in held
        assert ("firmware/board/rp2040.mpy" in held) == (name == "rp2040" and bool(held))


@pytest.mark.parametrize(
    ("path", "module"),
    [
        ("app.py", "app"),
        ("firmware/console/plan.py", "firmware.console.plan"),
        ("firmware/console/__init__.py", "firmware.console"),
        ("lib/umodbus/const.py", "umodbus.const"),
    ],
)
def test_a_traceback_names_the_module(path, module):
    assert build.dotted(path) == module
