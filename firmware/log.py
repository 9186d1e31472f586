"""The background's log: micropython-lib's logging into a small ring, read with `log` on the console. Never from the
tick."""

import logging

KEPT = 40


class Ring(logging.Handler):
    """The newest KEPT records as text."""

    def __init__(self):
        super().__init__()
        self._lines = []
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))

    def emit(self, record):
        self._lines.append(self.formatter.format(record))
        if len(self._lines) > KEPT:
            self._lines.pop(0)

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
