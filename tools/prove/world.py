"""A world of bits around the real transition table: contacts that misbehave, a grid and a house, a charger, people.

One step: the outputs of the state move the contacts (or do not: welded, stuck, slow, falling by themselves), the
contacts and sources settle what is live, the facts follow from that (timed facts may be late or on time), the table
gives the next state. Everything the table does not decide is the adversary's choice. What is true of a contact and what
its proof says are the same here but for the faults named; a proof that lies is the interlock's business (docs/wiring).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from tools.plant import names  # first: it brings the stand-in for the interpreter's own module

from firmware.transfer import facts, states, table  # isort: skip

port = names.port
ROWS, INDEX = table.flatten()
NAMES = states.NAMES
FIELDS = 8


PEOPLE = ("", "stop", "reset", "bypass", "service", "out of service")
UPSETS = ("", "backfeed", "island trip", "charger fault", "no island allowed", "K1 not to be closed", "charger gone")


class World(NamedTuple):
    """What there is: the switch's state, three contacts (True = closed; kn = bond made), grid and charger, faults."""

    state: int
    k1: bool
    k2: bool
    bond: bool
    grid: bool
    forming: bool  # the charger feeds the house by itself
    welded: bool  # K1 will not open again
    told_for: int  # steps the command of K1 has stood, up to 2: then a proof is overdue
    latched: bool


START = World(states.OUT_OF_SERVICE, False, False, True, True, False, False, 0, False)


@dataclass(frozen=True)
class Choice:
    """What the adversary does in a step."""

    grid: bool
    forms: bool
    obeys: bool  # slow or stuck contacts do not follow this time
    weld: bool
    drop: bool  # K1 falls open though it is held
    waited: bool  # the shortest time in the state has passed
    timed: bool  # so have delays, time-outs and windows
    in_step: bool
    asks: bool  # a planned island
    ready: bool
    person: str  # what somebody does on site: one of PEOPLE
    upset: str  # what else is wrong: one of UPSETS

    @property
    def kind(self) -> str:
        """In words."""
        said = [name for name, value in self.__dict__.items() if value is True]
        return ", ".join(said + [text for text in (self.person, self.upset) if text]) or "nothing"


def choices(faults: bool) -> Iterator[Choice]:
    """All of them; without faults the contacts obey."""
    both = (False, True)
    weld_drop = ((False, False), (True, False), (False, True)) if faults else ((False, False),)
    obeys = both if faults else (True,)
    upsets = UPSETS if faults else UPSETS[:1]
    for grid, forms, obey, (weld, drop) in product(both, both, obeys, weld_drop):
        times = ((False, False), (True, False), (True, True))
        for (waited, timed), in_step, asks, ready in product(times, both, both, both):
            for person, upset in product(PEOPLE, upsets):
                yield Choice(grid, forms, obey, weld, drop, waited, timed, in_step, asks, ready, person, upset)


def told(state: int, bit: int) -> bool:
    """Does a state drive an output, with the permit given?"""
    out = table.OUTPUTS[state]
    return bool(out & bit) and bool(out & port.OUT_PERMIT)


def move(world: World, choice: Choice) -> World:
    """Contacts, grid and charger after a step in the world's state."""
    want1, want2 = told(world.state, port.OUT_K1), told(world.state, port.OUT_K2)
    opens_bond = bool(table.OUTPUTS[world.state] & port.OUT_KN)
    welded = (world.welded or choice.weld) and (world.k1 or want1)
    k1 = world.k1
    if choice.obeys:
        k1 = want1 or (welded and world.k1)
    if choice.drop and not welded:
        k1 = False
    k2 = want2 if choice.obeys else world.k2
    # the bond is closed by its own spring once K1's 52b is closed, and only then (hardware)
    bond = (not k1) and (not opens_bond if choice.obeys else world.bond)
    request = told(world.state, port.OUT_ISLAND_REQUEST) and not k1  # in series with K1's 52b
    forming = request and choice.forms and k2
    return world._replace(k1=k1, k2=k2, bond=bond, grid=choice.grid, forming=forming, welded=welded)


def house_live(world: World) -> bool:
    """Fed by the grid through K1 or by the charger through K2."""
    return (world.k1 and world.grid) or world.forming


