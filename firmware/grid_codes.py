"""What each grid code demands, as data: trip points, enter service, ride-through, and each figure's own range.

Adding a code is adding rows. The setting `grid_code` chooses one, settings such as `uv1_trip_mv` move a figure within
the code's own range; anything else is refused with the range named. Nobody has certified these rows.

The sources are named beside the numbers: [OD] epri-dev/OpenDER, [PD] NREL/PyDSS, [SVP] sandialabs/svp_1547.1, [PR] the
discussion of California Rule 21 in OpenDTU 1590, [FIC] daari-git/fault-islanding-classifier, [M] from memory of the
standard, not checked against its text.
"""

from micropython import const

# The kinds of a trip point; the n-th point of a kind is its n-th stage (27-1 is the slowest).
UV = const(0)
OV = const(1)
UF = const(2)
OF = const(3)
MEAN = const(4)  # mean of ten minutes, over
KINDS = ("uv", "ov", "uf", "of", "mean")

# Ride-through modes, by rising severity; protect.ride writes them into the mode word.
CONTINUOUS = const(0)
MANDATORY = const(1)
PERMISSIVE = const(2)
CESSATION = const(3)
CEASE = const(4)
UNDEFINED = const(5)

# A trip point: (kind, level, ms, lowest level, highest level, least ms, most ms[, 1 = reaching the level counts])
# Levels of voltage are pu * 1000 (codes with a `base` of their own: mV at that nominal), of frequency mHz.
_OV2 = (OV, 1200, 160, 1200, 1200, 160, 160)  # [OD] fixed
_OF2 = (OF, 62000, 160, 61800, 66000, 160, 1000000)  # [OD]
_OF1 = (OF, 61200, 300000, 61000, 66000, 180000, 1000000)  # [OD]
_UF1 = (UF, 58500, 300000, 50000, 59000, 180000, 1000000)  # [OD]
_UF2 = (UF, 56500, 160, 50000, 57000, 160, 1000000)  # [OD]
_1547_F = (_UF1, _UF2, _OF1, _OF2)

_CAT_1 = (
    (UV, 700, 2000, 0, 880, 2000, 21000),  # [OD, PD]
    (UV, 450, 160, 0, 500, 160, 2000),  # [OD, PD]
    (OV, 1100, 2000, 1100, 1200, 1000, 13000),  # [OD, PD]
    _OV2,
) + _1547_F
_CAT_2 = (
    (UV, 700, 10000, 0, 880, 2000, 21000),  # [OD, PD]
    (UV, 450, 160, 0, 500, 160, 2000),  # [OD, PD]
    (OV, 1100, 2000, 1100, 1200, 1000, 13000),  # [OD, PD]
    _OV2,
) + _1547_F
_CAT_3 = (
    (UV, 880, 21000, 0, 880, 2000, 50000),  # [OD, PD]; range of 1547a-2020 [M]
    (UV, 500, 2000, 0, 500, 160, 21000),  # [OD, PD]; range of 1547a-2020 [M]
    (OV, 1100, 13000, 1100, 1200, 1000, 13000),  # [OD, PD]
    _OV2,
) + _1547_F
_RULE_21 = (  # [PR]; taken as fixed
    (UV, 880, 21000, 880, 880, 21000, 21000),
    (UV, 700, 11000, 700, 700, 11000, 11000),
    (UV, 500, 1500, 500, 500, 1500, 1500),
    (OV, 1100, 13000, 1100, 1100, 13000, 13000),
    (OV, 1200, 160, 1200, 1200, 160, 160),
    (UF, 58500, 300000, 58500, 58500, 300000, 300000),
    (UF, 57000, 160, 57000, 57000, 160, 160),
    (OF, 60500, 300000, 60500, 60500, 300000, 300000),
    (OF, 62000, 160, 62000, 62000, 160, 160),
)
_VDE = (  # figures of the code's page, inverters' 3 s and 0.3 s [M]; fixed
    (UV, 800, 3000, 800, 800, 3000, 3000),
    (UV, 450, 300, 450, 450, 300, 300),
    (OV, 1250, 100, 1250, 1250, 100, 100, 1),
    (MEAN, 1100, 0, 1100, 1100, 0, 0),
    (UF, 47500, 100, 47500, 47500, 100, 100),  # [M]
    (OF, 51500, 100, 51500, 51500, 100, 100),  # [M]
)
_G98 = (  # [M], fixed
    (UV, 800, 2500, 800, 800, 2500, 2500),
    (OV, 1140, 1000, 1140, 1140, 1000, 1000),
    (OV, 1190, 500, 1190, 1190, 500, 500),
    (UF, 47500, 20000, 47500, 47500, 20000, 20000),
    (UF, 47000, 500, 47000, 47000, 500, 500),
    (OF, 52000, 500, 52000, 52000, 500, 500),
)
_AS_4777 = (  # Australia A [M], mV at 230 V, fixed
    (UV, 180000, 10000, 180000, 180000, 10000, 10000),
    (UV, 70000, 1000, 70000, 70000, 1000, 1000),
    (OV, 265000, 1000, 265000, 265000, 1000, 1000),
    (OV, 275000, 200, 275000, 275000, 200, 200),
    (MEAN, 258000, 0, 244000, 258000, 0, 0),
    (UF, 47000, 1000, 47000, 47000, 1000, 1000),
    (OF, 52000, 200, 52000, 52000, 200, 200),
)
_EN_50549 = (  # voltage is national: these are placeholders within the standard's range [M]; frequency NL [M]
    (UV, 850, 2000, 200, 1000, 100, 100000),
    (UV, 500, 200, 200, 1000, 100, 5000),
    (OV, 1150, 2000, 1000, 1200, 100, 100000),
    (OV, 1200, 100, 1000, 1300, 100, 5000),
    (MEAN, 1100, 0, 1000, 1150, 0, 0),
    (UF, 47500, 2000, 47000, 50000, 100, 100000),
    (UF, 47000, 100, 47000, 50000, 100, 5000),
    (OF, 51500, 2000, 50000, 52000, 100, 100000),
    (OF, 52000, 100, 50000, 52000, 100, 5000),
)

