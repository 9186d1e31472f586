"""The simulated world around the firmware: grid, house, contactors, charger, car, converter, and the lock step."""
