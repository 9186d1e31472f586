"""Models 1, 701, 703, 713-715: what is measured now, copied from the image and the asks.

What is not fresh is "not known".

Power is positive into the house, as SunSpec's injection.
"""

from micropython import const

from firmware.charger import bits
from firmware.transfer import states

_WRAP = const(0x1FFFFFFF)
_ON_GRID = (states.GRID, states.PARALLEL, states.HANDBACK)
_HELD = (states.OUT_OF_SERVICE, states.LOCKOUT_86, states.SERVICE, states.BYPASSED)
_FORMS = (states.ISLAND, states.SYNCHRONISING, states.UNBONDING, states.CLOSING)


class Measures:
    """`fill()` once, `refresh(snapshot)` before a read."""

    def __init__(self, chain, settings, layout, asks, version):
        self._chain, self._settings, self._asks, self._version = chain, settings, asks, version
        names = ("CHARGER_TICK", "CHARGER_BITS", "CHARGER_W", "CAR_SOC_E1", "BATTERY_SOC_E1")
        self._slots = [layout.ask(name) for name in names]
        self._fresh_ticks = settings["charger_fresh_ms"] * 2

    def fill(self):
        chain, put = self._chain, self._chain.put
        chain.text(1, 2, 16, "Islander")
        chain.text(1, 18, 16, "transfer switch controller")
        chain.text(1, 42, 8, self._version)
        chain.text(1, 50, 16, "1")
        put(1, 66, self._settings["site_unit"])
        put(701, 2, self._settings["legs"] - 1)
        for offset, power in ((114, -1), (115, -3), (116, 1)):
            put(701, offset, power)
        put(713, 8, -1)
        put(714, 4, 2)
        put(714, 17, 1)
        for at, kind, name in ((20, 2, "car"), (45, 1, "home battery")):
            put(714, at, kind)
            put(714, at + 1, 1 if kind == 2 else 2)
            chain.text(714, at + 2, 8, name)
        put(714, 2, 0, 2)

    def refresh(self, snapshot):
        """Copy what the tick and the charger say now."""
        put, asks, slots, get = self._chain.put, self._asks, self._slots, snapshot.get
        told, state = asks[slots[0]], get("STATE")
        fresh = told >= 0 and (get("TICK") - told) & _WRAP <= self._fresh_ticks
        said = asks[slots[1]] if fresh else 0
        watts = asks[slots[2]] if fresh else 0
        put(701, 3, 1 if fresh and abs(watts) >= 100 else 0)
        put(701, 4, _inverter(said, watts) if fresh else 0xFFFF)
        put(701, 5, 1 if state in _ON_GRID else 0)
        put(701, 6, (0 if state in _ON_GRID else 1 << 4) | (1 << 6 if state == states.LOCKOUT_86 else 0), 2)
        forming = 2 if said & bits.FORMING or state in _FORMS else 0
        put(701, 8, (forming or (1 if said & bits.FOLLOWING else 0)) if fresh else 0xFFFFFFFF, 2)
        put(701, 10, watts // 10 if fresh else 0x8000)
        legs = [get("H%d_MV" % leg) // 100 for leg in range(1, self._settings["legs"] + 1)]
        put(701, 16, sum(legs) // len(legs))
        if len(legs) == 2:
            put(701, 15, sum(legs))
        for leg, volts in enumerate(legs):
            put(701, 47 + 23 * leg, volts)
        put(701, 17, get("HOUSE_MHZ") or 0xFFFFFFFF, 2)
        put(703, 15, get("ES_LEFT_MS") // 1000, 2)
        car, battery = asks[slots[3]], asks[slots[4]]
        put(713, 4, car if fresh and car >= 0 else 0xFFFF)
        put(713, 6, 2 if said & bits.FAULT else 0)
        put(714, 6, -watts // 10 if fresh else 0x8000)
        put(714, 32, -watts // 10 if fresh else 0x8000)
        put(714, 42, (3 if said & bits.FAULT else 1 if said & bits.READY else 0) if fresh else 0xFFFF)
        put(714, 67, (1 if battery >= 0 else 0) if fresh else 0xFFFF)
        put(715, 2, 1 if state in _HELD or not self._settings["in_service"] else 0)
        put(715, 3, get("UPTIME_S"), 2)


def _inverter(said, watts):
    """701 InvSt."""
    if said & bits.FAULT:
        return 6
    return 3 if abs(watts) >= 100 else 7
