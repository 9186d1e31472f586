"""`set`, `diff`, `commit`, `revert`, `mode`, `preset`: `set` collects, `commit` checks the whole set and stores it.

Protection settings change out of service only and are in force after a restart; operating settings (what the energy is
for) at any time. Every change is an event with old and new.
"""

import json

from firmware import grid_codes
from firmware.console.access import needed, who
from firmware.console.commands import Refused, only
from firmware.console.near import nearest
from firmware.console.presets import custom
from firmware.settings import NAMES, ROWS, SettingError, check
from firmware.store import StoreError
from firmware.transfer import states

OPERATING = ("energy_mode", "transfer_policy", "charge_w", "export_w", "reserve_soc_e1")
_AT_REST = (states.OUT_OF_SERVICE, states.LOCKOUT_86, states.SERVICE)
_MODES = ("hold", "charge", "export")
# What a change does, by how the name begins; the first that fits.
_EFFECT = (
    ("uv", "when low voltage opens K1 (27)"), ("ov", "when high voltage opens K1 (59)"),
    ("mean", "when ten minutes of high voltage open K1"), ("uf", "when low frequency opens K1 (81U)"),
    ("of", "when high frequency opens K1 (81O)"), ("rocof", "81R"), ("vs_", "78"),
    ("es_", "when sources may be paralleled"), ("reclose", "when a dead house gets the grid back"),
    ("sync", "when K1 may close onto a live house (25)"), ("island", "when the island is dropped"),
    ("steady", "when an island counts as up"), ("backfeed", "BACKFEED lockout"), ("grid_code", "every trip and window"),
    ("nominal", "every limit given in pu"), ("legs", "what is measured"), ("in_service", "whether coils may be driven"),
    ("bond", "neutral-earth bond"), ("k1", "supervision of K1"), ("k2", "supervision of K2"),
    ("kn", "supervision of KN"),
)  # fmt: skip


def do_set(context, rest):
    """Collect one change."""
    if len(rest) != 2:
        raise Refused("set: a name and a whole number, as in `set charge_w 5000`; `settings` lists the names")
    name = rest[0].lower()
    if name not in NAMES:
        raise Refused("set: no setting %r%s" % (name[:40], nearest(name, NAMES)))
    try:
        value = check(name, _number(name, rest[1]))
    except SettingError as why:
        raise Refused("set: %s" % why)
    if value == context.settings[name]:
        context.draft.pop(name, None)
        yield "%s is %d already" % (name, value)
        return
    context.draft[name] = value
    yield line(name, context.settings[name], value)
    yield "collected; `diff` shows all, `commit` puts them in force, `revert` forgets them"


def _number(name, text):
    try:
        return int(text)
    except ValueError:
        row = ROWS[NAMES.index(name)]
        raise Refused("set: %r is not a whole number; %s allows %d..%d %s" % (text[:20], name, row[2], row[3], row[4]))


def line(name, old, new):
    """One change with its range and its effect."""
    row = ROWS[NAMES.index(name)]
    effect = [what for begins, what in _EFFECT if name.startswith(begins)]
    after = "at once" if name in OPERATING else "after a restart"
    return "%s  %d -> %d %s, allowed %d..%d; %s, %s" % (
        name, old, new, row[4], row[2], row[3], effect[0] if effect else "this figure", after)  # fmt: skip


def do_diff(context, rest):
    """What is collected: for people, or {name: [old, new]}."""
    if only("diff", rest, "json"):
        old, new = context.settings, context.draft
        yield json.dumps({"changes": {name: [old[name], new[name]] for name in new}, "problem": _whole(context)[1]})
        return
    for name in sorted(context.draft):
        yield line(name, context.settings[name], context.draft[name])
    if not context.draft:
        yield "nothing collected"
        return
    problem = _whole(context)[1]
    yield "the whole set: " + ("fits" if problem is None else problem)


