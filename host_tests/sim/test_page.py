"""The page in a real browser (Debian's Chromium, headless): Web Serial bridged to the real firmware in a simulation."""

import http.client
import json
import re
import shutil
import threading

import comtrade
import pytest

from host_tests.sim.running import Running
from tools import web

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium")
LONG_MS = 60000

# A Web Serial port whose bytes go to the simulation: open, readable, writable and close as the browser's own has them.
SERIAL = """
Object.defineProperty(navigator, "serial", {value: {requestPort: async () => ({
  async open(how) {
    if (how.baudRate !== 115200) throw new Error("baud rate " + how.baudRate);
    this.stop = new AbortController();
    const said = await fetch("sim/out", {signal: this.stop.signal});
    if (!said.ok) throw new Error(await said.text());
    this.readable = said.body;
    this.writable = new WritableStream({write: (data) => fetch("sim/in", {method: "POST", body: data})});
  },
  async close() { this.stop.abort(); },
})}});
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    running = Running(tmp_path_factory.mktemp("page"), events=((4.0, "grid_off", {}),))
    yield running
    running.close()


@pytest.fixture(scope="module")
def server(site):
    """The page's server, which remembers what the page typed."""
    made = web.serve(0, site.console)
    bridge = made.RequestHandlerClass.keywords["bridge"]
    made.typed, plain = [], bridge.type
    bridge.type = lambda data: made.typed.append(bytes(data)) or plain(data)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()


@pytest.fixture(scope="module")
def page(server):
    """Connected over (bridged) Web Serial by a click; no script error is forgiven."""
    from playwright.sync_api import expect, sync_playwright

    wrong = []
    with sync_playwright() as playing:
        browser = playing.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1240, "height": 900}, accept_downloads=True)
        page.set_default_timeout(LONG_MS)
        page.add_init_script(SERIAL)
        page.on("pageerror", lambda why: wrong.append(str(why)))
        page.goto("http://localhost:%d/" % server.server_port)
        expect(page.locator("#touch")).to_contain_text("TREAT EVERYTHING AS LIVE")
        page.get_by_role("button", name="Connect", exact=True).click()
        expect(page.locator("#state")).to_have_text("ISLAND", timeout=LONG_MS)
        yield page
        assert wrong == []
        browser.close()


def test_it_says_what_is_why_and_what_comes_next(page):
    page.locator("#tab-now").click()
    assert page.locator("#state-tag").inner_text().endswith("on its own source")
    assert "house on its own source" in page.locator("#doing").inner_text()
    assert "SYNCHRONISING" in page.locator("#next").inner_text()
    assert "grid lost" in page.locator("#trip").inner_text()
    line = page.locator("#oneline").inner_text()
    assert re.search(r"Grid\s+reads dead", line) and re.search(r"K1\s+proven open", line)
    assert "LIVE" in line and re.search(r"K2\s+proven closed", line)
    assert page.locator("#phasor-table tbody tr").count() == 2
    assert page.locator("#latest li").count() > 3


def test_the_warning_is_in_words_and_read_aloud(page):
    touch = page.locator("#touch")
    assert touch.get_attribute("role") == "status"
    assert touch.inner_text().split("\n")[0].startswith("DO NOT TOUCH") and "house live" in touch.inner_text()
    assert page.locator("#spoken").get_attribute("aria-live") == "assertive"
    spoken = page.locator("#spoken").text_content()  # the newest: the state, or an alarm that came after it
    assert spoken.startswith(("ISLAND: ", "ALARM: ")), spoken


def test_everything_can_be_reached_and_has_a_name(page):
    nameless = page.evaluate("""() => [...document.querySelectorAll("button, input, [tabindex='0']")].filter((one) => {
      const label = one.labels && one.labels.length ? one.labels[0].textContent : "";
      return !(one.getAttribute("aria-label") || label.trim() || one.textContent.trim());
    }).map((one) => one.outerHTML)""")
    assert nameless == []
    page.locator("#tab-now").focus()
    for wanted in ("events", "waves", "settings", "now"):
        page.keyboard.press("ArrowRight")
        assert page.evaluate("document.activeElement.id") == "tab-" + wanted
        assert page.locator("#" + wanted).is_visible()
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"  # the focus can be seen
    page.locator("#trends figure").first.focus()
    page.keyboard.press("ArrowLeft")
    assert "ago" in page.locator("#trends figure .readout").first.inner_text()
    page.keyboard.press("Escape")


def test_events_can_be_searched(page):
    page.locator("#tab-events").click()
    page.locator("#event-search").fill("ISLAND:")
    assert "STARTING -> ISLAND" in page.locator("#event-list li").first.inner_text()
    page.locator("#event-search").fill("")
    page.get_by_label("states, trips, alarms, people").check()
    signs = page.locator("#event-list .sign").all_inner_texts()
    assert signs and all(sign.strip() for sign in signs)  # a sign, not a colour alone