# Enter service, each (default, lowest, highest): voltage low and high, frequency low and high, delay, ramp.
ES_NAMES = ("es_v_low_mv", "es_v_high_mv", "es_f_low_mhz", "es_f_high_mhz", "es_delay_ms", "es_ramp_ms")
_ES_1547 = (  # [OD]; ranges of voltage and frequency [M]
    (917, 880, 950), (1050, 1050, 1060), (59500, 59000, 59900), (60100, 60100, 61000), (300000, 0, 600000),
    (300000, 1000, 1000000),
)  # fmt: skip
_ES_VDE = (  # [M]
    (850, 850, 850), (1100, 1100, 1100), (47500, 47500, 47500), (50100, 50100, 50100), (60000, 60000, 600000),
    (600000, 600000, 1200000),
)  # fmt: skip
_ES_G98 = (  # [M]: within the protection's own limits for 20 s
    (800, 800, 950), (1140, 1050, 1140), (47500, 47500, 49900), (52000, 50100, 52000), (20000, 20000, 600000),
    (0, 0, 1000000),
)  # fmt: skip
_ES_AS = (  # [M], mV at 230 V
    (205000, 205000, 205000), (253000, 253000, 253000), (47500, 47500, 47500), (50150, 50150, 50150),
    (60000, 60000, 600000), (360000, 360000, 1000000),
)  # fmt: skip
_ES_EN = (  # [M]
    (850, 500, 1000), (1100, 1000, 1200), (49500, 47000, 50000), (50200, 50000, 52000), (60000, 10000, 600000),
    (600000, 0, 1200000),
)  # fmt: skip

# Ride-through below nominal: (below, mode, least ms, tenths of a ms more per 0.001 pu, counted from), most severe
# first; above nominal: (above, mode, least ms), most severe first; frequency: (mandatory below, above, undefined
# below, above, ms).
_LOW_1 = ((500, CEASE, 0, 0, 0), (700, PERMISSIVE, 160, 0, 0), (880, MANDATORY, 700, 40, 700))  # [OD, PD]
_LOW_2 = (  # [OD, PD]
    (300, CEASE, 0, 0, 0),
    (450, PERMISSIVE, 160, 0, 0),
    (650, PERMISSIVE, 320, 0, 0),
    (880, MANDATORY, 3000, 87, 650),
)
_LOW_3 = ((500, CESSATION, 1000, 0, 0), (700, MANDATORY, 10000, 0, 0), (880, MANDATORY, 20000, 0, 0))  # [OD, PD]
_HIGH_12 = ((1200, CEASE, 0), (1175, PERMISSIVE, 200), (1150, PERMISSIVE, 500), (1100, PERMISSIVE, 1000))  # [OD, PD]
_HIGH_3 = ((1200, CEASE, 0), (1100, CESSATION, 12000))  # [OD, PD]; cease above 1.20 by the code's page
_RIDE_F = (58800, 61200, 57000, 61800, 299000)  # [OD, SVP]
_LOW_VDE = ((150, CEASE, 0, 0, 0), (800, CESSATION, 150, 41, 150), (850, MANDATORY, 3000, 0, 0))  # [M]
_HIGH_VDE = ((1250, CEASE, 0), (1150, CESSATION, 100))  # [M]
_RIDE_F_VDE = (49000, 51000, 47500, 51500, 1800000)  # [M]
_LOW_G98 = ((800, MANDATORY, 0, 0, 0),)  # type A: nothing demanded [M]
_HIGH_G98 = ((1140, MANDATORY, 0),)  # [M]
_RIDE_F_G98 = (49000, 51000, 47000, 52000, 20000)  # [M]
_LOW_AS = ((70000, CEASE, 0, 0, 0), (180000, CESSATION, 10000, 0, 0))  # [M]
_HIGH_AS = ((275000, CEASE, 0), (265000, CESSATION, 1000))  # [M]
_RIDE_F_AS = (49000, 51000, 47000, 52000, 1800000)  # [M]
_LOW_EN = ((50, CEASE, 0, 0, 0), (850, MANDATORY, 250, 34, 50))  # [M]
_HIGH_EN = ((1200, CEASE, 0), (1100, MANDATORY, 100))  # [M]
_RIDE_F_EN = (49000, 51000, 47000, 52000, 1800000)  # [M]

