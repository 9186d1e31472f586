"""The server for the site's energy manager: what it shows, takes and refuses. Addresses by walking the chain."""

import json
from pathlib import Path

import pytest
import sunspec2

from firmware.server.chain import MODELS, Chain
from firmware.transfer import states
from host_tests.unit.server.stand import Stand

DEFINITIONS = Path(sunspec2.__file__).parent / "models" / "json"
COUNTS = {"NPt": 5, "NCrvSet": 2, "NCtl": 2, "NPrt": 2}
NONE = {"uint16": [0xFFFF], "int16": [0x8000], "enum16": [0xFFFF], "bitfield16": [0xFFFF], "sunssf": [0x8000],
        "uint32": [0xFFFF] * 2, "int32": [0x8000, 0], "bitfield32": [0xFFFF] * 2, "uint64": [0xFFFF] * 4,
        "pad": [0x8000]}  # fmt: skip


def points(group, path=""):
    """(name, type, registers) of a model's definition, groups repeated."""
    for point in group.get("points", []):
        yield path + point["name"], point["type"], point.get("size", 1)
    for inner in group.get("groups", []):
        count = inner.get("count", 1)
        for i in range(COUNTS[count] if isinstance(count, str) else count):
            yield from points(inner, "%s%s[%d]." % (path, inner["name"], i))


