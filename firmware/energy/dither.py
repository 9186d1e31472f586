"""Reactive power of one sign and then of the other, while the car gives: what protect.islanding listens for.

It asks, never acts. It must never dither in an island of our own, nor on a power that is not known: both would only
disturb. Where `settings.dithers` is false this file is not even loaded, and the charger's own method is alone.
"""

from micropython import const

from firmware.transfer import states

_HALF_MS = const(200)  # protect.islanding.HALF_MS
_SUSPECT = const(2)  # protect.islanding
_FRESH_TICKS = const(6000)  # 3 s
_WRAP = const(0x1FFFFFFF)
_LEAST_E3 = const(20)  # of the rating: a car that gives less holds no neighbourhood


class Dither:
    """`var(snapshot, now_ms)` -> reactive power to wish for now, into the house."""

    def __init__(self, settings, layout, asks):
        rated_w = settings["charger_rated_w"]
        self._idle_var = rated_w * settings["dither_e3"] // 1000
        self._ask_var = rated_w * settings["dither_ask_e3"] // 1000
        self._least_w = rated_w * _LEAST_E3 // 1000
        self._asks = asks
        self._told, self._w = layout.ask("CHARGER_TICK"), layout.ask("CHARGER_W")
        self._tick, self._state, self._stage = layout.slot("TICK"), layout.slot("STATE"), layout.slot("UI_STAGE")

    def var(self, snapshot, now_ms):
        """0 = none. `now_ms`: any clock of milliseconds."""
        asks, told = self._asks, self._asks[self._told]
        if snapshot[self._state] != states.PARALLEL or told < 0 or asks[self._w] < self._least_w:
            return 0
        if (snapshot[self._tick] - told) & _WRAP > _FRESH_TICKS:
            return 0
        var = self._ask_var if snapshot[self._stage] == _SUSPECT else self._idle_var
        return var if now_ms // _HALF_MS & 1 else -var
