"""Fills the room's memory from the settings, once, before the tick starts; forgotten afterwards with what it imports.

A contactor that is not fitted counts as proven where that is harmless: K2 as closed, and as open where the charger's
own enable is withdrawn (contactors.slow); KN as open and as made.
"""

from array import array

from micropython import const

from firmware.transfer import reasons, table

_TICKS_MS = const(2)
_ROUND = const(8)  # ticks
# Pause before the next start after 1, 2, 3, 4 failures, minutes (practice of home gateways).
PAUSES_MIN = (10, 20, 40, 120)
_FAR = const(1 << 28)
_SATURATE = const(1 << 20)
_UNKNOWN = const(2)  # position of a contactor at the start
_NONE_YET = const(0x1FFFFFFF)  # state changes: the first, into OUT_OF_SERVICE, wraps it to 0
_FIRST_SLOT = "S_FACTS"
# copies
# facts
_S_K2_PROVEN_CLOSED = const(1 << 7)
_S_KN_PROVEN_OPEN = const(1 << 10)
_S_KN_PROVEN_MADE = const(1 << 11)
# board.port
_IN_K1_52A = const(1 << 0)
_IN_K1_52B = const(1 << 1)
_IN_K2_52A = const(1 << 2)
_IN_K2_52B = const(1 << 3)
_IN_KN_PROOF = const(1 << 4)
_OUT_K1 = const(1 << 0)
_OUT_K2 = const(1 << 1)
_OUT_KN = const(1 << 2)
# states
_GRID = const(1)
_PARALLEL = const(2)
_OPENING = const(3)
_DARK = const(4)
_BONDING = const(5)
_STARTING = const(6)
_ISLAND = const(7)
_SYNCHRONISING = const(8)
_UNBONDING = const(9)
_CLOSING = const(10)
_HANDBACK = const(11)
_OPEN_TRANSITION = const(12)
# places
_CHARGE = const(48)
_SUPPLY = const(56)
_TO = const(32)
_FROM_V = const(33)
_STOP_CODE = const(34)
_READ_CODE = const(35)
_FRESH = const(36)
_UNBONDED_MAX = const(37)
_CLOSE_RETRY = const(38)
_PAUSES = const(39)
_FIXED = const(43)
_BONDED = const(44)
_ENABLE = const(99)
_END = const(45)
_OVERRIDE = const(80)
_RESTART_CODE = const(81)
_OFTEN_CODE = const(82)
_WELD_CODE = const(83)
_K1_CHARGE = const(84)
_OPENINGS_MAX = const(85)
_OPENINGS_S = const(86)
_EXERCISE = const(87)
_SUPPLY_S = const(88)
_HOLD_AFTER = const(89)
_BOUNCE_MAX = const(90)
_SHED_MHZ = const(91)
_SOUND_MHZ = const(92)
_SHED_ROUNDS = const(93)
_SHED_W = const(94)
_RESTORE = const(95)
_CALM_MHZ = const(96)
_CEILING_MHZ = const(97)
_STEER_MAX_MHZ = const(98)
_W_HOUSE_MHZ = const(100)
_W_CHARGER_TICK = const(102)
_STARTS_MAX = const(115)
_CONTACTS = const(136)
_BIT_A = const(0)
_BIT_B = const(1)
_DRIVE = const(2)
_WAS = const(3)
_SINCE = const(4)
_POS = const(7)
_MAX_OPEN = const(9)
_MAX_CLOSE = const(10)
_DEBOUNCE = const(11)
_LEARNT_OPEN = const(12)
_LEARNT_CLOSE = const(13)
_OPS = const(14)
_INVERT = const(16)
_SHIFT = const(17)
_MASK = const(18)
_NUMBER = const(19)
_HOT = const(25)
_SLOW_X10 = const(26)
_BLOCK = const(32)
_NE_MAX_MV = const(232)
_NE = const(233)
_NO_ISLAND = const(234)
_SIZE = const(235)
# charger_profile of those whose ISLAND_BY is "none" (firmware/charger/profiles; a test compares).
_NO_ISLAND_OF = (2, 3, 4)
_P_OUT = const(0)
_P_RUN = const(1)
_P_MIN = const(2)
_P_MAX = const(3)
_P_SYNC = const(4)
_P_SHED = const(5)
_P_SIZE = const(6)
# end of copies

