# ruff: noqa: F821 - the PIO assembler's own words, put in place by its decorator
"""The permit: a 10 kHz square wave that the PIO stops by itself 4 ms after the last renewal.

A renewal is one word in the state machine's FIFO: the number of periods to go on. Whatever happens to the processor,
the wave ends when the count does, the pin rests low, and the charge pump that feeds every coil runs dry.
Must never be started with a count, and never be renewed but from the tick.
"""

import rp2
from machine import Pin
from micropython import const

STATE_MACHINE = const(0)
FIFO_ADDRESS = const(0x50200010)  # TXF0 of PIO0
STEP_HZ = const(100000)
PERIODS = const(40)  # of 100 us: 4.0 ms, and the period that was running


@rp2.asm_pio(sideset_init=rp2.PIO.OUT_LOW)
def _wave():
    wrap_target()
    label("again")
    pull(noblock).side(0)  # a new count, or what X still holds
    mov(x, osr).side(0)
    jmp(x_dec, "alive").side(0)[2]
    set(x, 0).side(0)  # X was 0 and is now -1: stay dead
    jmp("again").side(0)
    label("alive")
    nop().side(1)[4]
    wrap()


class Permit:
    """Dead until the tick writes PERIODS to FIFO_ADDRESS."""

    def __init__(self, pin):
        self._machine = rp2.StateMachine(STATE_MACHINE, _wave, freq=STEP_HZ, sideset_base=Pin(pin))
        self._machine.exec("set(x, 0)")

    def start(self):
        self._machine.active(1)

    def stop(self):
        """At once: low, and nothing in the FIFO."""
        self._machine.active(0)
        self._machine.restart()
        self._machine.exec("set(x, 0) .side(0)")
