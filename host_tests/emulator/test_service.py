"""The whole lean firmware on the emulated chip in a site: it comes into service, loses the grid, opens K1, says why."""

import dataclasses

import pytest

from tools import build
from tools.emulator import image

LOSS_S, END_S = 2.6, 3.6


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """(world, firmware) after a start and a loss of the grid."""
    if image.lacks_slots():
        pytest.skip(image.lacks_slots())
    from tools.emulator.firmware import EmulatedFirmware
    from tools.plant.scenarios import find
    from tools.plant.world import World

    folder = tmp_path_factory.mktemp("service")
    build.make(build.CHIPS["rp2040"], folder / "image")
    made = []

    def firmware(run_dir, settings):
        made.append(EmulatedFirmware(run_dir, settings, folder / "image"))
        return made[-1]

    told = dataclasses.replace(find("blackout"), duration_s=END_S, events=((LOSS_S, "grid_off", {}),))
    with World(told, 1, folder / "run", make_firmware=firmware) as world:
        while world.step():
            pass
        yield world, made[0]


def test_it_comes_into_service_and_opens_k1(played):
    world, _ = played
    names = [name for _, name in world.states]
    assert names[:2] == ["OUT_OF_SERVICE", "DARK"] and "PARALLEL" in names
    assert names.index("OPENING") > names.index("PARALLEL") and names[names.index("OPENING") + 1] == "DARK"
    assert not world.violations
    assert LOSS_S < world.marks["k1_open_command"] < world.marks["k1_proven_open"] < LOSS_S + 0.06


def test_no_tick_misses_a_sample_and_none_outlasts_its_period(played):
    from tools.emulator.cost import TICK_CYCLES
    from tools.plant.names import SLOTS

    world, _ = played
    assert world.image[SLOTS["TICK_BAD"]] == 0
    assert 0 < world.image[SLOTS["TICK_COST_MAX"]] < TICK_CYCLES


def test_flash_is_never_written_in_service(played):
    _, firmware = played
    assert [moment for moment, _ in firmware.chip.flash_writes if moment > firmware.boot_s] == []


def test_its_console_tells_the_trip(played):
    _, firmware = played
    chip, shown = firmware.chip, len(firmware.chip.console)
    chip.send("why\r")
    chip.run(1.5)
    assert b"grid lost" in chip.console[shown:], chip.console[shown:]
