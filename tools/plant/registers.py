"""The Sigenergy V2.9 registers the simulated charger shows, as data: (unit, address, type, field or number, gain,
access).

A gain of 1 shows the field as it is; the protocol's own gain stands beside the unit in the comment. Source of every
row: Sigenergy Modbus Protocol V2.9, 2026-05-13. Addresses inside a documented block that nothing here models read 0;
outside the blocks
a request is answered with exception 02 as a whole, as devices in the field do.
"""

from typing import Any

from tools.plant.charger import FAULT, STOP

PLANT, INVERTER = 247, 1

# Documented read-only blocks, first..last.
BLOCKS = {
    PLANT: ((30000, 30099), (30200, 30286)),
    INVERTER: ((30500, 30623), (31000, 31041), (31500, 31526)),
}

# Documented registers that are read and written, first..last; what nothing here models keeps what was written to it.
HELD = {PLANT: ((40001, 40068),), INVERTER: ((41002, 41005),)}
SINCE_V2_9 = {PLANT: (), INVERTER: ((31514, 31526), (41004, 41005))}

# (unit, address, type, field of ChargerModel or a number)
SHOWN = (
    (PLANT, 30003, "U16", 7),  # EMS work mode: remote
    (PLANT, 30004, "U16", "grid_sensor"),
    (PLANT, 30005, "S32", "grid_power_w"),  # gain 1000, kW
    (PLANT, 30009, "U16", "on_off_grid"),
    (PLANT, 30010, "U32", "rated_discharge_w"),
    (PLANT, 30014, "U16", "battery_soc_e1"),  # gain 10, %
    (PLANT, 30027, "U16", "pcs_alarm1"),
    (PLANT, 30028, "U16", "pcs_alarm2"),
    (PLANT, 30031, "S32", "plant_power_w"),
    (PLANT, 30033, "S32", "reactive_var"),
    (PLANT, 30037, "S32", "battery_power_w"),
    (PLANT, 30051, "U16", 1),  # running
    (PLANT, 30072, "U16", "charger_alarm"),
    (PLANT, 30276, "U16", 6000),  # gain 100, Hz
    (INVERTER, 30540, "U32", "rated_discharge_w"),
    (INVERTER, 30578, "U16", 1),
    (INVERTER, 30587, "S32", "plant_power_w"),
    (INVERTER, 30605, "U16", "pcs_alarm1"),
    (INVERTER, 30606, "U16", "pcs_alarm2"),
    (INVERTER, 30609, "U16", "charger_alarm"),
    (INVERTER, 31500, "U16", "car_voltage_v_e1"),  # gain 10, V
    (INVERTER, 31501, "U16", "current_a_e1"),  # gain 10, A
    (INVERTER, 31502, "S32", "power_w"),  # gain 1000, kW; negative out of the car (field reports)
    (INVERTER, 31504, "U16", "car_soc_e1"),  # gain 10, %; 0 = not known
    (INVERTER, 31505, "U32", ("session_in_wh", 10)),  # gain 100, kWh
    (INVERTER, 31507, "U32", "session_in_s"),
    (INVERTER, 31513, "U16", "running_state"),
    (INVERTER, 31514, "U16", "discharge_current_a_e1"),
    (INVERTER, 31515, "U32", ("session_out_wh", 10)),
    (INVERTER, 31517, "U32", "session_out_s"),
    (INVERTER, 31519, "U32", ("total_in_wh", 10)),
    (INVERTER, 31521, "U32", ("total_out_wh", 10)),
    (INVERTER, 31523, "U32", "rated_charge_w"),
    (INVERTER, 31525, "U32", "rated_discharge_w"),
)

