"""Breadth first over all worlds that can be reached, every step checked; a way to a broken rule is the shortest."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from tools.prove import rules, world
from tools.prove.world import Choice, World


@dataclass
class Found:
    """worlds and steps explored; states of the switch seen; the shortest way to a broken rule, if there is one."""

    worlds: int = 0
    steps: int = 0
    states: set[int] = field(default_factory=set)
    rule: str = ""
    way: list[tuple[World, Choice | None]] = field(default_factory=list)
    trapped: list[World] = field(default_factory=list)


def search(faults: bool = True, progress: Callable[[int, int], None] | None = None,
           check: Callable[[World, Choice, World], str] = rules.broken) -> Found:  # fmt: skip
    """All of it; ends at the first broken rule."""
    found, every = Found(), list(world.choices(faults))
    came: dict[World, tuple[World, Choice] | None] = {world.START: None}
    after: dict[World, set[World]] = {}
    waiting = deque([world.START])
    while waiting:
        here = waiting.popleft()
        found.states.add(here.state)
        reached = after.setdefault(here, set())
        for choice in every:
            there = world.step(here, choice)
            found.steps += 1
            found.rule = check(here, choice, there)
            if found.rule:
                found.worlds = len(came)
                found.way = [*way_to(here, came), (there, choice)]
                return found
            reached.add(there)
            if there not in came:
                came[there] = (here, choice)
                waiting.append(there)
        if progress:
            progress(len(after), len(came))
    found.worlds = len(came)
    found.trapped = trapped(after)
    return found


def way_to(end: World, came: dict[World, tuple[World, Choice] | None]) -> list[tuple[World, Choice | None]]:
    """From the start to a world: (world, what was chosen to come to it)."""
    way: list[tuple[World, Choice | None]] = []
    at: World | None = end
    while at is not None:
        before = came[at]
        way.append((at, before[1] if before else None))
        at = before[0] if before else None
    return way[::-1]


def trapped(after: dict[World, set[World]]) -> list[World]:
    """Worlds from which no choice leads on to a settled one."""
    back: dict[World, set[World]] = {}
    for here, theres in after.items():
        for there in theres:
            back.setdefault(there, set()).add(here)
    good = deque(w for w in after if rules.settled(w))
    seen = set(good)
    while good:
        for before in back.get(good.popleft(), ()):
            if before not in seen:
                seen.add(before)
                good.append(before)
    return [w for w in after if w not in seen]
