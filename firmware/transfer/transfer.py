"""The room that decides: contacts and operation become facts, the table makes of them a state, the state drives the
coils.

Order of a tick: proofs against the outputs of the last tick, operation, one scan of the table, outputs of the state.
"""

from array import array

import micropython
from micropython import const

from firmware import image as layout
from firmware.transfer import machine, states, table
from firmware.transfer.contactors import Contacts
from firmware.transfer.operation import Operation

_FIELDS = const(8)
_NEXT = const(6)
_REASON = const(7)
# Own wiring: slots of the image.
_V = const(0)
_S = const(1)
_O = const(2)
_STATE = const(3)
_LAST = const(4)
_WHY = const(5)
_IN_MS = const(6)
_CHANGES = const(7)
_CAUSE = const(8)
_ALARMS = const(9)
_RUN = const(10)
_STARTS = const(11)
_NAMES = (
    "V_FACTS",
    "S_FACTS",
    "O_FACTS",
    "STATE",
    "LAST_STATE",
    "REASON",
    "IN_STATE_MS",
    "STATE_CHANGES",
    "CAUSE_86",
    "ALARMS",
    "RUN_PERMIT",
    "STARTS_TRIED",
)
_HOUSE_LIVE = const(1 << 2)
_SENSING_OK = const(1 << 12)
_PROOFS = const(1 << 5 | 1 << 4)  # K1 disagrees or dropped
_KN_FAILS = const(1 << 12 | 1 << 13)
_FRESH_BITS = const(7 << 8)


@micropython.viper
def _publish(image: ptr32, slots: ptr32, facts: ptr32, in_state: int):
    """Facts and the time in the state, every tick."""
    image[slots[_S]] = facts[_S]
    image[slots[_O]] = facts[_O]
    image[slots[_IN_MS]] = in_state >> 1


@micropython.viper
def _alarms(v: int, s: int, o: int, background: int) -> int:
    a = 0
    if s & _PROOFS:
        a |= 1 << 0
    if (v & _SENSING_OK) == 0:
        a |= 1 << 1
    if (o & _FRESH_BITS) == 0:
        a |= 1 << 2
    if background != 0:
        a |= 1 << 3
    if s & _KN_FAILS:
        a |= 1 << 5
    return a


class Transfer:
    """`step(tick, inputs) -> outputs`, bits of board.port OUT_*. Writes every slot of the room `transfer`."""

    def __init__(self, settings, image, asks):
        self._rows, self._index = table.flatten()
        self._operation = Operation(settings, layout, asks, table.REASONS.index(table.STOP))
        self._contacts = Contacts(settings, image, layout)
        self._facts = array("i", (0, 0, 0))
        self._outputs = array("i", table.OUTPUTS)
        self._run = array("i", [1 if s in table.MAY_RUN else 0 for s in range(len(states.NAMES))])
        self._image, self._asks = image, asks
        self._slots = array("i", [layout.slot(name) for name in _NAMES])
        self._background = layout.ask("BACKGROUND_ALARM")
        self._enter(states.OUT_OF_SERVICE, 0)
        image[self._slots[_CHANGES]] = 0

    @micropython.native
    def step(self, tick, inputs):
        image, slots, facts = self._image, self._slots, self._facts
        v = image[slots[_V]]
        state = image[slots[_STATE]]
        driven = self._outputs[state]
        facts[_V] = v
        facts[_S] = s = self._contacts.step(inputs, driven, v & _HOUSE_LIVE)
        facts[_O] = o = self._operation.step(tick, inputs, driven, s)
        found = machine.scan(self._rows, self._index, state, facts)
        if found >= 0:
            at = found * _FIELDS
            self._enter(self._rows[at + _NEXT], self._rows[at + _REASON])
            state = image[slots[_STATE]]
        _publish(image, slots, facts, self._operation.memory[0])
        image[slots[_ALARMS]] = _alarms(v, s, o, self._asks[self._background])
        return self._outputs[state]

    @micropython.native
    def _enter(self, state, reason):
        """The one place that sets the state."""
        image, slots = self._image, self._slots
        before = image[slots[_STATE]]
        image[slots[_LAST]] = before
        image[slots[_STATE]] = state
        image[slots[_WHY]] = reason
        image[slots[_CHANGES]] = (image[slots[_CHANGES]] + 1) & 0x1FFFFFFF
        self._operation.entered(before, state, reason)
        image[slots[_CAUSE]] = self._operation.memory[2]
        image[slots[_STARTS]] = self._operation.memory[9]
        image[slots[_RUN]] = self._run[state]
