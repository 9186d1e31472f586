"""A Protect with its image, fed by hand: what Sense would have written, in volts and hertz of the test's own."""

import importlib.util
import sys
from pathlib import Path

from firmware import image as layout
from firmware.protect import elements
from firmware.protect.protect import Protect
from firmware.settings import Settings
from firmware.transfer import facts, states, table

ROOT = Path(__file__).resolve().parents[3]
BEFORE_WRAP = (1 << 29) - 1000  # a multiple of 8
WRAP = 0x1FFFFFFF
NAMES = facts.names("V_")


class Bench:
    """Starts with everything dead, 1000 ticks before the counter wraps."""

    def __init__(self, seamless=0, tick=BEFORE_WRAP, protect=Protect, **settings):
        self.image, self.asks = layout.new_image(), layout.new_asks()
        self.asks[layout.ask("SEAMLESS")] = seamless
        self.settings = Settings(settings)
        self.protect = protect(self.settings, self.image, self.asks)
        self.room, self.own = self.protect.room, self.protect.own
        self.tick = tick
        self.pu = self.settings["nominal_mv"]
        self.state("PARALLEL")

    def put(self, **slots):
        for name, value in slots.items():
            self.image[layout.slot(name)] = value
        return self

    def get(self, name):
        return self.image[layout.slot(name)]

    def _side(self, letter, word, legs_mv, mhz):
        legs = (list(legs_mv) + list(legs_mv))[: self.settings["legs"]]
        for i, mv in enumerate(legs):
            self.put(**{"%s%d_MV" % (letter, i + 1): mv, "%s%d_FUND_MV" % (letter, i + 1): mv})
        low, high = min(legs), max(legs)
        self.put(**{word + "_MIN_MV": low, word + "_MAX_MV": high, word + "_SPREAD_MV": high - low})
        self.put(**{word + "_MIN_LEG": legs.index(low) + 1, word + "_MAX_LEG": legs.index(high) + 1})
        if mhz is None:
            mhz = 0 if high == 0 else self.settings["nominal_hz"] * 1000
        return self.put(**{word + "_MHZ": mhz, word + "_FINE_MHZ": mhz})

    def grid(self, *legs_pu_e3, mhz=None):
        return self._side("G", "GRID", [x * self.pu // 1000 for x in legs_pu_e3], mhz)

    def grid_mv(self, *legs_mv, mhz=None):
        return self._side("G", "GRID", legs_mv, mhz)

    def house(self, *legs_pu_e3, mhz=None):
        return self._side("H", "HOUSE", [x * self.pu // 1000 for x in legs_pu_e3], mhz)

    def angle(self, *cdeg):
        return self.put(**{"D%d_CDEG" % (i + 1): x for i, x in enumerate(cdeg)})

    def state(self, name):
        number = states.NAMES.index(name)
        return self.put(STATE=number, OUTPUTS=table.OUTPUTS[number])

    def ticks(self, n):
        step, tick = self.protect.step, self.tick
        for _ in range(n):
            step(tick)
            tick = (tick + 1) & WRAP
        self.tick = tick
        return self

    def run(self, ms):
        return self.ticks(ms * 2)

    @property
    def facts(self):
        word = self.get("V_FACTS")
        return {name for bit, name in NAMES.items() if word & bit}

    def until(self, name, ms, gone=False):
        """Milliseconds until the fact stands (or is gone), or None within `ms`."""
        bit = next(b for b, n in NAMES.items() if n == name)
        for n in range(ms * 2):
            if bool(self.get("V_FACTS") & bit) != gone:
                return n / 2
            self.ticks(1)
        return None

    @property
    def trip(self):
        """(element, leg, value, limit, ms over it)"""
        return (elements.name(self.get("TRIP_ELEMENT"))[0],) + tuple(
            self.get("TRIP_" + x) for x in ("LEG", "VALUE", "LIMIT", "TIME_MS")
        )


def mutant(module, old, new, folder, name="mutant"):
    """A copy of a firmware module with one thing broken, imported under another name."""
    source = Path(module.__file__).read_text()
    assert source.count(old) >= 1, "the copy would not differ: %r" % old
    path = folder / (name + ".py")
    path.write_text(source.replace(old, new, 1))
    spec = importlib.util.spec_from_file_location("%s_%s" % (name, abs(hash((old, new, str(folder))))), path)
    copy = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = copy
    spec.loader.exec_module(copy)
    return copy


def caught(module, fault, checks, folder, monkeypatch):
    """The first of the checks that fails when the kernels of `module` are those of a broken copy, or None."""
    broken = mutant(module, fault[0], fault[1], folder, module.__name__.split(".")[-1])
    for name, value in vars(broken).items():
        if callable(value) and getattr(value, "__module__", None) == broken.__name__:
            monkeypatch.setattr(module, name, value)
    for check in checks:
        try:
            check()
        except (AssertionError, TypeError):
            return check.__name__
    return None
