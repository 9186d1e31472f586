"""What the tick's event record watches: one row a word of the image. Needed while the tap is made, not afterwards."""

from firmware.board import port
from firmware.record import codes, wavetap
from firmware.transfer import facts

_V_MASK = (
    facts.V_GRID_LIVE | facts.V_GRID_DEAD | facts.V_HOUSE_LIVE | facts.V_HOUSE_DEAD | facts.V_GRID_LOST
    | facts.V_GRID_TRIP | facts.V_GRID_GOOD | facts.V_ENTER_SERVICE | facts.V_BACKFEED | facts.V_ISLAND_TRIP
    | facts.V_SENSING_OK
)  # fmt: skip
_O_MASK = (
    facts.O_IN_SERVICE | facts.O_E_STOP | facts.O_BYPASS | facts.O_86 | facts.O_RESET_86 | facts.O_SERVICE
    | facts.O_CHARGER_READY | facts.O_CHARGER_FAULT | facts.O_CHARGER_FORMING | facts.O_CHARGER_FOLLOWING
    | facts.O_SEAMLESS | facts.O_ASK_ISLAND | facts.O_ASK_RETURN | facts.O_SYNC_LATE
)  # fmt: skip
_COMMANDS = port.OUT_K1 | port.OUT_K2 | port.OUT_KN | port.OUT_ISLAND_REQUEST
# Contacts that no supervision debounces into a fact of its own.
_CONTACTS = (
    port.IN_CHARGER_READY | port.IN_CHARGER_FAULT | port.IN_E_STOP_OK | port.IN_BYPASS_OFF | port.IN_SERVICE_KEY
    | port.IN_RESET_BUTTON
)  # fmt: skip
# (code, slot, mask, first of five detail slots or None, bits that trigger a wave, as what), causes before what they
# bring about
WATCHES = (
    (codes.CONTACTS, "INPUTS", _CONTACTS, None, 0, 0),
    (codes.BAD_CHANNELS, "BAD_CHANNELS", 0xFF, "BAD_WHY", 0, 0),
    (codes.TRIP, "TRIP_COUNT", 0x3FFFFFFF, "TRIP_ELEMENT", 0x3FFFFFFF, wavetap.TRIP),
    (codes.V_FACTS, "V_FACTS", _V_MASK, None, facts.V_GRID_LOST | facts.V_ISLAND_TRIP, wavetap.LOSS),
    (codes.S_FACTS, "S_FACTS", 0x7FFF, None, 0, 0),
    (codes.O_FACTS, "O_FACTS", _O_MASK, None, 0, 0),
    (codes.CAUSE_86, "CAUSE_86", 0xFFFF, None, 0xFFFF, wavetap.LOCKOUT),
    (codes.STATE, "STATE", 0xFF, "REASON", 0, 0),
    (codes.COMMANDS, "OUTPUTS", _COMMANDS, None, port.OUT_K1, wavetap.K1_TOLD),
    (codes.ALARMS, "ALARMS", 0xFFFF, None, 0, 0),
    (codes.RIDE_MODE, "RIDE_MODE", 0xFF, None, 0, 0),
)
