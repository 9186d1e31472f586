"""Sigenergy plant with a bidirectional DC charger (Sigen EVDC), V2.8 and V2.9. Registers as data.

Source of every row: Sigenergy Modbus Protocol V2.9, 2026-05-13; signs and quirks from field reports where the text
is silent.
None of it was tried on a device.
"""

NAME = "sigen"
UNIT_PLANT, UNIT_INVERTER = 247, 1
ISLAND_BY = "contact"  # there is no island command; the ISLAND_REQUEST contact is the only one
STEERS_F = False  # nor can its island be steered: wait for coincidence
PERIOD_MS = 1000  # least time between two requests
START, STOP = 0, 1  # 41000: zero starts
LEAST_CHARGE_W = 500  # below it 41002 latched a fault in the field: stop instead

# (name, unit, address, type, what)
REGISTERS = (
    ("ems_mode", 247, 30003, "U16", "EMS work mode, 7 = remote"),
    ("grid_sensor", 247, 30004, "U16", "1 = gateway or meter connected; else grid_w means nothing"),
    ("grid_w", 247, 30005, "S32", "at the grid point, W, positive = import"),
    ("off_grid", 247, 30009, "U16", "0 on grid, 1 off automatically, 2 off by hand"),
    ("battery_soc_e1", 247, 30014, "U16", "home battery, tenths of a percent"),
    ("pcs_alarm1", 247, 30027, "U16", "bits"),
    ("pcs_alarm2", 247, 30028, "U16", "bits"),
    ("battery_w", 247, 30037, "S32", "home battery, W, positive = charging"),
    ("car_v_e1", 1, 31500, "U16", "pack voltage, tenths of a volt"),
    ("car_w", 1, 31502, "S32", "W, negative out of the car (field reports)"),
    ("car_soc_e1", 1, 31504, "U16", "tenths of a percent; 0 = not known"),
    ("state", 1, 31513, "U16", "STATES"),
    ("rated_out_w", 1, 31525, "U32", "rated discharging power, W (V2.9)"),
)
# Blocks read as one request: (unit, first address, count); every register above lies in one.
BLOCKS = ((1, 31500, 27), (247, 30003, 36))
GRID_BLOCK = 1  # the one that holds off_grid

WRITES = {
    "start_stop": (1, 41000, "U16"),
    "charge_limit_w": (1, 41002, "U32"),
    "discharge_limit_w": (1, 41004, "U32"),
}
STATES = (
    "idle",
    "occupied",
    "preparing",
    "charging",
    "fault",
    "scheduled",
    "ended",
    "unavailable",
    "discharging",
    "alarm",
    "insulation test",
)
READY_STATES = (2, 3, 5, 6, 8, 10)
FAULT_STATES = (4, 9)
NO_CAR_STATES = (0, 7)
RUNNING_STATES = (3, 8)
