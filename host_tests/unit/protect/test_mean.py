"""The ten-minute mean: known after ten minutes, then renewed every three seconds, against Python's own mean."""

import random
from statistics import mean as plain

from firmware.protect import mean
from host_tests.unit.protect.bench import Bench, layout

READINGS, SPANS = 750, 200  # of 4 ms; of 3 s


class Meter:
    def __init__(self):
        self.image = layout.new_image()
        self.p = mean.new(layout)
        self.spans = mean.Spans(self.image, self.p, layout)
        self.slot, self.out = layout.slot("GRID_MAX_MV"), layout.slot("MEAN10_MV")

    def span(self, mv):
        """Three seconds at this voltage, without the 750 calls: the sum as they would have left it."""
        self.p[mean._SUM], self.p[mean._N] = mv * (READINGS - 1), READINGS - 1
        self.image[self.slot] = mv
        assert mean.add(self.image, self.p, self.p) == 1
        self.spans.close()
        return self.image[self.out]


def test_a_span_is_750_readings_of_4_ms():
    meter = Meter()
    meter.image[meter.slot] = 1000000  # eight times nominal: still within int32
    full = [mean.add(meter.image, meter.p, meter.p) for _ in range(READINGS)]
    assert full.index(1) == READINGS - 1 and READINGS * 4 * SPANS == 600000


def test_nothing_is_known_before_ten_minutes():
    meter = Meter()
    assert [meter.span(250000) for _ in range(SPANS - 1)] == [0] * (SPANS - 1)
    assert meter.span(250000) == 250000


def test_it_is_the_mean_of_the_last_200_spans():
    meter, rng, past = Meter(), random.Random(1), []
    for _ in range(3 * SPANS):
        past.append(rng.randrange(0, 300000))
        found = meter.span(past[-1])
        if len(past) >= SPANS:
            assert abs(found - plain(past[-SPANS:])) <= 1


def test_a_span_takes_nothing_over_from_the_one_before():
    """749 readings of nought and one of 749 mV have a mean below one."""
    meter = Meter()
    meter.span(250000)
    for mv in [0] * (READINGS - 1) + [READINGS - 1]:
        meter.image[meter.slot] = mv
        mean.add(meter.image, meter.p, meter.p)
    meter.spans.close()
    assert list(meter.spans._ring[:2]) == [250000, 0]


def test_vde_trips_above_110_percent_and_says_so():
    bench = Bench(grid_code=5, nominal_hz=50, nominal_mv=230000, legs=1).grid(1050).run(8)
    bench.put(MEAN10_MV=253000).run(8)
    assert "GRID_TRIP" not in bench.facts
    bench.put(MEAN10_MV=253001).run(8)
    assert "GRID_TRIP" in bench.facts and bench.trip == ("59 mean", 0, 253001, 253000, 4)
