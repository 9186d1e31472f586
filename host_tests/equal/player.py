"""Plays one made-up day through Sense, Protect and Transfer and prints a checksum of all memory every eighth tick.

Runs alike under CPython (with the test shim), MicroPython on this machine and on the emulated RP2040. Samples, inputs
and asks come of one generator: healthy waves, a loss, a sag, a jump, noise, rails, random contacts.
"""

import gc
from array import array

from firmware import image as layout
from firmware.board.port import (
    IN_BYPASS_OFF,
    IN_CHARGER_READY,
    IN_E_STOP_OK,
    IN_K1_52A,
    IN_K1_52B,
    IN_KN_PROOF,
    OUT_K1,
    OUT_KN,
)
from firmware.protect.protect import Protect
from firmware.sense.cordic import TURN, sine
from firmware.sense.sense import Sense
from firmware.settings import Settings
from firmware.transfer.transfer import Transfer

EVERY = 8
# Healthy long enough for the fast detector to be armed; then what is described in `sample`.
SCENES = (0, 0, 0, 0, 0, 0, 1, 0, 2, 0, 3, 0, 4, 5, 0, 6, 0, 7)
WAVE = [sine(i * TURN // 256) for i in range(256)]


class Dice:
    """The same numbers everywhere."""

    def __init__(self, seed):
        self.state = seed

    def roll(self, n):
        self.state = (self.state * 1103515 + 12345) & 0xFFFFF
        return (self.state >> 4) % n


def checksum(arrays):
    """Of every integer of every array, its lowest 30 bits."""
    h = 7
    for one in arrays:
        for value in one:
            h = ((h & 0xFFFFF) * 31 + (value & 0x3FFFFFFF)) & 0x3FFFFFFF
    return h


def sample(scene, at, dice):
    """A count of one leg in one of the scenes; `at` is the phase in 1/65536 of a cycle."""
    if scene == 5:
        return dice.roll(4096)
    if scene == 6:
        return (0, 4095)[dice.roll(2)]
    size = (1024, 1024, 0, 520, 700, 0, 0, 1024)[scene]
    if scene == 7:
        at += 11000  # sixty degrees
    return 2048 + ((size * WAVE[(at >> 8) & 255]) >> 10) + dice.roll(7) - 3


def contacts(out, dice):
    """What proof contacts would say of these outputs, now and then something else."""
    bits = IN_E_STOP_OK | IN_BYPASS_OFF | IN_CHARGER_READY
    bits |= IN_K1_52A if out & OUT_K1 else IN_K1_52B
    bits |= 0 if out & OUT_KN else IN_KN_PROOF
    bits |= 4 if out & 2 else 8
    return bits ^ (1 << dice.roll(11)) if dice.roll(40) == 0 else bits


def play(ticks, take=None, say=print, scene_ticks=96, **changes):
    """`ticks` ticks; `say` is given a line every EVERY ticks."""
    settings = Settings(changes)
    image, asks = layout.new_image(), layout.new_asks()
    ring = array("H", [2048] * 1024)
    gc.collect()  # the chip's heap is small
    transfer, dice = Transfer(settings, image, asks), Dice(4711)
    gc.collect()
    sense = Sense(settings, image, ring, take=take)
    gc.collect()
    protect = Protect(settings, image, asks)
    asks[layout.ask("IN_SERVICE")] = 1
    memories = [image, sense.room] + [own for own in protect.own if own is not None] + [protect.room]
    inputs, outputs, told = layout.slot("INPUTS"), layout.slot("OUTPUTS"), layout.ask("CHARGER_TICK")
    out, frame, at = 0, 0, 0
    for n in range(ticks):
        scene = SCENES[n // scene_ticks % len(SCENES)]
        for _ in range(4):
            to = (frame & 255) * 4
            at = (at + 492) & 0xFFFF  # 60.06 Hz
            for leg in range(4):
                ring[to + leg] = sample(scene if leg < 2 else 0, at + (32768 if leg & 1 else 0), dice)
            frame += 1
        asks[told] = n
        asks[layout.ask("SENT_VAR")] = 50 if n // 400 & 1 else -50
        asks[told + 1] = dice.roll(32) if n % 50 == 0 else asks[told + 1]
        bits = contacts(out, dice)
        image[layout.slot("TICK")] = n
        image[inputs] = bits
        sense.step(frame, n)
        protect.step(n)
        out = transfer.step(n, bits)
        image[outputs] = out | OUT_K1 if n & 1024 else out  # for protection K1 is told closed half of the time
        if n % EVERY == EVERY - 1:
            sense.room[50] = sense.room[51] = 0  # the chip's own scratch
            say("SUM %d %d" % (n, checksum(memories)))
    say("END")
