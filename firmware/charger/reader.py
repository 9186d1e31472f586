"""Reads the registers of one device: block by block, with what is missing found out and remembered.

`values` holds {name: number} of what was read lately; what is older than its block allows is taken out, for a stale
value must never be used. One register that a device lacks must not lose its block.
"""

from micropython import const

from firmware.charger import registers
from firmware.charger.rtu import EXCEPTION, ModbusError
from firmware.spent import forget

_OLD_MS = const(4000)  # a quick block not read for longer says nothing any more; more where a round takes longer
_PROBE_MS = const(30000)  # between two tries of a register that was not there


class Reader:
    """`read_next(hurry)` reads one block; `values`, `absent` (names), `blocks`, `fresh()`, `unread(name)`."""

    def __init__(self, master, profile, clock, unit):
        self._master, self.profile, self._clock, self._unit = master, profile, clock, unit
        self.values, self.absent = {}, []
        self._round = self._turn = 0
        self.now_ms = self.probed_ms = clock.ticks_ms()
        self._ready = False
        search = hasattr(profile, "discover")
        self._found(() if search else profile.ROWS, profile.SPANS)

    async def read_next(self, hurry):
        """One request. True when a block was read; ModbusError. `hurry` asks for the block with GRID_ROW."""
        if not self._ready:
            await self._begin()
        if self._missing():
            await self._try_again()
            return False
        number = self._choose(hurry)
        if number is None:  # it refused them all; `_missing` looks again
            await self._clock.sleep_ms(100)
            return False
        await self._read(number)
        return True

    def _found(self, rows, spans):
        """Take over where the registers are; discovery calls it again."""
        self.rows, self.spans, self.in_pieces = rows, spans, False
        self._probing("plan_anew", None)

    @property
    def _old_ms(self):
        """Every quick block and one slow one, with a write after each."""
        quick = sum(1 for block in self.blocks if block[4] == 1)
        return max(_OLD_MS, (2 * quick + 2) * self.profile.PERIOD_MS + 500)

    async def _begin(self):
        """Find the registers of a device that must be searched."""
        find = getattr(self.profile, "discover", None)
        if find:
            rows, spans = await find(self._master, self._unit)
            self._found(rows, spans)
        self._ready = True

    def _choose(self, hurry):
        """Index of the block to read now: the quick ones in turn, a slow one now and then."""
        quick = [i for i, block in enumerate(self.blocks) if block[4] == 1]
        slow = [i for i, block in enumerate(self.blocks) if block[4] > 1]
        if hurry:  # the grid waits for one word: does it follow?
            for i in quick:
                if any(row[0] == self.profile.GRID_ROW and registers.inside(row, self.blocks[i]) for row in self.rows):
                    return i
        for i in quick:
            if self.read_ms[i] is None:
                return i
        self._round += 1
        for i in slow:  # what was never read, between two rounds of the quick ones
            if self.read_ms[i] is None and self._round % (len(quick) + 1) == 0:
                return i
        if slow and (not quick or self._round % self.profile.SLOW_EVERY == 0):
            self._turn += 1
            return slow[self._turn % len(slow)]
        oldest, most = None, -1
        for i in quick:
            age = self._clock.ticks_diff(self.now_ms, self.read_ms[i])
            if age > most or age < 0:
                oldest, most = i, age
        return oldest

    async def _read(self, number):
        unit, function, first, count, _ = self.blocks[number]
        try:
            words = await self._master.read(unit or self._unit, first, count, function)
        except ModbusError as why:
            if why.kind == EXCEPTION and why.code in (2, 3):
                self._probing("split", number)
            raise
        self.now_ms = self.read_ms[number] = self._clock.ticks_ms()
        values, unset = self.values, self.profile.UNSET
        late = []
        for row in self.rows:
            name, _, _, address, kind, gain, access, _ = row[:8]
            if name in self.absent or access[0] != "R" or not registers.inside(row, self.blocks[number]):
                continue
            raw = registers.decode(kind, words, address - first, unset)
            if isinstance(gain, tuple):
                late.append((name, raw, gain))
            else:
                self._keep(name, None if raw is None else registers.scaled(raw, gain, values))
        for name, raw, gain in late:
            self._keep(name, None if raw is None else registers.scaled(raw, gain, values))
        if self.in_pieces and None not in self.read_ms:
            self._probing("merge")

    def _keep(self, name, value):
        if value is None:
            self.values.pop(name, None)
        else:
            self.values[name] = value

    def _probing(self, what, *rest):
        """Planning is seldom: its code comes and goes."""
        from firmware.charger import probing

        getattr(probing, what)(self, *rest)
        del probing
        forget("firmware.charger.probing")

    async def _try_again(self):
        """Is one of the missing registers there now? With the state's (a car came) all are looked for anew."""
        self.probed_ms = self.now_ms
        self._turn += 1
        name = self.profile.STATE_ROW
        if name not in self.absent:
            name = self.absent[self._turn % len(self.absent)]
        row = [row for row in self.rows if row[0] == name][0]
        if row[6][0] == "R":
            await self._master.read(row[1] or self._unit, row[3], registers.size(row[4]), row[2])
        if name == self.profile.STATE_ROW:
            self.absent = []
            self._probing("plan_anew", None)
        else:
            self.absent.remove(name)
            self._probing("plan_anew", self.now_ms)

    def _missing(self):
        """Is it time to look for a missing register again?"""
        if not self.absent or (None in self.read_ms and self.profile.STATE_ROW not in self.absent):
            return False
        wait_ms = _PROBE_MS if self.profile.STATE_ROW in self.absent else 4 * _PROBE_MS
        return self._clock.ticks_diff(self.now_ms, self.probed_ms) > wait_ms

    def unread(self, name):
        """It can be read, and was not yet: it may stand already."""
        if name in self.values or name in self._written:
            return False
        for row in self.rows:
            if row[0] == name:
                return any(at is None and registers.inside(row, block) for block, at in zip(self.blocks, self.read_ms))
        return False

    def fresh(self):
        """Have all quick blocks been read lately enough to speak of the charger as a whole?"""
        now, known, most = self._clock.ticks_ms(), False, self._old_ms
        for block, at in zip(self.blocks, self.read_ms):
            if block[4] == 1:
                known = True
                if at is None or self._clock.ticks_diff(now, at) > most:
                    return False
        return known

    def _forget(self):
        """Take what is too old out of `values`."""
        now, old = self._clock.ticks_ms(), self._old_ms
        for block, at in zip(self.blocks, self.read_ms):
            most = old if block[4] == 1 else self.profile.SLOW_EVERY * old * 2
            if at is None or self._clock.ticks_diff(now, at) > most:
                for row in self.rows:
                    if registers.inside(row, block):
                        self.values.pop(row[0], None)
