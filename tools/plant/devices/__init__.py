"""Chargers other than the simulated Sigenergy plant, as far as their registers tell: state, watchdog, interlocks.

Each is a plain object with `step(seconds)`, `read(function, address, count)` and `write(function, address, words)`; the
last two give a list or None, or the exception's code. `tools.plant.devices.serve` puts one behind pymodbus's server or
modbus_tk's, so that two implementations of the protocol, neither of ours, must agree.
"""
