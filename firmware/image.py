"""The process image: what the tick knows, in one preallocated array of integers.

One direction, like a PLC's: each slot has exactly one writer (the room named beside it), everybody may read. The
background never reads slots one by one while the tick runs; it takes a `Snapshot`, which is whole. Requests go the
other
way in `asks`, a second array whose slots are written by the background and read by the tick.

Every value stays within +-(2**30 - 1): a larger integer allocates on the chip, and the tick's heap is locked.

Angles are house minus grid, in hundredths of a degree, -18000..18000. Powers are positive into the house.
"""

from array import array

from micropython import const

MAX_MAGNITUDE = const((1 << 30) - 1)

# One name a slot, in order. The comment is `writer [unit] what it is`; tools/docs reads it, the chip never carries it.
ROWS = (
    "SEQ",  # tick [count] odd while the tick writes; the same even value before and after a copy means it is whole
    "TICK",  # tick [tick] ticks since start, wraps at 2**29
    "UPTIME_S",  # tick [s] whole seconds since start
    "UPTIME_MS",  # tick [ms] milliseconds within that second
    "TICK_COST",  # tick [cost] last tick's cost in the board's own unit (cycles on the chip)
    "TICK_COST_MAX",  # tick [cost] largest since start
    "TICK_BAD",  # tick [count] ticks without exactly their samples; those do not renew the permit
    "INPUTS",  # tick [bits] digital inputs as read this tick, board.port IN_*
    "OUTPUTS",  # tick [bits] digital outputs as written this tick, board.port OUT_*
    "G1_MV",  # sense [mV] grid leg 1, true RMS over one cycle
    "G2_MV",  # sense [mV] grid leg 2
    "G3_MV",  # sense [mV] grid leg 3
    "H1_MV",  # sense [mV] house leg 1, true RMS over one cycle
    "H2_MV",  # sense [mV] house leg 2
    "H3_MV",  # sense [mV] house leg 3
    "G1_FUND_MV",  # sense [mV] grid leg 1, RMS of the fundamental
    "G2_FUND_MV",  # sense [mV] grid leg 2
    "G3_FUND_MV",  # sense [mV] grid leg 3
    "H1_FUND_MV",  # sense [mV] house leg 1, RMS of the fundamental
    "H2_FUND_MV",  # sense [mV] house leg 2
    "H3_FUND_MV",  # sense [mV] house leg 3
    "G1_DC_MV",  # sense [mV] grid leg 1, mean of one cycle after the slow offset was removed
    "G2_DC_MV",  # sense [mV] grid leg 2
    "G3_DC_MV",  # sense [mV] grid leg 3
    "H1_DC_MV",  # sense [mV] house leg 1, mean of one cycle after the slow offset was removed
    "H2_DC_MV",  # sense [mV] house leg 2
    "H3_DC_MV",  # sense [mV] house leg 3
    "G1_THD_E2",  # sense [%/100] grid leg 1, distortion of the wave in hundredths of a percent of the fundamental
    "G2_THD_E2",  # sense [%/100] grid leg 2
    "G3_THD_E2",  # sense [%/100] grid leg 3
    "H1_THD_E2",  # sense [%/100] house leg 1, distortion of the wave in hundredths of a percent of the fundamental
    "H2_THD_E2",  # sense [%/100] house leg 2
    "H3_THD_E2",  # sense [%/100] house leg 3
    "GRID_MIN_MV",  # sense [mV] lowest grid leg: the applicable voltage for 27
    "GRID_MAX_MV",  # sense [mV] highest grid leg: the applicable voltage for 59
    "GRID_MIN_LEG",  # sense [leg] which leg (1..3) is lowest
    "GRID_MAX_LEG",  # sense [leg] which leg (1..3) is highest
    "HOUSE_MIN_MV",  # sense [mV] lowest house leg
    "HOUSE_MAX_MV",  # sense [mV] highest house leg
    "HOUSE_MIN_LEG",  # sense [leg] which leg is lowest
    "HOUSE_MAX_LEG",  # sense [leg] which leg is highest
    "HOUSE_SPREAD_MV",  # sense [mV] highest less lowest house leg (open neutral)
    "GRID_SPREAD_MV",  # sense [mV] highest less lowest grid leg (lost phase, open neutral)
    "GRID_PHASES",  # sense [code] grid legs: 0 all there, 1..3 that leg lost, 4 open neutral
    "HOUSE_PHASES",  # sense [code] the same of the house
    "GRID_MHZ",  # sense [mHz] grid frequency over 2 cycles; 0 = not measurable
    "GRID_FINE_MHZ",  # sense [mHz] grid frequency over 6 cycles; 0 = not measurable
    "GRID_ROCOF_MHZ_S",  # sense [mHz/s] grid rate of change of frequency over 100 ms
    "GRID_ROCOF_500_MHZ_S",  # sense [mHz/s] the same over 500 ms
    "GRID_JUMP_CDEG",  # sense [cdeg] last phase jump of the grid against its own past
    "HOUSE_MHZ",  # sense [mHz] house frequency over 2 cycles; 0 = not measurable
    "HOUSE_FINE_MHZ",  # sense [mHz] house frequency over 6 cycles; 0 = not measurable
    "HOUSE_ROCOF_MHZ_S",  # sense [mHz/s] house rate of change of frequency over 100 ms
    "D1_CDEG",  # sense [cdeg] angle of leg 1, house minus grid, channel skew corrected
    "D2_CDEG",  # sense [cdeg] angle of leg 2, house minus grid
    "D3_CDEG",  # sense [cdeg] angle of leg 3, house minus grid
    "D1_MV",  # sense [mV] fundamental of leg 1, house minus grid
    "D2_MV",  # sense [mV] leg 2, house minus grid
    "D3_MV",  # sense [mV] leg 3, house minus grid
    "SLIP_MHZ",  # sense [mHz] house frequency minus grid frequency, from the fine measurements
    "GRID_POS_MV",  # sense [mV] positive sequence of the grid (split phase: half the line voltage)
    "GRID_NEG_MV",  # sense [mV] negative sequence of the grid (split phase: half the sum of the legs)
    "NE_MV",  # sense [mV] neutral to earth, over whole cycles; 0 where it is not measured (ne_measured)
    "BAD_CHANNELS",  # sense [bits] plausibility: bit n = ADC channel n must not be used for 'healthy'
    "BAD_WHY",  # sense [code] the first reason, sense.plausible WHY_*
    "LOSS_BANK",  # sense [0/1] the fast detector says the grid is gone
    "LOSS_BANK_TICK",  # sense [tick] the tick it last began to say so
    "V_FACTS",  # protect [bits] voltage facts, transfer.facts V_*
    "TRIP_ELEMENT",  # protect [code] last trip: protect.elements ELEMENT_* ; 0 = none since start
    "TRIP_LEG",  # protect [leg] last trip: leg, 0 = all
    "TRIP_VALUE",  # protect [mV|mHz|..] last trip: measured value, in the element's unit
    "TRIP_LIMIT",  # protect [mV|mHz|..] last trip: limit it crossed
    "TRIP_TIME_MS",  # protect [ms] last trip: time over the limit
    "TRIP_TICK",  # protect [tick] last trip: tick
    "TRIP_COUNT",  # protect [count] trips since start
    "RIDE_MODE",  # protect [code] ride-through mode word: protect.ride MODE_*
    "ES_LEFT_MS",  # protect [ms] enter service: time left until the grid has been good for es_delay_ms
    "RECLOSE_LEFT_MS",  # protect [ms] time left until a dead house may have K1 back
    "ISLAND_TRIPS",  # protect [count] trips of the island's own protection since start
    "MEAN10_MV",  # protect [mV] highest grid leg, mean of the last ten minutes; 0 = not known yet
    "SYNC_WHY",  # protect [bits] what 25 waits for: protect.sync_check WHY_*
    "UI_STAGE",  # protect [code] unintentional island: protect.islanding STAGES
    "UI_MHZ",  # protect [mHz] the frequency's answer to the dither of reactive power
    "S_FACTS",  # transfer [bits] switchgear facts, transfer.facts S_*
    "O_FACTS",  # transfer [bits] operation facts, transfer.facts O_*
    "STATE",  # transfer [code] transfer.states: what the switch is doing
    "LAST_STATE",  # transfer [code] the state before
    "REASON",  # transfer [code] the row that led here, transfer.table REASONS
    "IN_STATE_MS",  # transfer [ms] time in this state, stops at 2**29
    "STATE_CHANGES",  # transfer [count] transitions since start
    "K1_OPEN_MS_X10",  # transfer [0.1 ms] learned opening time of K1
    "K1_CLOSE_MS_X10",  # transfer [0.1 ms] learned closing time of K1
    "K2_OPEN_MS_X10",  # transfer [0.1 ms] learned opening time of K2
    "K2_CLOSE_MS_X10",  # transfer [0.1 ms] learned closing time of K2
    "KN_OPEN_MS_X10",  # transfer [0.1 ms] learned opening time of KN
    "KN_CLOSE_MS_X10",  # transfer [0.1 ms] learned closing time of KN
    "K1_OPS",  # transfer [count] operations of K1 since the counters were kept
    "K2_OPS",  # transfer [count] operations of K2
    "KN_OPS",  # transfer [count] operations of KN
    "K1_HOT",  # transfer [count] operations of K1 that made or broke a load, as far as voltages and charger tell
    "K2_HOT",  # transfer [count] the same of K2
    "K1_BOUNCE_MS_X10",  # transfer [0.1 ms] K1's last movement: first touch of the proof contacts to rest
    "K2_BOUNCE_MS_X10",  # transfer [0.1 ms] the same of K2
    "KN_BOUNCE_MS_X10",  # transfer [0.1 ms] the same of KN
    "STARTS_TRIED",  # transfer [count] black starts tried in this outage
    "CAUSE_86",  # transfer [code] what latched 86: transfer.table REASONS; 0 = not latched
    "ALARMS",  # transfer [bits] standing alarms, transfer.facts A_*
    "STEER_MHZ",  # transfer [mHz] frequency the island is asked to run at while synchronising; 0 = no wish
    "RUN_PERMIT",  # transfer [0/1] sources may deliver power (PARALLEL, ISLAND)
    "SHED",  # transfer [bits] 0..2 stage shed, 3..5 stage stays off, 6 frequency at the ceiling for local PV
    "PLANNED",  # transfer [code] planned island under way: transfer.refusals PLAN_*; 0 = none
    "ISLAND_WHY",  # transfer [code] why an island can not be planned now: transfer.refusals WHY_*; 0 = it can
    "SUPPLY_LEFT_S",  # transfer [s] how long the controller still lives with house and grid dark, reckoned
)

