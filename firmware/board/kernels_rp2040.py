"""What the tick touches on the RP2040, as kernels over one array of registers: inputs, outputs, permit, cost.

Each `make_*` returns a kernel that knows its array: a call without arguments is the cheapest there is. Costs are in
docs/timing.md. Must never allocate, wait, or look at anything but registers.
"""

import micropython
from micropython import const

from firmware.board import adc_ring, rs485

_SIO = const(0xD0000000)
_IN = const(1)  # words from _SIO
_OUT = const(4)
_CLR = const(6)
_XOR = const(7)
_SYST_CVR = const(0xE000E018)
_PERMIT_FIFO = const(0x50200010)  # permit.FIFO_ADDRESS
_PERMIT_PERIODS = const(40)  # permit.PERIODS
_OUT_PERMIT = const(1 << 9)  # port.OUT_PERMIT
_COILS = const(15)  # port.OUT_K1 .. OUT_ISLAND_REQUEST
_BUSY = const(1 << 3)  # UARTFR
_STUCK_LIMIT = const(4)

# The board's array: first the ring's part, then this one.
INPUTS = const(4)  # three runs: shift, mask
COIL_SHIFT = const(10)
COIL_MASK = const(11)
WANTED = const(12)  # OUT_* as last written
SLOW_IN = const(13)  # IN_* bits of the expander
STUCK = const(14)
CYCLES = const(15)
LAST_SYST = const(16)
UART_A = const(17)
UART_B = const(20)
SUB = const(23)  # ticks within this second
STARTED = const(24)
BEGAN = const(25)
REGISTERS = const(26)
_INPUTS = const(4)
_COIL_SHIFT = const(10)
_COIL_MASK = const(11)
_WANTED = const(12)
_SLOW_IN = const(13)
_STUCK = const(14)
_CYCLES = const(15)
_LAST_SYST = const(16)
_UART_A = const(17)
_UART_B = const(20)
_SUB = const(23)
_STARTED = const(24)
_BEGAN = const(25)
# adc_ring
_LAST = const(0)
_A = const(1)
_B = const(2)
_MASK = const(3)
_TRANS_COUNT = const(2)
# slots of the image that the tick itself writes, as in firmware/tick.py; a test holds them against image.ROWS
_SEQ = const(0)
_TICK = const(1)
_UPTIME_S = const(2)
_UPTIME_MS = const(3)
_COST = const(4)
_COST_MAX = const(5)
_BAD = const(6)
_IN_BITS = const(7)
_OUT_BITS = const(8)
_WRAP = const(0x1FFFFFFF)
_STRANGE = const(1 << 29)
_TICKS_S = const(2000)
_FRAMES = const(4)
# rs485
_FLAGS = const(1)
_DRIVER = const(2)

if adc_ring.REGISTERS != INPUTS or UART_B != UART_A + rs485.REGISTERS:
    raise RuntimeError("kernels_rp2040: the parts of the board's array overlap")


def make_inputs(registers):
    """`inputs() -> int`: IN_* bits, 1 = contact closed = pin low; the slow ones as last exchanged."""

    @micropython.viper
    def inputs() -> int:
        own = ptr32(registers)
        low = ptr32(_SIO)[_IN] ^ -1
        return (
            ((low >> own[_INPUTS]) & own[_INPUTS + 1])
            | ((low >> own[_INPUTS + 2]) & own[_INPUTS + 3])
            | ((low >> own[_INPUTS + 4]) & own[_INPUTS + 5])
            | own[_SLOW_IN]
        )

    return inputs


def make_outputs(registers):
    """`outputs(bits)`: coils, permit, and the end of a frame on either bus.

    Read-back: a coil's pin that does not show what the last tick drove, four ticks running, takes the permit away, for
    a driver that no longer follows can only be stopped by its supply.
    """

    @micropython.viper
    def outputs(bits: int):
        own = ptr32(registers)
        sio = ptr32(_SIO)
        mask = own[_COIL_MASK]
        if (sio[_IN] ^ sio[_OUT]) & mask:
            if own[_STUCK] < 255:
                own[_STUCK] += 1
        else:
            own[_STUCK] = 0
        sio[_XOR] = (sio[_OUT] ^ ((bits & _COILS) << own[_COIL_SHIFT])) & mask
        own[_WANTED] = bits
        if (bits & _OUT_PERMIT) and own[_STUCK] < _STUCK_LIMIT:
            ptr32(_PERMIT_FIFO)[0] = _PERMIT_PERIODS
        at = _UART_A
        while at <= _UART_B:
            left = own[at]
            if left > 1:
                own[at] = left - 1
            elif left == 1:
                if (ptr32(own[at + _FLAGS])[0] & _BUSY) == 0:
                    sio[_CLR] = own[at + _DRIVER]
                    own[at] = 0
            at += _UART_B - _UART_A

    return outputs


