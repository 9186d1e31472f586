"""What a board must offer. One object with named calls; what a board lacks is a call that does nothing and a `has_`
flag.

Calls marked (tick) are made inside the control tick: they never wait, allocate or raise. Everything else is for the
background. A board never decides anything: it reads, writes and keeps time.
"""

from micropython import const

# Digital inputs, one bit each, 1 = contact closed / signal present. E_STOP_OK and BYPASS_OFF are normally closed
# loops, so
# a broken wire reads as "stopped" and "bypassed".
IN_K1_52A = const(1 << 0)
IN_K1_52B = const(1 << 1)
IN_K2_52A = const(1 << 2)
IN_K2_52B = const(1 << 3)
IN_KN_PROOF = const(1 << 4)  # closed = the bond is made
IN_CHARGER_READY = const(1 << 5)
IN_CHARGER_FAULT = const(1 << 6)
IN_E_STOP_OK = const(1 << 7)
IN_BYPASS_OFF = const(1 << 8)
IN_SERVICE_KEY = const(1 << 9)
IN_RESET_BUTTON = const(1 << 10)

# Digital outputs, one bit each, 1 = coil energised. All coils are fed through the permit.
OUT_K1 = const(1 << 0)  # holds the grid contactor closed
OUT_K2 = const(1 << 1)  # holds the charger contactor closed
OUT_KN = const(1 << 2)  # opens the neutral-earth bond (normally closed)
OUT_ISLAND_REQUEST = const(1 << 3)  # in hardware in series with K1's 52b and the permit
OUT_SHED_1 = const(1 << 4)  # load-shed relays: 1 = the load is disconnected
OUT_SHED_2 = const(1 << 5)
OUT_SHED_3 = const(1 << 6)
OUT_LAMP_LIVE = const(1 << 7)
OUT_LAMP_ALARM = const(1 << 8)
OUT_PERMIT = const(1 << 9)  # this tick renewed the permit (a PIO square wave on the chip)
OUT_HOLD = const(1 << 10)  # every energised coil has pulled in and is proven: their drivers may go down to holding

TICK_HZ = const(2000)
SAMPLE_HZ = const(8000)  # per channel
FRAMES_PER_TICK = const(4)
CHANNELS = const(4)  # grid L1, grid L2, house L1, house L2 (single phase: grid, neutral-earth, house, none)
RING_FRAMES = const(256)  # a power of two; the ring holds RING_FRAMES * CHANNELS counts, channel by channel
CHANNEL_SKEW_NS = const(31250)  # the converter takes the channels in turn


class Port:
    """The base of every board: everything off, nothing there.

    ring            array('H') of RING_FRAMES * CHANNELS raw counts, 0..4095, frame f at (f % RING_FRAMES) * CHANNELS
    has_*           what this board really has
    uart_a, uart_b  any() -> int, readinto(buf) -> int, write(buf), txdone() -> bool; DE is the uart's own matter
    console         any() -> int, read(n) -> bytes, write(bytes)
    store           read(at, buf), write(at, buf), size; permanent: whether a power failure spares it (board/fram.py)
    files           folder of a file system that is written with every coil off only, or None
    """

    name = "none"
    cost_unit = "cycles"  # what cost() counts
    tick_cost = 0  # as many to a tick's period; 0 = not known
    has_hard_tick = False
    has_permit = False
    has_fram = False
    drives_contactors = False
    take = None  # a faster kernel with the results of sense.window.take, where the board has one
    ring = None
    uart_a = None
    uart_b = None
    console = None
    store = None
    files = None

    def all_off(self):
        """Every coil to its declared safe level. Any time, from anywhere."""

    def start(self, tick):
        """Begin sampling, then call `tick()` at TICK_HZ until the board stops."""

    def bind(self, image):
        """(begin, drive, close, position): the tick's first and last acts on this image, and an array whose first item
        is the number of the newest frame, as frames() gives it.

        begin() -> int  opens the image, counts time and samples, reads the contacts; the tick's number, plus bit 29
                        when the new frames are not exactly one tick's worth
        drive(bits)     outputs(bits), and into the image
        close()         the image is whole again, the tick's cost in it
        """
        from firmware.board.bound import Bound

        bound = Bound(self, image)
        return bound.begin, bound.drive, bound.close, bound.position

    def exchange(self):
        """The background's part, every 50 ms: slow signals out and in, where a board has such."""

    def frames(self):
        """(tick) Number of the newest whole frame, counted modulo 2**29 from the start of sampling."""
        return 0

    def inputs(self):
        """(tick) IN_* bits as they are now."""
        return 0

    def outputs(self, bits):
        """(tick) Drive OUT_* bits. OUT_PERMIT in `bits` renews the permit; without it the permit dies within 5 ms."""

    def cost(self):
        """(tick) A free-running count for the tick's cost (cycles on the chip), modulo 2**29."""
        return 0

    def ticks_ms(self):
        """Milliseconds, modulo 2**30 as on the chip."""
        return 0

    def ticks_us(self):
        """Microseconds, modulo 2**30 as on the chip."""
        return 0

    def unique_id(self):
        """Bytes that tell this controller from others."""
        return b""

    def reset_cause(self):
        """Why the board last started, one word."""
        return "unknown"

    def keep_console(self, keep):
        """True: Ctrl-C is a character like others and stops nothing."""

    def feed_watchdog(self):
        """The background has seen the tick advance."""
