"""The line protocol on the host's side against a pseudo-terminal that misbehaves; and how a port is found."""

import os
import pty
import threading
import time
import tty
import types

import pytest

from tools.islander import cli, find
from tools.islander.errors import NoAnswer, NoController, Refused
from tools.islander.line import Line


class Far:
    """The other end: answers lines from a table, in crumbs, with what comes before each prompt."""

    def __init__(self, answers, prompt=b"GRID> ", crumb=7):
        self.master, slave = pty.openpty()
        tty.setraw(slave)
        self.port = find.Port(os.ttyname(slave), "a stand-in")
        self.answers, self.prompt, self.crumb = answers, prompt, crumb
        self.typed = []
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        line = b""
        while True:
            try:
                byte = os.read(self.master, 1)
            except OSError:
                return
            if byte == b"\x03":
                line = b""
                self._say(b"^C\r\n")
            elif byte == b"\r":
                self.typed.append(line.decode("latin-1"))
                answer = self.answers.get(self.typed[-1], b"")
                if answer is not None:
                    self._say(b"\r\n" + answer)
                line = b""
            else:
                line += byte
                self._say(byte)

    def _say(self, data):
        data += self.prompt if data.endswith(b"\n") else b""
        for at in range(0, len(data), self.crumb):
            os.write(self.master, data[at : at + self.crumb])
            time.sleep(0.001)


def connected(answers, silence_s=1.0, **how):
    far = Far(answers, **how)
    line = Line(far.port, silence_s)
    line.greet()
    return far, line


def test_an_answer_comes_whole_however_it_is_cut_up():
    for crumb in (1, 3, 64):
        far, line = connected({"status json": b'{"a": "GRID> ", "b": 1}\r\n'}, crumb=crumb)
        assert line.json("status json") == {"a": "GRID> ", "b": 1} and line.state == "GRID"
        line.close()


def test_noise_before_the_echo_is_no_answer():
    far, line = connected({"why json": b'{"x": 2}\r\n'})
    os.write(far.master, b"\x00\xff\xfejunk")
    assert line.json("why json") == {"x": 2}


def test_words_instead_of_json_are_the_controllers_refusal():
    _, line = connected({"clock json": b"unknown command 'clock'; help lists them\r\n"})
    with pytest.raises(Refused, match="unknown command 'clock'"):
        line.json("clock json")


def test_silence_is_told_with_what_to_do():
    far, line = connected({"status json": None}, silence_s=0.3)
    with pytest.raises(NoAnswer, match="no answer to `status json`"):
        line.ask("status json")
    dead = Far({}, prompt=b"")
    with pytest.raises(NoAnswer, match="Expected the controller's prompt.*out and in again"):
        Line(dead.port, 0.3).greet()


def test_the_interpreters_own_prompt_is_recognised():
    repl = Far({}, prompt=b">>> ")
    with pytest.raises(NoAnswer, match="program does not run there.*islander deploy"):
        Line(repl.port, 2.0).greet()


def test_a_question_gets_its_reply_and_none_without():
    far, line = connected({"unlock": b"code: ", "123456": b"unlocked for 10 minutes\r\n"})
    assert line.ask("unlock", ("123456",)) == ["unlocked for 10 minutes"] and "123456" in far.typed
    with pytest.raises(Refused, match="wants an answer to: code:"):
        line.ask("unlock")


@pytest.mark.parametrize("text", ["x" * 63, "status\rreset 86", "caf\u00e9"])
def test_a_line_the_console_would_not_take_is_never_sent(text):
    far, line = connected({})
    before = list(far.typed)
    with pytest.raises(NoAnswer, match="is not a line the console takes"):
        line.ask(text)
    assert far.typed == before


def test_a_port_in_use_is_told(tmp_path):
    far, line = connected({})
    with pytest.raises(NoController, match="another program uses"):
        Line(far.port)


# finding


def board(device, vid=0x2E8A, serial_number="E66"):
    return types.SimpleNamespace(device=device, vid=vid, serial_number=serial_number, __lt__=None)


