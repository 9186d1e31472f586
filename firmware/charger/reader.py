"""Reads the registers of one device: block by block, with what is missing found out and remembered.

`values` holds {name: number} of what was read lately; what is older than its block allows is taken out, for a stale
value must never be used. One register that a device lacks must not lose its block.
"""

from micropython import const

from firmware.charger import registers
from firmware.charger.rtu import EXCEPTION, ModbusError

_OLD_MS = const(4000)  # a quick block not read for longer says nothing any more; more where a round takes longer
_PROBE_MS = const(30000)  # between two tries of a register that was not there


class Reader:
    """`read_next(hurry)` reads one block; `values`, `absent` (names), `blocks`, `fresh()`, `unread(name)`."""

    def __init__(self, master, profile, clock, unit):
        self._master, self.profile, self._clock, self._unit = master, profile, clock, unit
        self.values, self.absent = {}, []
        self._round = self._turn = 0
        self.now_ms = self._probed_ms = clock.ticks_ms()
        self._ready = False
        self._found(profile.ROWS, profile.SPANS)

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
        self.rows = [row if row[registers.UNIT] else (row[0], self._unit) + tuple(row[2:]) for row in rows]
        self._spans = [span if span[0] else (self._unit,) + tuple(span[1:]) for span in spans]
        self._plan()

    def _plan(self):
        self.blocks = registers.plan(self.rows, self._spans, self.absent, self.profile.LONGEST)
        self._read_ms = [None] * len(self.blocks)

    @property
    def _old_ms(self):
        """Every quick block, with a write after each, and one slow one."""
        quick = sum(1 for block in self.blocks if block[4] == 1)
        return max(_OLD_MS, (2 * quick + 1) * self.profile.PERIOD_MS)

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
        for i in quick + slow:
            if self._read_ms[i] is None:
                return i
        self._round += 1
        if slow and (not quick or self._round % self.profile.SLOW_EVERY == 0):
            self._turn += 1
            return slow[self._turn % len(slow)]
        return quick[self._round % len(quick)] if quick else None

    async def _read(self, number):
        unit, function, first, count, _ = self.blocks[number]
        try:
            words = await self._master.read(unit, first, count, function)
        except ModbusError as why:
            if why.kind == EXCEPTION and why.code in (2, 3):
                self._split(number)
            raise
        self.now_ms = self._read_ms[number] = self._clock.ticks_ms()
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
        self._merge()

    def _keep(self, name, value):
        if value is None:
            self.values.pop(name, None)
        else:
            self.values[name] = value

    def _split(self, number):
        """The block is refused as a whole: halve it until the register that is not there stands alone."""
        block = self.blocks[number]
        rows = [row for row in self.rows if registers.inside(row, block) and row[6][0] == "R"]
        others = [other for other in self.blocks if other[3] < block[3]]
        rows = [row for row in rows if row[0] not in self.absent and not any(registers.inside(row, b) for b in others)]
        rows.sort(key=lambda row: row[3])
        for row in rows:
            self.values.pop(row[0], None)
        if len(rows) == 1:
            self._absent(rows[0])
            return
        half = len(rows) // 2
        for row in rows:
            if row[0] == self.profile.STATE_ROW:  # this one first: without it the whole span is gone
                rows, half = [row] + [other for other in rows if other is not row], 1
        pieces = []
        for part in (rows[:half], rows[half:]):
            last = part[-1]
            count = last[3] + registers.size(last[4]) - part[0][3]
            pieces.append((block[0], block[1], part[0][3], count, block[4]))
        self.blocks[number : number + 1] = pieces
        self._read_ms[number : number + 1] = [None, None]

    def _absent(self, row):
        """This register is not there; with the state's register its whole span has gone (no car, or an old device)."""
        self._probed_ms = self.now_ms
        gone = [row]
        if row[0] == self.profile.STATE_ROW:
            for unit, function, first, last in self._spans:
                if registers.inside(row, (unit, function, first, last - first + 1)):
                    whole = (unit, function, first, last - first + 1)
                    gone = [other for other in self.rows if registers.inside(other, whole)]
        for other in gone:
            if other[0] not in self.absent:
                self.absent.append(other[0])
        kept = [(block, at) for block, at in zip(self.blocks, self._read_ms) if self._needed(block)]
        self.blocks, self._read_ms = [block for block, _ in kept], [at for _, at in kept]

    def _needed(self, block):
        return any(row[0] not in self.absent and registers.inside(row, block) for row in self.rows)

    def _merge(self):
        """All was read: put the pieces that a refused register left together again."""
        if not self.absent or None in self._read_ms:
            return
        fewest = registers.plan(self.rows, self._spans, self.absent, self.profile.LONGEST)
        if len(fewest) < len(self.blocks):
            self.blocks = fewest
            self._read_ms = [self.now_ms] * len(fewest)

    async def _try_again(self):
        """Is one of the missing registers there now? With the state's (a car came) all are looked for anew."""
        self._probed_ms = self.now_ms
        self._turn += 1
        name = self.profile.STATE_ROW
        if name not in self.absent:
            name = self.absent[self._turn % len(self.absent)]
        row = [row for row in self.rows if row[0] == name][0]
        if row[6][0] == "R":
            await self._master.read(row[1], row[3], registers.size(row[4]), row[2])
        if name == self.profile.STATE_ROW:
            self.absent = []
            self._plan()
            return
        self.absent.remove(name)
        self.blocks = registers.plan(self.rows, self._spans, self.absent, self.profile.LONGEST)
        self._read_ms = [self.now_ms] * len(self.blocks)

    def _missing(self):
        """Is it time to look for a missing register again?"""
        if not self.absent or (None in self._read_ms and self.profile.STATE_ROW not in self.absent):
            return False
        wait_ms = _PROBE_MS if self.profile.STATE_ROW in self.absent else 4 * _PROBE_MS
        return self._clock.ticks_diff(self.now_ms, self._probed_ms) > wait_ms

    def unread(self, name):
        """It can be read, and was not yet: it may stand already."""
        if name in self.values or name in self._written:
            return False
        for row in self.rows:
            if row[0] == name:
                return any(at is None and registers.inside(row, block) for block, at in zip(self.blocks, self._read_ms))
        return False

    def fresh(self):
        """Have all quick blocks been read lately enough to speak of the charger as a whole?"""
        now, known, most = self._clock.ticks_ms(), False, self._old_ms
        for block, at in zip(self.blocks, self._read_ms):
            if block[4] == 1:
                known = True
                if at is None or self._clock.ticks_diff(now, at) > most:
                    return False
        return known

    def _forget(self):
        """Take what is too old out of `values`."""
        now, old = self._clock.ticks_ms(), self._old_ms
        for block, at in zip(self.blocks, self._read_ms):
            most = old if block[4] == 1 else self.profile.SLOW_EVERY * old * 2
            if at is None or self._clock.ticks_diff(now, at) > most:
                for row in self.rows:
                    if registers.inside(row, block):
                        self.values.pop(row[0], None)