def test_a_wave_is_shown_and_saved_as_comtrade(page, tmp_path):
    page.locator("#tab-waves").click()
    page.locator("#records li", has_text="grid lost").get_by_role("button").click()
    page.locator("#viewer svg path").first.wait_for()
    assert "checksums are right" in page.locator("#wave-note").inner_text()
    assert page.locator("#viewer .readout").inner_text().startswith("+0.00 ms from the trigger")
    page.locator("#viewer figure").focus()
    page.keyboard.press("+")
    page.keyboard.press("ArrowRight")
    assert not page.locator("#viewer .readout").inner_text().startswith("+0.00 ms")
    saved = []
    page.on("download", lambda one: saved.append(one))
    page.get_by_role("button", name="Save as COMTRADE files").click()
    while len(saved) < 2:
        page.wait_for_timeout(50)
    for one in saved:
        one.save_as(tmp_path / one.suggested_filename)
    record = comtrade.load(str(next(tmp_path.glob("*.cfg"))))
    assert (
        record.rev_year == "2013"
        and record.total_samples >= 4000
        and record.analog_channel_ids == ["G1", "G2", "H1", "H2"]
    )
    before = [abs(v) for v, t in zip(record.analog[0], record.time, strict=True) if t < record.trigger_time - 0.03]
    assert 150 < max(before) < 190 and max(map(abs, record.analog[0][-800:])) < 20
    assert record.status[record.status_channel_ids.index("K1_52A")][0] == 1


def test_settings_are_compared_with_a_file(page, tmp_path):
    from playwright.sync_api import expect

    page.locator("#tab-settings").click()
    assert "es_delay_ms" in page.locator("#setting-table").inner_text()
    file = tmp_path / "mine.json"
    file.write_text(json.dumps({"charge_w": 4000, "export_w": 99999999, "no_such": 1, "es_delay_ms": 2000}))
    page.locator("#setting-file").set_input_files(file)
    expect(page.locator("#setting-verdict")).to_have_text("3 differ from mine.json")
    names = page.locator("#setting-table tbody th").all_inner_texts()
    assert [name.split()[-1] for name in names] == ["charge_w", "export_w", "no_such"]
    rows = page.locator("#setting-table tbody tr").all_inner_texts()
    assert "not allowed" in rows[1] and "no such setting" in rows[2]
    file = tmp_path / "bad.json"
    file.write_text("[1]")
    page.locator("#setting-file").set_input_files(file)
    expect(page.locator("#setting-verdict")).to_contain_text("bad.json can't be used: expected an object")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_and_the_dark(page, scheme):
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": 360, "height": 740})
    for tab in ("now", "events", "waves", "settings"):
        page.locator("#tab-" + tab).click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, tab
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    light = sum(map(int, re.findall(r"\d+", paper)[:3])) > 384
    assert light == (scheme == "light")
    assert page.evaluate("getComputedStyle(document.querySelector('.blade')).transitionDuration") == "0s"
    page.set_viewport_size({"width": 1240, "height": 900})


def test_the_page_refuses_to_type_anything_but_reading(page, server):
    assert (
        page.evaluate("""async () => {
      const { isReading } = await import("./js/line.js");
      return ["island now", "return", "reset 86", "service out", "set charge_w 1", "commit", "unlock", "restart",
              "mode charge", "status json; island now", "status json\\risland now", "wave get 1"].filter(isReading);
    }""")
        == []
    )
    while len(server.typed) < 20:  # it reads on by itself
        page.wait_for_timeout(100)
    typed = b"".join(server.typed).replace(b"\x03\r", b"").decode().split("\r")
    reading = r"(status|meter|why|version|settings|wave list|events \d+|events after \d+) json|wave get \d+ from \d+|"
    assert [line for line in typed if not re.fullmatch(reading, line)] == []


@pytest.mark.parametrize(
    ("path", "method", "headers", "status"),
    [
        ("/sim/in", "POST", {"Host": "evil.example"}, 403),
        ("/sim/in", "POST", {"Origin": "http://evil.example"}, 403),
        ("/sim/out", "GET", {"Origin": "http://evil.example"}, 403),
        ("/sim/in", "POST", {"Content-Length": "99999999"}, 413),
        ("/../Makefile", "GET", {}, 404),
        ("/", "GET", {}, 200),
    ],
)
def test_the_server_keeps_to_itself(server, path, method, headers, status):
    asked = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    asked.request(method, path, headers=headers)
    answer = asked.getresponse()
    assert answer.status == status
    assert "default-src 'self'" in answer.getheader("Content-Security-Policy")
    assert server.server_address[0] == "127.0.0.1"
    asked.close()


def test_a_lost_line_leaves_no_old_certainty(page, site):
    """Last: it ends the simulation."""
    site.close()
    from playwright.sync_api import expect

    page.locator("#tab-now").click()
    expect(page.locator("#link-words")).to_have_text("not connected", timeout=LONG_MS)
    expect(page.locator("#touch")).to_contain_text("TREAT EVERYTHING AS LIVE")
    expect(page.locator("#trouble")).to_be_visible()
    expect(page.locator("#state-card")).to_have_attribute("data-kind", "unknown")
