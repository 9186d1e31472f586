"""The firmware's Modbus under the real interpreter: spoilt frames, and the share of a paced line."""

import os
import subprocess
from pathlib import Path

import pytest

from tools import fuzz_modbus, interpreter, wire
from tools.fuzz_modbus import __main__ as fuzz

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("end", sorted(fuzz.GUESTS))
def test_spoilt_frames_never_give_a_wrong_value(end):
    told = fuzz.fuzz(end, 4000, seed=7, quiet=True)
    assert fuzz_modbus.__doc__ and fuzz.wrong_with(told) == [] and told["frames"] == 4000


def test_a_fuzzer_that_finds_something_fails():
    good = {"taken": 3, "wrong": 0, "escaped": 0, "operated": 0, "grown_bytes": 0}
    assert fuzz.wrong_with(good) == []
    for name, value in (("wrong", 1), ("escaped", 1), ("operated", 1), ("grown_bytes", 1 << 20), ("taken", 0)):
        assert len(fuzz.wrong_with({**good, name: value})) == 1


def test_the_limit_of_the_wire_by_hand():
    """20 registers at 9600: 8 + 45 characters of 10 bits, and twice 3.5 characters; 1.75 ms above 19200."""
    assert wire.limit_s(9600, 20) == pytest.approx((53 + 7) * 10 / 9600)
    assert wire.limit_s(115200, 20) == pytest.approx(53 * 10 / 115200 + 0.0035)


def test_every_exchange_over_the_paced_line_is_taken():
    """How fast is `make wire`'s matter: a busy machine may not fail a test."""
    told = wire.measure(115200, 20, 20)
    assert told["ok"] == 20 and told["wrong"] == 0 and told["share"] > 0


def test_every_profile_runs_under_the_real_interpreter():
    """Registers full of zeros, ones and the largest numbers; refusals; silence: no exception escapes."""
    guest = ROOT / "host_tests" / "upy" / "guests" / "profiles_guest.py"
    path = ":.frozen:%s:%s" % (ROOT, ROOT / "lib")
    done = subprocess.run(
        [interpreter.find(), "-X", "heapsize=384k", str(guest)],
        capture_output=True,
        text=True,
        env=dict(os.environ, MICROPYPATH=path),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["sigen", "sunspec_der", "evtec", "quasar", "ambibox", "made"]
    assert all(line.endswith("True") for line in lines[:-1]) and lines[-1] == "made sigen"
