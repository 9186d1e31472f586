"""The firmware on real MicroPython on an emulated RP2040: a bench without hardware. docs/timing.md says its limits."""
