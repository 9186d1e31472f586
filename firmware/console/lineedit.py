"""One line typed at a terminal: bytes in, echo out, a whole line back. It takes whatever comes down a wire.

Left, right, home, end, delete, history, tab; Ctrl-A, E, U, W, C as in a shell. An over-long line is refused whole,
never cut.
"""

from micropython import const

LONGEST = const(62)  # characters; with the longest prompt it stays within 79 columns
_LONGEST = const(62)
_HISTORY = const(8)
_ESCAPE = const(16)  # bytes of an escape sequence at most
_BELL = b"\x07"


class TooLong(ValueError):
    """The line had more than LONGEST characters; nothing of it is used."""


class LineEditor:
    """`feed(byte)` -> the finished line (bytes, maybe empty), or None; raises TooLong. `echo(bytes)` draws."""

    def __init__(self, echo, complete=None):
        self._terminal, self._complete = echo, complete
        self._hidden = False
        self._history = []
        self._last = 0
        self._escape = None  # bytes of an escape sequence so far
        self.cancelled = False  # the last line was ended with Ctrl-C
        self._clear()

    def secret(self, on):
        """While on nothing is echoed or remembered."""
        self._hidden = on
        self._clear()

    def _clear(self):
        self._line, self._at, self._recall, self._long = bytearray(), 0, len(self._history), False

    def _echo(self, data):
        if not self._hidden:
            self._terminal(data)

    def feed(self, byte):
        """One byte from the terminal."""
        last, self._last = self._last, byte
        self.cancelled = byte == 3
        if self._escape is not None and byte >= 32:
            self._sequence(byte)
            return None
        self._escape = None
        if byte == 13 or byte == 10:
            return None if byte == 10 and last == 13 else self._enter()
        if byte == 3:
            self._clear()
            self._terminal(b"^C\r\n")
            return b""
        if byte == 27:
            self._escape = b""
        elif byte in _CONTROL:
            _CONTROL[byte](self)
        elif 32 <= byte < 127:
            self._insert(byte)
        return None

    def _enter(self):
        line, long = bytes(self._line), self._long
        self._terminal(b"\r\n")
        if line.strip() and not long and not self._hidden:
            self._history = ([h for h in self._history if h != line] + [line])[-_HISTORY:]
        self._clear()
        if long:
            raise TooLong("line too long: more than %d characters; nothing was done" % _LONGEST)
        return line

    def _insert(self, byte):
        if len(self._line) >= _LONGEST:
            if not self._long:
                self._echo(_BELL)
            self._long = True
            return
        self._line = self._line[: self._at] + bytes((byte,)) + self._line[self._at :]
        self._at += 1
        self._echo(bytes((byte,)))
        self._tail(0)

    def _tail(self, gone):
        """Draw what stands right of the cursor, wipe `gone` columns, and go back."""
        tail = bytes(self._line[self._at :])
        if tail or gone:
            self._echo(tail + b" " * gone + b"\b" * (len(tail) + gone))

    def _erase(self, count):
        """Left of the cursor."""
        count = min(count, self._at)
        if count:
            self._line = self._line[: self._at - count] + self._line[self._at :]
            self._at -= count
            self._echo(b"\b" * count)
            self._tail(count)

    def _backspace(self):
        self._erase(1)

    def _word(self):
        left = bytes(self._line[: self._at])
        self._erase(len(left) - (left.rstrip().rfind(b" ") + 1))

    def _wipe(self):
        self._end()
        self._erase(len(self._line))
        self._long = False

    def _left(self):
        if self._at:
            self._at -= 1
            self._echo(b"\b")

    def _right(self):
        if self._at < len(self._line):
            self._echo(bytes(self._line[self._at : self._at + 1]))
            self._at += 1

    def _home(self):
        self._echo(b"\b" * self._at)
        self._at = 0

    def _end(self):
        self._echo(bytes(self._line[self._at :]))
        self._at = len(self._line)

    def _delete(self):
        if self._at < len(self._line):
            self._right()
            self._erase(1)

    def _up(self):
        self._show(self._recall - 1)

    def _down(self):
        self._show(self._recall + 1)

    def _show(self, number):
        if 0 <= number <= len(self._history) and not self._hidden:
            self._wipe()
            self._recall = number
            if number < len(self._history):
                self._line = bytearray(self._history[number])
                self._end()

    def _tab(self):
        more = self._complete(bytes(self._line).decode()) if self._complete and self._at == len(self._line) else ""
        if not more:
            self._echo(_BELL)
        for byte in more.encode():
            self._insert(byte)

    def _sequence(self, byte):
        """ESC [ .. letter or ESC O letter; anything else, or too much of it, is dropped."""
        self._escape += bytes((byte,))
        if self._escape[0] not in (91, 79) or len(self._escape) >= _ESCAPE:
            self._escape = None
        elif len(self._escape) > 1 and 64 <= byte < 127:
            action = _KEYS.get(self._escape[1:])
            self._escape = None
            if action:
                action(self)


_CONTROL = {
    1: LineEditor._home,
    5: LineEditor._end,
    8: LineEditor._backspace,
    9: LineEditor._tab,
    21: LineEditor._wipe,
    23: LineEditor._word,
    127: LineEditor._backspace,
}
_KEYS = {
    b"A": LineEditor._up,
    b"B": LineEditor._down,
    b"C": LineEditor._right,
    b"D": LineEditor._left,
    b"H": LineEditor._home,
    b"F": LineEditor._end,
    b"1~": LineEditor._home,
    b"3~": LineEditor._delete,
    b"4~": LineEditor._end,
}
