"""Setting up: nothing to do costs nothing, every package is pinned by hash, failures say what to do."""

import re
import stat
import subprocess
import sys

import pytest

from tools import interpreter, setup

LOCKED = [setup.REQUIREMENTS["run"], setup.REQUIREMENTS["dev"]]


def pins(path):
    """{name: version lines} of a locked file, each with the number of its hashes."""
    blocks = re.split(r"\n(?=[a-zA-Z0-9])", path.read_text())
    rows = [(block, re.match(r"([\w.-]+)==(\S+)", block)) for block in blocks]
    return [(found[1], found[2], block.count("--hash=sha256:")) for block, found in rows if found]


@pytest.mark.parametrize("path", LOCKED, ids=lambda p: p.name)
def test_every_package_is_pinned_and_hashed(path):
    rows = pins(path)
    assert len(rows) > 10
    assert [name for name, _, hashes in rows if not hashes] == []


@pytest.mark.parametrize("path", LOCKED, ids=lambda p: p.name)
def test_no_registry_is_named(path):
    assert not re.search(r"https?:|--(extra-)?index-url|--find-links|--trusted-host", path.read_text())


def test_what_runs_is_the_same_in_both():
    """`make test` must not test with other versions than `make run` runs with."""
    run, dev = ({(n, v) for n, v, _ in pins(path)} for path in LOCKED)
    assert run <= dev


@pytest.mark.parametrize("name", ["requirements", "requirements-dev"])
def test_the_lock_holds_what_is_asked_for(name):
    wanted = re.findall(r"^([a-z0-9-]+)==([\w.]+)", (setup.ROOT / (name + ".in")).read_text(), re.M)
    locked = {(n, v) for n, v, _ in pins(setup.ROOT / (name + ".txt"))}
    assert wanted and set(wanted) <= locked


def stamped(tmp_path, level, text=None):
    (tmp_path / "bin").mkdir(exist_ok=True)
    (tmp_path / "bin" / "python").touch()
    (tmp_path / (level + ".stamp")).write_text(text or setup.fingerprint(setup.REQUIREMENTS[level]))
    return tmp_path


def test_a_stamp_makes_it_ready(tmp_path):
    assert not setup.is_ready("run", tmp_path)
    stamped(tmp_path, "run")
    assert setup.is_ready("run", tmp_path)
    assert not setup.is_ready("dev", tmp_path)


def test_dev_contains_run(tmp_path):
    assert setup.is_ready("run", stamped(tmp_path, "dev"))


def test_an_old_stamp_or_a_lost_environment_is_not_ready(tmp_path):
    stamped(tmp_path, "run", "python 3.9\nrequirements.txt 00\n")
    assert not setup.is_ready("run", tmp_path)
    stamped(tmp_path, "run")
    (tmp_path / "bin" / "python").unlink()
    assert not setup.is_ready("run", tmp_path)


def test_pip_gets_hashes_and_its_words_come_through(tmp_path):
    """A stand-in pip that fails after saying how it was called."""
    (tmp_path / "bin").mkdir()
    python = tmp_path / "bin" / "python"
    python.write_text("#!/bin/sh\necho called with $@\nexit 1\n")
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    with pytest.raises(setup.SetupError, match="called with .*--no-deps --only-binary :all: --require-hashes"):
        setup.install(setup.REQUIREMENTS["run"], tmp_path)


def test_the_command_runs_from_where_it_lies_and_through_a_link(tmp_path):
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    (tmp_path / "tools" / "islander").mkdir(parents=True)
    (tmp_path / "tools" / "islander" / "cli.py").write_text("def main():\n    print('it ran')\n    return 3\n")
    setup.put_command(tmp_path / ".venv")
    command = tmp_path / ".venv" / "bin" / "islander"
    linked = tmp_path / "linked"
    linked.symlink_to(command)
    for path in (command, linked):
        done = subprocess.run([path], capture_output=True, text=True, cwd="/")
        assert (done.returncode, done.stdout) == (3, "it ran\n"), done.stderr


@pytest.mark.parametrize("arguments", [["everything"], ["run", "dev"]])
def test_an_unknown_level_is_refused(arguments, capsys):
    assert setup.main(arguments) == 2
    assert "use run or dev" in capsys.readouterr().err


def test_the_check_of_the_libraries_runs_as_a_program():
    command = [sys.executable, "-m", "tools.libs", "--check"]
    assert subprocess.run(command, cwd=setup.ROOT, capture_output=True, text=True, check=True).stdout == ""


def test_the_interpreter_runs_viper():
    interpreter.check(interpreter.find())


def test_an_interpreter_without_viper_is_refused(tmp_path):
    poor = tmp_path / "micropython"
    poor.write_text("#!/bin/sh\necho invalid micropython decorator\nexit 1\n")
    poor.chmod(0o755)
    with pytest.raises(interpreter.NoInterpreter, match="does not run viper code .*invalid micropython decorator"):
        interpreter.check(str(poor))


def test_a_missing_interpreter_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("MICROPYTHON", raising=False)
    with pytest.raises(interpreter.NoInterpreter, match="make setup.*PATH.*MICROPYTHON"):
        interpreter.find(tmp_path)
    with pytest.raises(interpreter.NoInterpreter, match="does not run"):
        interpreter.check(str(tmp_path / "nothing"))


def test_the_named_interpreter_wins(tmp_path, monkeypatch):
    monkeypatch.setenv("MICROPYTHON", "/named/micropython")
    assert interpreter.find(tmp_path) == "/named/micropython"
