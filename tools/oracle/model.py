"""OpenDER's own criteria (trip, ride-through, enter service), stepped through a trace.

Its arithmetic is kept exact: the step and every time are fractions, so sixteen steps of 10 ms are 0.16 s and not a
little less. What OpenDER gets wrong is fenced by name in DEFECTS, and shown by a test each; nothing else is excused.
"""

import logging
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tools.oracle.traces import NOMINAL_MV, Case

# name: what it does, against the standard's table
DEFECTS = {
    "timers-start-at-infinity": "every delay is over at once if its first input is true: a trace begins healthy",
    "low-frequency-timer-reset": "58.5..58.8 Hz is both continuous and mandatory: the low-frequency timer never counts",
    "pass-time-inverted": "rt_pass_time_req is raised before, not after, the least time on over-voltage",
    "cat-3-never-ceases": "Cat III above 1.20 pu stays momentary cessation or mandatory, never cease to energize",
    "edge-58.8": "exactly 58.8 Hz is mandatory; continuous by the table",
    "edge-61.2": "exactly 61.2 Hz is mandatory; continuous by the table",
    "edge-0.50": "Cat III at exactly 0.50 pu ceases momentarily; mandatory by the table",
    "literal-0.7": "Cat I at exactly 0.70 pu: its literal 0.7 is a hair less than 0.7 s, so 0.70 s counts as past",
}

ELEMENTS = ("uv1", "uv2", "ov1", "ov2", "uf1", "uf2", "of1", "of2")
MODES = {
    "Continuous Operation": 0,
    "Mandatory Operation": 1,
    "Permissive Operation": 2,
    "Momentary Cessation": 3,
    "Cease to Energize": 4,
    "Not Defined": 5,
}


@dataclass(frozen=True)
class Moment:
    """What one step says: elements whose time is up (a bit each, in the order of ELEMENTS), mode, may trip, enter."""

    trips: int
    mode: int
    may_trip: bool
    enter: bool
    low_s: Fraction  # its low-voltage timer


def step_of(seconds: Fraction) -> None:
    """The step of every OpenDER object; it must divide 0.16 s."""
    import opender

    if (Fraction(16, 100) / seconds).denominator != 1:
        raise ValueError("a step of %s s does not divide 0.16 s: a fast trip would come a step late" % seconds)
    opender.DER.t_s = seconds


class OpenDer:
    """A DER of one category. `moment(low, high, mhz)` steps it by 10 ms."""

    def __init__(self, case: Case):
        import opender

        logging.getLogger().setLevel(logging.CRITICAL)  # it warns of every fraction
        step_of(Fraction(1, 100))
        self.der: Any = opender.DER()
        file = self.der.der_file
        file.NP_PHASE = "SINGLE"
        file.NP_ABNORMAL_OP_CAT = "CAT_" + "I" * case.category
        file.MC_ENABLE = case.category == 3
        file.OV2_TRIP_T = Fraction(16, 100)
        for name, ms in case.settings.items():
            key = "ES_DELAY" if name == "es_delay_ms" else name.replace("_trip_ms", "").upper() + "_TRIP_T"
            setattr(file, key, Fraction(ms, 1000))
        self.der.exec_delay.mode_and_execution_delay()

    def moment(self, low_mv: int, high_mv: int, mhz: int) -> Moment:
        """One step with these applicable voltages and this frequency."""
        given = self.der.der_input
        given.v_low_pu, given.v_high_pu, given.freq_hz = low_mv / NOMINAL_MV, high_mv / NOMINAL_MV, mhz / 1000
        status = self.der.opstatus
        status.determine_der_status()
        crit, ride = status.tripcrit, status.ridethroughcrit
        trips = sum(1 << i for i, name in enumerate(ELEMENTS) if getattr(crit, name + "_trip"))
        by_f, by_v = MODES[ride.rt_mode_f], MODES[ride.rt_mode_v]
        mode = 5 if by_f == 5 else by_v or by_f
        may = bool(ride.rt_pass_time_req)
        if status.der_status == "Trip" and mode == 0:  # its flag is cleared only outside Trip
            ride.reset_rt_pass_time_req()
        return Moment(trips, mode, may and mode != 0, bool(status.enterservicecrit.es_crit), ride.rt_time_lv)


def run(case: Case) -> list[Moment]:
    """One Moment a step."""
    model = OpenDer(case)
    found = []
    for n, low, high, mhz in case.segments:
        for _ in range(n):
            found.append(model.moment(low, high, mhz))
    return found


def fences(category: int, low_mv: int, high_mv: int, mhz: int) -> set[str]:
    """Defects of OpenDER that this reading meets."""
    met = set()
    if 58500 <= mhz <= 58800:
        met.add("low-frequency-timer-reset")
    if mhz == 58800:
        met.add("edge-58.8")
    if mhz == 61200:
        met.add("edge-61.2")
    if high_mv > NOMINAL_MV * 11 // 10:
        met.add("pass-time-inverted")
    if category == 3:
        if high_mv > NOMINAL_MV * 12 // 10:
            met.add("cat-3-never-ceases")
        if low_mv == NOMINAL_MV // 2:
            met.add("edge-0.50")
    return met
