"""The background's log: micropython-lib's logging into a small ring, read with `log` on the console. Never in the tick.

Written for the versions 0.5.2 (PyPI) and 0.6: a handler on every named logger, formatter.format(record).
"""

import logging

KEPT = 40
LONGEST = 160  # characters of a line


class Ring(logging.Handler):
    """The newest KEPT records as text."""

    def __init__(self):
        super().__init__()
        self._lines = []
        self.seconds = None  # set to a function: seconds since the start, to be put before each line
        self.dropped = 0  # older ones that made room
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))

    def emit(self, record):
        """A record that can't be put into words is kept as the reason why: logging must not raise."""
        try:
            text = self.formatter.format(record)
        except Exception as why:
            text = "a record of %s could not be formatted: %r" % (record.name, why)
        if self.seconds:
            text = "%d s %s" % (self.seconds(), text)
        self._lines.append(text[:LONGEST])
        if len(self._lines) > KEPT:
            self._lines.pop(0)
            self.dropped += 1

    def lines(self):
        """Oldest first."""
        return list(self._lines)


RING = Ring()


def get(name):
    """A named logger that writes to the ring."""
    logger = logging.getLogger(name)
    if RING not in (logger.handlers or ()):  # 0.5.2 begins with None, later ones with a list
        logger.addHandler(RING)
        logger.setLevel(logging.INFO)
    return logger
