"""What the charger shows on its registers and takes from them: the meeting point of the physics and the Modbus server.

A plain object. The physics (inverter.py) writes the fields named in SHOWN and reads those named in TAKEN; the
register server (slave.py) does the opposite. Neither knows the other, so the server may live in another process and
carry the two groups across as dictionaries. The object must never hold physics: no time, no waveform.

Signs follow the registers here: `power_w` is positive into the car and negative out of it (31502, field reports). The
plant's own truth `charger_w` is the opposite: positive into the house.
"""

from dataclasses import dataclass, fields

# 31513
IDLE, OCCUPIED, PREPARING, CHARGING, FAULT, SCHEDULED = range(6)
ENDED, UNAVAILABLE, DISCHARGING, ALARM, INSULATION_TEST = range(6, 11)

# 41000: inverse of the plant's own 40000
START, STOP = 0, 1

# 30009
ON_GRID, OFF_GRID_AUTOMATIC, OFF_GRID_MANUAL = range(3)

# 30027 (PCS alarm 1) and 30028 (PCS alarm 2), bits the physics raises
PCS1_GRID_OUTAGE = 1 << 9
PCS1_GRID_OVER_VOLTAGE = 1 << 10
PCS1_GRID_UNDER_VOLTAGE = 1 << 11
PCS1_GRID_OVER_FREQUENCY = 1 << 12
PCS1_GRID_UNDER_FREQUENCY = 1 << 13
PCS2_OFF_GRID_PROTECTION = 1 << 4


@dataclass
class ChargerModel:
    """Every value an int or a bool, in the unit its name ends with; `_e1` is tenths."""

    # written by the physics, shown on the registers
    running_state: int = IDLE  # 31513
    power_w: int = 0  # 31502, 30037 with the sign turned; positive into the car
    reactive_var: int = 0  # 30033, positive = delivered into the house
    car_soc_e1: int = 0  # 31504, tenths of a percent; 0 = not known (no car)
    car_voltage_v_e1: int = 0  # 31500
    current_a_e1: int = 0  # 31501, DC amps into the car, unsigned
    discharge_current_a_e1: int = 0  # 31514, DC amps out of the car, unsigned
    session_in_wh: int = 0  # 31505
    session_out_wh: int = 0  # 31515
    session_in_s: int = 0  # 31507
    session_out_s: int = 0  # 31517
    total_in_wh: int = 0  # 31519
    total_out_wh: int = 0  # 31521
    rated_charge_w: int = 11400  # 31523
    rated_discharge_w: int = 11400  # 31525
    on_off_grid: int = ON_GRID  # 30009
    grid_sensor: int = 1  # 30004: 0 = meter not connected, 30005 means nothing
    grid_power_w: int = 0  # 30005, positive = import
    plant_power_w: int = 0  # 30031, AC power of the inverter, positive into the house
    battery_soc_e1: int = 0  # 30014; 0 with no home battery
    battery_power_w: int = 0  # 30037, positive = charging
    pcs_alarm1: int = 0  # 30027, 30605
    pcs_alarm2: int = 0  # 30028, 30606
    charger_alarm: int = 0  # 30072, 30609
    v2x_enabled: bool = True  # the app's "bidirectional operation"; no register shows it, without it nothing discharges
    connected: bool = True  # car plugged in; without it 315xx answers zeros (or exception 02, the server's choice)
    spoil: int = 0  # replies still to be spoilt on the bus
    late_us: float = 0.0  # its replies come so much later than they should
    silent: bool = False  # the unit answers nothing at all (dead bus, dead supply, broken wire)

    # written through the registers, obeyed by the physics
    start_stop: int = START  # 41000, the register's own value: 0 START, 1 STOP
    charge_limit_w: int = 11400  # 41002
    discharge_limit_w: int = 11400  # 41004
    plant_on: int = 1  # 40000: 1 start, 0 stop
    ems_enabled: int = 0  # 40029
    ems_mode: int = 2  # 40031: 0 PCS remote (obeys the two targets below), 1 standby, 8 V2G; others: the app's plan
    active_target_w: int = 0  # 40001, positive = out of the inverter into the house
    reactive_target_var: int = 0  # 40003
    frequency_wish_mhz: int = 0  # no Sigenergy register; profiles that steer write it, 0 = no wish
    lockout_clears: int = 0  # counts writes of 1 to 40159

    def shown(self):
        """{field: value} of what the registers show."""
        return {name: getattr(self, name) for name in SHOWN}

    def show(self, values):
        """Take over a `shown()` dictionary, on the server's side of a process border."""
        for name in SHOWN:
            setattr(self, name, values[name])

    def taken(self):
        """{field: value} of what was written through the registers."""
        return {name: getattr(self, name) for name in TAKEN}

    def take(self, values):
        """Take over a `taken()` dictionary, on the plant's side of a process border."""
        for name in TAKEN:
            setattr(self, name, values[name])


_NAMES = tuple(f.name for f in fields(ChargerModel))
_FIRST_TAKEN = _NAMES.index("start_stop")
SHOWN = _NAMES[:_FIRST_TAKEN]
TAKEN = _NAMES[_FIRST_TAKEN:]