_IMAGE = ("HOUSE_MHZ", "GRID_FINE_MHZ")
_ASKS = (
    "CHARGER_TICK",
    "CHARGER_BITS",
    "CHARGER_W",
    "IN_SERVICE",
    "ASK_ISLAND",
    "ASK_RETURN",
    "ASK_SERVICE",
    "ASK_RESET_86",
    "ASK_TEST",
    "SEAMLESS",
    "FRAM_86",
    "RESTARTS",
    "BACKGROUND_ALARM",
)
# (state, setting): longest and shortest times
_LONGEST = (
    (_DARK, "dark_max_ms"),
    (_BONDING, "bond_max_ms"),
    (_STARTING, "start_max_ms"),
    (_UNBONDING, "unbond_max_ms"),
    (_HANDBACK, "handback_max_ms"),
    (_OPEN_TRANSITION, "gap_max_ms"),
)
# Where load-shed relays may be driven: from the moment before the house can come up, and for a test without load.
_LOADS_OFF = (
    _GRID,
    _PARALLEL,
    _OPENING,
    _BONDING,
    _STARTING,
    _ISLAND,
    _SYNCHRONISING,
    _UNBONDING,
    _CLOSING,
)
_LOADS = const(7 << 4)  # board.port OUT_SHED_1..3
_SHORTEST = (
    (_DARK, "dark_min_ms"),
    (_BONDING, "bond_min_ms"),
    (_STARTING, "start_min_ms"),
    (_OPEN_TRANSITION, "gap_min_ms"),
)


def wire(settings, image, asks):
    """(the room's memory, (rows, index, image, what each state is)); learnt times and counters are in the image."""
    from firmware import image as layout

    m = memory(settings, layout, asks)
    publish(m, image, layout)
    rows, index = table.flatten()
    image[layout.slot("STATE_CHANGES")] = _NONE_YET
    return m, (rows, index, image, plan(settings))


def memory(settings, layout, asks):
    """The room's memory, array('i') of places.SIZE. `asks` brings what was kept over the restart."""
    m = array("i", bytes(4 * _SIZE))
    for i, name in enumerate(_IMAGE):
        m[_W_HOUSE_MHZ + i] = layout.slot(name)
    for i, name in enumerate(_ASKS):
        m[_W_CHARGER_TICK + i] = layout.ask(name)
    m[_TO], m[_FROM_V] = layout.slot(_FIRST_SLOT), layout.slot("V_FACTS")
    for at, why in (
        (_STOP_CODE, reasons.STOP),
        (_READ_CODE, reasons.LATCHED),
        (_RESTART_CODE, reasons.RESTARTED),
        (_OFTEN_CODE, reasons.TOO_OFTEN),
        (_WELD_CODE, reasons.WELDED),
    ):
        m[at] = reasons.REASONS.index(why)
    m[_FRESH] = settings["charger_fresh_ms"] * _TICKS_MS
    m[_UNBONDED_MAX] = settings["unbonded_max_ms"] * _TICKS_MS
    for i, minutes in enumerate(PAUSES_MIN):
        m[_PAUSES + i] = _rounds(minutes * 60000)
    _limits(m, settings)
    _loads(m, settings)
    _contactors(m, settings, layout, asks)
    return m


def _rounds(ms):
    return ms * _TICKS_MS // _ROUND


def _limits(m, settings):
    m[_CLOSE_RETRY] = _rounds(settings["close_retry_s"] * 1000)
    m[_OVERRIDE] = _rounds(settings["momentary_ms"])
    m[_EXERCISE] = _rounds(settings["exercise_s"] * 1000)
    m[_HOLD_AFTER] = _rounds(settings["hold_ms"])
    m[_OPENINGS_MAX], m[_OPENINGS_S] = settings["openings_max"] - 1, settings["openings_s"]
    m[_SUPPLY] = m[_SUPPLY_S] = settings["supply_min"] * 60
    m[_STARTS_MAX] = settings["starts_max"]
    m[_NO_ISLAND] = 1 if settings["charger_profile"] in _NO_ISLAND_OF else 0
    m[_BOUNCE_MAX] = settings["bounce_max_ms"] * 10
    if settings["k1_unpowered"] == 1:  # latching: nothing is stored yet when the controller starts
        m[_K1_CHARGE] = m[_CHARGE] = _rounds(settings["k1_charge_ms"])


