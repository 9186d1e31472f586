"""What a run leaves behind: columns every 10 ms, all four waves, switching edges, marks. It only writes down."""

import numpy as np

from tools.plant.names import port
from tools.plant.specs import BLOCK_S, FRAMES_PER_BLOCK, STEP_S, TICKS_PER_BLOCK

LOG_BLOCKS = 5  # 10 ms
FRAME_S = 4 * STEP_S
TICK_S = BLOCK_S / TICKS_PER_BLOCK
PROVEN_S = 0.005  # auxiliary contacts must rest this long before they prove anything
LIVE_PU = 0.90

SIGNALS = {
    "K1 command": ("out", port.OUT_K1),
    "K2 command": ("out", port.OUT_K2),
    "KN command": ("out", port.OUT_KN),
    "Island request": ("out", port.OUT_ISLAND_REQUEST),
    "Permit": ("out", port.OUT_PERMIT),
    "K1 52a": ("in", port.IN_K1_52A),
    "K1 52b": ("in", port.IN_K1_52B),
    "K2 52a": ("in", port.IN_K2_52A),
    "K2 52b": ("in", port.IN_K2_52B),
    "KN proof": ("in", port.IN_KN_PROOF),
    "Charger ready": ("in", port.IN_CHARGER_READY),
    "Charger fault": ("in", port.IN_CHARGER_FAULT),
    "E-stop ok": ("in", port.IN_E_STOP_OK),
    "Bypass off": ("in", port.IN_BYPASS_OFF),
}


class Columns:
    """Named columns filled row by row; `log["time_s"]` or `log.time_s` gives the rows so far."""

    def __init__(self, rows, **widths):
        shapes = {name: (rows, w) if w > 1 else rows for name, w in widths.items()}
        self._columns = {name: np.full(shape, np.nan) for name, shape in shapes.items()}
        self.rows = 0

    def append(self, **values):
        if self.rows < len(next(iter(self._columns.values()))):
            for name, value in values.items():
                self._columns[name][self.rows] = value
            self.rows += 1

    def __getitem__(self, name):
        return self._columns[name][: self.rows]

    def __getattr__(self, name):
        if name.startswith("_") or name not in self._columns:
            raise AttributeError(name)
        return self[name]

    def names(self):
        return tuple(self._columns)


class Waves:
    """Volts the four converter channels saw, 8000 times a second each, before dividers and noise. Channel c of a row is
    c * 31.25 us later than its time."""

    def __init__(self, seconds):
        self._volts = np.zeros((int(round(seconds / FRAME_S)) + FRAMES_PER_BLOCK, 4), np.float32)
        self.rows = 0

    def append(self, block_volts):
        end = self.rows + FRAMES_PER_BLOCK
        if end <= len(self._volts):
            self._volts[self.rows : end].reshape(-1)[:] = block_volts
            self.rows = end

    @property
    def volts(self):
        return self._volts[: self.rows]

    @property
    def time_s(self):
        return np.arange(self.rows) * FRAME_S


class Edges:
    """Every change of the signals above, at tick resolution: name -> [(time_s, level from then on)]."""

    def __init__(self):
        self.edges: dict[str, list[tuple[float, bool]]] = {name: [] for name in SIGNALS}
        self._last = {"in": -1, "out": -1}
        self._same: dict[str, tuple[int, ...]] = {"in": (), "out": ()}  # the words of a block without an edge

    def step(self, kind, words, t0):
        """The words of a block's ticks, each valid from the end of its tick."""
        if words == self._same[kind]:
            return
        for j, word in enumerate(words):
            word, last = int(word), self._last[kind]
            if word == last:
                continue
            t = round(t0 + (j + 1) * TICK_S, 6)
            for name, (side, bit) in SIGNALS.items():
                if side == kind and (last < 0 or (word ^ last) & bit):
                    self.edges[name].append((t, bool(word & bit)))
            self._last[kind] = word
        self._same[kind] = (self._last[kind],) * len(words)


class Marks:
    """The moments a report hangs on, each the first of its kind: {name: time_s}, from physical truth and outputs."""

    def __init__(self):
        self.marks = {}

    def mark(self, name, t):
        self.marks.setdefault(name, round(t, 6))

    def step(self, plant, edges):
        """Look at the block just computed."""
        marks = self.marks
        for t, name in plant.take_marks():
            self.mark(name, t)
        lost = marks.get("grid_lost", marks.get("disturbance"))
        if lost is None:
            return
        self._opening(edges.edges, lost, plant.now)
        if "house_live" not in marks and plant.inverter.forming and min(plant.truth_house_pu()) >= LIVE_PU:
            self.mark("house_live", plant.now)
        back = marks.get("grid_back", marks.get("recovered"))
        if back is None:
            return
        self._edge("k1_close_command", edges.edges["K1 command"], True, back)
        for t, _ in plant.safety.closings:
            if t >= back:
                self.mark("k1_closed", t)
                break

    def _opening(self, edges, lost, now):
        if "k1_proven_open" in self.marks:
            return
        self._edge("k1_open_command", edges["K1 command"], False, lost)
        a, b = edges["K1 52a"], edges["K1 52b"]
        if a and b and not a[-1][1] and b[-1][1]:
            since = max(a[-1][0], b[-1][0])
            if since >= lost and now - since >= PROVEN_S:
                self.mark("k1_proven_open", since)

    def _edge(self, name, edges, level, since):
        if name in self.marks:
            return
        for t, value in edges:
            if value == level and t >= since:
                self.mark(name, t)
                return
