"""A simulation that runs while a test talks to its console, as a technician's tools would: the real firmware on the
real interpreter, the plant beside it, the console on a pseudo-terminal."""

import contextlib
import threading
import time
from dataclasses import replace

from tools.plant.scenarios import SCENARIOS
from tools.plant.world import World

LONGEST_S = 900.0  # simulated; a test is over long before


class Running:
    """`console` is the port's path; `until(test)` waits; `do(action, **arguments)` happens to the site now."""

    def __init__(self, folder, scenario="blackout", events=None, **settings):
        base = SCENARIOS[scenario]
        scenario = replace(
            base, duration_s=LONGEST_S, events=base.events if events is None else events, expected=(),
            settings={**base.settings, **settings},
        )  # fmt: skip
        self.world = World(scenario, 1, folder)
        self.console = folder / "console"
        self.paused = False
        self._stop, self.died = False, None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        began = time.monotonic()
        try:
            while not self._stop and self.world.step():
                ahead = self.world.time_s - 2.0 * (time.monotonic() - began)
                if ahead > 0:
                    time.sleep(ahead / 2)  # at most twice as fast as the clock: leave the processor to the test
        except Exception as why:
            self.died = why

    @property
    def state(self):
        return self.world.states[-1][1] if self.world.states else ""

    def until(self, test, patience_s=90.0):
        """Wait until test() is so; real seconds."""
        end = time.monotonic() + patience_s
        while not test():
            assert self.died is None, self.died
            assert time.monotonic() < end, "not so after %g s; states %s" % (patience_s, self.world.states)
            time.sleep(0.02)

    def close(self):
        self._stop = True
        self._thread.join(20)
        with contextlib.suppress(OSError):
            self.world.close()
