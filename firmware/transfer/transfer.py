"""The room that decides: contacts and operation become facts, the table makes of them a state, the state drives the
coils.

Order of a tick: one slow kernel in turn, proofs against the outputs of the last tick, the facts; the table is asked
when a fact has changed since it last had no row, for the same facts in the same state have the same answer. All
numbers are in one array (places.py), so that a kernel is called with little: crossing into one is what costs.
"""

import micropython
from micropython import const

from firmware.transfer import contactors, machine, operation, plan, shed, upkeep

_FIELDS = const(8)
_NEXT = const(6)
_REASON = const(7)
_STATE = const(3)  # places


def _make_decide(m, t):
    """Asks the table; returns the outputs of the state that stands then. t: three kernels, rows, index, image, plan."""

    @micropython.native
    def decide():
        rows = t[3]
        found = t[0](rows, t[4], m[_STATE], m)
        if found < 0:
            return t[1](m)
        found *= _FIELDS
        return t[2](m, t[5], t[6], rows[found + _NEXT] | rows[found + _REASON] << 8)

    return decide


def _make_step(m, buses, kernels):
    """The tick's step. A closure's names and arguments together must not be more than five, or each call allocates."""

    @micropython.native
    def step(tick, inputs):
        image = buses[0]
        kernels[tick & 7](m, image, buses[1])
        kernels[8](m, tick, inputs)
        out = kernels[9](m, image)
        if out < 0:
            return kernels[10]()
        return out

    return step


class Transfer:
    """`step(tick, inputs) -> outputs`, bits of board.port OUT_*. Writes every slot of the room `transfer`."""

    def __init__(self, settings, image, asks):
        from firmware import image as layout
        from firmware.transfer import table, wiring

        self.memory = m = wiring.memory(settings, layout, asks)
        each = wiring.plan(settings)
        wiring.publish(m, image, layout)
        rows, index = table.flatten()
        machine.enter(m, image, each, 0)
        image[layout.slot("STATE_CHANGES")] = 0
        slow = (operation.charger, operation.people, operation.times, contactors.slow)
        slow += (plan.step, shed.watch, shed.account, upkeep.step)
        t = (machine.scan, machine.stay, machine.enter, rows, index, image, each)
        kernels = slow + (contactors.supervise, machine.settle, _make_decide(m, t))
        self.step = _make_step(m, (image, asks), kernels)
