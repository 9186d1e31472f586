"""What the energy is for: the wish of the operating mode, as power limits for the charger, and the transfer policy.

It asks, never acts: the wish goes to the charger's device model, the policy to the tick as `asks["SEAMLESS"]`. It
must never
let a stale or unknown figure count as a number: no fresh power reading means RIDE_THROUGH, an unknown state of charge
means no discharge but for an outage.

Signs: power is positive into the house.
"""

from micropython import const

HOLD = const(0)
CHARGE = const(1)
EXPORT = const(2)
SELF_USE = const(3)  # cover the house while power is dear, never export
BACKUP = const(4)  # the car is kept for an outage
MODE_NAMES = ("hold", "charge", "export", "self-use", "backup")

_FRESH_TICKS = const(6000)  # 3 s
_WRAP = const(0x1FFFFFFF)
_MARGIN_W = const(100)  # left to the grid in self-use, for the meter and the loop are late
_RISE_W_S = const(500)  # the give rises no faster; it falls at once
_LEAST_W = const(500)  # below it a charger is stopped rather than trimmed
_MODE_MASK = const(15)  # of RIDE_MODE (protect.ride)
_CESSATION = const(3)  # grid_codes


class Dispatch:
    """`decide(snapshot)` -> (charge_w, discharge_w), both >= 0: the most the car may take and give. None: no wish, for
    the switch does not permit sources now, and what was commanded stands. What anybody else asks for is laid over it,
    and then `bounded(limits, snapshot)` has the last word: cessation and the slope hold for every wish."""

    def __init__(self, settings, layout, asks, values=None, clock=None, give=(0, 0, 0)):
        """`values`: the charger's fresh registers by name; `clock`: seconds() of 1970 UTC, 0 = not set; `give`: the
        grid code's (grid_codes.Code): ms of the ramp after entering service, mHz from which less is given and over
        which; as far below nominal frequency less is taken."""
        self._ramp_ms, self._from_mhz, self._over_mhz = give
        self._entered_s, self._normal_w, self._took_w, self._must_charge = 0, 0, 0, False
        self._mhz = layout.slot("GRID_FINE_MHZ")
        self._settings = settings
        self._values, self._clock = values, clock
        self._ride, self._uptime = layout.slot("RIDE_MODE"), layout.slot("UPTIME_S")
        self._gave_w, self._at_s = 0, -1
        self._window, self._asked_min = 0, -1
        self._asks = asks
        self._seamless = layout.ask("SEAMLESS")
        self._charger_tick = layout.ask("CHARGER_TICK")
        self._charger_w = layout.ask("CHARGER_W")
        self._soc = layout.ask("CAR_SOC_E1")
        self._tick = layout.slot("TICK")
        self._permit = layout.slot("RUN_PERMIT")

    def decide(self, snapshot):
        """The wish for now, and the policy that goes with it."""
        settings, asks = self._settings, self._asks
        asks[self._seamless] = 1 if self._may_be_seamless(snapshot) else 0
        if not snapshot[self._permit]:
            return None
        mode = settings["energy_mode"]
        if mode == CHARGE or self._leaves():
            return settings["charge_w"], 0
        return 0, self._most_w(mode, self._answers(snapshot[self._mhz])[1])

    def bounded(self, limits, snapshot):
        """The limits within what the grid's rules allow now: nothing is given in momentary cessation, less above
        nominal frequency, less taken below, and what is given rises slowly, most of all after entering service."""
        if limits is None:
            self._gave_w, self._at_s = 0, -1  # it rises anew afterwards
            return None
        charge_w, discharge_w = limits
        if snapshot[self._ride] & _MODE_MASK >= _CESSATION:
            discharge_w = 0
        high_w, low_w = self._answers(snapshot[self._mhz])
        if high_w:  # of what was given before, a share of the rating less
            discharge_w = min(discharge_w, max(0, self._normal_w - high_w))
        if low_w:
            charge_w = min(charge_w, max(0, self._took_w - low_w))
        else:
            self._took_w = charge_w
        gives_w = self._slewed(discharge_w, snapshot[self._uptime])
        if not high_w:
            self._normal_w = gives_w
        return charge_w, gives_w

    def _answers(self, mhz):
        """W that the grid code asks for at this frequency: (less given above nominal, less taken below)."""
        if not self._over_mhz or not mhz:
            return 0, 0
        nominal = self._settings["nominal_hz"] * 1000
        beyond = max(0, abs(mhz - nominal) - (self._from_mhz - nominal))
        watts = self._settings["charger_rated_w"] * beyond // self._over_mhz
        return (watts, 0) if mhz > nominal else (0, watts)

    def _most_w(self, mode, low_w):
        """What the car may give in this mode now: never below its reserve, never on an unknown state of charge. For
        sale, but outside the windows: what a low frequency asks for."""
        settings, soc_e1 = self._settings, self._asks[self._soc]
        if mode not in (EXPORT, SELF_USE) or soc_e1 < 0 or soc_e1 <= settings["reserve_soc_e1"]:
            return 0
        if mode == EXPORT:
            if not self._windowed(settings) or self._kind() == 2:
                return settings["export_w"]
            return min(low_w, settings["export_w"])
        return self._own_use_w() if self._kind() == 1 else 0

    def _own_use_w(self):
        """What the house draws from the grid besides what the car gives, less a margin, and the car's part of what a
        home battery gives; 0 where it is not known."""
        values = self._values
        if not values or not values.get("grid_sensor") or "grid_w" not in values:
            return 0
        wanted = self._asks[self._charger_w] + values["grid_w"] - _MARGIN_W
        if values.get("battery_wh"):
            from firmware.energy import sharing

            wanted = sharing.car_w(wanted, values, self._settings, self._asks[self._soc])
        wanted = min(wanted, self._settings["export_w"])
        return wanted if wanted >= _LEAST_W else 0

    def _slewed(self, wanted_w, now_s):
        """Falls at once, rises by _RISE_W_S, and by the code's ramp where it has just entered service."""
        passed = now_s - self._at_s
        if self._at_s < 0:
            passed, self._entered_s = 1, now_s
        self._at_s, rise_w_s = now_s, _RISE_W_S
        if (now_s - self._entered_s) * 1000 < self._ramp_ms:
            rise_w_s = min(rise_w_s, self._settings["charger_rated_w"] * 1000 // self._ramp_ms)
        rise = self._gave_w + rise_w_s * max(0, min(passed, 60))
        self._gave_w = wanted_w if wanted_w <= rise else max(rise, min(wanted_w, _LEAST_W))
        return self._gave_w

    def _leaves(self):
        """Must it charge now for the time at which the car leaves? The kind of window is looked up as often."""
        if not self._settings["departure_days"]:
            return False
        before = self._asked_min
        self._kind()
        if self._asked_min != before:
            from firmware.energy import departure

            soc_e1 = self._asks[self._soc]
            self._must_charge = departure.must_charge(self._asked_min * 60, self._settings, soc_e1)
        return self._must_charge

    @staticmethod
    def _windowed(settings):
        return 2 in (settings["window1_kind"], settings["window2_kind"])

    def _kind(self):
        """Kind of the tariff window now, looked up once a minute; 0 where the clock is not set."""
        utc_s = self._clock.seconds() if self._clock else 0
        if not utc_s:
            self._asked_min = -1
            return 0
        if utc_s // 60 != self._asked_min:
            from firmware.energy import tariff

            self._asked_min = utc_s // 60
            self._window = tariff.now(utc_s, self._settings)[0]
        return self._window

    def _may_be_seamless(self, snapshot):
        """Net export below 10 % of the rating, known within 3 s (corrections of the design review; [M])."""
        policy = self._settings["transfer_policy"]
        if policy:
            return policy == 2
        told = self._asks[self._charger_tick]
        if told < 0 or ((snapshot[self._tick] - told) & _WRAP) > _FRESH_TICKS:
            return False
        return self._asks[self._charger_w] * 10 < self._settings["charger_rated_w"]
