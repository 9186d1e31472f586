"""docs/states.svg, drawn from the table: every state a box, every pair of states with a row between them an arrow.

The rows that hold for nearly every state (86, bypass, service, out of service) are named in a line instead of drawn.
"""

import math
from html import escape

from tools.docs.source import output_names, states, table

BOX_W, BOX_H = 150, 54
WIDTH, HEIGHT = 1240, 780
# Where each state stands: column, row. The healthy path runs clockwise from the top left.
PLACE = {
    "OUT_OF_SERVICE": (0, 0), "GRID": (2, 0), "PARALLEL": (4, 0), "HANDBACK": (6, 0),
    "RECLOSING": (0, 2), "OPENING": (3, 1.4), "CLOSING": (6, 1.5),
    "OPEN_TRANSITION": (0, 3.4), "DARK": (2, 2.9), "UNBONDING": (6, 3),
    "BONDING": (2, 4.6), "STARTING": (3.35, 4.6), "ISLAND": (4.7, 4.6), "SYNCHRONISING": (6, 4.6),
    "LOCKOUT_86": (4.5, 2.6), "SERVICE": (0, 4.6), "BYPASSED": (0, 5.7),
}  # fmt: skip
COLOURS = {
    "GRID": "#dbe8f6", "PARALLEL": "#bcd6f0", "HANDBACK": "#c9e9e2", "CLOSING": "#c9e9e2", "UNBONDING": "#c9e9e2",
    "ISLAND": "#fbd9b8", "STARTING": "#fbe7b0", "BONDING": "#fbe7b0", "SYNCHRONISING": "#e3d6f7", "DARK": "#d5d9e0",
    "LOCKOUT_86": "#f6c7c7",
}  # fmt: skip
TIP = (
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
    '<path d="M0 0 8 4 0 8z" fill="#55606e"/></marker></defs>'
)
ARROW = '<path d="%s" fill="none" stroke="#55606e" stroke-width="1.3" marker-end="url(#tip)"><title>%s</title></path>'
COMMON = ("LOCKOUT_86", "SERVICE", "BYPASSED", "OUT_OF_SERVICE")


def centre(name: str) -> tuple[float, float]:
    """Middle of a state's box."""
    column, row = PLACE[name]
    return 100 + column * 172, 90 + row * 108


def arrows() -> dict[tuple[str, str], list[str]]:
    """{(from, to): reasons} of the rows worth an arrow."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in table.ROWS:
        then = states.NAMES[row[1]]
        if then in COMMON and len(row[0]) > 4:
            continue
        for state in row[0]:
            reasons = found.setdefault((states.NAMES[state], then), [])
            if row[2] not in reasons:
                reasons.append(row[2])
    return found


def edge(a: tuple[float, float], b: tuple[float, float]) -> tuple[float, float]:
    """Where the line from a to b leaves the box around a."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    scale = min(BOX_W / 2 / abs(dx) if dx else math.inf, BOX_H / 2 / abs(dy) if dy else math.inf)
    return a[0] + dx * scale, a[1] + dy * scale


def path(source: str, target: str) -> str:
    """A curve that bends to its right, so that the way there and the way back stay apart."""
    a, b = centre(source), centre(target)
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = math.hypot(dx, dy)
    bend = 14 + length * 0.06
    middle = ((a[0] + b[0]) / 2 - dy / length * bend, (a[1] + b[1]) / 2 + dx / length * bend)
    start, end = edge(a, middle), edge(b, middle)
    return "M%.0f %.0f Q%.0f %.0f %.0f %.0f" % (*start, *middle, *end)


def svg() -> str:
    """The drawing."""
    out = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">'
        % (WIDTH, HEIGHT),
        "<title>The states of the switch and their transitions</title>",
        TIP,
        '<rect width="%d" height="%d" fill="#ffffff"/>' % (WIDTH, HEIGHT),
    ]
    for (source, target), reasons in arrows().items():
        title = "%s to %s: %s" % (source, target, "; ".join(reasons))
        out.append(ARROW % (path(source, target), escape(title)))
    for state, name in enumerate(states.NAMES):
        out += box(name, output_names(table.OUTPUTS[state]))
    notes = (
        "From every state: a latched 86 leads to LOCKOUT_86, the bypass switch to BYPASSED; in service also: the",
        "service key to SERVICE, taking out of service to OUT_OF_SERVICE. Under each name: what it drives (P: permit).",
    )
    for i, text in enumerate(notes):
        out.append('<text x="330" y="%d" fill="#55606e">%s</text>' % (HEIGHT - 40 + 18 * i, escape(text)))
    return "\n".join(out) + "\n</svg>\n"


def box(name: str, drives: list[str]) -> list[str]:
    """One state."""
    x, y = centre(name)
    short = {"ISLAND_REQUEST": "request", "PERMIT": "P"}
    under = " ".join(short.get(d, d) for d in drives) or "nothing"
    return [
        '<rect x="%.0f" y="%.0f" width="%d" height="%d" rx="8" fill="%s" stroke="#2b3442"/>'
        % (x - BOX_W / 2, y - BOX_H / 2, BOX_W, BOX_H, COLOURS.get(name, "#eef0f3")),
        '<text x="%.0f" y="%.0f" text-anchor="middle" font-weight="bold" fill="#1b2230">%s</text>' % (x, y - 4, name),
        '<text x="%.0f" y="%.0f" text-anchor="middle" font-size="11" fill="#3c4757">%s</text>' % (x, y + 14, under),
    ]
