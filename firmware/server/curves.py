"""Models 702, 703, 707-711: what the grid code and the settings say, and the one way to change a trip curve from afar.

Set 1 is what is in force and is never written. Set 2 may be written, and adopted, while somebody on site has unlocked
it (service key or code); even then adopting only puts the numbers into the console's draft, where a person looks at the
difference and commits. A trip model can't be disabled.

A curve is the stairs of its stages, the deepest first: (level, ms) corners with the step between them.
"""

from firmware import grid_codes

_POINTS = 5
_TRIPS = ((707, grid_codes.UV), (708, grid_codes.OV), (709, grid_codes.UF), (710, grid_codes.OF))
_CTRL_MODES = 1 << 0 | 1 << 1 | 1 << 7 | 1 << 8 | 1 << 12 | 1 << 13  # most W, fixed W, and the four trips
_ISLAND = 1 << 1 | 1 << 2  # able to island, able to black-start


def first_of(model, number):
    """Offset of curve set `number` (1, 2) in its model."""
    return 9 + (number - 1) * (49 if model < 709 else 64)


def level_size(model):
    return 1 if model < 709 else 2


class Curves:
    """`fill()` once; `put_pending` and `adopt` for set 2. `stage(changes)` takes a dictionary of settings."""

    def __init__(self, chain, settings, unlocked, stage):
        self._chain, self._settings, self.unlocked, self._stage = chain, settings, unlocked, stage
        try:
            self._code = grid_codes.Code(settings)
        except ValueError:  # out of service a set may be half filled in: then there is nothing to show
            self._code = None

    def fill(self):
        """Everything that stays as it is until the next start."""
        put, settings, code = self._chain.put, self._settings, self._code
        rated, volts = settings["charger_rated_w"] // 10, settings["nominal_mv"] // 100
        for offset in (2, 7, 10, 11, 12, 13, 26, 31, 34, 35, 36, 37):  # W, VA, charge and discharge: rating, setting
            put(702, offset, rated)
        for offset in (14, 38):
            put(702, offset, volts)
        number = settings["grid_code"]
        put(702, 22, number - 1 if 1 <= number <= 3 else None)
        put(702, 23, _CTRL_MODES, 2)
        put(702, 25, _ISLAND)
        put(702, 44, _ISLAND)
        for offset, power in ((45, 1), (47, 1), (49, -1)):
            put(702, offset, power)
        put(703, 2, 1)
        self._droop()
        if code is None:
            return
        nominal = settings["nominal_mv"]
        put(703, 3, code.es[1] * 1000 // nominal)
        put(703, 4, code.es[0] * 1000 // nominal)
        for offset, value in ((5, code.es[3]), (7, code.es[2]), (9, code.es[4] // 1000), (13, code.es[5] // 1000)):
            put(703, offset, value, 2)
        put(703, 17, -1)
        put(703, 18, -3)
        for model, kind in _TRIPS:
            self._trip(model, kind)

    def _trip(self, model, kind):
        put = self._chain.put
        put(model, 2, 1)
        put(model, 3, 0)
        put(model, 4, 1)
        put(model, 5, _POINTS)
        put(model, 6, 2)
        put(model, 7, -2 if model < 709 else -3)
        put(model, 8, -2)
        corners = [(level, ms) for of, _, level, ms in self._code.points if of == kind]
        for number in (1, 2):
            self._curve(model, first_of(model, number), corners)

    def _curve(self, model, at, corners):
        """Corners in the order of their stages, 1 the mildest."""
        put, wide = self._chain.put, level_size(model)
        put(model, at, 1)
        deep_first = corners[::-1]
        stairs = []
        for i, (level, ms) in enumerate(deep_first):
            stairs.append((level, ms))
            if i + 1 < len(deep_first):
                stairs.append((level, deep_first[i + 1][1]))
        put(model, at + 1, len(stairs))
        for i, (level, ms) in enumerate(stairs[:_POINTS]):
            put(model, at + 2 + i * (wide + 2), self._to_wire(model, level), wide)
            put(model, at + 2 + i * (wide + 2) + wide, ms // 10, 2)
        step = 1 + _POINTS * (wide + 2)
        put(model, at + 1 + step, 0)  # no may-trip and no cessation curve of its own
        put(model, at + 1 + 2 * step, 0)

    def _to_wire(self, model, level):
        return (
            level
            if model >= 709
            else (level * 10000 + self._settings["nominal_mv"] // 2) // self._settings["nominal_mv"]
        )

    def _from_wire(self, model, raw):
        return raw if model >= 709 else (raw * self._settings["nominal_mv"] + 5000) // 10000

    def _droop(self):
        put = self._chain.put
        put(711, 2, 0)  # the charger's own droop is not ours to set
        put(711, 3, 0)
        put(711, 4, 1)
        put(711, 5, 2)
        put(711, 10, 0)
        for offset, power in ((11, -3), (12, -3), (13, -2)):
            put(711, offset, power)
        for at in (14, 24):  # IEEE 1547-2018 defaults, categories I to III [M]: 36 mHz, 0.05, 5 s
            for offset, value, size in (
                (0, 36, 2),
                (2, 36, 2),
                (4, 50, 1),
                (5, 50, 1),
                (6, 500, 2),
                (8, 0, 1),
                (9, 1, 1),
            ):
                put(711, at + offset, value, size)

    def refresh(self):
        """Set 2 says whether it may be written now."""
        access = 0 if self.unlocked() else 1
        for model, _ in _TRIPS:
            self._chain.put(model, first_of(model, 2), access)

    def writable(self, model, offset):
        """Registers of the point at this offset, 0 when it may not be written (or is not the first of its point)."""
        if not 707 <= model <= 710 or not self.unlocked():
            return 0
        if offset == 3:
            return 1
        wide, at = level_size(model), first_of(model, 2)
        into = (offset - at - 1) % (1 + _POINTS * (wide + 2))
        if offset <= at or offset - at - 1 >= 1 + _POINTS * (wide + 2):  # the must-trip curve only
            return 0
        if into == 0:
            return 1
        return {0: wide, wide: 2}.get((into - 1) % (wide + 2), 0)

    def problem(self, model, offset, value):
        """Is this value out of the question?"""
        if offset == 3:
            return value != 2
        if offset == first_of(model, 2) + 1:
            return value not in (1, 3, 5)
        return False

    def adopt(self, model):
        """Set 2 of a model into the draft of the settings; the result code goes into the model."""
        kind = dict(_TRIPS)[model]
        at, wide, name = first_of(model, 2), level_size(model), grid_codes.KINDS[kind]
        corners = []
        for i in range(0, min(self._chain.get(model, at + 1), _POINTS), 2):
            where = at + 2 + i * (wide + 2)
            level = self._from_wire(model, self._chain.get(model, where, wide))
            corners.append((level, self._chain.get(model, where + wide, 2) * 10))
        changes = {}
        for stage, (level, ms) in enumerate(corners[::-1]):
            changes["%s%d_trip_%s" % (name, stage + 1, "mhz" if model >= 709 else "mv")] = level
            changes["%s%d_trip_ms" % (name, stage + 1)] = ms
        try:
            self._settings.with_changes(changes)
        except ValueError as why:
            self._chain.put(model, 4, 2)
            return str(why)
        self._stage(changes)
        self._chain.put(model, 4, 1)
        return ""