# (unit, address, type, field of ChargerModel, access, functions that may write it)
TAKEN = (
    (PLANT, 40000, "U16", "plant_on", "WO", (6,)),
    (PLANT, 40001, "S32", "active_target_w", "RW", (16,)),
    (PLANT, 40003, "S32", "reactive_target_var", "RW", (16,)),
    (PLANT, 40029, "U16", "ems_enabled", "RW", (6, 16)),
    (PLANT, 40031, "U16", "ems_mode", "RW", (6, 16)),
    (PLANT, 40159, "U16", "lockout_clears", "WO", (6,)),
    (INVERTER, 41000, "U16", "start_stop", "WO", (6,)),  # 0 starts, 1 stops
    (INVERTER, 41002, "U32", "charge_limit_w", "RW", (16,)),
    (INVERTER, 41004, "U32", "discharge_limit_w", "RW", (16,)),
)
LEAST_LIMIT_W = 500  # below it 41002 latches a fault (field reports; never write 0)


def words(kind, value):
    """Registers of a value, high word first."""
    if kind == "U16":
        return [value & 0xFFFF]
    return [value >> 16 & 0xFFFF, value & 0xFFFF]


def value(kind, registers):
    """The value of registers."""
    if kind == "U16":
        return registers[0]
    whole = registers[0] << 16 | registers[1]
    return whole - (1 << 32) if kind == "S32" and whole >= 1 << 31 else whole


class Map:
    """The registers over a ChargerModel: `read(unit, address, count)`, `write(unit, function, address, values)`.

    Both give None for what the device would refuse with exception 02.
    """

    def __init__(self, model, version="V2.9"):
        self.model = model
        self.latched = False  # a cap below LEAST_LIMIT_W was written: a fault only a power cycle clears
        self.held = {(PLANT, 40046): 200, (PLANT, 40047): 1000, (PLANT, 40048): 50}
        self._missing = () if version == "V2.9" else SINCE_V2_9
        self._writable = {(unit, address): (kind, field, access, functions)
                          for unit, address, kind, field, access, functions in TAKEN}  # fmt: skip

    def units(self):
        """Units that answer."""
        return (PLANT, INVERTER)

    def image(self, unit):
        """{address: word} of everything a unit shows now."""
        found = {}
        for first, last in BLOCKS[unit] + HELD[unit]:
            found.update({address: self.held.get((unit, address), 0) for address in range(first, last + 1)})
        for u, address, kind, field in SHOWN:
            if u == unit:
                found.update(zip(range(address, address + 2), words(kind, self._value(field)), strict=False))
        for u, address, kind, field, access, _ in TAKEN:
            if u == unit and access == "RW":
                found.update(zip(range(address, address + 2), words(kind, getattr(self.model, field)), strict=False))
        if self._missing:
            for first, last in self._missing[unit]:
                for address in range(first, last + 1):
                    found.pop(address, None)
        return found

    def _value(self, field):
        if isinstance(field, int):
            return field
        if field == "running_state" and self.latched:
            return FAULT
        if isinstance(field, tuple):
            return int(getattr(self.model, field[0])) // field[1]
        return int(getattr(self.model, field))

    def read(self, unit, address, count):
        image = self.image(unit)
        asked = range(address, address + count)
        return [image[a] for a in asked] if all(a in image for a in asked) else None

    def write(self, unit, function, address, values):
        image, rest, at = self.image(unit), list(values), address
        todo: list[tuple[Any, int]] = []
        while rest:
            row = self._writable.get((unit, at))
            size = 1
            if row is None:
                if not any(first <= at <= last for first, last in HELD[unit]) or at not in image:
                    return None
                todo.append(((unit, at), rest[0]))
            else:
                size = 1 if row[0] == "U16" else 2
                if function not in row[3] or len(rest) < size or (row[2] == "RW" and at not in image):
                    return None
                todo.append((row[1], value(row[0], rest[:size])))
            rest, at = rest[size:], at + size
        for field, number in todo:
            self._take(field, number)
        return True

    def _take(self, field, number):
        if isinstance(field, tuple):
            self.held[field] = number
            return
        if field == "lockout_clears":
            self.model.lockout_clears += number == 1
            return
        if field == "charge_limit_w" and number < LEAST_LIMIT_W:
            self.latched = True
            self.model.start_stop = STOP
            return
        setattr(self.model, field, number)
