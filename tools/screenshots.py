"""Takes the pictures in docs/img of the page and of the monitor, from the real firmware in a simulation.

    python -m tools.screenshots        needs Chromium (Debian: apt-get install chromium); about a minute

An outage: the car carries the house. What is on the pictures is what the firmware said; nothing is drawn by hand.
"""

import asyncio
import shutil
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from tools import web
from tools.islander import find
from tools.islander.line import Line
from tools.islander.monitor import Monitor
from tools.plant.scenarios import SCENARIOS
from tools.plant.world import World

OUT = find.ROOT / "docs" / "img"
WIDE, PHONE = (1240, 900), (390, 844)
_PATIENCE_S = 60.0


class Site:
    """A simulation in a thread of its own, about as fast as life."""

    def __init__(self, folder: Path) -> None:
        plan = replace(SCENARIOS["blackout"], duration_s=600.0, events=((12.0, "grid_off", {}),), expected=())
        self.world = World(plan, 1, folder)
        self.console = folder / "console"
        self._stop = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        began = time.monotonic()
        while not self._stop and self.world.step():
            time.sleep(max(0.0, self.world.time_s - (time.monotonic() - began)))

    def close(self) -> None:
        self._stop = True
        self._thread.join()
        self.world.close()


def page(site: Site, chromium: str) -> None:
    """The page: wide, phone, dark; each view."""
    from playwright.sync_api import expect, sync_playwright

    server = web.serve(0, site.console)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playing:
        browser = playing.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        shown = browser.new_page(color_scheme="light")
        shown.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
        shown.goto("http://localhost:%d/" % server.server_port)
        shown.locator("#connect-sim").click()
        expect(shown.locator("#state")).to_have_text("ISLAND", timeout=_PATIENCE_S * 1e3)
        shown.wait_for_timeout(8000)
        _shoot(shown, "page-now")
        shown.locator("#tab-waves").click()
        shown.locator("#records li", has_text="grid lost").get_by_role("button").click()
        shown.locator("#viewer svg path").first.wait_for()
        _shoot(shown, "page-wave")
        shown.locator("#tab-settings").click()
        _shoot(shown, "page-settings")
        shown.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        shown.emulate_media(color_scheme="dark")
        shown.locator("#tab-now").click()
        shown.wait_for_timeout(1500)
        shown.screenshot(
            path=OUT / "page-phone-dark.png", clip={"x": 0, "y": 0, "width": 390, "height": 1260}, full_page=True
        )
        browser.close()
    server.shutdown()


def _shoot(shown: Any, name: str) -> None:
    shown.wait_for_timeout(300)
    shown.screenshot(path=OUT / (name + ".png"), full_page=True)
    print("docs/img/%s.png" % name, flush=True)


async def monitor(site: Site) -> None:
    """The textual screen as SVG."""
    with Line(find.Port(str(site.console), "the simulation")) as line:
        screen = Monitor(line, 0.25)
        async with screen.run_test(size=(150, 40)) as pilot:
            end = time.monotonic() + _PATIENCE_S
            while time.monotonic() < end and site.world.states[-1][1] != "ISLAND":
                await pilot.pause(0.1)
            await pilot.pause(8)
            (OUT / "monitor.svg").write_text(screen.export_screenshot(title="islander monitor"), encoding="utf-8")
    print("docs/img/monitor.svg", flush=True)


def main() -> int:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        print("screenshots: no Chromium here. On Debian: apt-get install chromium", file=sys.stderr)
        return 1
    for work in (lambda site: page(site, chromium), lambda site: asyncio.run(monitor(site))):
        with tempfile.TemporaryDirectory() as folder:
            site = Site(Path(folder))
            try:
                time.sleep(3)
                work(site)
            finally:
                site.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
