"""What rp2040py 0.3.6 lacks for this firmware, put right from outside: USB polling, ADC round robin, PIO while asleep.

Each fix says what was wrong. None changes the guest's view in a way that silicon would not show it.
"""

from collections.abc import Callable
from typing import Any

PIO_BEATS_HZ = 100_000
PIO_BEAT_NS = 1_000_000_000 // PIO_BEATS_HZ
PIO_IDLE_NS = 200_000


def calm_usb(cdc: Any) -> None:
    """The host polled an idle bulk-OUT endpoint with empty packets, at 36 kHz: 94 % of the guest's time went into it.

    A real host's empty poll is answered by the controller's NAK and never seen by the processor.
    """
    usb = cdc.usb
    answer, on_reset = usb.on_endpoint_read, usb.on_reset
    waiting: list[tuple[int, int]] = []

    def on_read(endpoint: int, size: int) -> None:
        if endpoint == cdc._out_endpoint and cdc.tx_fifo.empty:
            waiting[:] = [(endpoint, size)]
        else:
            answer(endpoint, size)

    def flush() -> None:
        if waiting and not cdc.tx_fifo.empty:
            answer(*waiting.pop())

    def reset() -> None:
        waiting.clear()
        on_reset()

    usb.on_endpoint_read, usb.on_reset, cdc.flush = on_read, reset, flush


def round_robin(adc_class: Any, mask: int, shift: int) -> None:
    """AINSEL was masked with the field's position instead of its width: channels 1 to 3 were never selected."""

    def select(self: Any, channel: int) -> None:
        self.cs = (self.cs & ~(mask << shift)) | ((channel & mask) << shift)

    adc_class._active_channel = adc_class._active_channel.setter(select)


def pace_pio(mcu: Any, core_hz: Callable[[], int]) -> None:
    """The main loop stepped each PIO block once per instruction, which is slow, and once per sleep, which is wrong.

    Here the clock does it, every 10 us: right for programs of 100 kHz and slower, such as the permit's. The loop is
    told that the blocks stand still.
    """

    def beat() -> None:
        busy = False
        for pio in mcu.pio:
            pio.stopped = True
            if any(machine.enabled for machine in pio.machines):
                pio.advance(core_hz() // PIO_BEATS_HZ)
                busy = True
            else:  # an instruction forced into a machine that stands still moves its pins too
                pio.check_changed_pins()
        alarm.schedule(PIO_BEAT_NS if busy else PIO_IDLE_NS)

    alarm = mcu.clock.create_alarm(beat)
    alarm.schedule(PIO_BEAT_NS)


def loop_outputs_back(mcu: Any) -> None:
    """A driven pad read as an input showed nothing. On silicon the input buffer sees the pad."""
    from rp2040py.gpio_pin import GPIOPinState

    def follow(pin: Any) -> Any:
        def changed(new: Any, _old: Any) -> None:
            if new in (GPIOPinState.HIGH, GPIOPinState.LOW):
                pin.set_input_value(new == GPIOPinState.HIGH)

        return changed

    for pin in mcu.gpio:
        pin.add_listener(follow(pin))
