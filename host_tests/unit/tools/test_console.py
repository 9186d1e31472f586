"""The technician's terminal against a pseudo-terminal with a small stand-in firmware behind it."""

import os
import pty
import threading
import tty

import pytest

from tools import console


class Firmware:
    """Answers each line with itself in capitals and a prompt; hangs up at `bye`."""

    def __init__(self, tmp_path):
        self.end, self.far = pty.openpty()
        tty.setraw(self.far)
        self.link = tmp_path / "console"
        self.link.symlink_to(os.ttyname(self.far))
        self.heard = b""
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self):
        while not self.heard.endswith(b"bye\n"):
            data = os.read(self.end, 100)
            self.heard += data
            os.write(self.end, data.upper() + b"> ")
        os.close(self.far)
        os.close(self.end)


@pytest.fixture
def firmware(tmp_path):
    made = Firmware(tmp_path)
    yield made
    made.thread.join(10)
    assert not made.thread.is_alive()


def pipes():
    return os.pipe(), os.pipe()


def test_lines_go_in_and_answers_come_out(firmware):
    (keys, typist), (reader, screen) = pipes()
    line = console.attach(firmware.link)
    os.write(typist, b"status\n")
    os.close(typist)
    assert console.converse(line, keys, screen, quiet_s=0.3) == "answered"
    os.close(screen)
    assert os.read(reader, 1000) == b"STATUS\n> "
    os.write(line, b"bye\n")


def test_the_end_of_the_simulation_is_noticed(firmware):
    (keys, typist), (_, screen) = pipes()
    line = console.attach(firmware.link)
    os.write(typist, b"bye\n")
    assert console.converse(line, keys, screen) == "over"
    assert firmware.heard == b"bye\n"


def test_ctrl_bracket_leaves_and_is_not_sent(firmware):
    (keys, typist), (_, screen) = pipes()
    line = console.attach(firmware.link)
    os.write(typist, bytes([console.LEAVE]))
    assert console.converse(line, keys, screen) == "left"
    assert firmware.heard == b""
    os.write(line, b"bye\n")


def test_nothing_running_says_how_to_start(tmp_path, capsys):
    assert console.main([str(tmp_path / "console")]) == 1
    said = capsys.readouterr().err
    assert "not there" in said and "make run SPEED=realtime" in said


def test_a_left_over_link_is_told_from_none(tmp_path, capsys):
    (tmp_path / "console").symlink_to(tmp_path / "gone")
    assert console.main([str(tmp_path / "console")]) == 1
    assert "left over from one that has ended" in capsys.readouterr().err


def test_a_plain_file_is_not_a_console(tmp_path, capsys):
    (tmp_path / "console").write_text("")
    assert console.main([str(tmp_path / "console")]) == 1
    assert "not a terminal" in capsys.readouterr().err