# name, nominal Hz, base of the levels (1000: pu * 1000), 1 = times are clearing times (K1's opening included) or 0 =
# delays of the relay itself, trip points, enter service, ride low, ride high, ride frequency, (disturbance sets, ms
# apart), 81R (mHz/s, lowest, highest; 0 = off), 78 (cdeg, lowest, highest; 0 = off), what is given above nominal
# frequency (from mHz, all of the rating less after so many mHz more; 0 = no rule). 81R and 78 stay off where immunity
# is demanded.
_SHIFT = (0, 6000, 12000)  # one-phase jumps of 60 degrees are ridden through [SVP]
_NO_SHIFT = (0, 0, 0)
_ALWAYS = (0, 0)
_DROOP_1547 = (60036, 3000)  # dead band 36 mHz, droop 5 % [M]
_DROOP_EU = (50200, 2500)  # 40 %/Hz, a droop of 5 % [M]
CODES = (
    ("none", 0, 1000, 0, (), (), (), (), (), _ALWAYS, (0, 0, 0), _NO_SHIFT, _ALWAYS),
    ("IEEE 1547-2018 Cat I", 60, 1000, 1, _CAT_1, _ES_1547, _LOW_1, _HIGH_12, _RIDE_F,
     (2, 20000), (0, 500, 10000), _SHIFT, _DROOP_1547),  # sets [PD]; ROCOF immunity [M]
    ("IEEE 1547-2018 Cat II", 60, 1000, 1, _CAT_2, _ES_1547, _LOW_2, _HIGH_12, _RIDE_F,
     (2, 10000), (0, 2000, 10000), _SHIFT, _DROOP_1547),  # sets [PD]; ROCOF immunity [M]
    ("IEEE 1547-2018 Cat III", 60, 1000, 1, _CAT_3, _ES_1547, _LOW_3, _HIGH_3, _RIDE_F,
     (3, 5000), (0, 3000, 10000), _SHIFT, _DROOP_1547),  # sets [PD]; ROCOF immunity [SVP]
    ("California Rule 21", 60, 1000, 1, _RULE_21, _ES_1547, _LOW_3, _HIGH_3, _RIDE_F,
     (3, 5000), (0, 3000, 10000), _SHIFT, _DROOP_1547),  # 300 s, cessation < 0.50, > 1.10 [PR]; rest as Cat III
    ("VDE-AR-N 4105:2018", 50, 1000, 0, _VDE, _ES_VDE, _LOW_VDE, _HIGH_VDE, _RIDE_F_VDE,
     _ALWAYS, (0, 2000, 10000), _NO_SHIFT, _DROOP_EU),  # [M]
    ("G98/G99 LV", 50, 1000, 0, _G98, _ES_G98, _LOW_G98, _HIGH_G98, _RIDE_F_G98,
     _ALWAYS, (1000, 1000, 1000), _NO_SHIFT, (50400, 5000)),  # 1 Hz/s for 0.5 s, no vector shift [M]
    ("AS/NZS 4777.2 Australia A", 50, 230000, 0, _AS_4777, _ES_AS, _LOW_AS, _HIGH_AS, _RIDE_F_AS,
     _ALWAYS, (0, 4000, 10000), _SHIFT, (50250, 1750)),  # [M]
    ("EN 50549-1", 50, 1000, 0, _EN_50549, _ES_EN, _LOW_EN, _HIGH_EN, _RIDE_F_EN,
     _ALWAYS, (0, 2000, 10000), (0, 2000, 12000), _DROOP_EU),  # immunity 2 Hz/s [M]
)  # fmt: skip


