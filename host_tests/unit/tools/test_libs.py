"""The library installer: right files go in whole, wrong ones not at all; nothing missing, no network asked."""

import hashlib
import json
import sys

import pytest

from tools import libs

GOOD = b"VALUE = 1\n"


def package(files=None, sha="0" * 64):
    hashes = {name: hashlib.sha256(text).hexdigest() for name, text in (files or {"thing/__init__.py": GOOD}).items()}
    return {"name": "thing", "version": "1.0", "licence": "MIT", "sha256": sha, "files": hashes}


def fake_pip(tmp_path, files, code=1):
    """A `python` whose `-m pip download` unpacks these files where pip would, then fails as pip does on them."""
    lines = ["#!%s" % sys.executable, "import os, sys", "tree = os.path.join(os.environ['TMPDIR'], 'pip-x', 'thing')"]
    for name, text in files.items():
        path = "os.path.join(tree, %r)" % name
        lines.append("os.makedirs(os.path.dirname(%s), exist_ok=True); open(%s, 'wb').write(%r)" % (path, path, text))
    lines += ["open(%r, 'a').write(' '.join(sys.argv[1:]) + '\\n')" % str(tmp_path / "asked"), "print('pip says no')"]
    python = tmp_path / "python"
    python.write_text("\n".join([*lines, "sys.exit(%d)" % code]) + "\n")
    python.chmod(0o755)
    return str(python)


def manifest(tmp_path, *packages):
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps({"packages": packages}))
    return path


def test_installs_what_is_missing_and_then_asks_nobody(tmp_path):
    python, lib = fake_pip(tmp_path, {"thing/__init__.py": GOOD, "thing/more.py": b"not named\n"}), tmp_path / "lib"
    listed = manifest(tmp_path, package())
    assert libs.ensure(lib, listed, python) == ["thing 1.0"]
    assert (lib / "thing" / "__init__.py").read_bytes() == GOOD
    assert sorted(p.name for p in lib.rglob("*")) == ["__init__.py", "thing"]  # nothing unnamed, nothing left over
    assert libs.ensure(lib, listed, "/nowhere/python") == []


def test_pip_is_told_the_hash_and_to_build_nothing(tmp_path):
    python = fake_pip(tmp_path, {"thing/__init__.py": GOOD})
    libs.ensure(tmp_path / "lib", manifest(tmp_path, package()), python)
    asked = (tmp_path / "asked").read_text()
    for option in ("--require-hashes", "--no-deps", "--no-binary :all:", "download"):
        assert option in asked


def test_a_file_that_differs_installs_nothing(tmp_path):
    files = {"thing/__init__.py": GOOD, "thing/b.py": b"as published\n"}
    python = fake_pip(tmp_path, {**files, "thing/b.py": b"altered\n"})
    with pytest.raises(libs.LibraryError, match=r"thing/b\.py differs"):
        libs.install(package(files), tmp_path / "lib", python)
    assert list((tmp_path / "lib").iterdir()) == []


def test_an_altered_file_is_replaced_with_its_whole_folder(tmp_path):
    lib = tmp_path / "lib"
    (lib / "thing").mkdir(parents=True)
    (lib / "thing" / "__init__.py").write_bytes(b"VALUE = 2\n")
    (lib / "thing" / "old.py").write_bytes(b"of another version\n")
    listed = manifest(tmp_path, package())
    assert libs.wrong_files(package(), lib) == ["thing/__init__.py"]
    libs.ensure(lib, listed, fake_pip(tmp_path, {"thing/__init__.py": GOOD}))
    assert [p.name for p in (lib / "thing").iterdir()] == ["__init__.py"]


def test_a_failed_download_says_what_pip_said(tmp_path):
    with pytest.raises(libs.LibraryError, match=r"(?s)thing==1\.0 could not be down.*PIP_FIND_LINKS.*pip says no"):
        libs.install(package(), tmp_path / "lib", fake_pip(tmp_path, {}))
    assert list((tmp_path / "lib").iterdir()) == []


def test_check_names_what_is_wrong(tmp_path, capsys):
    arguments = ["--check", "--lib", str(tmp_path), "--manifest", str(manifest(tmp_path, package()))]
    assert libs.main(arguments) == 1
    assert "thing 1.0 is missing or altered: thing/__init__.py" in capsys.readouterr().out


def test_the_real_manifest_is_pinned():
    """Hashes as the brief of the project gives them, typed again."""
    packages = {p["name"]: p for p in libs.load()}
    assert packages["micropython-modbus"]["version"] == "2.3.7"
    assert packages["micropython-modbus"]["sha256"].startswith("b9351a66af0ff29d")
    assert packages["micropython-logging"]["version"] == "0.5.2"
    assert packages["micropython-logging"]["sha256"].startswith("4fe714775fa6cafc")
    for one in packages.values():
        assert all(len(h) == 64 for h in (one["sha256"], *one["files"].values()))


def test_what_is_installed_here_is_what_the_manifest_says():
    assert libs.missing(libs.ROOT / "lib") == []