def words(world: World, choice: Choice, overdue: bool) -> tuple[int, int, int]:
    """The three fact words of a world."""
    live, grid = house_live(world), world.grid
    v = (facts.V_GRID_LIVE if grid else facts.V_GRID_DEAD) | (facts.V_HOUSE_LIVE if live else facts.V_HOUSE_DEAD)
    v |= facts.V_SENSING_OK
    if grid:
        v |= facts.V_GRID_IN_WINDOW | (facts.V_GRID_GOOD | facts.V_ENTER_SERVICE if choice.timed else 0)
    else:
        v |= facts.V_GRID_LOST | (facts.V_GRID_TRIP if choice.timed else 0)
    if live and choice.waited:
        v |= facts.V_HOUSE_STEADY
    if live and grid and (world.k1 or choice.in_step):
        v |= facts.V_LINKED if world.k1 else facts.V_IN_STEP
    want1 = told(world.state, port.OUT_K1)
    s = facts.S_K1_PROVEN_CLOSED if world.k1 else facts.S_K1_PROVEN_OPEN
    s |= facts.S_K2_PROVEN_CLOSED if world.k2 else facts.S_K2_PROVEN_OPEN
    s |= facts.S_KN_PROVEN_MADE if world.bond else facts.S_KN_PROVEN_OPEN
    if overdue and want1 != world.k1:
        s |= facts.S_K1_WONT_CLOSE if want1 else facts.S_K1_WONT_OPEN
    if overdue and world.k2 and not told(world.state, port.OUT_K2):
        s |= facts.S_K2_WONT_OPEN
    if live and not world.k1 and not world.bond and choice.timed:
        s |= facts.S_UNBONDED_LONG
    v |= facts.V_BACKFEED if choice.upset == "backfeed" else 0
    v |= facts.V_ISLAND_TRIP if choice.upset == "island trip" else 0
    return v, s, operation(world, choice)


def operation(world: World, choice: Choice) -> int:
    """The fact word of the operation."""
    person, upset = choice.person, choice.upset
    o = facts.O_SEAMLESS | facts.O_LOSS_COUNTS
    o |= 0 if person == "out of service" else facts.O_IN_SERVICE
    o |= 0 if upset == "no island allowed" else facts.O_MAY_ISLAND
    o |= 0 if upset == "K1 not to be closed" else facts.O_RETRY_CLOSE
    o |= facts.O_CHARGER_FAULT if upset == "charger fault" else facts.O_CHARGER_READY if choice.ready else 0
    o |= facts.O_CHARGER_GONE if upset == "charger gone" else 0
    o |= facts.O_CHARGER_FORMING if world.forming else facts.O_CHARGER_FOLLOWING
    o |= facts.O_ASK_ISLAND if choice.asks else 0
    o |= facts.O_86 if world.latched or person == "stop" else 0
    o |= facts.O_E_STOP if person == "stop" else 0
    o |= facts.O_RESET_86 if person == "reset" else 0
    o |= facts.O_BYPASS if person == "bypass" else 0
    o |= facts.O_SERVICE if person == "service" else 0
    o |= facts.O_TIME_MIN if choice.waited else 0
    if choice.timed:
        o |= facts.O_TIME_UP | facts.O_SYNC_LATE
    if choice.timed and not told(world.state, port.OUT_ISLAND_REQUEST):
        o |= facts.O_REQUEST_OFF
    return o


def decide(state: int, v: int, s: int, o: int) -> int:
    """The first row that matches, as machine.scan does it."""
    for i in range(INDEX[state], INDEX[state + 1]):
        r = ROWS[i * FIELDS : i * FIELDS + FIELDS]
        if (v & r[0], s & r[2], o & r[4]) == (r[0], r[2], r[4]) and not (v & r[1] or s & r[3] or o & r[5]):
            return int(r[6])
    return state


def step(world: World, choice: Choice) -> World:
    """One step of everything."""
    moved = move(world, choice)
    overdue = world.told_for >= 2
    state = decide(world.state, *words(moved, choice, overdue))
    same = told(state, port.OUT_K1) == told(world.state, port.OUT_K1)
    latched = state == states.LOCKOUT_86 or (world.latched and state != states.OUT_OF_SERVICE)
    return moved._replace(state=state, told_for=min(2, world.told_for + 1) if same else 0, latched=latched)
