"""The line editor against a terminal of its own: what stands on the screen is what will be carried out."""

import random

import pytest

from firmware.console.lineedit import LONGEST, LineEditor, TooLong


class Screen:
    """One row of a terminal: printable bytes, backspace, new line."""

    def __init__(self):
        self.row, self.at, self.bells = [], 0, 0

    def echo(self, data):
        for byte in data:
            if byte == 8:
                self.at -= 1
                assert self.at >= 0, "backspace past the left edge"
            elif byte in (10, 13):
                self.row, self.at = [], 0
            elif byte == 7:
                self.bells += 1
            else:
                assert 32 <= byte < 127
                self.row[self.at : self.at + 1] = [chr(byte)]
                self.at += 1

    def text(self):
        return "".join(self.row).rstrip()


def typed(data, editor=None, screen=None):
    """(lines finished, screen, editor)"""
    screen = screen or Screen()
    editor = editor or LineEditor(screen.echo)
    lines = [editor.feed(byte) for byte in data]
    return [line for line in lines if line is not None], screen, editor


@pytest.mark.parametrize(
    "keys, line",
    [
        (b"status\r", b"status"),
        (b"statsu\x7f\x7fus\r", b"status"),
        (b"status\x08\x08\x08\x08\x08\x08\x08\x08meter\r", b"meter"),
        (b"tatus\x01s\r", b"status"),  # Ctrl-A
        (b"tatus\x1b[Hs\x1b[F x\r", b"status x"),
        (b"staus\x1b[D\x1b[Dt\r", b"status"),
        (b"staXtus\x1b[D\x1b[D\x1b[D\x1b[D\x1b[3~\r", b"status"),
        (b"stXatus\x1bOD\x1bOD\x1bOD\x1bOD\x1b[C\x1b[D\x7f\r", b"status"),
        (b"events 50\x17 60\r", b"events  60"),  # Ctrl-W
        (b"rubbish\x15why\r", b"why"),  # Ctrl-U
        (b"why\x1b[1~\x1b[4~ json\x05\r", b"why json"),
        (b"why\x1b[99;99;99x\r", b"why"),  # an unknown key
        (b"w\x1bqhy\r", b"why"),  # Escape and a letter that follows are one unknown key
        (b"\xff\x00\x80why\x1c\r", b"why"),
        (b"why\n", b"why"),
    ],
)
def test_keys_make_the_line_and_the_screen_shows_it(keys, line):
    lines, _, _ = typed(keys)
    assert lines == [line]
    _, screen, _ = typed(keys[:-1])
    assert screen.text() == line.decode().rstrip()


def test_cr_lf_is_one_end_of_line_and_lf_cr_two():
    assert typed(b"a\r\nb\r\n")[0] == [b"a", b"b"]
    assert typed(b"a\n\rb\r")[0] == [b"a", b"", b"b"]


def test_ctrl_c_drops_the_line_and_an_escape_begun():
    lines, _, _ = typed(b"reset\x03why\r")
    assert lines == [b"", b"why"]
    assert typed(b"\x1b[\x03why\r")[0] == [b"", b"why"]


def test_history_is_eight_lines_without_repeats():
    _, screen, editor = typed(b"".join(b"line%d\r" % i for i in range(10)) + b"line5\r")
    lines, _, _ = typed(b"\x1b[A\r", editor, screen)
    assert lines == [b"line5"]
    for keys, line in (
        (b"\x1b[A\x1b[A\r", b"line9"),
        (b"\x1b[A" * 8 + b"\r", b"line2"),
        (b"\x1b[A" * 30 + b"\r", b"line3"),
    ):
        assert typed(keys, editor, screen)[0] == [line]
    assert typed(b"\x1b[A\x1b[B\x1b[Bnew\r", editor, screen)[0] == [b"new"]


def test_an_over_long_line_is_refused_whole_and_the_next_is_read():
    screen = Screen()
    editor = LineEditor(screen.echo)
    with pytest.raises(TooLong, match="more than %d characters; nothing was done" % LONGEST):
        typed(b"a" * 1000000 + b"\r", editor, screen)
    assert screen.bells == 1
    assert typed(b"why\r", editor, screen)[0] == [b"why"]


def test_exactly_the_longest_line_is_taken():
    assert typed(b"a" * LONGEST + b"\r")[0] == [b"a" * LONGEST]
    with pytest.raises(TooLong):
        typed(b"a" * (LONGEST + 1) + b"\r")


def test_correcting_a_line_that_was_too_long_does_not_make_it_right():
    with pytest.raises(TooLong):
        typed(b"a" * (LONGEST + 5) + b"\x7f" * 10 + b"\r")
    assert typed(b"a" * (LONGEST + 5) + b"\x15why\r")[0] == [b"why"]


def test_tab_completes_or_rings():
    screen = Screen()
    editor = LineEditor(screen.echo, lambda start: "tus " if start == "sta" else "")
    assert typed(b"sta\tjson\r", editor, screen)[0] == [b"status json"]
    typed(b"x\t", editor, screen)
    assert screen.bells == 1


def test_whatever_comes_the_screen_and_the_line_agree():
    dice = random.Random(3)
    keys = [
        b"\x1b[A",
        b"\x1b[B",
        b"\x1b[C",
        b"\x1b[D",
        b"\x1b[H",
        b"\x1b[F",
        b"\x1b[3~",
        b"\x7f",
        b"\x01",
        b"\x05",
        b"\x17",
    ]
    screen = Screen()
    editor = LineEditor(screen.echo)
    for _ in range(3000):
        for _ in range(dice.randrange(12)):
            kind = dice.randrange(4)
            noise = bytes([dice.randrange(256)])
            data = dice.choice(keys) if kind == 0 else noise if kind == 1 else b"abc "[dice.randrange(4) :][:1]
            if data not in (b"\r", b"\n"):
                typed(data, editor, screen)
        typed(b"\x1b\x03" if dice.randrange(5) == 0 else b"", editor, screen)
        shown, on = screen.text(), editor._escape is None
        lines, _, _ = typed(b"\r" if on else b"q\r", editor, screen)
        assert lines[-1].decode().rstrip() == shown
