"""Car and home battery cover the house by what each has left. The site of these tests is the textbook's: an inverter
that keeps its meter at nought with the battery, within the battery's power, and a car that follows the wish."""

import pytest

from firmware.energy import sharing
from firmware.settings import Settings
from host_tests.unit.test_dispatch import DEAR, MONDAY_18H, Case


class Site:
    """20 kWh to spend in the car by default, a battery of 10 kWh."""

    def __init__(self, battery_left_wh=5000, battery_most_w=5000, soc_e1=800, **changes):
        self.case = Case(**{**DEAR, "reserve_soc_e1": 300, "car_wh": 40000, "export_w": 9000, **changes})
        self.case.utc_s = MONDAY_18H
        self.soc_e1, self.left_wh, self.most_w, self.car_w = soc_e1, battery_left_wh, battery_most_w, 0

    def run(self, seconds, house_w):
        """(car, battery, grid) in W at the end."""
        for _ in range(seconds):
            battery = min(max(house_w - self.car_w, 0), self.most_w if self.left_wh > 0 else 0)
            grid = house_w - self.car_w - battery
            self.case.values.update(grid_sensor=1, grid_w=grid, battery_w=-battery, battery_wh=10000)
            self.case.values["battery_left_wh"] = int(self.left_wh)
            self.case.told(20000, self.car_w, int(self.soc_e1))
            self.car_w = self.case.after(1)[1]
        return self.car_w, battery, grid


def test_each_covers_the_house_by_what_it_has_left():
    """20 and 5 kWh to spend: four fifths and one fifth of 4 kW, less the margin's share."""
    car_w, battery_w, grid_w = Site().run(40, 4000)
    assert car_w == pytest.approx(3200, abs=100) and battery_w == pytest.approx(800, abs=100) and grid_w == 0


def test_they_reach_what_they_keep_together():
    site = Site(battery_left_wh=4000, soc_e1=500)  # 8 and 4 kWh, 3 kW: four hours, a minute a step
    empty_min = []
    for minute in range(600):
        car_w, battery_w, _ = site.run(3 if minute else 40, 3000)
        site.soc_e1 -= car_w / 60 / 40
        site.left_wh = max(0.0, site.left_wh - battery_w / 60)
        if site.soc_e1 <= 300 or site.left_wh < 50:
            empty_min.append(minute)
            break
    assert empty_min[0] == pytest.approx(240, abs=15)
    assert (site.soc_e1 - 300) * 40 < 400 and site.left_wh < 250


def test_what_the_battery_has_no_power_for_the_car_gives_besides():
    car_w, battery_w, _ = Site(battery_left_wh=60000, battery_most_w=1000).run(60, 6000)
    assert battery_w == 1000 and car_w == pytest.approx(4900, abs=1)


def test_a_battery_that_is_down_to_its_backup_leaves_the_house_to_the_car():
    site = Site(battery_left_wh=4000, battery_backup_e1=400)
    assert site.run(40, 3000)[0] == pytest.approx(2900, abs=100)


def test_a_battery_that_sells_is_not_joined():
    """It gives 5 kW into a house of 1 kW, for its own tariff: what the car added would be sold."""
    case = Case(**DEAR)
    case.utc_s = MONDAY_18H
    case.values.update(grid_sensor=1, grid_w=-4000, battery_w=-5000, battery_wh=10000, battery_left_wh=5000)
    case.told(20000, 0)
    assert case.after(30) == (0, 0)


@pytest.mark.parametrize(
    "values, expected",
    [
        ({}, (20000, None)),
        ({"battery_wh": 0, "battery_left_wh": 0}, (20000, None)),
        ({"battery_wh": 10000}, (20000, None)),
        ({"battery_wh": 10000, "battery_left_wh": 900}, (20000, 0)),
        ({"battery_wh": 10000, "battery_left_wh": 9000}, (20000, 8000)),
    ],
)
def test_what_may_be_spent(values, expected):
    settings = Settings({"reserve_soc_e1": 300, "car_wh": 40000, "battery_backup_e1": 100})
    assert sharing.left_wh(values, settings, 800) == expected
    assert sharing.left_wh(values, settings, 250)[0] == 0 == sharing.left_wh(values, settings, -1)[0]


def test_a_battery_whose_power_is_not_known_is_left_alone():
    settings = Settings({})
    values = {"battery_wh": 10000, "battery_left_wh": 5000, "grid_w": 900}
    assert sharing.car_w(800, values, settings, 800) == 800