def make_cost(registers):
    """`cost() -> int`: core cycles, modulo 2**29, from a 24-bit counter read at least every 134 ms."""

    @micropython.viper
    def cost() -> int:
        own = ptr32(registers)
        now = ptr32(_SYST_CVR)[0]  # counts down
        total = (own[_CYCLES] + ((own[_LAST_SYST] - now) & 0xFFFFFF)) & 0x1FFFFFFF
        own[_LAST_SYST] = now
        own[_CYCLES] = total
        return total

    return cost


def make_begin(registers, image):
    """`begin() -> int`: opens the image, counts time and samples, reads the contacts, all in one call.

    The tick's number, plus bit 29 when the new frames are not exactly one tick's worth. It does what frames(),
    inputs(), cost() and the tick's own opening do, for a third of their cycles: crossing into a kernel is what costs.
    """

    @micropython.viper
    def begin() -> int:
        own = ptr32(registers)
        to = ptr32(image)
        own[_BEGAN] = ptr32(_SYST_CVR)[0]
        to[_SEQ] = (to[_SEQ] + 1) & _WRAP
        n = (to[_TICK] + 1) & _WRAP
        to[_TICK] = n
        sub = own[_SUB] + 1
        if sub >= _TICKS_S:
            sub = 0
            to[_UPTIME_S] = (to[_UPTIME_S] + 1) & _WRAP
        own[_SUB] = sub
        to[_UPTIME_MS] = sub >> 1
        low = ptr32(_SIO)[_IN] ^ -1
        to[_IN_BITS] = (
            ((low >> own[_INPUTS]) & own[_INPUTS + 1])
            | ((low >> own[_INPUTS + 2]) & own[_INPUTS + 3])
            | ((low >> own[_INPUTS + 4]) & own[_INPUTS + 5])
            | own[_SLOW_IN]
        )
        left = ptr32(own[_A])[_TRANS_COUNT] + ptr32(own[_B])[_TRANS_COUNT]
        mask = own[_MASK]
        fresh = ((((0 - left) & mask) >> 2) - own[_LAST]) & (mask >> 2)
        own[_LAST] = (own[_LAST] + fresh) & _WRAP
        if fresh != _FRAMES:
            if own[_STARTED] != 0:  # the very first tick may find any number
                to[_BAD] = (to[_BAD] + 1) & _WRAP
            n |= _STRANGE
        own[_STARTED] = 1
        return n

    return begin


def make_drive(registers, image):
    """`drive(bits)`: outputs(bits), and into the image."""

    @micropython.viper
    def drive(bits: int):
        own = ptr32(registers)
        to = ptr32(image)
        sio = ptr32(_SIO)
        mask = own[_COIL_MASK]
        if (sio[_IN] ^ sio[_OUT]) & mask:
            if own[_STUCK] < 255:
                own[_STUCK] += 1
        else:
            own[_STUCK] = 0
        sio[_XOR] = (sio[_OUT] ^ ((bits & _COILS) << own[_COIL_SHIFT])) & mask
        own[_WANTED] = bits
        if (bits & _OUT_PERMIT) and own[_STUCK] < _STUCK_LIMIT:
            ptr32(_PERMIT_FIFO)[0] = _PERMIT_PERIODS
        at = _UART_A
        while at <= _UART_B:
            left = own[at]
            if left > 1:
                own[at] = left - 1
            elif left == 1:
                if (ptr32(own[at + _FLAGS])[0] & _BUSY) == 0:
                    sio[_CLR] = own[at + _DRIVER]
                    own[at] = 0
            at += _UART_B - _UART_A
        to[_OUT_BITS] = bits

    return drive


def make_close(registers, image):
    """`close()`: the tick's cost, and the image whole again."""

    @micropython.viper
    def close():
        own = ptr32(registers)
        to = ptr32(image)
        cost = (own[_BEGAN] - ptr32(_SYST_CVR)[0]) & 0xFFFFFF  # counts down
        to[_COST] = cost
        if cost > to[_COST_MAX]:
            to[_COST_MAX] = cost
        to[_SEQ] = (to[_SEQ] + 1) & _WRAP

    return close
