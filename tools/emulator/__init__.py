"""The firmware on real MicroPython on an emulated RP2040: a bench without hardware. See docs/timing.md for its limits."""
