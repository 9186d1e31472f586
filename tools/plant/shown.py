"""What the charger shows on its registers: the inverter's phase and the stores' books, as the ChargerModel has them."""

from tools.plant import charger as reg

WAIT, FOLLOW, CEASED, STARTING, RAMP, FORM, RELEASE, GAVE_UP, BROKEN = range(9)
PHASES = ("WAIT", "FOLLOW", "CEASED", "STARTING", "RAMP", "FORM", "RELEASE", "GAVE_UP", "BROKEN")


def show(inverter, ac_w):
    """Into the registers. Alarms follow the terminals, as an inverter in the field shows them."""
    m, store, spec = inverter.model, inverter.store, inverter.store.spec
    m.connected = store.plugged
    m.power_w = int(round(store.car_w))
    m.plant_power_w = int(round(ac_w))
    m.reactive_var = int(round(inverter.f.iq[0] * inverter.f.amp[0] * inverter.grid.legs / 2.0))
    m.car_soc_e1 = max(1, int(store.car_soc * 1000.0)) if store.plugged else 0
    m.car_voltage_v_e1 = int(spec.car_v * (0.92 + 0.12 * store.car_soc) * 10) if store.plugged else 0
    amps_e1 = int(abs(m.power_w) * 100 // max(m.car_voltage_v_e1, 1)) if store.plugged else 0
    m.current_a_e1, m.discharge_current_a_e1 = (amps_e1, 0) if m.power_w >= 0 else (0, amps_e1)
    m.session_in_wh, m.session_out_wh = int(store.in_wh), int(store.out_wh)
    m.session_in_s, m.session_out_s = int(store.in_s), int(store.out_s)
    m.battery_soc_e1 = int(store.battery_soc * 1000.0)
    m.battery_power_w = int(round(store.battery_w))
    m.on_off_grid = reg.OFF_GRID_AUTOMATIC if inverter.forming else reg.ON_GRID
    m.running_state = _running_state(inverter)
    v, f_off = inverter.v_pu, inverter.hz - inverter.grid.nominal_hz
    lost = inverter.phase in (WAIT, CEASED, STARTING) and v < 0.5
    m.pcs_alarm1 = (
        (reg.PCS1_GRID_OUTAGE if lost else 0)
        | (reg.PCS1_GRID_OVER_VOLTAGE if v > 1.10 else 0)
        | (reg.PCS1_GRID_UNDER_VOLTAGE if 0.5 <= v < 0.88 else 0)
        | (reg.PCS1_GRID_OVER_FREQUENCY if v > 0.5 and f_off > 1.2 else 0)
        | (reg.PCS1_GRID_UNDER_FREQUENCY if v > 0.5 and f_off < -1.5 else 0)
    )
    m.pcs_alarm2 = reg.PCS2_OFF_GRID_PROTECTION if inverter.phase == GAVE_UP else 0


def _running_state(inverter):
    if inverter.phase == BROKEN:
        return reg.FAULT
    if inverter.phase == GAVE_UP:
        return reg.ALARM
    if not inverter.store.plugged:
        return reg.IDLE
    if inverter.phase == STARTING:
        return reg.PREPARING
    if inverter.forming:
        return reg.DISCHARGING
    if inverter.phase == FOLLOW and abs(inverter.store.car_w) > 50.0:
        return reg.CHARGING if inverter.store.car_w > 0.0 else reg.DISCHARGING
    return reg.ENDED if inverter.model.start_stop == reg.STOP else reg.OCCUPIED