class Code:
    """One grid code with the settings' changes, in mV, mHz and ms at this site's nominal voltage.

    points: [kind, stage, level, ms]; es: [v low mV, v high mV, f low mHz, f high mHz, delay ms, ramp ms]; low, high,
    ride_f, sets: as in the table, voltages in mV; rocof_mhz_s and shift_cdeg: 0 = off.
    """

    def __init__(self, settings):
        row = CODES[settings["grid_code"]]
        found = problem(settings)
        if found:
            raise ValueError("setting %s: %d is outside %d..%d %s of %s" % (found + (row[0],)))
        self.name, self.clearing = row[0], row[3]
        nominal_mv, base = settings["nominal_mv"], row[2]
        self.mv_per_step = nominal_mv // base  # of the table's voltage levels
        self.points = []
        for point, stage in _staged(row[4]):
            name = KINDS[point[0]] + (str(stage) if point[0] != MEAN else "")
            level = settings[_level_name(name, point[0])] or _to_mv(point[1], point[0], nominal_mv, base)
            at = 1 if len(point) > 7 else 0
            level += at if point[0] == UV else -at
            self.points.append((point[0], stage, level, _ms(settings, name, point)))
        self.es = []
        for i, name in enumerate(ES_NAMES):
            self.es.append(settings[name] or _to_mv(row[5][i][0], UV if i < 2 else UF, nominal_mv, base))
        self.low = [
            (_to_mv(r[0], UV, nominal_mv, base), r[1], r[2], r[3], _to_mv(r[4], UV, nominal_mv, base)) for r in row[6]
        ]
        self.high = [(_to_mv(r[0], OV, nominal_mv, base), r[1], r[2]) for r in row[7]]
        self.ride_f, self.sets = row[8], row[9]
        self.rocof_mhz_s = settings["rocof_trip_mhz_s"] or row[10][0]
        self.shift_cdeg = settings["vs_trip_cdeg"] or row[11][0]
        self.give = (self.es[5],) + row[12]  # ms of the ramp, then what is given above nominal: from mHz, over mHz


def _to_mv(level, kind, nominal_mv, base):
    return level if kind in (UF, OF) else level * nominal_mv // base


def _ms(settings, name, point):
    return 0 if point[0] == MEAN else settings[name + "_trip_ms"] or point[2]


def _level_name(name, kind):
    return name + ("_trip_mhz" if kind in (UF, OF) else "_trip_mv")


def _staged(points):
    """(point, its stage within its kind), in order."""
    seen = [0, 0, 0, 0, 0]
    found = []
    for point in points:
        seen[point[0]] += 1
        found.append((point, seen[point[0]]))
    return found


def _ranges(settings):
    """(name, lowest, highest, unit) of every setting the chosen code has a range for."""
    row = CODES[settings["grid_code"]]
    nominal_mv, base = settings["nominal_mv"], row[2]
    for point, stage in _staged(row[4]):
        kind = point[0]
        name = KINDS[kind] + (str(stage) if kind != MEAN else "")
        low, high = _to_mv(point[3], kind, nominal_mv, base), _to_mv(point[4], kind, nominal_mv, base)
        yield _level_name(name, kind), low, high, "mHz" if kind in (UF, OF) else "mV"
        if kind != MEAN:
            yield name + "_trip_ms", point[5], point[6], "ms"
    for i, name in enumerate(ES_NAMES):
        low, high = row[5][i][1], row[5][i][2]
        if i < 2:
            low, high = _to_mv(low, UV, nominal_mv, base), _to_mv(high, UV, nominal_mv, base)
        yield name, low, high, "mV" if i < 2 else "mHz" if i < 4 else "ms"
    yield "rocof_trip_mhz_s", row[10][1], row[10][2], "mHz/s"
    yield "vs_trip_cdeg", row[11][1], row[11][2], "cdeg"


def problem(settings):
    """The first setting the chosen code does not allow: (name, value, lowest, highest, unit), or None. 0 = as the
    code.
    """
    number = settings["grid_code"]
    if not 1 <= number < len(CODES):
        return "grid_code", number, 1, len(CODES) - 1, "code"
    if settings["nominal_hz"] != CODES[number][1]:
        return "nominal_hz", settings["nominal_hz"], CODES[number][1], CODES[number][1], "Hz"
    seen = []
    for name, low, high, unit in _ranges(settings):
        seen.append(name)
        if settings[name] and not low <= settings[name] <= high:
            return name, settings[name], low, high, unit
    for kind in KINDS:  # a stage the code does not have can't be set
        for stage in ("1", "2", "3"):
            for tail, unit in (("_trip_mv", "mV"), ("_trip_mhz", "mHz"), ("_trip_ms", "ms")):
                name = kind + stage + tail
                if name not in seen and settings.get(name, 0):
                    return name, settings[name], 0, 0, unit
    return None