@pytest.fixture
def boards(monkeypatch, tmp_path):
    """boards(names) -> these are on USB, and no simulation runs."""
    from serial.tools import list_ports

    monkeypatch.delenv(find.VARIABLE, raising=False)
    monkeypatch.setattr(find, "SIM", tmp_path / "console")
    monkeypatch.setattr(find, "EMULATOR", tmp_path / "emulate")

    def there(*names, vid=0x2E8A):
        found = [(name, vid) for name in names]
        monkeypatch.setattr(find, "sorted", lambda ports: ports, raising=False)
        monkeypatch.setattr(list_ports, "comports", lambda: [board(name, vid) for name, vid in found])

    there()
    return there


def test_the_only_board_is_taken(boards):
    boards("/dev/ttyACM0")
    assert find.find().device == "/dev/ttyACM0" and "RP2040" in find.find().what


def test_two_boards_are_a_question(boards):
    boards("/dev/ttyACM0", "/dev/ttyACM1")
    with pytest.raises(NoController, match="2 boards.*ttyACM0.*ttyACM1.*--port"):
        find.find()


def test_other_usb_devices_are_left_alone(boards):
    boards("/dev/ttyUSB0", vid=0x0403)
    with pytest.raises(NoController, match="no controller found.*make run SPEED=realtime"):
        find.find()


def test_a_running_simulation_is_found_when_no_board_is(boards, tmp_path):
    (tmp_path / "pts").touch()
    (tmp_path / "console").symlink_to(tmp_path / "pts")
    assert find.find() == find.Port(str(tmp_path / "pts"), "the simulation")
    boards("/dev/ttyACM0")
    assert find.find().device == "/dev/ttyACM0" and find.find("sim").what == "the simulation"
    (tmp_path / "pts").unlink()
    with pytest.raises(NoController, match="left over from one that has ended"):
        find.find("sim")


def test_the_newest_emulated_controller_is_taken(boards, tmp_path):
    with pytest.raises(NoController, match="make emulate"):
        find.find("emulator")
    for name in ("old", "new"):
        (tmp_path / "emulate" / name).mkdir(parents=True)
        (tmp_path / "emulate" / name / "pts").touch()
        link = tmp_path / "emulate" / name / "console"
        link.symlink_to(tmp_path / "emulate" / name / "pts")
        os.utime(link, (name == "new", name == "new"), follow_symlinks=False)
    assert find.find("emulator").what.endswith("in new")


def test_a_port_that_is_not_there_is_told_with_those_that_are(boards, tmp_path):
    boards("/dev/ttyACM0")
    with pytest.raises(NoController, match="no port /dev/nope. There are: /dev/ttyACM0"):
        find.find("/dev/nope")


# the command


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["stats"], 2, "No such command 'stats'. Did you mean 'status'"),
        (["events", "0"], 2, "greater than or equal to 1"),
        (["settings"], 2, ""),
        (["waves", "--form", "binray"], 2, "'binray' is not one of ascii, binary"),
        (["--port", "/dev/nope", "status"], 3, "there is no port /dev/nope"),
        (["status"], 3, "no controller found"),
        (["settings", "push", "/nowhere.json"], 2, "/nowhere.json can't be read"),
        (["doctor"], 1, ""),
    ],
)
def test_exit_codes_and_complaints(boards, capsys, words, code, said):
    assert cli.main(words) == code
    assert said in capsys.readouterr().err


def test_a_controller_that_says_nothing_is_exit_code_4(boards, capsys):
    dead = Far({}, prompt=b"")
    assert cli.main(["--port", dead.port.device, "--timeout", "0.5", "why"]) == 4
    assert "gives no answer" in capsys.readouterr().err


def test_every_command_has_help(capsys):
    for words in ([], ["status"], ["why"], ["meter"], ["events"], ["waves"], ["settings"], ["settings", "push"],
                  ["clock"], ["deploy"], ["doctor"], ["monitor"]):  # fmt: skip
        assert cli.main([*words, "--help"]) == 0
        assert "Usage: islander" in capsys.readouterr().out


def test_the_shell_completes_commands(monkeypatch, capsys):
    monkeypatch.setenv("_ISLANDER_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "islander se")
    monkeypatch.setenv("COMP_CWORD", "1")
    monkeypatch.setattr("sys.argv", ["islander"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 0 and capsys.readouterr().out.split() == ["settings"]
