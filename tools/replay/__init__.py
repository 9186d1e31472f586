"""Recorded grid events through the firmware's own sensing and protection, under the real MicroPython."""
