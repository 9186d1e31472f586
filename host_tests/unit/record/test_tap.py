"""The tick's side of the event record: what it notes, in what order, and what it does when nobody reads."""

from array import array

import pytest

from firmware import image as layout
from firmware.record import codes, watches, wavetap
from firmware.record import tap as tapping
from firmware.transfer import facts, states


class Case:
    def __init__(self):
        self.image = layout.new_image()
        self.tap = tapping.EventTap(self.image, layout)
        self.entry = array("i", bytes(4 * tapping.WIDTH))

    def set(self, **slots):
        for name, value in slots.items():
            self.image[layout.slot(name)] = value
        self.tap.step(0)

    def taken(self):
        found = []
        while self.tap.take(self.entry):
            found.append(list(self.entry))
        return found


def test_private_constants_are_the_public_ones():
    assert (tapping._ENTRIES, tapping._WIDTH) == (tapping.ENTRIES, tapping.WIDTH)
    for name in (
        "STATE", "PLACE", "COUNT", "AT", "CAUSE", "KEEP", "MISSED", "ASKED", "TIME_S", "TENTHS", "LENGTH", "PRE",
        "SINCE",
    ):  # fmt: skip
        assert getattr(tapping, "_" + name) == getattr(wavetap, name), name
    assert tapping._WAVE_WORDS == wavetap.WORDS and 4 * wavetap.WORDS == wavetap.TICK_BYTES
    assert (tapping._TOLD, tapping._VOLTS) == (codes.COMMANDS, codes.V_FACTS)
    assert tapping._ISLAND_TRIP == facts.V_ISLAND_TRIP


def test_the_watches_end_before_what_follows_them():
    assert tapping._FIRST + tapping._WATCH * len(watches.WATCHES) <= wavetap.STATE
    assert wavetap.SINCE < tapping._RING


def test_nothing_changes_nothing_is_noted():
    case = Case()
    for _ in range(5):
        case.set(G1_MV=120000, IN_STATE_MS=7)
    assert case.taken() == [] and case.tap.lost() == 0


@pytest.mark.parametrize("watch", watches.WATCHES, ids=lambda watch: watch[1])
def test_every_watched_slot_is_noted_with_time_old_new_and_details(watch):
    code, slot, mask, detail = watch[:4]
    case = Case()
    bit = mask & -mask
    first = layout.slot(detail) if detail else None
    if detail:
        for i in range(5):
            case.image[first + i] = 100 + i
    case.image[layout.slot(slot)] = bit
    case.set(UPTIME_S=86400 * 365, UPTIME_MS=999, TICK=7)
    found = case.taken()
    mine = [entry for entry in found if entry[2] == code]
    assert len(mine) == 1
    assert mine[0][:5] == [86400 * 365, 9995, code, 0, bit]
    if detail and layout.slot(slot) not in range(first, first + 5):
        assert mine[0][5:10] == [100, 101, 102, 103, 104]


def test_bits_outside_the_mask_are_no_event():
    case = Case()
    case.set(V_FACTS=facts.V_IN_STEP | facts.V_APART, INPUTS=0b11111, OUTPUTS=1 << 9)
    assert case.taken() == []


def test_a_negative_detail_keeps_its_sign():
    case = Case()
    case.set(TRIP_VALUE=-40000, TRIP_COUNT=1)
    assert case.taken()[0][7] == -40000


def test_causes_come_before_what_they_bring_about():
    case = Case()
    case.set(STATE=states.OPENING, V_FACTS=facts.V_GRID_TRIP, TRIP_COUNT=1, OUTPUTS=1, S_FACTS=1)
    assert [entry[2] for entry in case.taken()] == [
        codes.TRIP,
        codes.V_FACTS,
        codes.S_FACTS,
        codes.STATE,
        codes.COMMANDS,
    ]


def test_a_full_ring_keeps_the_oldest_and_counts_the_rest():
    case = Case()
    for i in range(tapping.ENTRIES + 50):
        case.set(STATE=1 + i % 2, UPTIME_S=i)
    found = case.taken()
    assert [entry[0] for entry in found] == list(range(tapping.ENTRIES - 1))
    assert case.tap.lost() == 51
    case.set(STATE=9)
    assert [entry[4] for entry in case.taken()] == [9]


def test_the_ring_goes_round_many_times_in_order():
    case = Case()
    seen = []
    for i in range(1000):
        case.set(STATE=1 + i % 2, UPTIME_S=i)
        if i % 7 == 0:
            seen += case.taken()
    seen += case.taken()
    assert [entry[0] for entry in seen] == list(range(1000)) and case.tap.lost() == 0
