"""What an entry of the event record can be about: one number each, kept in permanent memory, so a number is never used
anew.

Numbers below 100 come from the tick, the others from the background.
"""

from micropython import const

TRIP = const(1)
V_FACTS = const(2)
S_FACTS = const(3)
O_FACTS = const(4)
STATE = const(5)
CAUSE_86 = const(6)
BAD_CHANNELS = const(7)
ALARMS = const(8)
RIDE_MODE = const(9)
COMMANDS = const(10)
CONTACTS = const(11)

OTHER = const(100)  # its name stands in the text
MORE = const(101)  # the rest of the text before it
START = const(102)
SETTINGS = const(103)
REFUSED = const(104)
LINK = const(105)
TASK = const(106)
LOST = const(107)
SAMPLES = const(108)
PERSON = const(109)
CLOCK = const(110)
WAVE = const(111)

# What the background calls its own events.
NAMES = {
    "start": START,
    "settings changed": SETTINGS,
    "settings refused": REFUSED,
    "charger link": LINK,
    "background task died": TASK,
    "events lost": LOST,
    "ticks without samples": SAMPLES,
    "person": PERSON,
    "clock": CLOCK,
    "wave": WAVE,
}


def is_bits(code):
    """Entries whose old and new are words of bits: kept as one record a bit."""
    return code in (V_FACTS, S_FACTS, O_FACTS, ALARMS, COMMANDS, CONTACTS, BAD_CHANNELS)
