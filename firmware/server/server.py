"""Modbus RTU server on the second RS-485 line, for the site's energy manager. It reads a snapshot and takes requests.

Functions 3, 6 and 16; partial reads and writes of any adjacent writable points. A broadcast is not obeyed: nobody could
see that it was refused. Nothing that arrives here may raise, wait, or operate anything; a broken frame is dropped.
"""

from micropython import const

from firmware.charger.rtu import TABLE, crc16

_LONGEST = const(256)  # bytes a frame may have
_ROOM = const(288)
_FILL_MS = const(200)  # measures are copied no more often
_ILLEGAL_FUNCTION = const(1)
_ILLEGAL_ADDRESS = const(2)
_ILLEGAL_VALUE = const(3)


class Server:
    """`run()` for ever; `answer(frame, now_s)` -> reply or b"". `requests` is for the energy room."""

    def __init__(self, uart, clock, unit, baud, chain, measures, curves, requests, snapshot):
        self._uart, self._clock, self.unit = uart, clock, unit
        self._gap_us = max(10 * 1000000 // baud * 7 // 2, 1750)
        self._chain, self._measures, self._curves, self.requests = chain, measures, curves, requests
        self._snapshot, self._filled_ms = snapshot, None
        self._rx = bytearray(_ROOM)
        self.frames = self.answered = self.refused = self.broken = 0

    async def run(self, told=None):
        """Serve; `told(what, detail)` gets what the manager did, for the event record."""
        clock, have, last = self._clock, 0, self._clock.ticks_us()
        while True:
            n = self._uart.any()
            if n:
                have = self._take(n, have)
                last = clock.ticks_us()
            elif have and clock.ticks_diff(clock.ticks_us(), last) >= self._gap_us:
                frame, have = memoryview(self._rx)[:have], 0
                self._snapshot.take()
                reply = self.answer(frame, self._snapshot.get("UPTIME_S"))
                if reply:
                    self._uart.write(reply)
            else:
                self._quiet(told)
                await clock.sleep_ms(1)

    def _take(self, n, have):
        """Read what came; of a frame that is too long only the count goes on, so that it is dropped whole."""
        at = min(have, _LONGEST)
        got = self._uart.readinto(memoryview(self._rx)[at : min(at + n, _ROOM)]) or 0
        return min(at + got, _ROOM)

    def _quiet(self, told):
        self.requests.pass_time(self._snapshot.get("UPTIME_S"))
        now = self._clock.ticks_ms()
        if self._filled_ms is None or not 0 <= self._clock.ticks_diff(now, self._filled_ms) < _FILL_MS:
            self._snapshot.take()
            self.refresh()
            self._filled_ms = now
        while self.requests.events:
            what, detail = self.requests.events.pop(0)
            if told:
                told(what, detail)

    def refresh(self):
        """Copy what is measured into the map."""
        self._measures.refresh(self._snapshot)
        self._curves.refresh()

    def answer(self, frame, now_s):
        """The reply to a whole frame, b"" for one that is broken, not ours, or a broadcast."""
        n = len(frame)
        if n < 4 or n > _LONGEST or crc16(frame, n - 2, TABLE) != frame[n - 2] | frame[n - 1] << 8:
            self.broken += 1
            return b""
        if frame[0] != self.unit:
            return b""
        self.frames += 1
        self.requests.pass_time(now_s)
        pdu = self._pdu(frame, n - 3, now_s)
        if pdu[0] & 0x80:
            self.refused += 1
        else:
            self.answered += 1
        reply = bytearray((self.unit,)) + pdu
        crc = crc16(reply, len(reply), TABLE)
        return reply + bytes((crc & 255, crc >> 8))

    def _pdu(self, frame, size, now_s):
        """`size` bytes of PDU from frame[1] on."""
        function = frame[1]
        if function not in (3, 6, 16):
            return bytes((function | 0x80, _ILLEGAL_FUNCTION))
        if size < 5 or (function != 16 and size != 5):
            return bytes((function | 0x80, _ILLEGAL_VALUE))
        address, count = frame[2] << 8 | frame[3], frame[4] << 8 | frame[5]
        if function == 3:
            if not 1 <= count <= 125:
                return bytes((0x83, _ILLEGAL_VALUE))
            found = self._chain.read(address, count)
            return bytes((0x83, _ILLEGAL_ADDRESS)) if found is None else bytes((3, 2 * count)) + found
        if function == 6:
            words = [count]
        elif not 1 <= count <= 123 or size != 6 + 2 * count or frame[6] != 2 * count:
            return bytes((0x90, _ILLEGAL_VALUE))
        else:
            words = [frame[7 + 2 * i] << 8 | frame[8 + 2 * i] for i in range(count)]
        refused = self.requests.write(address, words, now_s)
        return bytes((function | 0x80, refused)) if refused else bytes(frame[1:6])
