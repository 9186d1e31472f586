"""Where everything lies in the room's memory, one array of integers: a page for the reader and the tests.

The room's other files carry the same numbers as private constants, because only a file's own are inlined and cost no
memory; a test compares every copy with this page. Ticks are 500 us; a round is eight of them, 4 ms.
"""

from micropython import const

# The facts the table is asked with; machine.scan reads these three.
V_WORD = const(0)
S_WORD = const(1)
O_WORD = const(2)
STATE = const(3)
OUT = const(4)  # outputs as the last tick returned them: state's, shed loads, economy
# The facts of the last tick that the table had no row for; asking again would give the same answer.
LAST_V = const(5)
LAST_S = const(6)
LAST_O = const(7)
# Parts of S and O, held by the kernels that find them.
S_CONTACTS = const(8)
S_TIMED = const(9)
O_CHARGER = const(10)
O_PEOPLE = const(11)
O_TIMES = const(12)
IN_STATE = const(13)  # ticks in this state, saturating
T_MIN = const(14)  # shortest time in this state, ticks
T_MAX = const(15)  # longest; more than IN_STATE ever reaches = none
T_SYNC = const(16)  # wait for step, SYNCHRONISING only
STOP_FOR = const(17)  # ticks the stop loop has been open
CAUSE = const(18)  # what latched 86, 0 = not latched
STARTS = const(19)
REQUEST_AGE = const(20)  # ticks since the island request was last on
PAUSE = const(21)  # rounds of 4 ms until the next start may be tried
CLOSE_PAUSE = const(22)  # rounds until K1 may be closed onto the island again
BYPASS_FOR = const(23)
BUTTON_FOR = const(24)
UNBONDED_FOR = const(25)
NEWS = const(26)  # 1 = learnt times or counters to be published
SEEN = const(27)  # proof contacts and coils of the last tick
SETTLED = const(28)  # 1 = nothing moves and no time runs: the contacts' facts stand
STATE_OUT = const(29)  # outputs of the state
TICK = const(30)  # number of this tick, and its inputs
INPUTS = const(31)
LOST_FOR = const(46)  # rounds the grid has been lost
CLOSE_FAILS = const(47)  # K1 would not close, since it last did
CHARGE = const(48)  # rounds until K1's stored energy is there
SPLIT_FOR = const(49)  # rounds the charger has contradicted the switch
WELD_FOR = const(50)
HOLD_FOR = const(51)  # rounds all energised coils have been proven
HOLD = const(52)  # OUT_HOLD or 0
SHED_OUT = const(53)  # OUT_SHED_* wanted
SUB = const(54)  # rounds within this second
SECONDS = const(55)  # since start
SUPPLY = const(56)  # seconds left in the dark
NEXT_OPENING = const(57)  # where the ring of openings is written next
PLANNED = const(58)
PLAN_LEFT = const(59)  # rounds an exercise still has
ASKED = const(60)  # ASK_ISLAND as last seen
RETURNED = const(61)  # ASK_RETURN as last seen
NO_GRID_FOR = const(62)  # rounds without a live grid, in an exercise
WHY = const(63)
ALARMS = const(64)  # held by the kernels, each its own bits
READ_86 = const(65)  # 1 once FRAM_86 has been taken in
# Load shedding.
SHED = const(66)  # bits 0..2: stages shed
STAYS_OFF = const(67)  # bits 0..2
LOW_FOR = const(68)  # rounds below the frequency
OVER_FOR = const(69)  # rounds over the power
SOUND_FOR = const(70)
HIGH_FOR = const(71)  # rounds above the ceiling for PV; stays up until it is calm again
RESTORED = const(72)  # bit of the stage restored last
RESTORED_FOR = const(73)  # rounds since
WAS_STATE = const(74)
COLLAPSES = const(75)  # three
SHED_MASK = const(78)  # of this state
# Wiring and limits.
TO = const(32)  # image: first slot of the room (S_FACTS)
FROM_V = const(33)  # image: V_FACTS
STOP_CODE = const(34)  # the reason an emergency stop is latched with
READ_CODE = const(35)  # the reason an 86 found in permanent memory is latched with
FRESH = const(36)  # ticks a reply counts as fresh
UNBONDED_MAX = const(37)
CLOSE_RETRY = const(38)  # rounds
PAUSES = const(39)  # four, rounds
FIXED = const(43)  # facts of contactors that are not fitted
BONDED = const(44)
ENABLE = const(99)  # 1: no K2, the charger's enable stands for it
END = const(45)  # of the contactors' blocks
OVERRIDE = const(80)  # rounds
RESTART_CODE = const(81)
OFTEN_CODE = const(82)
WELD_CODE = const(83)
K1_CHARGE = const(84)  # rounds; 0 = K1 opens by spring
OPENINGS_MAX = const(85)
OPENINGS_S = const(86)
EXERCISE = const(87)  # rounds
SUPPLY_S = const(88)
HOLD_AFTER = const(89)  # rounds; 0 = never
BOUNCE_MAX = const(90)  # 0.1 ms
SHED_MHZ = const(91)  # a stage is shed below
SOUND_MHZ = const(92)  # and none is restored below
SHED_ROUNDS = const(93)
SHED_W = const(94)
RESTORE = const(95)  # rounds
CALM_MHZ = const(96)  # PV is free again below
CEILING_MHZ = const(97)
STEER_MAX_MHZ = const(98)
# Slots of the image and asks, in the order of W_IMAGE and W_ASKS.
W_HOUSE_MHZ = const(100)
W_GRID_FINE_MHZ = const(101)
W_CHARGER_TICK = const(102)
W_CHARGER_BITS = const(103)
W_CHARGER_W = const(104)
W_IN_SERVICE = const(105)
W_ASK_ISLAND = const(106)
W_ASK_RETURN = const(107)
W_ASK_SERVICE = const(108)
W_ASK_RESET_86 = const(109)
W_ASK_TEST = const(110)
W_SEAMLESS = const(111)
W_FRAM_86 = const(112)
W_RESTARTS = const(113)
W_BACKGROUND_ALARM = const(114)
STARTS_MAX = const(115)
OPENINGS = const(116)  # a ring of OPENINGS_MAX seconds at which K1 was opened, at most 20

