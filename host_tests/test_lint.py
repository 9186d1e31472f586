"""The tree is clean by ruff and the host tools by mypy, with the settings of pyproject.toml, as in `make check`."""

import subprocess
import sys

import pytest

from host_tests.house_rules import ROOT


def ran(*command, cwd=ROOT):
    return subprocess.run([sys.executable, "-m", *command], cwd=cwd, capture_output=True, text=True)


@pytest.mark.parametrize("command", [("ruff", "check", "--output-format", "concise"), ("mypy",)], ids=["ruff", "mypy"])
def test_clean(command):
    done = ran(*command)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_broken_copy_is_caught(tmp_path):
    """The gates themselves: an unused import, a line of 121 columns, a wrong type."""
    (tmp_path / "bad.py").write_text("import os\nx = '%s'\ny: int = 'text'\n" % ("a" * 115))
    settings = str(ROOT / "pyproject.toml")
    said = ran("ruff", "check", "--config", settings, "--no-cache", "bad.py", cwd=tmp_path)
    assert "F401" in said.stdout and "E501" in said.stdout
    said = ran("mypy", "--config-file", settings, "--cache-dir", str(tmp_path / "c"), "bad.py", cwd=tmp_path)
    assert 'Incompatible types in assignment (expression has type "str", variable has type "int")' in said.stdout
