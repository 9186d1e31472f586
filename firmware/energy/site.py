"""What the site's energy manager asks for, laid over the wish of the operating mode. It asks, never acts.

The manager may hold everything, cap what the car gives, and ask for a power while its request lasts. The car's reserve
is not its to spend: below the reserve, or with a state of charge that is not known, nothing is given. Our own settings
`charge_w` and `export_w` stay the most there is, and in mode backup the car is kept. A request may take the place of
what self-use or export wish; momentary cessation and the slope are applied after it (dispatch.bounded).
"""

from micropython import const

_BACKUP = const(4)  # dispatch.BACKUP


def obey(limits, requests, settings, soc_e1):
    """(charge_w, discharge_w) to wish for; `limits` is the mode's own, None where sources are not permitted now."""
    if limits is None:
        return None
    if requests.hold:
        return 0, 0
    charge_w, discharge_w = limits
    asked_w = requests.power_w()
    if asked_w is not None:
        charge_w = min(max(-asked_w, 0), settings["charge_w"])
        discharge_w = min(max(asked_w, 0), settings["export_w"])
        if soc_e1 < 0 or soc_e1 <= settings["reserve_soc_e1"] or settings["energy_mode"] == _BACKUP:
            discharge_w = 0
    most_w = requests.limit_w()
    return charge_w, discharge_w if most_w is None else min(discharge_w, most_w)
