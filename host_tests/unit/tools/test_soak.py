"""What a soak says of the heap: by thirds, and nothing where there was no time for a reading."""

import pytest

from tools.emulator import soak


def test_the_first_and_the_last_third_are_compared():
    found = soak.heap([900, 1000, 1100, 5, 5, 5, 700, 800, 750], 400.0)
    assert (found["heap_free_first_third"], found["heap_free_last_third"], found["heap_free_least"]) == (1000, 750, 5)
    assert soak.heap([640], 40.0)["heap_free_last_third"] == 640


def test_too_short_a_soak_says_so():
    """It ended in an exception of its statistics, after all its minutes."""
    with pytest.raises(soak.TooShort, match="30 s were played, the first reading .* after 37: give it more --minutes"):
        soak.heap([], 30.2)


def test_the_last_reading_counts_too():
    """It was only looked for when the next was due: a minute's soak had one reading and found none."""
    assert soak.readings("GRID> selftest\r\nheap     61000 bytes free, at rest\r\nGRID> ") == [61000]