def _whole(context):
    """(the set with the changes, or None, and why not)"""
    try:
        return context.settings.with_changes(context.draft), None
    except SettingError as why:
        return None, str(why)


def do_revert(context, rest):
    only("revert", rest)
    count = len(context.draft)
    context.draft = {}
    yield "%d collected changes forgotten" % count


def do_commit(context, rest):
    only("commit", rest)
    if not context.draft:
        raise Refused("commit: nothing collected; `set NAME VALUE` first")
    needed(context, "commit")
    yield from _commit(context)


def do_mode(context, rest):
    """What the energy is for."""
    mode = only("mode", rest, *_MODES)
    if mode is None:
        now = context.settings["energy_mode"]
        yield "mode %s; `mode %s` changes it" % (_MODES[now] if now < len(_MODES) else now, " | ".join(_MODES))
        return
    needed(context, "mode")
    if context.draft:
        raise Refused("mode: collected settings wait: `commit` or `revert` first")
    if context.settings["energy_mode"] == _MODES.index(mode):
        yield "mode %s already" % mode
        return
    context.draft = {"energy_mode": _MODES.index(mode)}
    yield from _commit(context)


def _commit(context):
    at_rest = context.snapshot.get("STATE") in _AT_REST
    held = [name for name in sorted(context.draft) if name not in OPERATING]
    if held and not at_rest:
        raise Refused("commit: %s changes out of service only: `service out` first" % held[0])
    fresh, problem = _whole(context)
    if problem:
        raise Refused("commit: %s; nothing was changed" % problem)
    where = _store(context, fresh, at_rest)
    for name in sorted(context.draft):
        told = "%s, console, %s" % (name, who(context))
        context.events.add("settings changed", context.settings[name], context.draft[name], told)
    context.draft, context.settings = {}, fresh
    if held:
        context.restart_due = True
        yield "%s; in force after `restart`" % where
    else:
        if context.on_settings:
            context.on_settings(fresh)
        yield "%s; in force now" % where
    moved = custom(fresh)
    if moved:
        yield "grid code %s, custom: %s" % (grid_codes.CODES[fresh["grid_code"]][0], ", ".join(moved))


def _store(context, fresh, at_rest):
    """Words for where it was stored; Refused when it must be and can't."""
    if context.store is None or not (at_rest or context.store.any_time):
        if any(name not in OPERATING for name in context.draft):
            raise Refused("commit: this board keeps no settings; nothing was changed")
        return "not stored: gone with the next start"
    try:
        context.store.save(fresh)
    except StoreError as why:
        raise Refused("commit: %s" % why)
    return "stored"


def do_preset(context, rest):
    """The grid codes there are, or one collected whole: every figure as the code says."""
    count = len(grid_codes.CODES)
    if not rest:
        moved = custom(context.settings)
        for i in range(1, count):
            here = ("  <- in force" + (", custom: " + ", ".join(moved) if moved else "")
                    if i == context.settings["grid_code"] else "")  # fmt: skip
            yield "%d  %s, %d Hz%s" % (i, grid_codes.CODES[i][0], grid_codes.CODES[i][1], here)
        return
    if len(rest) > 1 or not rest[0].isdigit() or not 1 <= int(rest[0][:6]) < count:
        raise Refused("preset: %r is not a grid code; allowed: 1..%d" % (" ".join(rest)[:20], count - 1))
    wanted = dict.fromkeys(custom(context.settings) + custom(context.draft), 0)
    wanted["grid_code"] = int(rest[0])
    wanted["nominal_hz"] = grid_codes.CODES[int(rest[0])][1]
    for name in wanted:
        if wanted[name] == context.settings[name]:
            context.draft.pop(name, None)
        else:
            context.draft[name] = wanted[name]
    yield "%d changes collected; `diff` shows all, `commit` puts them in force, `revert` forgets them" % len(
        context.draft)  # fmt: skip
