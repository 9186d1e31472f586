"""Every coil off, before anything can fail. Nothing else may ever be added here.

The pins are typed again on purpose: this file must work when every other file is damaged. host_tests/unit/test_boot.py
holds them against the board's own table.
"""

import sys

COIL_PINS = {"rp2": (2, 3, 4, 5, 6)}  # permit, K1, K2, KN, ISLAND_REQUEST: low is safe

if sys.platform in COIL_PINS:
    from machine import Pin

    for number in COIL_PINS[sys.platform]:
        Pin(number, Pin.OUT, value=0)
