"""`tools.deploy` with the real mpremote, over a pseudo-terminal, onto the emulated chip."""

import hashlib
import json
import sys

import pytest

from tools import build, deploy
from tools.emulator import image as emulated

APP = "import time\n\ndef run(slot):\n    print('APP %s', slot)\n    while True:\n        time.sleep_ms(100)\n"


KINDS = ("folder", "flash")


def make_image(folder, version, kind, pad=0):
    """A small image whose firmware says its version and runs for ever; its slots are folders, or run from flash."""
    slot = folder / "slot" / "firmware"
    slot.mkdir(parents=True)
    (folder / "slot" / "app.py").write_text(APP % version)
    (slot / "data.bin").write_bytes(b"\xa5" * (100 + pad))
    if kind == "flash":
        (folder / build.ROM).write_bytes(build.romfs(folder / "slot"))
    (folder / "boot.py").write_bytes((build.ROOT / "boot.py").read_bytes())
    (folder / "main.py").write_bytes((build.ROOT / "firmware" / "board" / "loader.py").read_bytes())
    seal(folder)
    return folder


def seal(folder):
    files = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "manifest.json"):
        body = path.read_bytes()
        files[path.relative_to(folder).as_posix()] = {"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}
    digest = hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()[:12]
    (folder / "manifest.json").write_text(json.dumps({"image": digest, "march": "armv6m", "files": files}))


class Bench:
    """An empty controller on a port, and `make deploy` against it."""

    def __init__(self):
        from tools.emulator.chip import Chip
        from tools.emulator.terminal import Terminal

        self.chip = Chip({})
        self.chip.run(0.8)
        self.terminal = Terminal(self.chip)

    def deploy(self, image, *more, kill_when=lambda: False):
        command = [sys.executable, "-m", "tools.deploy", "--port", self.terminal.path, "--image", str(image), *more]
        return self.terminal.serve_while(command, 90, kill_when)

    def restart(self):
        """What the console shows in the second after a restart."""
        from rp2040py.device.base_device import ResetCause

        shown = len(self.chip.console)
        self.chip.device.hard_reset(cause=ResetCause.POWER_ON)
        self.chip.run(1.5)
        return self.chip.console[shown:].decode(errors="replace")


@pytest.fixture(scope="module", params=KINDS)
def kind(request):
    if request.param == "flash" and emulated.lacks_slots():
        pytest.skip(emulated.lacks_slots())
    return request.param


@pytest.fixture(scope="module")
def bench(kind):
    bench = Bench()
    yield bench
    bench.terminal.close()


@pytest.fixture(scope="module")
def first(tmp_path_factory, kind):
    return make_image(tmp_path_factory.mktemp("image") / "one", "one", kind)


@pytest.fixture(scope="module")
def second(tmp_path_factory, kind):
    return make_image(tmp_path_factory.mktemp("image") / "two", "two", kind)


def test_1_an_empty_controller_runs_what_is_deployed(bench, first):
    code, said = bench.deploy(first)
    assert (code, "verified in slot a" in said) == (deploy.DONE, True), said
    assert "APP one a" in bench.restart()


def test_2_what_runs_and_cannot_say_that_it_is_out_of_service_is_left_alone(bench, second):
    bench.restart()
    code, said = bench.deploy(second)
    assert code == deploy.REFUSED, said
    assert "--force" in said


def test_3_a_full_disk_is_told(bench, tmp_path, kind):
    code, said = bench.deploy(make_image(tmp_path / "big", "big", kind, pad=1_400_000), "--force", "--no-start")
    assert code == deploy.FAILED
    assert {"folder": "free", "flash": "a slot has 327680 B"}[kind] in said and "untouched" in said


def test_4_a_file_that_is_not_what_the_manifest_says_is_not_switched_to(bench, tmp_path, kind):
    image = make_image(tmp_path / "bad", "bad", kind)
    (image / "slot" / "app.py").write_text(APP % "changed")
    if kind == "flash":
        (image / build.ROM).write_bytes(build.romfs(image / "slot"))
    code, said = bench.deploy(image, "--force", "--no-start")
    assert code == deploy.FAILED and {"folder": "b/app.py", "flash": "slot b: the file did not"}[kind] in said, said


def test_5_one_killed_in_the_middle_of_a_file_leaves_the_old_version_which_runs(bench, tmp_path, kind):
    image = make_image(tmp_path / "half", "half", kind, pad=60_000)
    before = len(bench.chip.flash_writes)
    code, _ = bench.deploy(image, "--force", kill_when=lambda: len(bench.chip.flash_writes) > before + 100)
    assert code < 0
    assert "APP one a" in bench.restart()


def test_6_the_same_again_verifies_every_hash_and_writes_nothing(bench, first):
    before = len(bench.chip.flash_writes)
    code, said = bench.deploy(first, "--force", "--no-start")
    assert (code, "runs in slot a already; nothing to do" in said) == (deploy.DONE, True), said
    assert len(bench.chip.flash_writes) == before


def test_7_the_next_one_goes_into_the_other_slot(bench, second):
    code, said = bench.deploy(second, "--force")
    assert (code, "verified in slot b; slot a keeps" in said) == (deploy.DONE, True), said
    assert "APP two b" in bench.restart()


def test_8_the_command_islander_deploys_the_same_way(bench, second):
    command = [sys.executable, "-m", "tools.islander", "--port", bench.terminal.path, "deploy", "--image", str(second)]
    code, said = bench.terminal.serve_while([*command, "--force"], 90)
    assert (code, "runs in slot b already; nothing to do" in " ".join(said.split())) == (0, True), said
    code, said = bench.terminal.serve_while([*command[:-1], "/nowhere", "--force"], 90)
    assert code == 1 and "holds no image" in said


def test_9_one_killed_while_it_writes_the_flash_leaves_the_old_version_which_runs(bench, tmp_path, kind):
    if kind == "folder":
        pytest.skip("a folder has no partition")
    image = make_image(tmp_path / "late", "late", kind, pad=100_000)
    slots = emulated.OWN.slots_at
    inside = [at for _, at in bench.chip.flash_writes if slots <= at < emulated.OWN.files_at]
    before = len(inside)

    def writing():
        now = [at for _, at in bench.chip.flash_writes if slots <= at < emulated.OWN.files_at]
        return len(now) > before + 40

    code, _ = bench.deploy(image, "--force", kill_when=writing)
    assert code < 0
    assert "APP two b" in bench.restart()
