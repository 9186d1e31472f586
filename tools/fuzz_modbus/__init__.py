"""Spoilt frames against both ends of the firmware's Modbus."""
