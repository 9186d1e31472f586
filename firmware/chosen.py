"""The set of settings in force. Its rows (settings.py) are loaded when a set is made or compared, not to read one."""

FAST = (1,)  # numbers of the profiles that take a new reactive power every 100 ms; a test holds it against them
LEAST_BAUD = 19200  # at which the rounds of such a device are short enough


class SettingError(ValueError):
    """A setting that can't be taken; the message names it, the value and the allowed range."""


class Settings:
    """A whole, checked set. `settings["name"]` reads; a set is never changed, `with_changes` makes another."""

    def __init__(self, values=None):
        from firmware import settings

        self._values = settings.whole(values or {})

    def __getitem__(self, name):
        return self._values[name]

    def get(self, name, default=None):
        """As a dictionary's."""
        return self._values.get(name, default)

    @property
    def dithers(self):
        """Is reactive power to be dithered, against unintentional islands? Only where the charger is fast enough."""
        fast = self["charger_profile"] in FAST and self["charger_baud"] >= LEAST_BAUD
        return fast and self["dither_e3"] > 0

    def with_changes(self, changes):
        """A new set with these changes, or SettingError and nothing changed."""
        merged = dict(self._values)
        merged.update(changes)
        return Settings(merged)

    def changed(self):
        """{name: value} of all that differ from the factory's."""
        from firmware import settings

        return {row[0]: self._values[row[0]] for row in settings.ROWS if self._values[row[0]] != row[1]}
