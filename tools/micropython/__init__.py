"""Islander's own MicroPython: the released source, one board definition, nothing patched."""
