"""What a scenario can do to the plant while it runs: one function an action, named in a scenario's events.

Grid actions take effect at their exact electrical step; the others at the next block (2 ms). Angles in degrees,
powers in watts at nominal voltage, voltages in per unit of nominal.
"""

import math

from tools.plant.setup import BROKEN_S, set_motor, siemens

WELL_PU = 0.88  # a grid EMF above this is no disturbance


def _pair(value, other):
    return (value, value if other is None else other)


def grid_off(plant):
    """The upstream breaker opens (each pole at its own current zero)."""
    plant.mark("grid_lost")
    plant.upstream = 0


def grid_on(plant, angle_deg=None):
    """The upstream breaker closes, at whatever angle the grid has come to, or `angle_deg` ahead of that."""
    if angle_deg:
        plant.s["grid_theta"] += math.radians(angle_deg)
    plant.mark("grid_back")
    plant.upstream = 1


def grid_hz(plant, hz):
    """The grid's mean frequency from now on."""
    plant.grid_hz = hz


def grid_rocof(plant, hz_s, seconds):
    """The grid's frequency runs away at this rate for so long, then stays."""
    plant.rocof_hz_s = hz_s
    plant.schedule(plant.event_t + seconds, "grid_rocof_end", {})


def grid_rocof_end(plant):
    plant.rocof_hz_s = 0.0


def grid_scale(plant, pu, pu2=None):
    """The grid's EMF, per leg."""
    both = _pair(pu, pu2)
    plant.mark("recovered" if min(both) >= WELL_PU else "disturbance")
    plant.s["grid_scale"][:] = both


def grid_jump(plant, deg, deg2=None):
    """Phase jump of the grid's EMF against its own past, per leg."""
    plant.s["grid_jump"][:] += [math.radians(d) for d in _pair(deg, deg2)]


def sag(plant, pu, seconds, deg=0.0, pu2=None):
    """The grid's EMF at `pu` for so long, with a phase jump while it lasts."""
    before = tuple(plant.s["grid_scale"])
    grid_scale(plant, pu, pu2)
    grid_jump(plant, deg)
    plant.schedule(plant.event_t + seconds, "grid_scale", {"pu": before[0], "pu2": before[1]})
    plant.schedule(plant.event_t + seconds, "grid_jump", {"deg": -deg})


def grid_fault(plant, ohm, seconds, leg=None):
    """A short circuit on the grid side, near the house."""
    plant.mark("disturbance")
    legs = range(plant.site.grid.legs) if leg is None else (leg - 1,)
    for k in legs:
        plant.s["fault_s"][k] = 1.0 / ohm
    plant.s["dirty"] = 1
    plant.schedule(plant.event_t + seconds, "grid_fault_end", {})


def grid_fault_end(plant):
    plant.mark("recovered")
    plant.s["fault_s"][:] = 0.0
    plant.s["dirty"] = 1


def load(plant, w1, w2=None):
    """The house's resistive load, per leg."""
    for k, watts in enumerate(_pair(w1, w2)):
        plant.s["load_s"][k] = siemens(watts, plant.site.grid)
    plant.s["dirty"] = 1


def electronic(plant, w1, w2=None):
    """The house's constant-power load, per leg."""
    plant.s["electronic_w"][:] = _pair(w1, w2)


def motor(plant, w1, w2=0.0):
    """A motor starts from rest on a leg (0 = none there)."""
    for k, watts in enumerate((w1, w2)):
        if watts > 0.0:
            set_motor(plant.s, k, watts, plant.site.grid)


def neutral(plant, broken):
    """The service neutral breaks, or is mended."""
    plant.s["neutral_s"] = BROKEN_S if broken else 1.0 / plant.site.grid.neutral_ohm
    plant.s["dirty"] = 1


def midpoint(plant, broken):
    """The charger's own neutral conductor breaks, or is mended."""
    plant.s["mid_s"] = BROKEN_S if broken else 1.0 / plant.site.charger.neutral_ohm
    plant.s["dirty"] = 1


def contactor(plant, name, fault):
    """A fault of k1, k2 or kn (contactor.FAULTS), or None."""
    plant.contactors[name].set_fault(fault)


def bridge(plant, on=True):
    """A conductor around K1's first pole, or none: a bypass somebody closed, a cable somebody laid."""
    plant.bridged = bool(on)


def charger_broken(plant, on=True):
    """The charger's own fault: FAULT contact closed, gates off."""
    plant.inverter.set_broken(on)


def charger_silent(plant, on=True):
    """No answer on the bus."""
    plant.charger_model.silent = bool(on)


def charger_late(plant, ms):
    """Every answer on the bus comes so much later than it should."""
    plant.charger_model.late_us = 1e3 * ms


def v2x(plant, on=True):
    """The app's "bidirectional operation"; no register shows it."""
    plant.charger_model.v2x_enabled = bool(on)


def wrong_replies(plant, count):
    """The next so many replies are spoilt on the bus, each in another way (tools.plant.wire.SPOIL)."""
    plant.charger_model.spoil = int(count)


def ready_contact(plant, wire="sound"):
    """The READY contact's wire: sound, open or shorted."""
    if wire not in ("sound", "open", "shorted"):
        raise ValueError("ready_contact: %r is none of sound, open, shorted" % (wire,))
    plant.ready_wire = wire


def plan(plant, watts):
    """What the charger's app wants while following, positive into the car."""
    plant.inverter.plan_w = float(watts)


def car(plant, plugged):
    """Plug the car in or out."""
    plant.inverter.store.plugged = bool(plugged)


def car_soc(plant, soc):
    """Another state of charge, 0..1."""
    store = plant.inverter.store
    store.car_wh = soc * store.spec.car_kwh * 1000.0


def sensor(plant, channel, fault):
    """A fault of a converter channel 0..3 (measure.FAULTS), or None."""
    plant.converter.set_fault(channel, fault)


def e_stop(plant, ok):
    """The emergency stop's loop."""
    plant.e_stop_ok = bool(ok)


def bypass(plant, off):
    """The bypass switch: off = in its normal place."""
    plant.bypass_off = bool(off)


def service_key(plant, on):
    plant.key = bool(on)


def reset_button(plant, on):
    plant.button = bool(on)


ACTIONS = {name: fn for name, fn in globals().items() if callable(fn) and fn.__module__ == __name__ and name[0] != "_"}
