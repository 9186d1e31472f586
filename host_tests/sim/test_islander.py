"""The command `islander` against the real firmware in a running simulation, through its pseudo-terminal."""

import asyncio
import json

import comtrade
import pytest
import serial

from host_tests.sim.running import Running
from tools.islander import cli, find
from tools.islander.line import Line


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """An outage 2 s after the start of the sources' work; the car carries the house from then on."""
    running = Running(tmp_path_factory.mktemp("site"), events=((4.0, "grid_off", {}),))
    yield running
    running.close()


@pytest.fixture
def islander(site, capsys):
    """islander(words) -> (exit code, what it printed, what it complained of)"""

    def called(*words):
        code = cli.main(["--port", str(site.console), "--timeout", "30", *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return called


def test_status_says_what_it_does_why_and_that_it_is_not_safe(islander, site):
    site.until(lambda: site.state == "ISLAND")
    code, said, _ = islander("status")
    assert code == 0
    for wanted in ("GRID", "K1", "open", "HOUSE", "LIVE", "K2", "closed", "I S L A N D", "DO NOT TOUCH: house live"):
        assert wanted in said
    assert [line for line in said.splitlines() if len(line.rstrip()) > 80] == []
    code, said, _ = islander("status", "--json")
    found = json.loads(said)
    assert code == 0 and found["state"] == "ISLAND" and found["k1"] == "open" and found["next"]


def test_why_names_what_opened_it(islander, site):
    site.until(lambda: site.state == "ISLAND")
    code, said, _ = islander("why", "--json")
    assert code == 0 and json.loads(said)["count"] >= 1 and "grid lost" in json.loads(said)["text"]
    assert "grid lost" in islander("why")[1]


def test_events_come_as_sentences_and_as_rows(islander, site):
    site.until(lambda: site.state == "ISLAND")
    code, said, _ = islander("events", "200")
    assert code == 0 and "OPENING" in said and "STARTING -> ISLAND" in said
    code, said, _ = islander("events", "3", "--json")
    rows = [json.loads(line) for line in said.splitlines()]
    assert code == 0 and len(rows) == 3 and rows[0]["number"] + 2 == rows[2]["number"]


def test_the_outage_arrives_as_comtrade_and_is_not_brought_twice(islander, site, tmp_path):
    site.until(lambda: site.state == "ISLAND")
    code, said, _ = islander("waves", "--list", "--json")
    heads = json.loads(said)
    outage = [head for head in heads if "grid lost" in head["cause"]][0]
    code, said, complaint = islander("waves", "--out", str(tmp_path), "--json")
    assert code == 0, complaint
    brought = {row["wave"]: row for row in json.loads(said)}
    assert set(brought) == {head["wave"] for head in heads} and len(brought[outage["wave"]]["files"]) == 5
    for path in brought[outage["wave"]]["files"][:4]:
        record = comtrade.load(path)
        assert record.total_samples == outage["frames"] and record.frequency == 60
        before = [abs(v) for v, t in zip(record.analog[0], record.time, strict=True) if t < record.trigger_time - 0.03]
        after = [abs(v) for v, t in zip(record.analog[0], record.time, strict=True) if t > 0.4]
        assert 150 < max(before) < 200 and max(after) < 20  # 120 V stood there, and then it did not
        k1 = record.status[record.status_channel_ids.index("K1_52A")]
        assert k1[0] == 1 and k1[-1] == 0
    assert not list(tmp_path.glob("*.part"))
    code, said, _ = islander("waves", "--out", str(tmp_path))
    assert code == 0 and "nothing new" in said


def test_a_read_out_that_was_cut_goes_on_where_it_was(islander, site, tmp_path):
    site.until(lambda: site.state == "ISLAND")
    with Line(find.Port(str(site.console), "")) as line:
        head = line.rows("wave list json")[0]
        lines = line.ask("wave get %d" % head["wave"])
    part = tmp_path / ("wave-%06d-start-%d.part" % (head["wave"], head["start"]))
    part.write_text("\n".join(lines[: len(lines) // 2]) + "\n")
    from tools.islander.cli_waves import resumed

    got = resumed(part, head)
    assert 0.3 < got.share() < 0.7 and got.missing() % head["block_frames"] == 0
    code, _, complaint = islander("waves", str(head["wave"]), "--out", str(tmp_path), "--no-plot")
    assert code == 0, complaint


def test_settings_are_pulled_compared_and_not_changed_without_the_code(islander, site, tmp_path, monkeypatch):
    file = tmp_path / "set.json"
    assert islander("settings", "pull", str(file))[0] == 0
    code, _, complaint = islander("settings", "pull", str(file))
    assert code == 2 and "--force" in complaint
    found = json.loads(file.read_text())
    assert found["charger_rated_w"] == 11400 and len(found) > 100
    assert islander("settings", "diff", str(file))[:2] == (0, "no difference: %d settings compared\n" % len(found))
    code, said, _ = islander("settings", "diff", "--json")
    assert code == 1 and {row["name"] for row in json.loads(said)} >= {"es_delay_ms", "in_service"}
    file.write_text('{"charge_w": 4000}')
    code, said, _ = islander("settings", "push", str(file), "--dry-run")
    assert code == 0 and "the whole set: fits" in said
    code, _, complaint = islander("settings", "push", str(file), "--yes")
    assert code == 5 and "turn its service key" in complaint
    monkeypatch.setenv("ISLANDER_CODE", "123456")
    code, _, complaint = islander("settings", "push", str(file), "--yes")
    assert code == 5 and "no code is set" in complaint and "Nothing was changed" in complaint
    assert islander("settings", "diff", str(file), "--json")[0] == 1
    with Line(find.Port(str(site.console), "")) as line:
        assert line.ask("diff") == ["nothing collected"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('{"charge_w": 400000}', "allowed 500..25000"),
        ('{"charge_ww": 4000}', "no such setting"),
        ('{"charge_w": "much"}', "expected a whole number"),
        ("[1]", "expected an object"),
        ("{", "is not JSON"),
    ],
)
def test_a_bad_file_is_refused_with_its_reason(islander, tmp_path, text, complaint):
    file = tmp_path / "bad.json"
    file.write_text(text)
    code, said, error = islander("settings", "push", str(file), "--yes")
    assert code == 2 and complaint in " ".join((said + error).split())


def test_with_the_key_turned_settings_and_clock_are_set_and_read_back(tmp_path, capsys):
    site = Running(tmp_path / "keyed", events=((3.0, "service_key", {"on": True}),))
    try:
        site.until(lambda: site.world.time_s > 4)
        with Line(find.Port(str(site.console), ""), 20.0) as line:
            line.ask("service out", ("out",))
        assert site.state == "OUT_OF_SERVICE"

        def islander(*words):
            code = cli.main(["--port", str(site.console), "--timeout", "30", *words])
            said = capsys.readouterr()
            return code, said.out + said.err

        file = tmp_path / "set.json"
        file.write_text('{"charge_w": 4000, "es_delay_ms": 4000}')
        code, said = islander("settings", "push", str(file), "--yes")
        assert code == 0 and "2 settings read back as they should be" in said
        assert "after `restart`" in said  # es_delay_ms is a protection setting
        assert islander("settings", "diff", str(file))[0] == 0
        assert islander("settings", "push", str(file), "--yes") == (
            0,
            "nothing to do: the controller has these 2 settings\n",
        )
        code, said = islander("clock", "set")
        assert code == 0, said
        code, said = islander("clock", "show", "--json")
        assert code == 0 and abs(json.loads(said)["off_s"]) < 60  # simulated time is not real time
        code, said = islander("events", "60")
        assert "charge_w" in said
    finally:
        site.close()


def test_a_welded_k1_is_a_lockout_that_says_what_to_do_and_where_the_danger_is(tmp_path, capsys):
    site = Running(tmp_path / "welded", "stuck-contactor")
    try:
        site.until(lambda: site.state == "LOCKOUT_86")
        site.until(lambda: site.world.time_s > 10)
        assert cli.main(["--port", str(site.console), "--timeout", "30", "status"]) == 0
        said = " ".join(capsys.readouterr().out.split())
        for wanted in ("L O C K O U T", "LOCKED OUT by: K1 would not open", "First: isolate K1 upstream",
                       "PROVE IT DEAD: grid and house read dead, K1 is closed"):  # fmt: skip
            assert wanted in said
        assert cli.main(["--port", str(site.console), "--timeout", "30", "doctor", "--json"]) == 1
        checks = json.loads(capsys.readouterr().out)["checks"]
        assert [check["do"] for check in checks if check["part"] == "state"][0].startswith("isolate K1 upstream")
    finally:
        site.close()


def test_doctor_looks_at_everything(islander, site):
    site.until(lambda: site.state == "ISLAND")
    code, said, _ = islander("doctor", "--json")
    found = json.loads(said)
    assert code == (0 if found["ok"] else 1)
    parts = {check["part"]: check for check in found["checks"]}
    assert parts["console"]["ok"] and parts["version"]["ok"] and parts["state"]["ok"]
    assert all(check["ok"] or check["do"] for check in found["checks"])


def test_deploying_to_a_simulation_is_refused(site, capsys, monkeypatch):
    monkeypatch.setattr(find, "SIM", site.console)
    assert cli.main(["--port", "sim", "deploy"]) == 5
    assert "nothing to deploy" in capsys.readouterr().err


def test_the_monitor_shows_what_is_and_says_when_the_line_is_lost(site):
    from textual.widgets import Static

    from tools.islander.monitor import Monitor

    site.until(lambda: site.state == "ISLAND")

    def pulled_out():
        raise serial.SerialException("it does not come back")

    async def looked():
        with Line(find.Port(str(site.console), ""), 20.0) as line:
            screen = Monitor(line, 0.2)
            async with screen.run_test(size=(80, 24)) as pilot:
                for _ in range(200):
                    await pilot.pause(0.05)
                    if "HOUSE" in screen.export_screenshot():
                        break
                log = screen.query_one("#events")
                for _ in range(200):  # until the newest event is in sight
                    await pilot.pause(0.05)
                    if log.scroll_offset.y == log.max_scroll_y > 0:
                        break
                else:
                    raise AssertionError("at %s of %s" % (log.scroll_offset.y, log.max_scroll_y))
                shown = screen.export_screenshot().replace("&#160;", " ")
                await pilot.press("w", "space")
                line._serial.open = pulled_out
                line._serial.close()
                for _ in range(200):
                    await pilot.pause(0.05)
                    if screen.query_one("#lost").display:
                        break
                return shown, str(screen.query_one("#lost", Static).render())

    shown, lost = asyncio.run(looked())
    assert "HOUSE" in shown and "I S L A N D" in shown and "DO NOT TOUCH" in shown
    assert "NOT READING" in lost
