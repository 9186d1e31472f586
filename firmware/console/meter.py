"""`meter`: every measured quantity of grid and house."""

import json

from firmware.console import words
from firmware.console.commands import only
from firmware.sense import plausible

_SIDES = ("G1", "G2", "G3", "H1", "H2", "H3")
_OF_A_LEG = ("_MV", "_FUND_MV", "_THD_E2", "_DC_MV")
_OF_ALL = (
    "GRID_MHZ", "GRID_FINE_MHZ", "GRID_ROCOF_MHZ_S", "GRID_ROCOF_500_MHZ_S", "GRID_JUMP_CDEG", "GRID_SPREAD_MV",
    "HOUSE_MHZ", "HOUSE_FINE_MHZ", "HOUSE_ROCOF_MHZ_S", "HOUSE_SPREAD_MV", "SLIP_MHZ", "NE_MV", "MEAN10_MV",
    "BAD_CHANNELS", "BAD_WHY", "LOSS_BANK",
)  # fmt: skip


def do_meter(context, rest):
    get, legs = context.snapshot.get, context.settings["legs"]
    sides = _SIDES[:legs] + _SIDES[3 : 3 + legs]
    if only("meter", rest, "json"):
        names = [side + what for side in sides for what in _OF_A_LEG]
        names += ["D%d_CDEG" % (leg + 1) for leg in range(legs)] + ["D%d_MV" % (leg + 1) for leg in range(legs)]
        yield json.dumps({name.lower(): get(name) for name in names + list(_OF_ALL)})
        return
    yield "           RMS V   fund V    THD %     DC V"
    for side in sides:
        name = ("grid L" if side[0] == "G" else "house L") + side[1]
        thd, dc = get(side + "_THD_E2"), get(side + "_DC_MV")
        yield "%-9s %7s  %7s  %4d.%02d  %6s" % (
            name, words.volts(get(side + "_MV")), words.volts(get(side + "_FUND_MV")), thd // 100, thd % 100,
            words.volts(dc))  # fmt: skip
    yield "grid      %s Hz, over 6 cycles %s; %d mHz/s; last phase jump %s" % (
        words.hertz(get("GRID_MHZ")), words.hertz(get("GRID_FINE_MHZ")), get("GRID_ROCOF_MHZ_S"),
        words.quantity(get("GRID_JUMP_CDEG"), "cdeg"))  # fmt: skip
    yield "house     %s Hz, over 6 cycles %s; %d mHz/s" % (
        words.hertz(get("HOUSE_MHZ")), words.hertz(get("HOUSE_FINE_MHZ")), get("HOUSE_ROCOF_MHZ_S"))  # fmt: skip
    yield "house minus grid  slip %d mHz" % get("SLIP_MHZ")
    for leg in range(1, legs + 1):
        angle, mv = words.quantity(get("D%d_CDEG" % leg), "cdeg"), words.quantity(get("D%d_MV" % leg), "mV")
        yield "                  L%d %s, %s" % (leg, angle, mv)
    if get("MEAN10_MV"):
        yield "grid      %s V mean of ten minutes, highest leg" % words.volts(get("MEAN10_MV"))
    bad = get("BAD_CHANNELS")
    if bad:
        channels = ", ".join(str(n) for n in range(8) if bad >> n & 1)
        yield "channels  %s not to be believed: %s" % (channels, plausible.WHY_NAMES[get("BAD_WHY")])
