"""The charger as the rest of the firmware knows it: polled, decoded, and asked for power. It never touches an output.

What it says goes into `asks` with the tick of the reply it came in; who uses it looks at its age. A command is
believed when the
registers show it (31513, 31502), never because it was acknowledged. Unknown is -1, never 0.
"""

from firmware.charger import bits
from firmware.charger.rtu import ModbusError
from firmware.transfer import states

_OLD_MS = 4000  # a block not read for longer says nothing any more
_RESTART_MS = 60000  # between two STARTs for a session that ended at the car or in the app
_ISLAND = (states.STARTING, states.ISLAND, states.SYNCHRONISING, states.UNBONDING, states.CLOSING)


def signed(words):
    """32 bits, high word first, two's complement."""
    value = words[0] << 16 | words[1]
    return value - (1 << 32) if words[0] & 0x8000 else value


class Device:
    """`poll()` one round; `wish((charge_w, discharge_w))` what the energy room would like; `values` last decoded."""

    def __init__(self, master, profile, clock, layout, image, asks):
        self._master, self._profile, self._clock = master, profile, clock
        self._image, self._asks = image, asks
        self._tick, self._state = layout.slot("TICK"), layout.slot("STATE")
        names = ("CHARGER_TICK", "CHARGER_BITS", "CHARGER_W", "CAR_SOC_E1", "BATTERY_SOC_E1", "HOUSE_W")
        self._slots = [layout.ask(name) for name in names]
        self.values = {}
        self._read_ms = [None] * len(profile.BLOCKS)
        self._next = 0
        self._wish = None
        self._written = {}
        self._started_ms = None
        self.link_up = None  # None before the first answer
        self.changes = []  # (up, words) for the event record

    @property
    def stats(self):
        return self._master.stats

    def wish(self, limits):
        """(most the car may take, most it may give) in W; (0, 0) stops it; None leaves things as they are."""
        self._wish = limits

    async def poll(self):
        """Read the next block, then write what has to change; the answers are in `asks` and `values`."""
        number = self._next
        if self._image[self._state] == states.HANDBACK:  # the grid waits for one word: does it follow?
            number = self._profile.GRID_BLOCK
        self._next = (number + 1) % len(self._profile.BLOCKS)
        try:
            await self._read(number)
            self._link(True, "")
            await self._command()
        except ModbusError as why:
            self._link(False, str(why))
        self._tell(False)

    async def _read(self, number):
        unit, first, count = self._profile.BLOCKS[number]
        words = await self._master.read(unit, first, count)
        for name, of, address, kind, _ in self._profile.REGISTERS:
            if of == unit and first <= address < first + count:
                at = address - first
                if kind == "U16":
                    self.values[name] = words[at]
                elif kind == "S32":
                    self.values[name] = signed(words[at : at + 2])
                else:
                    self.values[name] = words[at] << 16 | words[at + 1]
        self._read_ms[number] = self._clock.ticks_ms()
        self._tell(True)

    def _link(self, up, why):
        if up is not self.link_up:
            self.link_up = up
            self.changes.append((up, why))

    def fresh(self):
        """Have all blocks been read lately enough to speak of the charger as a whole?"""
        now = self._clock.ticks_ms()
        return all(t is not None and self._clock.ticks_diff(now, t) <= _OLD_MS for t in self._read_ms)

    def _tell(self, replied):
        asks, slots, values = self._asks, self._slots, self.values
        if not self.fresh():
            asks[slots[1]] = 0
            for slot in slots[3:]:
                asks[slot] = -1
            return
        asks[slots[1]] = self._bits()
        asks[slots[2]] = -values["car_w"]
        asks[slots[3]] = values["car_soc_e1"] or -1
        asks[slots[4]] = values["battery_soc_e1"] or -1
        asks[slots[5]] = max(-1, values["grid_w"] - values["car_w"]) if values["grid_sensor"] else -1
        if replied:
            asks[slots[0]] = self._image[self._tick]

    def _bits(self):
        values, profile = self.values, self._profile
        state, found = values["state"], 0
        if state in profile.FAULT_STATES:
            found |= bits.FAULT
        elif state in profile.READY_STATES:
            found |= bits.READY
        found |= bits.FORMING if values["off_grid"] else bits.FOLLOWING
        if state not in profile.RUNNING_STATES and abs(values["car_w"]) < 100:
            found |= bits.STOPPED
        return found

    async def _command(self):
        """At most one write a round, and only what has changed."""
        if "state" not in self.values:
            return
        profile, state = self._profile, self._image[self._state]
        if state in _ISLAND:
            await self._start()
        elif state == states.PARALLEL and self._wish is not None:
            charge_w, discharge_w = self._wish
            if not charge_w and not discharge_w:
                await self._put("start_stop", profile.STOP)
            elif charge_w and await self._put("charge_limit_w", max(charge_w, profile.LEAST_CHARGE_W)):
                return
            elif discharge_w and await self._put("discharge_limit_w", discharge_w):
                return
            else:
                await self._start()

    async def _start(self):
        """START, and again for a session that has ended though it was wished for."""
        profile = self._profile
        if await self._put("start_stop", profile.START):
            self._started_ms = self._clock.ticks_ms()
            return
        ended = self.values["state"] not in profile.RUNNING_STATES and self.values["state"] not in profile.NO_CAR_STATES
        since = self._started_ms
        if ended and (since is None or self._clock.ticks_diff(self._clock.ticks_ms(), since) > _RESTART_MS):
            self._written.pop("start_stop", None)

    async def _put(self, name, value):
        """Write unless it stands; True when a request was made."""
        if self._written.get(name) == value:
            return False
        unit, address, kind = self._profile.WRITES[name]
        if kind == "U16":
            await self._master.write(unit, address, value)
        else:
            await self._master.write_many(unit, address, [value >> 16, value & 0xFFFF])
        self._written[name] = value
        return True