def _loads(m, settings):
    nominal = settings["nominal_hz"] * 1000
    m[_SHED_MHZ] = nominal - settings["shed_df_mhz"]
    m[_SOUND_MHZ] = nominal - settings["shed_df_mhz"] // 2
    m[_SHED_ROUNDS] = _rounds(settings["shed_ms"])
    m[_SHED_W] = settings["shed_w"] or settings["charger_rated_w"]
    m[_RESTORE] = _rounds(settings["restore_s"] * 1000)
    m[_CEILING_MHZ] = nominal + settings["pv_df_mhz"]
    m[_CALM_MHZ] = nominal + settings["pv_df_mhz"] // 2
    m[_STEER_MAX_MHZ] = nominal + settings["steady_df_mhz"]


def _contactors(m, settings, layout, asks):
    fitted = [("k1", _IN_K1_52A, _IN_K1_52B, _OUT_K1, 0, 0, 63)]
    if settings["k2_fitted"]:
        fitted.append(("k2", _IN_K2_52A, _IN_K2_52B, _OUT_K2, 0, 6, 15))
    else:
        m[_FIXED] |= _S_K2_PROVEN_CLOSED
        m[_ENABLE] = 1
    if settings["bond_required"]:
        fitted.append(("kn", _IN_KN_PROOF, 0, _OUT_KN, 1, 10, 15))
        m[_BONDED] = 1
        m[_NE], m[_NE_MAX_MV] = layout.slot("NE_MV"), settings["ne_max_mv"] if settings["ne_measured"] else 0
    else:
        m[_FIXED] |= _S_KN_PROVEN_OPEN | _S_KN_PROVEN_MADE
    p = _CONTACTS
    for name, a, b, drive, invert, shift, mask in fitted:
        m[p + _BIT_A], m[p + _BIT_B], m[p + _DRIVE] = a, b, drive
        m[p + _INVERT], m[p + _SHIFT], m[p + _MASK] = invert, shift, mask
        m[p + _NUMBER] = ("k1", "k2", "kn").index(name)
        m[p + _MAX_OPEN] = settings[name + "_open_max_ms"] * _TICKS_MS
        m[p + _MAX_CLOSE] = settings[name + "_close_max_ms"] * _TICKS_MS
        m[p + _DEBOUNCE] = settings["proof_debounce_ms"] * _TICKS_MS
        m[p + _POS], m[p + _SINCE], m[p + _WAS] = _UNKNOWN, _SATURATE, invert
        m[p + _LEARNT_OPEN] = settings[name + "_open_ms"] * 10
        m[p + _LEARNT_CLOSE] = settings[name + "_close_ms"] * 10
        m[p + _SLOW_X10] = settings[name + "_open_ms"] * (100 + settings["slow_percent"]) // 10 + 20
        m[p + _OPS] = asks[layout.ask("KEPT_%s_OPS" % name.upper())]
        if name != "kn":
            m[p + _HOT] = asks[layout.ask("KEPT_%s_HOT" % name.upper())]
        p += _BLOCK
    m[_END] = p


def plan(settings):
    """For each state: outputs, sources may run, shortest and longest time, wait for step (ticks), outputs for loads."""
    found = array("i", bytes(4 * _P_SIZE * len(table.OUTPUTS)))
    for state, outputs in enumerate(table.OUTPUTS):
        at = state * _P_SIZE
        found[at + _P_OUT], found[at + _P_RUN] = outputs, 1 if state in table.MAY_RUN else 0
        found[at + _P_SHED] = _LOADS if state in _LOADS_OFF else 0
        found[at + _P_MAX] = found[at + _P_SYNC] = _FAR + 1
    for state, name in _LONGEST:
        found[state * _P_SIZE + _P_MAX] = settings[name] * _TICKS_MS
    for state, name in _SHORTEST:
        found[state * _P_SIZE + _P_MIN] = settings[name] * _TICKS_MS
    found[_SYNCHRONISING * _P_SIZE + _P_SYNC] = settings["sync_wait_ms"] * _TICKS_MS
    return found


def publish(m, image, layout):
    """What stands before the first tick: learnt times, counters, the supply."""
    for n, name in enumerate(("K1", "K2", "KN")):
        for p in range(_CONTACTS, m[_END], _BLOCK):
            if m[p + _NUMBER] == n:
                image[layout.slot(name + "_OPEN_MS_X10")] = m[p + _LEARNT_OPEN]
                image[layout.slot(name + "_CLOSE_MS_X10")] = m[p + _LEARNT_CLOSE]
                image[layout.slot(name + "_OPS")] = m[p + _OPS]
                if n < 2:
                    image[layout.slot(name + "_HOT")] = m[p + _HOT]
    image[layout.slot("SUPPLY_LEFT_S")] = m[_SUPPLY]
