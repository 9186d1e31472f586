"""What can go wrong between the host and the controller; each has its exit code, the message says what to do next."""


class Trouble(RuntimeError):
    """Something failed. Its text is for the person: what was seen, what was expected, what to do."""

    code = 1


class Usage(Trouble):
    """The call itself is wrong."""

    code = 2


class NoController(Trouble):
    """No port, or more than one and none named."""

    code = 3


class NoAnswer(Trouble):
    """A port is open and nobody who speaks the console's language is there."""

    code = 4


class Refused(Trouble):
    """The controller refused; its own words."""

    code = 5
