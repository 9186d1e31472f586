"""Rows to the fewest reads, words to numbers. The fewest is found again by trying every cut."""

import functools
import random
import struct

import pytest

from firmware.charger import probing, registers
from firmware.charger.profiles import sigen


def row(name, address, kind="U16", unit=1, function=4, every=1, access="R", gain=1):
    return (name, unit, function, address, kind, gain, access, every, "", "", "")


def fewest(rows, spans, absent, longest):
    """Least number of reads by trying every way to cut the sorted rows."""
    rows = sorted((r for r in rows if r[0] not in absent), key=lambda r: (r[1], r[2], r[3]))

    def ends(r):
        return r[3] + (1 if r[4] in ("U16", "S16") else 4 if r[4] == "U64" else 2)

    def whole(i, j):
        first, last = rows[i][3], max(ends(r) for r in rows[i:j])
        if len({(r[1], r[2]) for r in rows[i:j]}) != 1 or last - first > longest:
            return False
        gone = [r for r in all_rows if r[0] in absent and r[1:3] == rows[i][1:3]]
        if any(r[3] < last and ends(r) > first for r in gone):
            return False
        return any(s[:2] == rows[i][1:3] and s[2] <= first and last - 1 <= s[3] for s in spans)

    @functools.cache
    def best(i):
        return 0 if i == len(rows) else min(1 + best(j) for j in range(i + 1, len(rows) + 1) if whole(i, j))

    all_rows = ROWS[0]
    return best(0)


ROWS = [()]


def test_the_plan_is_the_fewest_reads_and_touches_nothing_that_is_not_there():
    dice = random.Random(11)
    for _ in range(300):
        rows, at = [], 100
        for n in range(dice.randrange(1, 12)):
            kind = dice.choice(("U16", "S32", "U64", "U16"))
            rows.append(row("r%d" % n, at, kind, unit=dice.choice((1, 1, 1, 2)), function=dice.choice((3, 4, 4, 4))))
            at += registers.size(kind) + dice.choice((0, 0, 1, 5, 30))
        cut = dice.randrange(100, at + 1)
        spans = [(u, f, low, high) for u in (1, 2) for f in (3, 4) for low, high in ((90, cut - 1), (cut, at + 9))]
        rows = [r for r in rows if not r[3] < cut < r[3] + registers.size(r[4])]
        absent = [r[0] for r in rows if dice.random() < 0.2]
        ROWS[0] = tuple(rows)
        longest = dice.choice((8, 20, 124))
        found = probing.plan(rows, spans, absent, longest)
        assert len(found) == fewest(tuple(rows), tuple(spans), tuple(absent), longest)
        for r in rows:
            covered = [b for b in found if registers.inside(r, b)]
            assert len(covered) == (0 if r[0] in absent else 1)
        for unit, function, first, count, _ in found:
            read = set(range(first, first + count))
            assert count <= longest and any(s[:2] == (unit, function) and s[2] <= first <= s[3] for s in spans)
            gone = [r for r in rows if r[0] in absent and r[1:3] == (unit, function)]
            assert not any(read & set(range(r[3], r[3] + registers.size(r[4]))) for r in gone)


def test_sigenergy_takes_six_reads_two_of_them_in_each_round():
    assert probing.plan(sigen.ROWS, sigen.SPANS) == [
        (0, 4, 31500, 27, 1),
        (247, 4, 30003, 36, 1),
        (0, 3, 41002, 4, 8),
        (247, 3, 40029, 20, 8),
        (247, 4, 30047, 38, 8),
        (247, 4, 30280, 6, 8),
    ]


@pytest.mark.parametrize(
    "kind, words, value",
    [
        ("U16", [65535], 65535),
        ("S16", [0xFFFE], -2),
        ("S32", [0, 0x61A8], 25000),
        ("S32", [0xFFFF, 0xFFFF], -1),
        ("S32", [0x8000, 0], -(1 << 31)),
        ("U32", [0xFFFF, 0xFFFF], (1 << 32) - 1),
        ("U64", [0, 1, 2, 3], (1 << 32) + (2 << 16) + 3),
        ("F32", list(struct.unpack(">HH", struct.pack(">f", -7400.5))), -7400.5),
        ("F32", [0x7FC0, 0], None),  # NaN
        ("F32", [0xFF80, 0], None),  # minus infinity
    ],
)
def test_words_are_high_first_and_signed(kind, words, value):
    assert registers.decode(kind, [9, *words], 1) == value


@pytest.mark.parametrize("kind, words", [("U16", [0xFFFF]), ("S16", [0x8000]), ("S32", [0x8000, 0]),
                                         ("U32", [0xFFFF, 0xFFFF]), ("U64", [0xFFFF] * 4)])  # fmt: skip
def test_sunspecs_point_that_is_not_there_is_not_known(kind, words):
    assert registers.decode(kind, words, 0, unset=True) is None
    assert registers.decode(kind, words, 0) is not None


def test_scale_factors_both_ways():
    values = {"w_sf": 1, "hz_sf": -2, "neg": -3}
    assert registers.scaled(-74, ("w_sf", 0), values) == -740
    assert registers.scaled(6001, ("hz_sf", 3), values) == 60010  # mHz
    assert registers.scaled(1499, ("neg", 0), values) == 1 and registers.scaled(-1500, ("neg", 0), values) == -2
    assert registers.scaled(5, ("gone", 0), values) is None
    assert (
        registers.unscaled(-7405, ("w_sf", 0), values) == -741
        and registers.unscaled(60010, ("hz_sf", 3), values) == 6001
    )
    with pytest.raises(ValueError, match="gone"):
        registers.unscaled(5, ("gone", 0), values)


@pytest.mark.parametrize(
    "kind, value, words", [("S32", -7400, [0xFFFF, 0xE318]), ("S16", -1, [0xFFFF]), ("U32", 6000, [0, 6000])]
)
def test_what_is_written(kind, value, words):
    assert registers.encode("x", kind, value) == words


@pytest.mark.parametrize("kind, value", [("U16", -1), ("U16", 65536), ("S16", 32768), ("S32", -(1 << 31) - 1)])
def test_a_number_that_does_not_fit_is_refused_with_its_range(kind, value):
    with pytest.raises(ValueError, match=r"cap: .* outside -?\d+\.\.\d+"):
        registers.encode("cap", kind, value)
