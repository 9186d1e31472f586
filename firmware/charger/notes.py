"""What stands in the way of a wish, in words: what was seen and what to do next. Loaded by who says it to a person."""

# In the order of firmware.charger.device V2X_OFF ..
NOTES = (
    "asked to give for 2 min, and the car never did: is V2X (bidirectional operation) on in the charger's app?",
    "the device does not permit it now: session type, offered window, protocol or local control",
    "a register shows another value than was written: somebody else writes to it (app, second master)",
    "a write was refused by the device; `events` says which; tried again",
)
