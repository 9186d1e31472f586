"""The console's own line protocol: a line typed, its answer read until the prompt comes back.

It types only what it is told to, ends what others left half typed (Ctrl-C), and never waits for ever: a controller
that is silent is a NoAnswer that says what to do. Binary noise and echo do not disturb it.
"""

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import serial

from tools.islander.errors import NoAnswer, NoController, Refused
from tools.islander.find import Port

BAUD = 115200  # USB does not care; a bridge might
SILENCE_S = 5.0
LONGEST = 62  # characters the console takes in one line
_PROMPT = re.compile(rb"(?:^|[\r\n])([A-Z][A-Z0-9_]{2,20})> $")
_ASKS = re.compile(r"(code: |once more: |to go on: )$")
_REPL = re.compile(rb">>> $")
_READ_S = 0.05
_BROKEN = (serial.SerialException, OSError, TypeError)  # TypeError: pyserial's own, when closed in the middle of a read
_BUSY = "another program uses %s: close its terminal, or the page in the browser"
_GONE = "%s has gone: unplugged, or the simulation has ended"
_NO_REPL = (
    "MicroPython's own prompt answers on %s, so the controller's program does not run there. "
    "Put it on with `islander deploy`, or restart the controller"
)
_SILENT = (
    "%s gives no answer. Expected the controller's prompt, as in `GRID> `. "
    "Check that this is the controller's USB port, then take its USB out and in again"
)


class Line:
    """`ask(line)` -> the lines of the answer. `state` is the state in the last prompt."""

    def __init__(self, port: Port, silence_s: float = SILENCE_S) -> None:
        self.port, self.silence_s, self.state = port, silence_s, ""
        self._pending = b""
        try:
            self._serial = serial.serial_for_url(port.device, BAUD, timeout=_READ_S, write_timeout=SILENCE_S)
            if hasattr(self._serial, "exclusive"):
                self._serial.exclusive = True
        except (serial.SerialException, OSError, ValueError) as why:
            if "lock" in str(why).lower() or "busy" in str(why).lower():
                raise NoController(_BUSY % port.device) from None
            raise NoController("%s can't be opened: %s" % (port.device, why)) from None

    def close(self) -> None:
        self._serial.close()

    def __enter__(self) -> "Line":
        self.greet()
        return self

    def __exit__(self, *why: object) -> None:
        self.close()

    def greet(self) -> None:
        """End whatever was going on there, and wait for the prompt."""
        self._pending = b""
        try:
            if not self._serial.is_open:
                self._serial.open()
            self._serial.reset_input_buffer()
        except _BROKEN:
            raise NoAnswer(_GONE % self.port.device) from None
        self._send(b"\x03\r")
        end, heard = time.monotonic() + self.silence_s, b""
        while time.monotonic() < end:
            more = self._read()
            heard += more
            if not more and _PROMPT.search(heard):  # the last prompt: nothing follows it
                self._note(heard)
                return
            if not more and _REPL.search(heard):
                raise NoAnswer(_NO_REPL % self.port.device)
        raise NoAnswer(_SILENT % self.port.device)

    def lines(self, line: str, replies: tuple[str, ...] = ()) -> Iterator[str]:
        """Lines of the answer as they come; `replies` are given to what the controller asks in between."""
        if len(line) > LONGEST or not line.isprintable() or not line.isascii():
            raise NoAnswer("%r is not a line the console takes (at most %d plain characters)" % (line, LONGEST))
        self._pending = b""
        self._send(line.encode() + b"\r")
        waiting, echo, end = list(replies), True, time.monotonic() + self.silence_s
        shown = ""  # a reply that the console may echo before it goes on
        while True:
            more = self._read()
            self._pending += more
            *whole, self._pending = self._pending.split(b"\n")
            for raw in whole:
                text = raw.rstrip(b"\r").decode("ascii", "replace")
                if echo and text.endswith(line):
                    echo = False
                elif shown and text == shown:
                    shown = ""
                else:
                    yield text
            if not echo and self._note(b"\n" + self._pending):
                return
            if more:
                end = time.monotonic() + self.silence_s
            elif _ASKS.search(self._pending.decode("ascii", "replace")):
                shown = self._reply(line, waiting)
            elif time.monotonic() > end:
                raise NoAnswer("no answer to `%s` on %s for %g s" % (line, self.port.device, self.silence_s))

    def _reply(self, line: str, waiting: list[str]) -> str:
        if not waiting:
            question = self._pending.decode("ascii", "replace")
            self._send(b"\x03")
            raise Refused("`%s` wants an answer to: %s" % (line, question.strip()))
        self._pending = b""
        reply = waiting.pop(0)
        self._send(reply.encode() + b"\r")
        return reply

    def ask(self, line: str, replies: tuple[str, ...] = ()) -> list[str]:
        """All lines of the answer."""
        return list(self.lines(line, replies))

    def json(self, line: str) -> Any:
        """The answer to a command that speaks JSON; Refused with the controller's words when it does not."""
        said = [text for text in self.ask(line) if text.strip()]
        try:
            return json.loads(said[-1])
        except (ValueError, IndexError):
            raise Refused("`%s`: %s" % (line, " ".join(said)[:300] or "no answer")) from None

    def rows(self, line: str) -> list[Any]:
        """One JSON object a line."""
        found = []
        for text in self.ask(line):
            try:
                found.append(json.loads(text))
            except ValueError:
                raise Refused("`%s`: %s" % (line, text[:300])) from None
        return found

    def _note(self, heard: bytes) -> bool:
        found = _PROMPT.search(heard)
        if found:
            self.state = found[1].decode()
        return bool(found)

    def _send(self, data: bytes) -> None:
        try:
            self._serial.write(data)
        except _BROKEN:
            raise NoAnswer("%s takes nothing more: has the controller been unplugged?" % self.port.device) from None

    def _read(self) -> bytes:
        try:
            return bytes(self._serial.read(max(1, self._serial.in_waiting)))
        except _BROKEN:
            self._serial.close()  # so that the next greeting opens it anew
            raise NoAnswer(_GONE % self.port.device) from None
