"""What a finished run is told in: the recording for the picture, the headline, the verdict.

It words what the plant measured; it judges nothing itself.
"""

import numpy as np

from tools.recording import Recording


def recording(world) -> Recording:
    """The world's own records in the form the picture is drawn from."""
    log, grid = world.log, world.scenario.site.grid
    legs = grid.legs
    return Recording(
        scenario=world.scenario.name,
        title=world.scenario.title,
        seed=world.seed,
        nominal_v=grid.nominal_v,
        nominal_hz=grid.nominal_hz,
        time_s=log["time_s"],
        grid_v=log["grid_v"].reshape(-1, legs),
        house_v=log["house_v"].reshape(-1, legs),
        grid_hz=log["grid_hz"],
        house_hz=log["house_hz"],
        house_w=log["house_w"],
        charger_w=log["charger_w"],
        soc=log["soc"],
        wave_s=world.waves.time_s,
        wave_v=np.asarray(world.waves.volts),
        states=[(float(when), str(name)) for when, name in world.states],
        edges=world.edges,
        marks=world.marks,
    )


def headline(summary: dict) -> list[str]:
    """The run's figures in a few words each; what did not happen is left out."""
    facts = []
    if summary["k1_proven_open_ms"] is not None:
        facts.append("K1 proven open %s after the loss" % duration(summary["k1_proven_open_ms"]))
    if summary["island_up_ms"] is not None:
        facts.append("house live again after %s" % duration(summary["island_up_ms"]))
    step = summary["sync_at_close"]
    if step:
        facts.append(
            "closed at %+.1f\u00b0, %+.0f mHz, %+.1f %%" % (step["dphi_deg"], step["df_mhz"], step["dv_percent"])
        )
    elif summary["reclosed_at_s"] is not None:
        facts.append("K1 closed again at %.1f s" % summary["reclosed_at_s"])
    broken = len(summary["violations"])
    facts.append("%d safety rule%s broken" % (broken, "s" * (broken > 1)) if broken else "no safety rule broken")
    return facts


def duration(ms: float) -> str:
    """Milliseconds as a person says them."""
    return "%.1f ms" % ms if ms < 1000 else "%.2f s" % (ms / 1000)


def verdict(summary: dict, failures: list[str], folder: str) -> str:
    """The last words of a run: how it went, or what was seen, what was expected and where to look."""
    name = summary["scenario"]
    end_state = summary["states"][-1][1] if summary["states"] else "no state at all"
    if not failures and not summary["violations"]:
        lines = ["%s: as it should be." % name, *("  " + fact for fact in headline(summary))]
        lines.append("  ended in %s, %.1f times as fast as life" % (end_state, summary["realtime_factor"]))
        lines.append("  see %s/timeline.png, events.csv, summary.json" % folder)
        return "\n".join(lines)
    lines = ["%s: NOT as it should be." % name]
    for violation in summary["violations"]:
        what = (violation["time_s"], violation["kind"], violation["detail"])
        lines.append("  safety rule broken at %.3f s: %s (%s)" % what)
    lines += ["  %s" % failure for failure in failures]
    path = ", ".join("%s %.1f s" % (state, when) for when, state in summary["states"])
    lines.append("  states seen: %s" % (path or "none"))
    lines.append("  look at %s/timeline.png first, then events.csv beside it, then firmware.log" % folder)
    return "\n".join(lines)
