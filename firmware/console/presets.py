"""Which figures leave the preset of the grid code."""

from firmware.settings import NAMES

_OF_A_CODE = ("uv", "ov", "uf", "of", "mean", "rocof", "vs_trip", "es_")


def custom(settings):
    """Names of the figures that are not as the code says (0 = as the code)."""
    return [name for name in NAMES if name.startswith(_OF_A_CODE) and settings.get(name)]
