"""Modbus RTU master that never blocks: requests by umodbus, framing, timing and judgement here.

A reply is taken only when unit, function, byte count, CRC and, for a write, the whole echo are right; junk before it
is skipped; anything
else is refused by kind. Between two frames the line is left silent for 3.5 characters. It must never hand on a value
that did
not come in a reply that passed every check.

umodbus's own serial master is not used: it blocks its caller for the whole transaction and takes wrong functions, wrong
lengths and its own echo for replies.

`clock` gives ticks_us(), ticks_diff(a, b), ticks_ms() and the coroutine sleep_ms(ms). The last two milliseconds before
something is due are spent in sleep_ms(0), which lets every other task run, so that the line is not left idle.
"""

from array import array

import micropython
from micropython import const
from umodbus import const as codes
from umodbus import functions

KINDS = ("timeout", "crc", "unit", "function", "length", "echo", "exception")
_TIMEOUT = const(0)
_CRC = const(1)
_UNIT = const(2)
_FUNCTION = const(3)
_LENGTH = const(4)
_ECHO = const(5)
EXCEPTION = const(6)

_LONGEST = const(256)
_TURNAROUND_MS = const(100)  # after a broadcast, which nobody answers
_BACKOFF_MS = const(50)  # before the second try; doubled for each further one
_LATE_MS = const(200)  # after a timeout: a reply that comes this late is not taken for the next one's
_GONE = const(3)  # a unit silent this often in a row is asked once only, so that the others do not wait for it
TABLE = array("H", codes.CRC16_TABLE)


class ModbusError(Exception):
    """A request that got no good answer. `kind` is an index of KINDS, `detail` what was seen, `code` the device's."""

    def __init__(self, kind, detail, code=0):
        super().__init__(kind, detail)
        self.kind, self.detail, self.code = kind, detail, code

    def __str__(self):
        return "%s (%s)" % (KINDS[self.kind], self.detail)


@micropython.viper
def crc16(data: ptr8, count: int, table: ptr16) -> int:
    """CRC of Modbus over the first `count` bytes."""
    crc = 0xFFFF
    i = 0
    while i < count:
        crc = (crc >> 8) ^ int(table[(crc ^ int(data[i])) & 255])
        i += 1
    return crc


