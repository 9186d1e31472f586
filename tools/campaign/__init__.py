"""Thousands of random runs of the firmware against the simulated site, safety judged by the plant. `make campaign`."""
