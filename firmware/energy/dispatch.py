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
MODE_NAMES = ("hold", "charge", "export")

_FRESH_TICKS = const(6000)  # 3 s
_WRAP = const(0x1FFFFFFF)


class Dispatch:
    """`decide(snapshot)` -> (charge_w, discharge_w), both >= 0: the most the car may take and give. None: no wish, for
    the switch does not permit sources now, and what was commanded stands."""

    def __init__(self, settings, layout, asks):
        self._settings = settings
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
        mode = settings["energy_mode"]
        if not snapshot[self._permit]:
            return None
        if mode == HOLD:
            return 0, 0
        if mode == CHARGE:
            return settings["charge_w"], 0
        soc_e1 = asks[self._soc]
        if soc_e1 < 0 or soc_e1 <= settings["reserve_soc_e1"]:
            return 0, 0
        return 0, settings["export_w"]

    def _may_be_seamless(self, snapshot):
        """Net export below 10 % of the rating, known within 3 s (corrections of the design review; [M])."""
        policy = self._settings["transfer_policy"]
        if policy:
            return policy == 2
        told = self._asks[self._charger_tick]
        if told < 0 or ((snapshot[self._tick] - told) & _WRAP) > _FRESH_TICKS:
            return False
        return self._asks[self._charger_w] * 10 < self._settings["charger_rated_w"]
