"""The commands of the console: which there are, where each lives, and how a line finds its answer.

The words and the code of a command are loaded when it is used and forgotten when another group is, or when nobody types
any more: the heap of the chip is needed elsewhere. One command group a file; `do_NAME(context, rest)` gives the lines
of the answer.
"""

import gc
import sys

from firmware.spent import forget

WIDTH = 79
_MACHINE = ("json", "csv")  # never wrapped

# Every command and the file of its group: one string, for the heap.
_COMMANDS = (
    "help:help status:status why:status meter:meter events:records wave:wave charger:link modbus:link "
    "settings:setting set:editing diff:editing commit:editing revert:editing unlock:access lock:access "
    "passcode:access island:operate return:operate reset:operate service:operate mode:editing "
    "preset:editing test:upkeep restart:upkeep maintenance:upkeep battery:plan plan:plan clock:health "
    "selftest:health counters:inside log:inside version:inside "
)


class Context:
    """What the commands may look at and ask."""

    store = None  # store.Store: where a committed set goes
    secret = None  # (device, at) of the unlock code, console/access.py
    on_settings = None  # called with the new set when operating settings change
    waves = None  # record.waves.Waves
    clock = None  # record.clock.Clock
    lasting = None  # record.lasting.Lasting
    plan = None  # (context, machine) -> lines: the energy room's own plan
    problem = None  # why the stored settings are not in force
    site = None  # server.server.Server, where the site's energy manager is served
    restart_due = False  # a set was stored that is in force after the next start only

    def __init__(
        self, layout, snapshot, asks, settings, events, device, version, log, cost_unit, image=None, board=None
    ):
        self.layout, self.snapshot, self.asks, self.settings = layout, snapshot, asks, settings
        self.events, self.device, self.version, self.log = events, device, version, log
        self.cost_unit, self.board = cost_unit, board
        self._image, self._tick = image, layout.slot("TICK")
        self.draft = {}  # settings typed, not committed
        self.unlocked_s, self.wrong_codes, self.barred_s = 0, 0, 0  # console/access.py

    def now(self):
        """The tick, from the image itself."""
        return self._image[self._tick] if self._image else 0


class Refused(ValueError):
    """A line that can't be carried out; the message is the answer."""


class Ask:
    """Yielded by a command that needs one more line from the person; it gets the text, or None."""

    def __init__(self, prompt, secret=False):
        self.prompt, self.secret = prompt, secret


class Groups:
    """The command group in memory: one at a time."""

    def __init__(self):
        self._name, self._module, self._before = None, None, None

    def get(self, name):
        """The module of a group."""
        if name != self._name:
            self.forget()
            self._before = set(sys.modules)
            self._module = __import__("firmware.console." + name, None, None, (name,))
            self._name = name
        return self._module

    def forget(self):
        """Give the memory back: the group, and what it loaded when it was loaded or later, by a command."""
        before, self._name, self._module, self._before = self._before, None, None, None
        if before:
            forget(*[key for key in sys.modules if key not in before and key.startswith("firmware.")])
            gc.collect()


_groups = Groups()


def rest():
    """Nobody types: give the memory of the last command's group back."""
    _groups.forget()


def answer(line, context):
    """Lines of the answer to one line. None among them: nothing more yet, any key ends it; an Ask: one more line.

    A line of bytes is for programs and goes out as it is.
    """
    parts = line.split()
    name, rest = parts[0].lower(), parts[1:]
    group = where(name)
    if group is None:
        yield "unknown command %r%s; help lists them" % (name[:20], _groups.get("near").nearest(name, names()))
        return
    context.snapshot.take()
    bare = bool(rest) and rest[-1].lower() in _MACHINE
    found = getattr(_groups.get(group), "do_" + name)(context, rest)
    reply = None
    try:
        while True:
            text = found.send(reply)
            reply = None
            if isinstance(text, Ask):
                reply = yield text
            elif text is None or bare or isinstance(text, bytes):
                yield text
            else:
                yield from wrapped(text)
    except StopIteration:
        return
    except Refused as why:
        yield from wrapped(str(why))
    finally:
        found.close()  # the interpreter does not close a generator that is merely dropped


def names():
    """Every command, in the order of `help`."""
    return [row.split(":")[0] for row in _COMMANDS.split()]


def where(name):
    """File of a command's group, or None."""
    at = (" " + _COMMANDS).find(" %s:" % name) if name.isalpha() else -1
    return None if at < 0 else _COMMANDS[at:].split(" ", 1)[0].split(":")[1]


def only(name, rest, *allowed):
    """The one word after a command, or None; Refused names what is allowed."""
    if not rest:
        return None
    if len(rest) == 1 and rest[0].lower() in allowed:
        return rest[0].lower()
    what = "allowed after it: " + ", ".join(allowed) if allowed else "nothing is allowed after it"
    raise Refused("%s: %r is not understood; %s" % (name, " ".join(rest)[:40], what))


def completion(start):
    """What Tab adds: the rest of the only command that begins so."""
    fits = [name for name in names() if start and name.startswith(start)]
    return fits[0][len(start) :] + " " if len(fits) == 1 else ""


def wrapped(text):
    """Lines of at most WIDTH columns; what is carried over hangs under the text right of the label."""
    indent = text.rfind("  ", 0, 30) + 2 if "  " in text[:30] else 0
    while len(text) > WIDTH:
        cut = text.rfind(" ", indent + 1, WIDTH + 1)
        if cut <= indent:
            cut = WIDTH
        yield text[:cut]
        text = " " * indent + text[cut:].lstrip()
    yield text
