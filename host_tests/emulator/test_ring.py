"""The sample ring on the emulated chip: two DMA channels that start each other, for ever."""

import itertools

import numpy as np

HAND_OVERS = 1000
ROOM = 16  # frames: a small ring makes many hand-overs in little time
RING = 4 * ROOM
SRAM = 0x20000000


def soak(chip, said, left_out=None):
    """Number the samples, let the guest run to its end; count the places of the ring that hold a wrong number.

    Sample k belongs at place k modulo the ring and carries k & 4095: one lost or taken twice shifts all after it.
    """
    numbers = (n for n in itertools.count() if n != left_out)
    chip.analog = lambda channel, time_s: next(numbers) & 4095
    assert chip.wait_for("RING", 1)
    chip.run(0.01)
    at = said(chip, "RING")[0] - SRAM
    wrong = 0
    while b"SEEN" not in chip.console:
        chip.run(0.001)
        ring = np.frombuffer(chip.mcu.sram, np.uint16, RING, at)
        wrong += int(np.count_nonzero(ring % RING != np.arange(RING)))
        assert chip.now_s < 8, chip.console[-200:]
    chip.run(0.01)
    seen, overrun = said(chip, "SEEN")
    assert at % (2 * RING) == 0
    return seen, overrun, wrong


def test_a_thousand_hand_overs_lose_and_repeat_nothing(guest, said):
    frames = (HAND_OVERS + 1) * RING // 4
    seen, overrun, wrong = soak(guest("ring.py", ROOM=ROOM, COUNT=RING, RATE=480_000, FRAMES=frames), said)
    assert frames <= seen < frames + 100
    assert (overrun, wrong) == (0, 0)


def test_one_sample_lost_is_seen_by_the_same_check(guest, said):
    chip = guest("ring.py", ROOM=ROOM, COUNT=RING, RATE=480_000, FRAMES=16 * RING)
    _, _, wrong = soak(chip, said, left_out=900)
    assert wrong > RING


def test_channels_keep_their_places_at_the_real_rate(guest, said):
    """32 kS/s in all: frame f holds channel 0 to 3 of one round, 31.25 us apart."""
    chip = guest("tick.py", TICKS=200, STOP=1 << 28, WANTED=0)
    times = {channel: [] for channel in range(4)}

    def sample(channel, time_s):
        times[channel].append(time_s)
        return 100 + 1000 * channel

    chip.analog = sample
    assert chip.wait_for("halted", 3)
    assert said(chip, "TICKS")[1:3] == [0, 0]
    for channel in range(1, 4):
        skew = [b - a for a, b in zip(times[0], times[channel], strict=False)]
        assert max(skew) - min(skew) < 1e-7
        assert abs(skew[10] - channel * 31.25e-6) < 1e-7
    rounds = [b - a for a, b in zip(times[0], times[0][1:], strict=False)]
    assert abs(sum(rounds) / len(rounds) - 125e-6) < 1e-8
