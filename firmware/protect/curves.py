"""27, 59, 81U, 81O: the grid code's N points as rows for the one kernel.

A code whose times are clearing times has K1's learned opening time and the lag of the measurement taken off, so that
the grid is open when the code says; a code whose times are the relay's own delays has nothing taken off. It must
never trip on a phase jump: a frequency row keeps at least 60 ms whatever is taken off (targets of the detection
study).
"""

from micropython import const

from firmware import grid_codes
from firmware.board.port import TICK_HZ
from firmware.protect import elements

_V_FLOOR = const(40)  # 20 ms: one cycle cannot be judged by less
_F_FLOOR = const(120)  # 60 ms

_CODES = (elements.E27, elements.E59, elements.E81U, elements.E81O, elements.MEAN10 - 1)
_SLOTS = ("GRID_MIN_MV", "GRID_MAX_MV", "GRID_MHZ", "GRID_MHZ", "MEAN10_MV")
_LEGS = ("GRID_MIN_LEG", "GRID_MAX_LEG", None, None, None)


def ticks(ms):
    """Milliseconds as ticks."""
    return ms * TICK_HZ // 1000


def code_of(settings):
    """The chosen grid code with the settings' changes; None where they don't fit: nothing may enter service."""
    return None if grid_codes.problem(settings) else grid_codes.Code(settings)


def _row(code, point, settings, layout):
    kind, stage, level, ms = point
    frequency = kind in (grid_codes.UF, grid_codes.OF)
    side = elements.UNDER if kind in (grid_codes.UV, grid_codes.UF) else elements.OVER
    lag = 1 + ticks(settings["f_lag_ms" if frequency else "v_lag_ms"]) if code.clearing else 0
    block = elements.BIT_LOW if frequency else 0
    # Unknown is neither beyond nor healthy. A noisy channel has no frequency, but an RMS: a dying line is noisy too.
    freeze = elements.BIT_BAD_GRID | elements.BIT_NO_F if frequency else elements.BIT_BLIND_GRID
    leg = _LEGS[kind]
    return (
        layout.slot(_SLOTS[kind]),
        side,
        level,
        ticks(ms),
        lag,
        _F_FLOOR if frequency else _V_FLOOR,
        block,
        freeze,
        layout.slot(leg) if leg else 0,
        _CODES[kind] + stage,
    )


def voltage_rows(code, settings, layout):
    """Rows of 27 and 59 and of the ten-minute mean; the fastest stage first, so that it names the trip."""
    points = [p for p in code.points if p[0] not in (grid_codes.UF, grid_codes.OF)]
    points.sort(key=_by_time)
    return [_row(code, p, settings, layout) for p in points]


def frequency_rows(code, settings, layout):
    """Rows of 81U and 81O, and one for a voltage whose frequency can't be measured."""
    points = [p for p in code.points if p[0] in (grid_codes.UF, grid_codes.OF)]
    points.sort(key=_by_time)
    rows = [_row(code, p, settings, layout) for p in points]
    unknown = (layout.slot("GRID_MHZ"), elements.UNDER, 1, ticks(settings["f_unknown_trip_ms"]), 0, 0)
    rows.append(unknown + (elements.BIT_LOW, elements.BIT_BAD_GRID, 0, elements.E81X))
    return rows


def _by_time(point):
    return 1 << 29 if point[0] == grid_codes.MEAN else point[3]
