"""Where everything lies in the room's memory, one array of integers. Used while wiring and by tests, then forgotten.

The kernels carry the same numbers as private constants, because only a file's own are inlined; a test compares every
copy with this page. Ticks are 500 us; the kernels marked slow run every eighth tick (4 ms).
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
END = const(45)  # of the contactors' blocks
READ_86 = const(46)  # 1 once FRAM_86 has been taken in
# asks
W_CHARGER_TICK = const(48)
W_CHARGER_BITS = const(49)
W_IN_SERVICE = const(50)
W_ASK_ISLAND = const(51)
W_ASK_RETURN = const(52)
W_ASK_SERVICE = const(53)
W_ASK_RESET_86 = const(54)
W_SEAMLESS = const(55)
W_FRAM_86 = const(56)
W_RESTARTS = const(57)
W_BACKGROUND_ALARM = const(58)

# One block a contactor, from CONTACTS on, in the order K1, K2, KN; those not fitted are left out.
CONTACTS = const(64)
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
BLOCK = const(32)
SIZE = const(64 + 3 * 32)

# Of each state: outputs, sources may run, shortest and longest time, wait for step.
P_OUT = const(0)
P_RUN = const(1)
P_MIN = const(2)
P_MAX = const(3)
P_SYNC = const(4)
P_SIZE = const(5)

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
    "STARTS_TRIED",
    "CAUSE_86",
    "ALARMS",
    "STEER_MHZ",
    "RUN_PERMIT",
)
