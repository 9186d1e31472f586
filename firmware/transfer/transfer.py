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
    """Asks the table; returns the outputs of the state that stands then.

    t: rows, index, image, what each state is, and the kernels scan, stay, enter: an index is cheaper than a name.
    """

    @micropython.native
    def decide():
        rows = t[0]
        found = t[4](rows, t[1], m[_STATE], m)
        if found < 0:
            return t[5](m)
        found *= _FIELDS
        return t[6](m, t[2], t[3], rows[found + _NEXT] | rows[found + _REASON] << 8)

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
        from firmware.transfer import wiring

        self.memory, t = wiring.wire(settings, image, asks)
        machine.enter(self.memory, image, t[3], 0)
        t += (machine.scan, machine.stay, machine.enter)
        kernels = (
            operation.charger, operation.people, operation.times, contactors.slow,
            plan.step, shed.watch, shed.account, upkeep.step,
            contactors.supervise, machine.settle, _make_decide(self.memory, t),
        )  # fmt: skip
        self.step = _make_step(self.memory, (image, asks), kernels)