@pytest.mark.parametrize("model", [model for model, _ in MODELS])
def test_every_model_is_laid_out_as_sunspec_defines_it(model):
    group = json.loads((DEFINITIONS / ("model_%d.json" % model)).read_text())["group"]
    chain, words = Chain(), []
    for name, kind, size in points(group):
        if name not in ("ID", "L"):
            words += [0] * size if kind == "string" else NONE[kind]
    raw = chain.read(40000 + chain.at[model], 2 + len(words))
    found = [raw[2 * i] << 8 | raw[2 * i + 1] for i in range(len(raw) // 2)]
    assert found == [model, len(words), *words]


def test_the_chain_begins_and_ends_as_it_should():
    stand = Stand()
    assert stand.read(40000, 2) == [0x5375, 0x6E53]
    at, seen = 40002, []
    while True:
        model, length = stand.read(at, 2)
        if model == 0xFFFF:
            break
        seen.append(model)
        at += 2 + length
    assert length == 0 and seen == [1, 701, 702, 703, 704, 707, 708, 709, 710, 711, 713, 714, 715]
    assert stand.read(at, 2) == [0xFFFF, 0] and stand.read(at, 3) == bytes((0x83, 2))


def test_any_part_of_the_map_can_be_read():
    stand = Stand()
    whole = []
    for first in range(40000, 40000 + Chain().count, 75):
        whole += stand.read(first, min(75, 40000 + Chain().count - first))
    for first, count in ((40001, 1), (40069, 3), (40075, 125), (40200, 7), (40401, 2)):
        assert stand.read(first, count) == whole[first - 40000 : first - 40000 + count]


@pytest.mark.parametrize(
    "pdu, code",
    [
        (bytes((3, 0, 0, 0, 1)), 2),
        (bytes((3, 0x9C, 0x3F, 0, 2)), 2),  # 39999
        (bytes((3, 0xFF, 0xFF, 0, 5)), 2),
        (bytes((3, 0x9C, 0x40, 0, 0)), 3),
        (bytes((3, 0x9C, 0x40, 0, 126)), 3),
        (bytes((3, 0x9C, 0x40, 0)), 3),
        (bytes((4, 0x9C, 0x40, 0, 2)), 1),
        (bytes((1, 0, 0, 0, 2)), 1),
        (bytes((43, 14, 1, 0)), 1),
        (bytes((6, 0x9C, 0x44, 0, 1)), 2),  # read only
        (bytes((16, 0x9C, 0x44, 0, 1, 2, 0, 1)), 2),
        (bytes((16, 0x9C, 0x44, 0, 2, 2, 0, 1)), 3),  # count and bytes disagree
        (bytes((16, 0x9C, 0x44, 0, 0, 0)), 3),
    ],
)
def test_exception_codes(pdu, code):
    assert Stand().ask(pdu) == bytes((pdu[0] | 0x80, code))


def test_silent_to_others_to_broadcasts_and_to_broken_frames():
    stand = Stand()
    at = stand.at(704, 22)
    request = bytes((16, at >> 8, at & 255, 0, 1, 2, 0, 1))
    assert stand.ask(request, unit=8) is None and stand.ask(request, unit=0) is None
    assert stand.requests.power_w() is None
    assert stand.server.answer(b"\x07\x03\x9c\x40\x00\x02\x00\x00", 100) == b""
    assert stand.server.answer(b"", 100) == b"" and stand.server.answer(bytes(300), 100) == b""


def test_what_is_measured():
    stand = Stand()
    stand.see()
    at = stand.at(701)
    assert stand.read(at + 2, 8) == [1, 1, 3, 1, 0, 0, 0, 1]  # split phase, on, running, connected, following
    assert stand.read(at + 10, 1) == [499] and stand.read(at + 116, 1) == [1]  # 4990 W
    assert stand.read(at + 15, 4) == [2400, 1200, 0, 60013]
    assert stand.read(at + 47, 1) == [1204] and stand.read(at + 70, 1) == [1196]
    assert stand.read(stand.at(713, 4), 1) == [645]
    assert stand.read(stand.at(714, 32), 1) == [-499 & 0xFFFF]
    stand.put("STATE", states.ISLAND)
    stand.see()
    assert stand.read(at + 5, 1) == [0] and stand.read(at + 8, 2) == [0, 2]  # not connected, forming


def test_a_silent_charger_is_not_known_never_old():
    stand = Stand()
    stand.put("TICK", 10000 + 6001)
    stand.see()
    at = stand.at(701)
    assert stand.read(at + 4, 1) == [0xFFFF] and stand.read(at + 10, 1) == [0x8000]
    assert stand.read(at + 8, 2) == [0xFFFF, 0xFFFF] and stand.read(stand.at(713, 4), 1) == [0xFFFF]


def test_the_curves_are_the_grid_codes():
    """IEEE 1547-2018 category III: 27-1 0.88 pu 21 s, 27-2 0.50 pu 2 s; 81U 58.5 Hz 300 s, 56.5 Hz 0.16 s."""
    stand = Stand(grid_code=3)
    at = stand.at(707)
    assert stand.read(at + 9, 11) == [1, 3, 5000, 0, 200, 5000, 0, 2100, 8800, 0, 2100]
    at = stand.at(709)
    assert stand.read(at + 10, 13) == [3, 0, 56500, 0, 16, 0, 56500, 0, 30000, 0, 58500, 0, 30000]
    assert stand.read(at + 73, 1) == [1]  # set 2 read only


def power(stand, watts, seconds=60):
    high, low = watts >> 16 & 0xFFFF, watts & 0xFFFF
    return stand.write(stand.at(704, 22), 1, 1, high, low, 0, 0, 0, 0, 1, seconds >> 16, seconds & 0xFFFF)


def test_a_power_request_is_read_back_and_ends_with_its_timer():
    stand = Stand()
    assert stand.requests.power_w() is None
    assert power(stand, -4000)[0] == 16
    assert stand.requests.power_w() == -4000 and stand.requests.left_s() == 60
    assert stand.read(stand.at(704, 22), 4) == [1, 1, 0xFFFF, 0xF060]
    stand.now_s += 59
    assert stand.read(stand.at(704, 33), 2) == [0, 1]
    assert stand.requests.power_w() == -4000
    stand.now_s += 1
    assert stand.read(stand.at(704, 22), 4) == [0, 1, 0, 0]
    assert stand.requests.power_w() is None
    assert [what for what, _ in stand.requests.events] == ["site power", "site power ended"]


def test_a_request_without_a_timer_ends_all_the_same():
    stand = Stand()
    power(stand, 3000, 0)
    stand.requests.pass_time(stand.now_s + 299)
    assert stand.requests.power_w() == 3000
    stand.requests.pass_time(stand.now_s + 300)
    assert stand.requests.power_w() is None


def test_a_heartbeat_that_stands_still_ends_the_request():
    stand = Stand()
    power(stand, 3000, 3600)
    stand.write(stand.at(715, 5), 0, 1)
    for beat in range(2, 9):
        stand.now_s += 50
        stand.write(stand.at(715, 5), 0, beat)
        assert stand.requests.power_w() == 3000
    stand.requests.pass_time(stand.now_s + 61)
    assert stand.requests.power_w() is None


def test_adjacent_points_in_one_write_and_a_part_of_them():
    stand = Stand()
    assert stand.write(stand.at(704, 22), 1, 1, 0, 2500)[0] == 16  # as pysunspec2 joins WSetEna, WSetMod and WSet
    assert stand.requests.power_w() == 2500
    assert stand.write(stand.at(704, 24), 0, 2600)[0] == 16 and stand.requests.power_w() == 2600
    assert stand.write(stand.at(704, 23), 0)[0] == 16  # in percent of the rating
    assert stand.write(stand.at(704, 28), 500)[0] == 16 and stand.requests.power_w() == 5500
    reply = stand.ask(bytes((6, *stand.at(704, 22).to_bytes(2, "big"), 0, 0)))
    assert reply[0] == 6 and stand.requests.power_w() is None


@pytest.mark.parametrize(
    "offset, words, code",
    [
        (22, [2], 3),
        (22, [1, 2], 3),
        (24, [0], 3),  # half of WSet
        (25, [5], 3),
        (24, [0, 11001], 3),
        (24, [0xFFFF, -11001 & 0xFFFF], 3),
        (24, [0x7FFF, 0xFFFF], 3),
        (26, [0, 500], 3),  # a power that would stand after the timer
        (28, [1001], 3),
        (31, [1, 0x5181], 3),  # 86401 s
        (22, [1, 1, 0, 100, 0, 0, 0, 0, 1, 0, 60, 0], 2),  # one too far: WSetRvrtRem
        (2, [1], 2),  # power factor: not done here
        (35, [1], 2),
        (53, [1], 2),
    ],
)
def test_out_of_range_refuses_the_whole_write(offset, words, code):
    stand = Stand()
    before = stand.read(stand.at(704), 67)
    assert stand.write(stand.at(704, offset), *words) == bytes((0x90, code))
    assert stand.read(stand.at(704), 67) == before and stand.requests.power_w() is None


def test_a_limit_with_its_own_timer():
    stand = Stand()
    assert stand.write(stand.at(704, 14), 1, 250, 1000, 0, 0, 30)[0] == 16
    assert stand.requests.limit_w() == 2750 and stand.requests.power_w() is None
    stand.requests.pass_time(stand.now_s + 30)
    assert stand.requests.limit_w() is None


def test_hold_by_enter_service_and_by_stop():
    stand = Stand()
    power(stand, 3000)
    assert stand.write(stand.at(703, 2), 0)[0] == 16
    assert stand.requests.power_w() == 0 and stand.requests.limit_w() == 0
    assert stand.write(stand.at(703, 2), 1)[0] == 16 and stand.requests.power_w() == 3000
    stand.write(stand.at(715, 8), 0)
    assert stand.requests.power_w() == 0
    stand.write(stand.at(715, 8), 1)
    assert stand.requests.power_w() == 3000


def test_too_many_writes_are_put_off():
    stand = Stand()
    at, said = stand.at(715, 5), []
    for beat in range(1, 31):
        said.append(stand.write(at, 0, beat)[:2])
    assert said.count(b"\x90\x06") == 20 and said[:10] == [bytes((16, at >> 8))] * 10
    stand.now_s += 1
    assert [stand.write(at, 0, 99)[0] for _ in range(3)] == [16, 16, 0x90]


def test_an_alarm_is_not_reset_from_afar():
    stand = Stand()
    stand.put("STATE", states.LOCKOUT_86)
    stand.see()
    assert stand.write(stand.at(715, 7), 1) == bytes((0x90, 3))
    assert stand.read(stand.at(715, 2), 1) == [1]  # local


def test_no_write_whatever_changes_an_ask_or_the_image():
    """Every register of the map, by function 6 and in pairs: the image and the asks stay as they are."""
    stand = Stand()
    stand.see()
    image, asks = list(stand.image), list(stand.asks)
    for address in range(40000, 40000 + Chain().count):
        stand.now_s += 1
        for value in (0, 1, 2, 0xFFFF):
            stand.ask(bytes((6, address >> 8, address & 255, value >> 8, value & 255)))
            stand.write(address, 0, value)
    assert list(stand.image) == image and list(stand.asks) == asks
    assert stand.context.draft == {} and stand.settings["grid_code"] == 3


def test_trip_curves_are_read_only_until_somebody_on_site_unlocks():
    stand = Stand()
    first, second = stand.at(707, 11), stand.at(707, 60)
    assert stand.write(second, 5000) == bytes((0x90, 2))
    assert stand.write(stand.at(707, 3), 2) == bytes((0x90, 2))
    stand.context.unlocked_s = 10_000
    stand.see()
    assert stand.read(stand.at(707, 58), 1) == [0]
    assert stand.write(first, 5000) == bytes((0x90, 2))  # set 1 is what is in force
    assert stand.write(stand.at(707, 2), 0) == bytes((0x90, 2))  # never disabled
    assert stand.write(stand.at(707, 59), 3, 5000, 0, 150, 5000, 0, 1100, 8800, 0, 1100)[0] == 16
    assert stand.context.draft == {}
    assert stand.write(stand.at(707, 3), 2)[0] == 16


def test_an_adopted_curve_waits_in_the_draft_for_a_person():
    """Category III allows 27-1 21 s to 50 s and 27-2 2 s to 21 s: 25 s and 5 s."""
    stand = Stand()
    stand.context.unlocked_s = 10_000
    stand.see()
    assert stand.write(stand.at(707, 59), 3, 5000, 0, 500, 5000, 0, 2500, 8800, 0, 2500)[0] == 16
    assert stand.write(stand.at(707, 3), 2)[0] == 16
    assert stand.read(stand.at(707, 4), 1) == [1]
    assert stand.context.draft == {
        "uv1_trip_mv": 105600, "uv1_trip_ms": 25000, "uv2_trip_mv": 60000, "uv2_trip_ms": 5000,
    }  # fmt: skip
    assert stand.read(stand.at(707, 10), 5) == [3, 5000, 0, 200, 5000]  # in force as before
    stand.context.draft.clear()
    stand.now_s += 5
    stand.write(stand.at(707, 59), 3, 5000, 0, 1, 5000, 0, 2, 8800, 0, 2)  # 10 and 20 ms: the code forbids it
    stand.write(stand.at(707, 3), 2)
    assert stand.read(stand.at(707, 4), 1) == [2] and stand.context.draft == {}
