"""From power-up: coils first, whatever else is broken; the loader, the slots, the watchdog; on the emulated chip."""

import pytest

from tools import build
from tools.emulator import image

COILS = range(2, 7)
GOOD = b"def run(slot):\n    print('APP good', slot)\n    import time\n    while True:\n        time.sleep_ms(100)\n"
SETTINGS = b"def run(slot):\n    raise ValueError('settings: nominal_mv 7 is outside 100000..250000')\n"
BROKEN = {
    "raises": (SETTINGS, "nominal_mv"),
    "syntax": (b"def run(slot)\n", "SyntaxError"),
    "library": (b"import umodbus.functions\n", "umodbus"),
    "ends": (b"def run(slot):\n    pass\n", "the firmware ended"),
    "coil": (b"from machine import Pin\nPin(3, Pin.OUT, value=1)\nraise RuntimeError('half way')\n", "half way"),
}


def chip_with(files, slot="a"):
    from tools.emulator.chip import Chip

    root = {
        "boot.py": (build.ROOT / "boot.py").read_bytes(),
        "main.py": (build.ROOT / "firmware" / "board" / "loader.py").read_bytes(),
        "slot": slot.encode(),
    }
    return Chip({**root, **files})


def chip_with_slots(tmp_path, apps, slot="a", marks="ab", spoil=None):
    """`apps`: what app.py of slot a, then b, says; each in its half of the partition."""
    from tools.emulator.chip import Chip

    if image.lacks_slots():
        pytest.skip(image.lacks_slots())
    roms = []
    for number, text in enumerate(apps):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "app.py").write_bytes(text)
        roms.append(build.romfs(folder))
    if spoil is not None:
        roms[spoil] = b"\xff" * len(roms[spoil])
    root = {
        "boot.py": (build.ROOT / "boot.py").read_bytes(),
        "main.py": (build.ROOT / "firmware" / "board" / "loader.py").read_bytes(),
        "slot": slot.encode(),
        **{mark + ".image": b"x" for mark in marks},
    }
    return Chip(root, slots=roms)


def all_low(chip):
    return [chip.level(pin) for pin in COILS] == [0] * len(COILS)


def test_every_coil_is_driven_low_within_fifty_ms_and_before_anything_else():
    chip = chip_with({"main.py": b"from machine import Pin\nPin(25, Pin.OUT, value=1)\n"})
    assert [chip.level(pin) for pin in COILS] == [None] * len(COILS)  # at reset: released, pulled down by the board
    assert chip.run_until(lambda: chip.level(25) == 1, 0.5, 0.001)
    driven = [next(time for time, level in chip.changes(pin) if level == 0) for pin in COILS]
    assert max(driven) < 0.05
    assert max(driven) < chip.changes(25)[0][0]
    assert not any(level for pin in COILS for _, level in chip.changes(pin))


@pytest.mark.parametrize("why", sorted(BROKEN))
def test_a_broken_firmware_leaves_coils_off_and_says_why(why):
    text, says = BROKEN[why]
    chip = chip_with({"a/app.py": text, "a/image": b"x"})
    assert chip.wait_for("staying here", 12), chip.console.decode()
    assert says in chip.console.decode()
    assert all_low(chip)
    before = len(chip.console)
    chip.send("print(6 * 7)\r\n")
    chip.run(0.2)
    assert b"42" in chip.console[before:]


SPEED = b"""
import machine, time
def run(slot):
    mem = machine.mem32
    mem[0xE000E014], mem[0xE000E010] = 0xFFFFFF, 5  # SysTick, free, on the core's clock
    begin, count = time.ticks_us(), mem[0xE000E018]
    time.sleep_us(10000)
    count, us = count - mem[0xE000E018], time.ticks_us() - begin
    print('SPEED', machine.freq(), mem[0x40064000] >> 4 & 15, count // us)
    time.sleep(9)
"""


def test_the_firmware_runs_at_the_full_rate_with_the_supply_that_it_needs():
    """RP2040 datasheet: 200 MHz with DVDD at 1.15 V, VSEL 0b1100. SysTick counts the core's cycles."""
    chip = chip_with({"a/app.py": SPEED, "a/image": b"x"})
    assert chip.wait_for("SPEED ", 2) and chip.wait_for("\n", 1)
    chip.run(0.05)
    freq, vsel, per_us = chip.console.decode().partition("SPEED ")[2].split()[:3]
    assert (int(freq), int(vsel)) == (200_000_000, 0b1100)
    assert 195 <= int(per_us) <= 201


def test_a_broken_boot_of_the_new_slot_falls_back_on_the_old():
    chip = chip_with({"b/app.py": b"raise OSError(5)\n", "b/image": b"2", "a/app.py": GOOD, "a/image": b"1"}, slot="b")
    assert chip.wait_for("APP good a", 10), chip.console.decode()
    assert chip.console.count(b"Traceback") == 3
    assert b"falling back on slot a" in chip.console


@pytest.mark.parametrize(("slot", "says"), [("a", b"APP one a"), ("b", b"APP two b")])
def test_a_slot_runs_from_its_half_of_the_flash(tmp_path, slot, says):
    chip = chip_with_slots(tmp_path, [GOOD.replace(b"good", b"one"), GOOD.replace(b"good", b"two")], slot)
    assert chip.wait_for(says.decode(), 3), chip.console.decode()


def test_a_slot_that_flash_has_forgotten_falls_back_on_the_other(tmp_path):
    chip = chip_with_slots(tmp_path, [GOOD, GOOD.replace(b"good", b"old")], spoil=0)
    assert chip.wait_for("APP old b", 12), chip.console.decode()
    assert b"falling back on slot b" in chip.console


def test_a_micropython_without_slots_says_what_to_do(tmp_path):
    if not image.lacks_slots():
        pytest.skip("this image has slots")
    chip = chip_with({"a.image": b"x"})
    assert chip.wait_for("put Islander's own on (docs/deploy.md)", 5), chip.console.decode()
    assert all_low(chip)


def test_without_a_slot_the_console_is_there():
    chip = chip_with({"slot": b""})
    chip.run(0.5)
    assert b"no slot holds a firmware" in chip.console and all_low(chip)


def test_maintenance_is_asked_once(said):
    from rp2040py.device.base_device import ResetCause

    chip = chip_with({"a/app.py": GOOD, "a/image": b"1"})
    assert chip.wait_for("APP good a", 2)
    chip.mcu.watchdog.scratch_data[0] = 0x4D41494E
    chip.device.hard_reset(cause=ResetCause.WATCHDOG)
    assert chip.wait_for("maintenance: the firmware was not started", 2)
    chip.device.hard_reset(cause=ResetCause.WATCHDOG)
    shown = len(chip.console)
    chip.run(1)
    assert b"APP good a" in chip.console[shown:]


def test_a_background_that_hangs_is_restarted_with_the_pins_released(guest, said):
    """Eight seconds without a feed: reset, outputs high-impedance, the cause known afterwards."""
    chip = guest("hang.py")
    assert chip.wait_for("HUNG", 2)
    hung = chip.now_s
    assert chip.level(3) == 1
    assert chip.run_until(lambda: bool(chip.resets), 9, 0.1)
    assert 7.5 < chip.resets[0] - hung < 8.5
    released = [level for time, level in chip.changes(3, chip.resets[0] - 1e-6)]
    assert released[0] is None
    assert chip.wait_for("CAUSE watchdog", 2)
