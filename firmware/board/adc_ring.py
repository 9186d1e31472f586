"""The converter running free into a ring: four channels in turn, no code in between.

Two DMA channels write the same ring and start each other: the hardware reloads a channel's count when it is started,
and a count that is a whole number of rings leaves its address at the ring's first byte, so the pair runs for ever.
Must never run anything of its own: it is read from the tick through registers.
"""

from array import array

import machine
import micropython
import rp2
import uctypes
from machine import mem32
from micropython import const

from firmware.board.port import CHANNELS, RING_FRAMES

_CS = const(0x4004C000)
_FCS = const(0x4004C008)
_FIFO = const(0x4004C00C)
_DIV = const(0x4004C010)
_EN = const(1)
_START_MANY = const(1 << 3)
_FIFO_EN_DREQ = const((1 << 24) | (1 << 3) | 1)  # request at one sample
_FCS_CLEAR = const((1 << 11) | (1 << 10))
_FCS_OVER = const(1 << 11)
_CLOCK_HZ = const(48000000)
_TREQ_ADC = const(36)
_DMA = const(0x50000000)
_COUNT = const(1 << 28)  # samples a channel takes before it hands over (2.3 h at 32 kS/s): a whole number of rings
_TRANS_COUNT = const(2)  # of a DMA channel's registers, in words

# this module's part of the board's registers
_LAST = const(0)  # frames so far
_A = const(1)  # address of channel A's hardware registers
_B = const(2)
_MASK = const(3)  # count - 1
REGISTERS = const(4)


class AdcRing:
    """`ring` is a view of raw counts at an aligned address; `prepare` sets up, `start` begins to convert."""

    def __init__(self, registers, rate_hz, frames=RING_FRAMES, count=_COUNT):
        items = frames * CHANNELS
        if count % items or count & (count - 1):
            raise ValueError("adc ring: count %d is not a power of two of at least %d" % (count, items))
        # DMA wraps an address by its low bits, so the ring starts at a multiple of its own size.
        room = array("H", bytes(2 * (2 * items - 1)))
        first = (-uctypes.addressof(room) & (2 * items - 1)) >> 1
        self.ring = memoryview(room)[first : first + items]
        self._ring_bits = len(bin(2 * items)) - 3
        self._address = uctypes.addressof(self.ring)
        self._registers = registers
        self._count = count
        self._divider = (_CLOCK_HZ // rate_hz - 1) << 8
        self._a, self._b = rp2.DMA(), rp2.DMA()
        registers[_MASK] = count - 1
        registers[_A] = _DMA + (self._a.channel << 6)
        registers[_B] = _DMA + (self._b.channel << 6)

    def prepare(self):
        """Converter off and empty, both channels armed at the ring's first item."""
        for channel in range(CHANNELS):
            machine.ADC(channel)
        mem32[_CS] = _EN
        mem32[_FCS] = _FCS_CLEAR
        mem32[_DIV] = self._divider
        self._zero_counts()
        while mem32[_FCS] & (0xF << 16):
            mem32[_FIFO]
        mem32[_FCS] = _FIFO_EN_DREQ | _FCS_CLEAR
        self._arm(self._a, self._b, True)
        self._arm(self._b, self._a, False)
        self._registers[_LAST] = 0

    def start(self):
        """From here the converter never stops: channel 0 is sampled now, the others in turn."""
        mem32[_CS] = _EN | _START_MANY | ((1 << CHANNELS) - 1) << 16

    def overrun(self):
        """True once the converter's FIFO has overflowed: samples were lost and the channels may have changed places."""
        return bool(mem32[_FCS] & _FCS_OVER)

    def close(self):
        """Stop and give the channels back."""
        mem32[_CS] = 0
        self._a.close()
        self._b.close()

    def _arm(self, channel, other, trigger):
        control = channel.pack_ctrl(
            size=1,
            inc_read=False,
            inc_write=True,
            ring_size=self._ring_bits,
            ring_sel=True,
            treq_sel=_TREQ_ADC,
            irq_quiet=True,
            chain_to=other.channel,
            high_pri=True,
        )
        channel.config(read=_FIFO, write=self._address, count=self._count, ctrl=control, trigger=trigger)

    def _zero_counts(self):
        """A channel stopped half way (soft reset) keeps its live count: let each finish a transfer of one."""
        scratch = array("I", (0, 0))
        at = uctypes.addressof(scratch)
        for channel in (self._a, self._b):
            channel.active(0)
            control = channel.pack_ctrl(size=2, inc_read=False, inc_write=False, irq_quiet=True)
            channel.config(read=at, write=at + 4, count=1, ctrl=control, trigger=True)
            while channel.active():
                pass


def make_frames(registers):
    """`frames() -> int`: whole frames since the start, modulo 2**29. About 700 cycles.

    Both live counts are read: the idle channel's is 0, so count - (a + b) is the position wherever the hand-over is.
    """

    @micropython.viper
    def frames() -> int:
        own = ptr32(registers)
        left = ptr32(own[_A])[_TRANS_COUNT] + ptr32(own[_B])[_TRANS_COUNT]  # <= 2**28 + 1
        mask = own[_MASK]
        position = ((0 - left) & mask) >> 2
        fresh = (position - own[_LAST]) & (mask >> 2)
        newest = (own[_LAST] + fresh) & 0x1FFFFFFF
        own[_LAST] = newest
        return newest

    return frames
