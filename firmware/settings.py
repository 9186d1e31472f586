"""Every operating and protection number: default, lowest, highest, unit, source. One place, frozen rows.

A value out of range is refused with the range named, and the last good settings stay. The numbers of a grid code live in
grid_codes.py; the setting `grid_code` chooses one. [M] marks a figure given from memory of the standard, [D] a design
choice of this project (docs/decisions/).
"""

# (name, default, lowest, highest, unit, source)
ROWS = (
    # system
    ("nominal_mv", 120000, 100000, 250000, "mV", "leg to neutral: 120 V split phase, 230 V elsewhere"),
    ("nominal_hz", 60, 50, 60, "Hz", "50 or 60"),
    ("legs", 2, 1, 3, "legs", "legs measured on each side: 1 single phase, 2 split phase, 3 three phase (replay only)"),
    ("grid_code", 3, 0, 20, "code", "row of grid_codes.CODES"),
    # calibration: mV of the line per count of the converter, times 1000; offset in counts times 16; angle in cdeg
    ("g1_uv_per_count", 165700, 20000, 1000000, "uV", "[D] +-2 pu peak over 4096 counts at 120 V"),
    ("g2_uv_per_count", 165700, 20000, 1000000, "uV", "[D]"),
    ("h1_uv_per_count", 165700, 20000, 1000000, "uV", "[D]"),
    ("h2_uv_per_count", 165700, 20000, 1000000, "uV", "[D]"),
    ("g1_angle_cdeg", 0, -1000, 1000, "cdeg", "[D] angle of the isolating transformer or divider"),
    ("g2_angle_cdeg", 0, -1000, 1000, "cdeg", "[D]"),
    ("h1_angle_cdeg", 0, -1000, 1000, "cdeg", "[D]"),
    ("h2_angle_cdeg", 0, -1000, 1000, "cdeg", "[D]"),
    # operation
    ("in_service", 0, 0, 1, "0/1", "[D] 0 = every coil off and the settings may be changed"),
    # energy
    ("energy_mode", 0, 0, 2, "mode", "[D] energy.dispatch: 0 hold, 1 charge, 2 export"),
    ("transfer_policy", 0, 0, 2, "policy", "[D] 0 by mode, 1 RIDE_THROUGH, 2 SEAMLESS"),
    ("charge_w", 7000, 500, 25000, "W", "[D] most the car may take; the charger latches a fault below 500 W"),
    ("export_w", 5000, 500, 25000, "W", "[D] most the car may give in mode export"),
    ("reserve_soc_e1", 300, 0, 1000, "%/10", "[D] the car is not discharged below this but for an outage"),
    ("charger_rated_w", 25000, 500, 100000, "W", "rating of the charger (Sigen EVDC 25 kW)"),
)

NAMES = tuple(row[0] for row in ROWS)
_AT = {name: i for i, name in enumerate(NAMES)}


class SettingError(ValueError):
    """A setting that can't be taken; the message names it, the value and the allowed range."""


def check(name, value):
    """The value as an int inside its range, or SettingError."""
    if name not in _AT:
        raise SettingError("setting %s: unknown name" % name)
    row = ROWS[_AT[name]]
    if isinstance(value, bool) or not isinstance(value, int):
        raise SettingError("setting %s: %r is not a whole number; allowed %d..%d %s" % (name, value, row[2], row[3], row[4]))
    if not row[2] <= value <= row[3]:
        raise SettingError("setting %s: %d is outside %d..%d %s" % (name, value, row[2], row[3], row[4]))
    return value


class Settings:
    """A whole, checked set. `settings["name"]` reads; a set is never changed, `with_changes` makes another."""

    def __init__(self, values=None):
        self._values = {row[0]: row[1] for row in ROWS}
        for name, value in (values or {}).items():
            self._values[name] = check(name, value)

    def __getitem__(self, name):
        return self._values[name]

    def with_changes(self, changes):
        """A new set with these changes, or SettingError and nothing changed."""
        merged = dict(self._values)
        merged.update(changes)
        return Settings(merged)

    def changed(self):
        """{name: value} of all that differ from the factory's."""
        return {row[0]: self._values[row[0]] for row in ROWS if self._values[row[0]] != row[1]}
