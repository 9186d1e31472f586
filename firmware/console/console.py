"""The serial console: a line at a time, never more than a breath of output at once. It reads and asks; it never acts.

It takes whatever comes down a wire: noise, endless lines, pasted files, a terminal that vanishes in the middle of an
answer. A line that can't be carried out gets one line that says what was wrong. Ctrl-C ends an answer or clears the
line; it never stops the controller.
"""

from firmware.console import commands
from firmware.console.lineedit import LineEditor, TooLong
from firmware.transfer import states

_CHUNK = 96  # bytes written, or read, before others may run
_POLL_MS = 10
_PAUSE_MS = 100  # between two looks for more to say
_REST_POLLS = 1000  # ten seconds of nothing typed: the last command's code goes too
_PATIENCE_MS = 60000  # with a person who was asked something
_GONE_TICKS = 200  # a write that took 100 ms: nobody reads
_WRAP = 0x1FFFFFFF


class Console:
    """`run()` is the background task. `stream`: any(), read(n), write(bytes). `context`: see commands.Context."""

    def __init__(self, stream, context, sleep_ms):
        self._stream, self._context, self._sleep_ms = stream, context, sleep_ms
        self._editor = LineEditor(self._write, commands.completion)
        self._ahead = b""  # typed while an answer was being given
        self._gone = False

    async def run(self):
        """For ever."""
        await self._say("\r\nIslander %s. Type help.\r\n" % self._context.version)
        await self._prompt()
        quiet = 0
        while True:
            self._ahead = self._ahead or self._read()
            quiet = 0 if self._ahead else quiet + 1
            if quiet == _REST_POLLS:
                commands.rest()
            while self._ahead:
                byte, self._ahead = self._ahead[0], self._ahead[1:]
                await self._take(byte)
            await self._sleep_ms(_POLL_MS)

    def _read(self):
        if not self._stream.any():
            return b""
        self._gone = False
        return self._stream.read(_CHUNK) or b""

    async def _take(self, byte):
        try:
            line = self._editor.feed(byte)
        except TooLong as why:
            await self._say("%s\r\n" % why)
            line = b""
        if line is None:
            return
        if line.strip():
            await self._answer(line.decode())
        await self._prompt()

    async def _answer(self, line):
        """Print until there is no more, or a key ends it."""
        answer, reply = commands.answer(line, self._context), None
        while True:
            try:
                text = answer.send(reply)
            except StopIteration:
                return
            except Exception as why:  # whatever a command trips over, the console lives on and says so
                return await self._say("%s failed: %r; please report it\r\n" % (line.split()[0], why))
            reply = None
            if isinstance(text, commands.Ask):
                reply = await self._asked(text)
            elif text is None:
                await self._sleep_ms(_PAUSE_MS)
            else:
                await self._say(text)
                await self._say("\r\n")
            if self._gone or reply is None and self._stopped(text is None):
                answer.close()
                return

    async def _asked(self, ask):
        """One line more for the running command; None after Ctrl-C, an over-long line or a minute of silence."""
        await self._say(ask.prompt)
        editor, patience = self._editor, _PATIENCE_MS
        editor.secret(ask.secret)
        try:
            while patience > 0:
                self._ahead = self._ahead or self._read()
                while self._ahead:
                    byte, self._ahead = self._ahead[0], self._ahead[1:]
                    line = editor.feed(byte)
                    if line is not None:
                        return None if editor.cancelled else line.decode().strip()
                await self._sleep_ms(_POLL_MS)
                patience -= _POLL_MS
        except TooLong:
            return None
        finally:
            editor.secret(False)
        await self._say("\r\n")
        return None

    def _stopped(self, any_key):
        """Ctrl-C, or any key where the answer waits for more; what was typed besides is kept."""
        if len(self._ahead) < _CHUNK:
            self._ahead += self._read()
        if any_key and self._ahead:
            self._ahead = self._ahead[1:]
            return True
        at = self._ahead.find(b"\x03")
        if at < 0:
            return False
        self._ahead = self._ahead[at + 1 :]
        return True

    def _write(self, data):
        """Nothing to a terminal that has stopped reading, until it types again."""
        if self._gone:
            return
        now = self._context.now
        before = now()
        self._stream.write(data)
        if (now() - before) & _WRAP > _GONE_TICKS:
            self._gone, self._context.unlocked_s = True, 0  # whoever comes next has to show the code anew

    async def _say(self, text):
        data = text if isinstance(text, bytes) else text.encode()
        for i in range(0, len(data), _CHUNK):
            self._write(data[i : i + _CHUNK])
            await self._sleep_ms(0)

    async def _prompt(self):
        self._context.snapshot.take()
        state = self._context.snapshot.get("STATE")
        await self._say("%s> " % (states.NAMES[state] if 0 <= state < len(states.NAMES) else state))