# The other direction, the same form. The tick reads them, and trusts none for longer than the
# age it allows: each group carries the tick of its last writing.
ASK_ROWS = (
    "CHARGER_TICK",  # charger [tick] tick of the last good reply of the charger; -1 = never
    "CHARGER_BITS",  # charger [bits] charger.device BIT_*: ready, fault, forming, following, stopped
    "CHARGER_W",  # charger [W] charger's power, positive into the house
    "HOUSE_W",  # charger [W] house load if known, else -1
    "CAR_SOC_E1",  # charger [%/10] car's state of charge in tenths of a percent; -1 = unknown
    "BATTERY_SOC_E1",  # charger [%/10] home battery's state of charge; -1 = unknown or none
    "IN_SERVICE",  # settings [0/1] a valid set of settings is loaded and the technician put the controller in service
    "ASK_ISLAND",  # console [tick] tick at which a person asked for an island; 0 = no
    "ASK_RETURN",  # console [tick] tick at which a person asked to return; 0 = no
    "ASK_SERVICE",  # console [tick] tick at which a person asked for SERVICE; 0 = no
    "ASK_RESET_86",  # console [tick] tick at which a person on site asked to reset 86; 0 = no
    "SEAMLESS",  # energy [0/1] policy: 1 = open as soon as the loads would notice, 0 = the grid code's curves decide
    "BACKGROUND_ALARM",  # main [bits] background tasks that died, one bit each
    "BACKGROUND_TICK",  # main [tick] tick the background last saw
    "HEAP_FREE",  # main [bytes] heap left after a collection at rest, at most ten seconds ago
    "FRAM_86",  # record [0/1] 86 as read back from permanent memory at start: 0 clear, 1 latched, -1 unreadable
    "FRAM_86_DONE",  # record [code] the cause of 86 that is safely stored
    "RESTARTS",  # record [count] restarts within the last ten minutes
    "ASK_TEST",  # console [code] what ASK_ISLAND is for: 0 an island until ASK_RETURN, 1 exercise, 2 test without load
    "SENT_VAR",  # charger [var] reactive power last asked of the charger, into the house
    "KEPT_K1_OPS",  # record [count] K1_OPS as kept in permanent memory, read once at start; 0 = none
    "KEPT_K2_OPS",  # record [count] K2_OPS, the same
    "KEPT_KN_OPS",  # record [count] KN_OPS, the same
    "KEPT_K1_HOT",  # record [count] K1_HOT, the same
    "KEPT_K2_HOT",  # record [count] K2_HOT, the same
)

