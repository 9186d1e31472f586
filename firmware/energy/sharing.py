"""Car and home battery together: each covers the house in proportion to what it has left. Pure; loaded on use.

No register of the supported devices commands the home battery: its inverter covers the house with it by itself. So the
car is asked for its part, the battery gives less by as much, and both are down to what they keep at the same time. It
must never spend what is kept: the car's reserve, the battery's backup for outages and black starts.
"""

from micropython import const

_FLOWS_OUT_W = const(-100)  # more than this goes to the grid: the battery gives for another reason, not for the house


def left_wh(values, settings, car_soc_e1):
    """(car, home battery) Wh that may be spent; None for a battery that is not there or not known."""
    car = max(0, car_soc_e1 - settings["reserve_soc_e1"]) * settings["car_wh"] // 1000
    if not values.get("battery_wh") or "battery_left_wh" not in values:
        return car, None
    kept = settings["battery_backup_e1"] * values["battery_wh"] // 1000
    return car, max(0, values["battery_left_wh"] - kept)


def car_w(uncovered_w, values, settings, car_soc_e1):
    """W that the car is to give: its part of the house, and at least what the battery leaves to the grid and the car
    (`uncovered_w`)."""
    car, battery = left_wh(values, settings, car_soc_e1)
    if not car or battery is None or "battery_w" not in values or values["grid_w"] < _FLOWS_OUT_W:
        return uncovered_w
    house_w = uncovered_w + max(0, -values["battery_w"])  # positive = charging
    return max(uncovered_w, house_w * car // (car + battery))
