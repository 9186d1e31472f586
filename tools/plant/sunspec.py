"""A SunSpec charger on the line, in the place of the Sigenergy one: its registers behind a real RTU server, the same
inverter behind the registers.

    ChargerBus(model, baud, server=..)   is the wire; `SunSpecBus` is the same wire with this device at its end

What was written is obeyed `latency_s` after its reply left, as a device's own controller takes its time.
"""

from tools.plant import charger as reg
from tools.plant import slave
from tools.plant.devices.maps import SunSpec
from tools.plant.devices.serve import Far
from tools.plant.wire import framed

REMOTE = {"ems_enabled": 1, "ems_mode": 0}


class Near:
    """The same device without a server's process: where thousands of runs are wanted. Frames by hand, map the same."""

    def __init__(self):
        self._device = SunSpec()

    def set(self, **fields):
        for name, value in fields.items():
            setattr(self._device, name, value)

    def step(self, seconds):
        self._device.step(seconds)

    def state(self):
        return self._device.state()

    def ask(self, frame):
        unit, function, address, count = frame[0], frame[1], frame[2] << 8 | frame[3], frame[4] << 8 | frame[5]
        self._device.unit = unit
        if function == 3:
            found = self._device.read(3, address, count)
            if isinstance(found, int):
                return framed(bytes((unit, 0x83, found)))
            return framed(bytes((unit, 3, 2 * count)) + b"".join(w.to_bytes(2, "big") for w in found))
        raw = frame[4:6] if function == 6 else frame[7:-2]
        words = [raw[i] << 8 | raw[i + 1] for i in range(0, len(raw), 2)]
        refused = self._device.write(function, address, words)
        return framed(bytes((unit, function | 0x80, refused)) if refused else bytes(frame[:6]))

    def close(self):
        """There is nothing to close."""


class SunSpecBus(slave.ChargerBus):
    """See the module. `far`: the device's end, a `Far` or a `Near`."""

    PERIOD_US = 0.0
    TURNAROUND_US = 10_000.0

    def __init__(self, model, baud=115200, far=None, latency_s=0.05):
        self._far = far or Far("sunspec_der", baud=baud)
        super().__init__(model, baud, server=lambda baud: self)
        self._latency_us, self._clock_us = latency_s * 1e6, 0.0
        self._orders: list[tuple[float, dict]] = []

    # the server ChargerBus asks

    def ask(self, frame, model):
        """The reply; what it changed is obeyed later."""
        self._far.set(
            w=model.plant_power_w,
            soc=model.car_soc_e1,
            forming=int(model.on_off_grid != reg.ON_GRID),
            inverter=6 if model.running_state == reg.FAULT else 3 if model.start_stop == reg.START else 7,
        )
        self._far.step((self._last_us - self._clock_us) * 1e-6)
        self._clock_us = self._last_us
        reply = self._far.ask(frame)
        if frame[1] != 3:
            told = self._far.state()
            runs = told["operate"] == 1 and not told["local"]
            self._orders.append(
                (
                    self._last_us + self.TURNAROUND_US + self._latency_us,
                    {
                        **REMOTE,
                        "active_target_w": told["set_w"] if runs else 0,
                        "reactive_target_var": told["set_var"] if runs else 0,
                        "start_stop": reg.START if runs else reg.STOP,
                    },
                )
            )
        return reply

    def rx_until(self, time_us):
        while self._orders and self._orders[0][0] <= time_us:
            self._model.take({**self._model.taken(), **self._orders.pop(0)[1]})
        return super().rx_until(time_us)

    def _hears(self, frame):
        return not self._model.silent and slave.whole(frame) and frame[0] in SunSpec.UNITS

    def close(self):
        self._far.close()
