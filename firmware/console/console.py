"""The serial console: a line at a time, never more than a breath of output at once. It reads and asks; it never acts.

It takes whatever comes down a wire: noise, endless lines, pasted files, a terminal that vanishes. A line that can't
be carried out gets
one line of answer that says what was wrong.
"""

from firmware.console import commands, words

LONGEST = 120  # characters of a line
_HISTORY = 8
_CHUNK = 120  # bytes written before others may run
_POLL_MS = 10


class Console:
    """`run()` is the background task. `stream`: any(), read(n), write(bytes). `context`: see commands.Context."""

    def __init__(self, stream, context, sleep_ms):
        self._stream, self._context, self._sleep_ms = stream, context, sleep_ms
        self._line = bytearray()
        self._too_long = False
        self._escape = 0  # bytes of an escape sequence still to come
        self._history, self._at = [], 0

    async def run(self):
        await self._say("\r\nIslander %s. Type help.\r\n" % self._context.version)
        await self._prompt()
        while True:
            n = self._stream.any()
            if n:
                for byte in self._stream.read(min(n, _CHUNK)):
                    await self._take(byte)
            await self._sleep_ms(_POLL_MS)

    async def _take(self, byte):
        if self._escape:
            await self._arrow(byte)
        elif byte in (13, 10):
            if byte == 13 or self._line or self._too_long:
                await self._enter()
        elif byte in (8, 127):
            if self._line:
                self._line = self._line[:-1]
                self._stream.write(b"\b \b")
        elif byte == 3:  # Ctrl-C clears the line; it does not stop the controller
            self._line, self._too_long = bytearray(), False
            self._stream.write(b"^C\r\n")
            await self._prompt()
        elif byte == 27:
            self._escape = 2
        elif 32 <= byte < 127:
            if len(self._line) < LONGEST:
                self._line.append(byte)
                self._stream.write(bytes((byte,)))
            else:
                self._too_long = True

    async def _arrow(self, byte):
        self._escape -= 1
        if self._escape == 1 and byte == 91:
            return
        self._escape = 0
        step = {65: -1, 66: 1}.get(byte)
        if step is None or not self._history:
            return
        self._at = max(0, min(len(self._history), self._at + step))
        recalled = self._history[self._at] if self._at < len(self._history) else b""
        self._stream.write(b"\b \b" * len(self._line) + recalled)
        self._line = bytearray(recalled)

    async def _enter(self):
        line, too_long = bytes(self._line), self._too_long
        self._line, self._too_long = bytearray(), False
        self._stream.write(b"\r\n")
        if too_long:
            await self._say("line too long: more than %d characters; nothing was done\r\n" % LONGEST)
        elif line.strip():
            self._history = ([h for h in self._history if h != line] + [line])[-_HISTORY:]
            self._at = len(self._history)
            for text in self._answer(line.decode()):
                await self._say(text + "\r\n")
        await self._prompt()

    def _answer(self, line):
        try:
            yield from commands.answer(line, self._context)
        except Exception as why:  # whatever a command trips over, the console lives on and says so
            yield "%s failed: %r; please report it" % (line.split()[0], why)

    async def _say(self, text):
        data = text.encode()
        for i in range(0, len(data), _CHUNK):
            self._stream.write(data[i : i + _CHUNK])
            await self._sleep_ms(0)

    async def _prompt(self):
        self._context.snapshot.take()
        await self._say("%s> " % words.state(self._context.snapshot.get("STATE")))
