"""The energy behind the inverter: the car's battery and, if fitted, the home battery. Watt-hours only, no waveforms."""

SECONDS = 3600.0


class Store:
    """`move(dc_w, dt)` takes DC power out of (positive) or into (negative) the batteries and keeps the books."""

    def __init__(self, spec):
        self.spec = spec
        self.plugged = spec.car_plugged
        self.car_wh = spec.car_kwh * 1000.0 * spec.car_soc
        self.battery_wh = spec.battery_kwh * 1000.0 * spec.battery_soc
        self.car_w = 0.0  # present DC power of each, positive = charging
        self.battery_w = 0.0
        self.in_wh = self.out_wh = 0.0  # the car's session
        self.in_s = self.out_s = 0.0

    @property
    def car_soc(self):
        return self.car_wh / (self.spec.car_kwh * 1000.0) if self.spec.car_kwh else 0.0

    @property
    def battery_soc(self):
        return self.battery_wh / (self.spec.battery_kwh * 1000.0) if self.spec.battery_kwh else 0.0

    def limits_w(self):
        """(most DC power out, most DC power in) at this moment."""
        spec, out, into = self.spec, 0.0, 0.0
        if self.plugged:
            out += spec.car_w if self.car_soc > spec.car_floor else 0.0
            into += spec.car_w if self.car_soc < 1.0 else 0.0
        if spec.battery_kwh:
            out += spec.battery_w if self.battery_soc > spec.battery_floor else 0.0
            into += spec.battery_w if self.battery_soc < 1.0 else 0.0
        return out, into

    def _battery_first_w(self, dc_w):
        """What the home battery takes on of this power, when it is asked first."""
        spec = self.spec
        low = -spec.battery_w if self.battery_soc < 1.0 else 0.0
        high = spec.battery_w if self.battery_soc > spec.battery_floor else 0.0
        return min(max(dc_w, low), high)

    def move(self, dc_w, dt):
        """The one first, the other with what it can't."""
        spec = self.spec
        car = 0.0
        if self.plugged:
            low = -spec.car_w if self.car_soc < 1.0 else 0.0
            high = spec.car_w if self.car_soc > spec.car_floor else 0.0
            rest = dc_w - self._battery_first_w(dc_w) if spec.battery_first else dc_w
            car = min(max(rest, low), high) if spec.battery_kwh else dc_w
        battery = dc_w - car if spec.battery_kwh else 0.0
        self.car_wh -= car * dt / SECONDS
        self.battery_wh -= battery * dt / SECONDS
        self.car_w, self.battery_w = -car, -battery
        if car > 50.0:
            self.out_wh += car * dt / SECONDS
            self.out_s += dt
        elif car < -50.0:
            self.in_wh -= car * dt / SECONDS
            self.in_s += dt
