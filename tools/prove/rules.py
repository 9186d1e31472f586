"""What must be true of every world that can be reached, and of every step between two."""

from tools.prove.world import Choice, World, house_live, port, states, told


def broken(before: World, choice: Choice, after: World) -> str:
    """The rule that this step breaks, or nothing."""
    asked = told(after.state, port.OUT_ISLAND_REQUEST)
    closes = told(after.state, port.OUT_K1) and not told(before.state, port.OUT_K1)
    checks = (
        (after.forming and after.k1, "the charger forms an island onto a closed K1"),
        (asked and not told(after.state, port.OUT_K1) and after.k1,
         "the island is asked for with K1 closed"),
        (closes and not after.grid and after.state != states.GRID, "K1 is told to close onto a dead grid"),
        (closes and house_live(after) and not choice.in_step, "K1 is told to close onto a live house out of step"),
        (closes and after.bond, "K1 is told to close with the bond made"),
        (after.k1 and after.bond, "two bonds: K1 closed with the local bond made"),
        (after.state == states.LOCKOUT_86 and told(after.state, port.OUT_K1 | port.OUT_K2),
         "a lockout drives a contactor"),
        (before.state == states.LOCKOUT_86 and after.state != before.state and choice.person != "reset",
         "a lockout ends without a person"),
        (before.latched and after.state not in (states.LOCKOUT_86, states.OUT_OF_SERVICE),
         "a latched 86 does not lock out"),
    )  # fmt: skip
    return next((text for wrong, text in checks if wrong), "")


def settled(world: World) -> bool:
    """A healthy end: on the grid, in an island, or locked out."""
    return world.state in (states.PARALLEL, states.GRID, states.ISLAND, states.LOCKOUT_86)