# One block a contactor, from CONTACTS on, in the order K1, K2, KN; those not fitted are left out.
CONTACTS = const(136)
BIT_A = const(0)  # input bits
BIT_B = const(1)
DRIVE = const(2)  # output bit
WAS = const(3)  # command of the last tick, 0/1
SINCE = const(4)  # ticks since the command changed, saturating
STABLE = const(5)  # ticks the pair has been unchanged, saturating
PAIR = const(6)  # last raw pair a | b << 1
POS = const(7)  # debounced: 0 open, 1 closed, 2 neither, 3 both (impossible)
REACHED = const(8)  # 1 once the command has been proven
MAX_OPEN = const(9)  # limits, ticks
MAX_CLOSE = const(10)
DEBOUNCE = const(11)
LEARNT_OPEN = const(12)  # in 0.1 ms
LEARNT_CLOSE = const(13)
OPS = const(14)
ODD = const(15)  # ticks away from where it should be, though nobody told it to move
INVERT = const(16)  # 1: the command energises to open (KN)
SHIFT = const(17)  # of its facts in S_FACTS
MASK = const(18)
NUMBER = const(19)  # of its three slots from K1_OPEN_MS_X10 on, and of its counter
TOOK = const(20)  # 0.1 ms the last command took, until it is learned
FIRST = const(21)  # SINCE at the first touch of where it was told to go; 0 = not yet
BOUNCE = const(22)  # 0.1 ms from there to rest, last movement
MOVED = const(23)  # commands not yet counted
MOVED_V = const(24)  # V_FACTS at the last of them
HOT = const(25)
SLOW_X10 = const(26)  # opening time above which it is called slow
BLOCK = const(32)
NE_MAX_MV = const(232)  # of neutral to earth in an island; 0 = not measured
NE = const(233)  # image: NE_MV
NO_ISLAND = const(234)  # 1: the charger can form none
SIZE = const(136 + 3 * 32 + 3)

# Of each state: outputs, sources may run, shortest and longest time, wait for step, outputs for loads.
P_OUT = const(0)
P_RUN = const(1)
P_MIN = const(2)
P_MAX = const(3)
P_SYNC = const(4)
P_SHED = const(5)  # load-shed outputs that may be driven
P_SIZE = const(6)

# The room's slots of the image, from S_FACTS on.
SLOTS = (
    "S_FACTS",
    "O_FACTS",
    "STATE",
    "LAST_STATE",
    "REASON",
    "IN_STATE_MS",
    "STATE_CHANGES",
    "K1_OPEN_MS_X10",
    "K1_CLOSE_MS_X10",
    "K2_OPEN_MS_X10",
    "K2_CLOSE_MS_X10",
    "KN_OPEN_MS_X10",
    "KN_CLOSE_MS_X10",
    "K1_OPS",
    "K2_OPS",
    "KN_OPS",
    "K1_HOT",
    "K2_HOT",
    "K1_BOUNCE_MS_X10",
    "K2_BOUNCE_MS_X10",
    "KN_BOUNCE_MS_X10",
    "STARTS_TRIED",
    "CAUSE_86",
    "ALARMS",
    "STEER_MHZ",
    "RUN_PERMIT",
    "SHED",
    "PLANNED",
    "ISLAND_WHY",
    "SUPPLY_LEFT_S",
)
