"""What a MicroPython of Islander's own is made of: one board definition beside the released source, nothing patched."""