class Statistics:
    """What a technician asks about a link."""

    def __init__(self):
        self.requests = self.ok = self.retries = self.junk = self.echoes = 0
        self.errors = [0] * len(KINDS)
        self.units = {}  # bus unit: [answered, not answered well, of these in a row]
        self.last_error = ""
        self.last_ms = 0
        self.silent_since_ms = None  # clock of the first request in a row that got no good answer
        self._times = array("H", [0] * 64)

    def good(self, ms, unit=1):
        self.requests += 1
        self._times[self.ok & 63] = min(ms, 65535)
        self.ok += 1
        self.last_ms = ms
        self.silent_since_ms = None
        told = self.units.setdefault(unit, [0, 0, 0])
        told[0] += 1
        told[2] = 0

    def bad(self, error, now_ms, unit=1):
        self.requests += 1
        self.errors[error.kind] += 1
        self.last_error = "unit %d: %s" % (unit, error)
        told = self.units.setdefault(unit, [0, 0, 0])
        told[1] += 1
        told[2] = 0 if error.kind == EXCEPTION else told[2] + 1
        if error.kind == EXCEPTION:  # it speaks, if only to refuse
            self.silent_since_ms = None
        elif self.silent_since_ms is None:
            self.silent_since_ms = now_ms

    def p99_ms(self):
        """Longest but 1 % of the last 64 good exchanges; None before the first."""
        n = min(self.ok, 64)
        return sorted(self._times[i] for i in range(n))[(99 * n + 99) // 100 - 1] if n else None

    def as_dict(self):
        found = {"requests": self.requests, "ok": self.ok, "errors": sum(self.errors), "retries": self.retries}
        found["junk_bytes"], found["last_ms"], found["p99_ms"] = self.junk, self.last_ms, self.p99_ms()
        found["by_kind"] = dict(zip(KINDS, self.errors))
        found["by_unit"] = {unit: {"ok": told[0], "errors": told[1]} for unit, told in self.units.items()}
        found["last_error"], found["echo_bytes"] = self.last_error, self.echoes
        return found


class Master:
    """One RS-485 line with any number of units; requests of several tasks take turns."""

    def __init__(self, uart, clock, baud=9600, reply_ms=1000, period_ms=0, tries=2):
        self._uart, self._clock = uart, clock
        self._char_us = 10 * 1000000 // baud
        self._gap_us = max(self._char_us * 7 // 2, 1750)  # 3.5 characters, at least 1.75 ms
        self._reply_ms, self._period_ms, self._tries = reply_ms, period_ms, tries
        self._tx, self._rx = bytearray(_LONGEST), bytearray(_LONGEST)
        self._free_us = clock.ticks_us()
        self._began_ms = None
        self._busy = self._late = False
        self.stats = Statistics()

    async def read(self, unit, address, count, function=4):
        """`count` registers as a list of 0..65535. ModbusError, ValueError for a count outside 1..125."""
        if not 1 <= count <= 125:
            raise ValueError("read of %d registers at %d: allowed 1..125" % (count, address))
        if not 1 <= unit <= 247:
            raise ValueError("read from unit %d: allowed 1..247" % unit)
        make = functions.read_input_registers if function == 4 else functions.read_holding_registers
        reply = await self._exchange(unit, make(address, count), 2 + 2 * count)
        return [reply[2 + 2 * i] << 8 | reply[3 + 2 * i] for i in range(count)]

    async def write(self, unit, address, value):
        """One register by function 6; the echo must be whole. Unit 0 is everybody, and nobody answers."""
        pdu = functions.write_single_register(address, value, signed=False)
        await self._exchange(unit, pdu, 5, pdu)

    async def write_many(self, unit, address, values):
        """Registers by function 16; the echo must be whole."""
        if not 1 <= len(values) <= 123:
            raise ValueError("write of %d registers at %d: allowed 1..123" % (len(values), address))
        pdu = functions.write_multiple_registers(address, values, signed=False)
        await self._exchange(unit, pdu, 5, pdu[:5])

    async def _exchange(self, unit, pdu, size, echo=None):
        while self._busy:
            await self._clock.sleep_ms(1)
        self._busy = True
        told = self.stats.units.get(unit)
        left = 1 if told and told[2] >= _GONE else self._tries
        wait_ms = _BACKOFF_MS
        try:
            while True:
                left -= 1
                try:
                    return await self._once(unit, pdu, size, echo)
                except ModbusError as why:
                    self.stats.bad(why, self._clock.ticks_ms(), unit)
                    self._late = why.kind == _TIMEOUT
                    if left <= 0 or why.kind == EXCEPTION:
                        raise
                await self._clock.sleep_ms(wait_ms)
                wait_ms *= 2
                self.stats.retries += 1
        finally:
            self._busy = False

    async def _once(self, unit, pdu, size, echo):
        clock = self._clock
        await self._wait_for_turn()
        began = clock.ticks_us()
        self._began_ms = clock.ticks_ms()
        count = self._send(unit, pdu)
        await self._sent(began, count * self._char_us)
        if unit == 0:
            await clock.sleep_ms(_TURNAROUND_MS)
            self._free_us = clock.ticks_us()
            return b""
        reply = await self._reply(unit, pdu[0], size)
        if echo is not None and bytes(reply[: len(echo)]) != bytes(echo):
            raise ModbusError(_ECHO, "write of %s was answered %s" % (_hex(echo), _hex(reply)))
        self.stats.good(clock.ticks_diff(clock.ticks_us(), began) // 1000, unit)
        return reply

    async def _until(self, began_us, us):
        """Sleep until `us` after `began_us`."""
        clock = self._clock
        while True:
            left = us - clock.ticks_diff(clock.ticks_us(), began_us)
            if not 0 < left <= us:  # past, or so long past that the clock has gone round
                return
            await clock.sleep_ms(left // 1000 - 2 if left > 3000 else 0)

    async def _wait_for_turn(self):
        clock = self._clock
        if self._late:
            self._late = False
            await clock.sleep_ms(_LATE_MS)
        await self._until(self._free_us, self._gap_us)
        if self._began_ms is not None and self._period_ms:
            left = self._period_ms - clock.ticks_diff(clock.ticks_ms(), self._began_ms)
            if 0 < left <= self._period_ms:
                await clock.sleep_ms(left)
        self.stats.junk += self._drop(self._uart.any())

    def _drop(self, count):
        """Read so many bytes away; how many there were."""
        left = count
        while left > 0:
            got = self._uart.readinto(memoryview(self._rx)[: min(left, _LONGEST)])
            if not got:
                break
            left -= got
        return count - left

    def _send(self, unit, pdu):
        tx, n = self._tx, len(pdu)
        tx[0] = unit
        tx[1 : n + 1] = pdu
        crc = crc16(tx, n + 1, TABLE)
        tx[n + 1], tx[n + 2] = crc & 255, crc >> 8
        self._uart.write(memoryview(tx)[: n + 3])
        return n + 3

    async def _sent(self, began_us, us):
        """Wait until the request has left. What came meanwhile is our own echo (a receiver left on): for a single write
        it looks just like the answer. Who comes late can no longer tell, and leaves it to `find`."""
        clock = self._clock
        await self._until(began_us, us)
        there = self._uart.any()  # counted before the clock is read: what comes after may be the answer
        if there and clock.ticks_diff(clock.ticks_us(), began_us) < us + self._gap_us:
            self.stats.echoes += self._drop(there)

    async def _reply(self, unit, function, size):
        clock, rx, uart = self._clock, self._rx, self._uart
        whole_us = (size + 3) * self._char_us
        limit_us = self._reply_ms * 1000 + whole_us
        began, have, spins_us = clock.ticks_us(), 0, 0
        seen = ModbusError(_TIMEOUT, "nothing came")
        while clock.ticks_diff(clock.ticks_us(), began) < limit_us:
            n = uart.any()
            if not n:
                await clock.sleep_ms(0 if clock.ticks_diff(clock.ticks_us(), began) < spins_us else 1)
                continue
            have += uart.readinto(memoryview(rx)[have : min(have + n, _LONGEST)])
            self._free_us = clock.ticks_us()  # the silence begins here, not after the judging
            start, found = find(rx, have, unit, function, size)
            if found > 0:
                self.stats.junk += start
                if rx[start + 1] & 0x80:
                    code = rx[start + 2]
                    raise ModbusError(EXCEPTION, "code %d to function %d" % (code, function), code)
                return bytes(rx[start + 1 : start + found - 2])
            seen = judge(rx, have, unit, function, size) or seen
            if have >= _LONGEST:
                break
            if have < size + 3:  # the last byte's time is known: be there when it comes
                now, left_us = clock.ticks_us(), (size + 3 - have) * self._char_us
                spins_us = clock.ticks_diff(now, began) + left_us + self._gap_us
                await self._until(now, left_us - self._char_us)
        self._free_us = clock.ticks_us()
        raise seen


def find(rx, have, unit, function, size):
    """(start, length) of the first whole good reply in rx[:have], or (0, 0). `size` is the reply's PDU length."""
    for start in range(have - 4):
        if rx[start] != unit or rx[start + 1] & 0x7F != function:
            continue
        whole = 5 if rx[start + 1] & 0x80 else size + 3
        if function in (3, 4) and whole > 5 and rx[start + 2] != size - 2:
            continue
        view = memoryview(rx)[start : start + whole]
        if start + whole <= have and crc16(view, whole - 2, TABLE) == view[whole - 2] | view[whole - 1] << 8:
            return start, whole
    return 0, 0


def judge(rx, have, unit, function, size):
    """The ModbusError that tells best what is wrong with rx[:have], or None while it may still become a reply."""
    if have < 5:
        return ModbusError(_TIMEOUT, "only %d bytes came" % have) if have else None
    told = _hex(memoryview(rx)[: min(have, 8)])
    if rx[0] != unit:
        return ModbusError(_UNIT, "unit %d answered, %d was asked: %s" % (rx[0], unit, told))
    if rx[1] & 0x7F != function:
        return ModbusError(_FUNCTION, "function %d answered, %d was asked: %s" % (rx[1], function, told))
    if function in (3, 4) and not rx[1] & 0x80 and rx[2] != size - 2:
        return ModbusError(_LENGTH, "%d bytes announced, %d expected" % (rx[2], size - 2))
    whole = 5 if rx[1] & 0x80 else size + 3
    if have < whole:
        return ModbusError(_TIMEOUT, "only %d of %d bytes came" % (have, whole))
    return ModbusError(_CRC, told)


def _hex(data):
    return " ".join("%02x" % byte for byte in data)