SLOTS = {name: i for i, name in enumerate(ROWS)}
ASKS = {name: i for i, name in enumerate(ASK_ROWS)}

_SEQ = const(0)


def slot(name):
    """Index of a slot; raises KeyError at wiring time, never in the tick."""
    return SLOTS[name]


def ask(name):
    """Index of a slot of the other direction."""
    return ASKS[name]


def new_image():
    """The tick's array, all zero, one integer per name in ROWS."""
    return array("i", bytes(4 * len(ROWS)))


def new_asks():
    """The background's array: zero, or -1 where zero would be a claim."""
    asks = array("i", bytes(4 * len(ASK_ROWS)))
    for name in ("CHARGER_TICK", "HOUSE_W", "CAR_SOC_E1", "BATTERY_SOC_E1"):
        asks[ask(name)] = -1
    return asks


class Snapshot:
    """A whole copy of the image for the background. `take()` copies; `snap[slot("G1_MV")]` or `snap.get("G1_MV")`
    reads.

    On a chip the tick interrupts the copy now and then: the copy is made again, at most four times, and what is then
    still torn is refused (the old copy stays) and counted.
    """

    TRIES = 4

    def __init__(self, image):
        self._image = image
        self._copy = new_image()
        self._next = new_image()
        self.torn = 0
        self.take()

    def take(self):
        """Copy the image; True if the copy is whole, False if the old one was kept."""
        image, fresh = self._image, self._next
        for _ in range(self.TRIES):
            before = image[_SEQ]
            if before & 1:
                continue
            fresh[:] = image  # one copy in C: slot by slot the tick would tear it every time on a chip
            if image[_SEQ] == before:
                self._copy, self._next = fresh, self._copy
                return True
        self.torn += 1
        return False

    def __getitem__(self, index):
        return self._copy[index]

    def get(self, name):
        """Value of a slot by its name."""
        return self._copy[slot(name)]
