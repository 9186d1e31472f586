"""Puts the master and the device together, as the settings say. Only the profile that is chosen is loaded."""

from firmware.charger.device import Device
from firmware.charger.rtu import Master

PROFILES = ("sigen", "sunspec_der", "evtec", "quasar", "ambibox")


def profile(number):
    """The module of a profile."""
    name = "firmware.charger.profiles." + PROFILES[number]
    return __import__(name, None, None, ("ROWS",))


def make(uart, clock, settings, layout, image, asks):
    """The Device on this line."""
    chosen, baud = profile(settings["charger_profile"]), settings["charger_baud"]
    if baud != 9600:
        uart.init(baud)
    master = Master(uart, clock, baud, period_ms=chosen.PERIOD_MS)
    return Device(master, chosen, clock, layout, image, asks, settings["charger_unit"])
