"""The console on the emulated chip: it prints, reads noise and Ctrl-C while the tick keeps its time; FRAM over SPI."""

import pytest

from firmware.record import places
from tools import build

TALK = (b"help\r", b"version\r", b"wave\r", b"stauts\r")
NOISE = (b"\x03", b"\x03\x03\x01\x04\r", bytes(range(128, 256)) + b"\r", b"a" * 300 + b"\r", b"\x1b[A\x00\r")


@pytest.fixture(scope="module")
def firmware(tmp_path_factory):
    """Every module of a slot, compiled, where the guest finds it."""
    out = tmp_path_factory.mktemp("slot")
    files = {}
    for name, path in build.sources(build.CHIPS["rp2040"]).items():
        if name.startswith("firmware/") and not name.startswith("firmware/board/"):
            source = path
            if name[:-4] + ".py" in build.HOST_ONLY:
                source = out / "thin.py"
                source.write_text(build.thin(path.read_text(), *build.HOST_ONLY[name[:-4] + ".py"]))
            build.compile_one(source, name[:-4] + ".py", "armv6m", out / "x.mpy")
            files[name] = (out / "x.mpy").read_bytes()
    return files


@pytest.fixture(scope="module")
def talked(module_guest, firmware):
    """A chip that was talked to for some seconds."""
    chip = module_guest("console.py", extra=firmware)
    assert chip.wait_for("START", 10), chip.console.decode(errors="replace")
    chip.systick_reads = []
    assert chip.wait_for("> ", 3), chip.console.decode(errors="replace")
    for said in (*TALK, *NOISE, *TALK[:2]):
        seen = len(chip.console)
        chip.send(said)
        chip.run_until(lambda seen=seen: bytes(chip.console[seen:]).endswith(b"> "), 3)
    chip.send(b"\x03\rset charge_w 5000\r")
    assert chip.wait_for("halted", 4), chip.console[-600:].decode(errors="replace")
    return chip


def test_it_answers_after_whatever_was_typed(talked):
    said = talked.console.decode(errors="replace")
    assert said.count("Islander 9.9, GPL") == 2 and "did you mean 'status'?" in said
    said = said.partition("halted")[0]
    assert "Traceback" not in said and "KeyboardInterrupt" not in said


def test_every_tick_found_its_samples_while_it_printed(talked):
    said_ticks = [line for line in talked.console.decode(errors="replace").splitlines() if "TICKS " in line][-1]
    ticks, bad, pause, happened, recorded, missed, lost = (
        int(word) for word in said_ticks.partition("TICKS ")[2].split()
    )
    print("RESULT background held up for %d ms at most" % (pause // 2))
    assert ticks > 2000 and bad == 0
    # A command's first use may hold the background up for longer than the ring lasts: that record ends early.
    assert happened > 5 and recorded >= 1 and lost == 0
    assert missed == 0 or pause > places.RING_TICKS - places.WAVE_PRE


def test_the_tick_keeps_its_time_within_five_microseconds_while_it_prints(talked):
    begins = talked.systick_reads[10:-10]
    start = begins[0]
    late = [(time - start) - round((time - start) / 500e-6) * 500e-6 for time in begins]
    print("RESULT jitter +-%.2f us over %d ticks" % ((max(late) - min(late)) / 2e-6, len(begins)))
    assert len(begins) > 2000 and max(late) - min(late) < 10e-6


def test_events_lie_in_the_fram(talked):
    first = bytes(talked.fram.memory[places.EVENTS + 64 : places.EVENTS + 128])
    assert int.from_bytes(first[:4], "little") == 1
    assert bytes(talked.fram.memory[places.WAVES : places.WAVES + 6 * 38000]).count(b"WAVE") >= 1
