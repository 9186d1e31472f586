"""The RP2040 board: everything the tick touches is a register, read and written by the kernels in kernels_rp2040.py.

Clocks: the converter's 48 MHz and the tick's 1 MHz are whole multiples of one crystal, so the tick and the samples
cannot drift apart; the phase between them is set once in `start`, and a tick that does not find exactly four new frames
says so.
Must never renew the permit by itself, and never feed the watchdog but on the background's word.
"""

import sys
from array import array

import machine
import micropython
import uctypes
from machine import Pin, mem32
from micropython import const

from firmware.board import adc_ring, pins_rp2040, rs485, take_rp2040
from firmware.board import kernels_rp2040 as kernels
from firmware.board.expander import Expander
from firmware.board.fram import make_store
from firmware.board.permit import Permit
from firmware.board.port import CHANNELS, RING_FRAMES, SAMPLE_HZ, TICK_HZ, Port
from firmware.board.usb_console import UsbConsole

_SIO_OUT_CLR = const(0xD0000018)
_SYST_CSR = const(0xE000E010)
_SYST_RVR = const(0xE000E014)
_SYST_FREE = const(5)  # core clock, no interrupt
_WD_REASON = const(0x40058008)
_WD_SCRATCH0 = const(0x4005800C)
_CHIP_RESET = const(0x40064008)
_HAD_RUN = const(1 << 16)
_WATCHDOG_MS = const(8000)
MAINTENANCE = const(0x4D41494E)  # in scratch 0: the loader stays at the console after this restart
_WD_STARTS = const(0x40058010)  # scratch 1: the loader's count of starts that did not become healthy
_WD_IMAGE = const(0x40058014)  # scratch 2
_HEALTHY_FEEDS = const(200)  # of the watchdog, about ten seconds of service
_ALL_COILS = const(0x78)  # GPIO 3..6, pins_rp2040.FIRST_COIL
_VSYS_MV = const(9900)  # full scale: 3.3 V behind a divider by three
_FRAM_HZ = const(8000000)
_I2C_HZ = const(400000)
_SLOW_SHIFT = const(4)  # port.OUT_SHED_1
_KEY_SHIFT = const(9)  # port.IN_SERVICE_KEY


