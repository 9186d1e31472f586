"""The controller's inputs: what the contacts of the site show it at the end of each tick of a block."""

import numpy as np

from tools.plant.names import port
from tools.plant.specs import STEPS_PER_TICK, TICKS_PER_BLOCK


class Inputs:
    """`read()` after each block leaves its ticks in `array` and, as plain numbers, in `words`."""

    def __init__(self, plant):
        self._plant = plant
        self.array = np.zeros(TICKS_PER_BLOCK, np.uint32)
        self.words = (0,) * TICKS_PER_BLOCK
        self._known = None  # what the words follow from, if nothing moves

    def read(self):
        plant = self._plant
        slow = self._slow()
        known = _at_rest(slow, plant.k1, plant.k2, plant.kn)
        if known and known == self._known:
            return
        self._known, words, switches = known, [slow] * TICKS_PER_BLOCK, plant.site.switches
        _show(words, plant.k1.a, port.IN_K1_52A)
        _show(words, plant.k1.b, port.IN_K1_52B)
        if switches.k2_fitted:
            _show(words, plant.k2.a, port.IN_K2_52A)
            _show(words, plant.k2.b, port.IN_K2_52B)
        if switches.kn_fitted:
            _show(words, plant.kn.b, port.IN_KN_PROOF)
        self.array[:] = self.words = tuple(words)

    def _slow(self):
        """Those that change with a block, not within one."""
        plant, inverter = self._plant, self._plant.inverter
        bits = (port.IN_E_STOP_OK if plant.e_stop_ok else 0) | (port.IN_BYPASS_OFF if plant.bypass_off else 0)
        bits |= (port.IN_SERVICE_KEY if plant.key else 0) | (port.IN_RESET_BUTTON if plant.button else 0)
        ready = inverter.ready if plant.ready_wire == "sound" else plant.ready_wire == "shorted"
        return bits | (port.IN_CHARGER_READY if ready else 0) | (port.IN_CHARGER_FAULT if inverter.broken else 0)


def _at_rest(slow, k1, k2, kn):
    """What the words follow from while nothing moves; None while something does."""
    return (slow, k1.position, k2.position, kn.position) if k1.quiet and k2.quiet and kn.quiet else None


def _show(words, contact, bit):
    for j, closed in enumerate(contact[STEPS_PER_TICK - 1 :: STEPS_PER_TICK].tolist()):
        if closed:
            words[j] |= bit
