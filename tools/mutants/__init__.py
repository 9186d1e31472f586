"""Operator mutants of the rooms that decide: cosmic-ray makes them, the rooms' own tests must notice them."""