class Rp2040Board(Port):
    """The reference board; `pico=True` is the single-phase build on a Raspberry Pi Pico, without RS-485 B."""

    name = "rp2040"
    has_hard_tick = True
    has_permit = True
    drives_contactors = True
    take = staticmethod(take_rp2040.take)
    files = "/"

    def __init__(self, pico=False):
        self.has_vsys = pico
        self.tick_cost = machine.freq() // TICK_HZ
        self._registers = registers = array("i", bytes(4 * kernels.REGISTERS))
        self._wire_pins(pins_rp2040.PICO_INPUTS if pico else pins_rp2040.REFERENCE_INPUTS)
        self._permit = Permit(pins_rp2040.PERMIT)
        self._adc = adc_ring.AdcRing(registers, SAMPLE_HZ * CHANNELS)
        self.ring = self._adc.ring
        self.uart_a = rs485.Rs485(0, pins_rp2040.UART_A, pins_rp2040.DE_A, registers, kernels.UART_A)
        if not pico:
            self.uart_b = rs485.Rs485(1, pins_rp2040.UART_B, pins_rp2040.DE_B, registers, kernels.UART_B)
        self.console = UsbConsole()
        sck, mosi, miso, select = pins_rp2040.FRAM
        spi = machine.SPI(0, baudrate=_FRAM_HZ, sck=Pin(sck), mosi=Pin(mosi), miso=Pin(miso))
        self.store = make_store(spi, Pin(select, Pin.OUT, value=1))
        self.has_fram = self.store.permanent
        scl, sda = pins_rp2040.EXPANDER
        self.expander = Expander(machine.I2C(0, scl=Pin(scl), sda=Pin(sda), freq=_I2C_HZ))
        self.frames = adc_ring.make_frames(registers)
        self.inputs = kernels.make_inputs(registers)
        self.outputs = kernels.make_outputs(registers)
        self.cost = kernels.make_cost(registers)
        mem32[_SYST_RVR] = 0xFFFFFF
        mem32[_SYST_CSR] = _SYST_FREE
        self._timer = None
        self._watchdog = None
        self._feeds = 0

    def _wire_pins(self, runs):
        registers = self._registers
        first = pins_rp2040.FIRST_COIL
        for number in range(first, first + pins_rp2040.COILS):
            Pin(number, Pin.OUT, value=0)
        registers[kernels.COIL_SHIFT] = first
        registers[kernels.COIL_MASK] = ((1 << pins_rp2040.COILS) - 1) << first
        for i, (pin, count, bit) in enumerate(runs):
            for number in range(pin, pin + count):
                Pin(number, Pin.IN, Pin.PULL_UP)
            registers[kernels.INPUTS + 2 * i] = pin - bit
            registers[kernels.INPUTS + 2 * i + 1] = ((1 << count) - 1) << bit

    def bind(self, image):
        """As port.Port.bind, each a kernel of its own."""
        registers = self._registers
        begin, drive = kernels.make_begin(registers, image), kernels.make_drive(registers, image)
        return begin, drive, kernels.make_close(registers, image), registers

    def all_off(self):
        """Coils low, permit stopped. Once the tick runs it is for good: it drives nothing until the chip starts
        anew."""
        registers = self._registers
        if self._timer is not None:
            registers[kernels.COIL_MASK] = 0
        mem32[_SIO_OUT_CLR] = _ALL_COILS
        self._permit.stop()

    def start(self, tick):
        """Sampling, permit, watchdog and tick, in that order; the first sample and the timer share one instant.

        The last sample of a tick's fourth frame lands 475 us after the converter's start and the next frame's 120 us
        later; the timer fires 500 us after its own, so the tick finds exactly four with 25 us to spare on one side and
        85 us on the other.
        """
        self._adc.prepare()
        self._permit.start()
        self._watchdog = machine.WDT(timeout=_WATCHDOG_MS)
        timer = machine.Timer()
        state = machine.disable_irq()
        timer.init(freq=TICK_HZ, mode=machine.Timer.PERIODIC, callback=tick, hard=True)
        self._adc.start()
        machine.enable_irq(state)
        self._timer = timer

    def exchange(self):
        """The background's part: the slow signals out and in, about every 50 ms."""
        registers = self._registers
        keys = self.expander.exchange((registers[kernels.WANTED] >> _SLOW_SHIFT) & 0x1F)
        registers[kernels.SLOW_IN] = keys << _KEY_SHIFT

    def stuck_outputs(self):
        """Ticks in a row (at most 255) in which a coil's pin did not follow its command; from 4 on no permit."""
        return self._registers[kernels.STUCK]

    def sample_overrun(self):
        return self._adc.overrun()

    def vsys_mv(self):
        """Supply voltage, -1 on the reference board, whose fourth input measures the house."""
        if not self.has_vsys:
            return -1
        newest = ((self.frames() - 1) & (RING_FRAMES - 1)) * CHANNELS
        return self.ring[newest + 3] * _VSYS_MV >> 12

    def ticks_ms(self):
        import time

        return time.ticks_ms()

    def ticks_us(self):
        import time

        return time.ticks_us()

    def unique_id(self):
        return machine.unique_id()

    def reset_cause(self):
        """'watchdog', 'restart', 'reset pin', or 'power on' (a brown-out is one too)."""
        reason = mem32[_WD_REASON]
        if reason & 1:
            return "watchdog"
        if reason & 2:
            return "restart"
        return "reset pin" if mem32[_CHIP_RESET] & _HAD_RUN else "power on"

    def feed_watchdog(self):
        """Also tells the loader, once, that this start became healthy."""
        if self._watchdog is not None:
            self._watchdog.feed()
            self._feeds += 1
            if self._feeds == _HEALTHY_FEEDS:
                mem32[_WD_STARTS] = 0

    def stored_settings(self):
        """Text of the stored settings, or None for the factory set."""
        try:
            with open("/settings.json") as file:
                return file.read()
        except OSError:
            return None

    def watch(self, image):
        """Where the process image is, for a debugger or the emulator, in a register that nothing else uses."""
        mem32[_WD_IMAGE] = uctypes.addressof(image)

    def restart(self, maintenance=False):
        """All off, then start again; with `maintenance` the loader stays at the console and runs no firmware."""
        self.all_off()
        if maintenance:
            mem32[_WD_SCRATCH0] = MAINTENANCE
        machine.reset()

    def keep_console(self, keep):
        """True: Ctrl-C is a character like others and stops nothing."""
        micropython.kbd_intr(-1 if keep else 3)

    def halt(self):
        """Stop the tick and everything it drives: for tests and for leaving to the console."""
        self.all_off()
        if self._timer is not None:
            self._timer.deinit()
        self._adc.close()
        sys.stdout.write("halted\n")
