"""What those who build their own MicroPython get: one folder with all that its manifests name, and texts a C compiler
takes."""

import re

import pytest

from tools import build
from tools.micropython import __main__ as definition

ROOT = build.ROOT


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Written once, with the real firmware compiled."""
    return definition.write(tmp_path_factory.mktemp("definition"))


@pytest.mark.parametrize("manifest", ["manifest.py", "manifest_frozen.py"])
def test_all_that_a_manifest_names_is_in_the_folder(folder, manifest):
    named = re.findall(r'^(?:freeze|include)\("([^"$]+)"', (folder / manifest).read_text(), re.MULTILINE)
    assert named and all((folder / name).exists() for name in named)
    assert ".." not in "".join(named)


def test_the_firmware_and_what_starts_it_are_in_it(folder):
    assert (folder / "slot" / "app.mpy").is_file() and (folder / "slot" / "firmware" / "tick.mpy").is_file()
    assert (folder / "frozen" / "boot.py").read_bytes() == (ROOT / "boot.py").read_bytes()
    assert "def names(it):" in (folder / "names" / "islander_names.py").read_text()


def test_coils_are_off_before_any_file_is_read(folder):
    first = (folder / "modules" / "_boot.py").read_text()
    assert first.index("Pin(number, Pin.OUT, value=0)") < first.index("Flash()")
    pins = re.search(r"for number in \(([\d, ]+)\)", first).group(1)
    assert pins == re.search(r'"rp2": \(([\d, ]+)\)', (ROOT / "boot.py").read_text()).group(1)


def test_what_can_not_be_compiled_is_said(tmp_path, monkeypatch, capsys):
    def fails(*_):
        raise build.BuildError("lib/umodbus/const.py is missing: make libs")

    monkeypatch.setattr(build, "make", fails)
    assert definition.main(["--out", str(tmp_path)]) == 1
    assert "micropython: lib/umodbus/const.py is missing: make libs" in capsys.readouterr().err


def test_no_text_of_the_firmware_is_a_trigraph():
    """Frozen texts become C strings, and a C compiler takes these nine for other characters, or refuses them."""
    paths = [ROOT / "main.py", ROOT / "boot.py", *(ROOT / "firmware").rglob("*.py")]
    assert [path.name for path in paths if re.search(r"\?\?[=/'()!<>-]", path.read_text())] == []
