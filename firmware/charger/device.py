"""The charger as the rest of the firmware knows it: polled, decoded, and asked for power. It never touches an output.

What the energy room may use (nothing else here is promised):

- `wish((charge_w, discharge_w))`: the most the car may take and give, W, both >= 0. `(0, 0)` stops it, None leaves
  things as they are. A device with `profile.SETPOINT` 1 is given the one signed number discharge_w - charge_w; one with
  0 (Sigenergy) gets two caps, chooses the direction itself and has to be watched. Obeyed in PARALLEL only; in an island
  the caps go to the ratings.
- `wish_var(var)`: reactive power into the house, where `profile.TAKES_Q`; `sent_tick` is the image's TICK when the last
  power or var setpoint left for the wire, `sent_w` and `sent_var` what it said.
- `order(name, value)`: a standing order for a register (`backup_soc_e1`), written when the device shows another value
  and never twice within a minute.
- `values`: {register name: whole number} no older than its block allows; a name that is missing is not known.
- `gave_w`: most the car was seen to give in this session; 0 = not seen yet.
- `notes`: what stands in the way of the wish, V2X_OFF .. REFUSED.
- `link_up` (None before the first answer), `since_s` (uptime of its last change), `version`, `stats`.
- `profile`: NAME, SETPOINT, TAKES_Q, STEERS_F, ISLAND_BY (contact, itself, none), SETPOINT_PERIOD_MS, OWN_TIMEOUT_S.

What the tick uses goes into `asks` with the tick of the reply it came in. A command is believed when the registers
show it, never because it was acknowledged. Unknown is -1, never 0.
"""

from micropython import const

from firmware.charger import bits, registers
from firmware.charger.reader import Reader
from firmware.charger.rtu import EXCEPTION, ModbusError
from firmware.spent import forget
from firmware.transfer import states

_AGAIN_MS = const(60000)  # between two equal writes
_GONE_MS = const(15000)  # without an answer: a charger without a timeout of its own is then parted by the contactor
_REFUSED_MS = const(10000)  # before a write that was refused is tried again
_MOST = const((1 << 30) - 1)
_ISLAND = (states.STARTING, states.ISLAND, states.SYNCHRONISING, states.UNBONDING, states.CLOSING)
V2X_OFF, INTERLOCK, NOT_SHOWN, REFUSED = range(4)  # firmware/charger/notes.py has the words


class Device(Reader):
    """`poll()` one round, in a background task; the rest stands above."""

    def __init__(self, master, profile, clock, layout, image, asks, unit=1):
        super().__init__(master, profile, clock, unit)
        self._image, self._asks = image, asks
        self._tick, self._state, self._uptime = layout.slot("TICK"), layout.slot("STATE"), layout.slot("UPTIME_S")
        names = ("CHARGER_TICK", "CHARGER_BITS", "CHARGER_W", "CAR_SOC_E1", "BATTERY_SOC_E1", "HOUSE_W")
        self._slots, self._sent_var = [layout.ask(name) for name in names], layout.ask("SENT_VAR")
        self.notes = []
        self.asked, self.asked_var, self._orders = None, 0, {}
        self._written, self._put_ms = {}, None
        self._lost_ms, self._lost_for_good = None, False
        self.link_up, self.since_s, self.version = None, 0, ""
        self.gave_w, self.sent_tick, self.sent_w, self.sent_var = 0, -1, 0, 0
        self.there = True  # is a car there? the profile's `facts` says so
        self.memory = {}  # the profile's own, gone with the car
        self.changes = []  # (up, lost, refused or warns; words) for the event record

    @property
    def stats(self):
        return self._master.stats

    def wish(self, limits):
        """(most the car may take, most it may give) in W; (0, 0) stops it; None leaves things as they are."""
        self.asked = limits

    def wish_var(self, var):
        """Reactive power into the house, where the profile takes it."""
        self.asked_var = var

    def order(self, name, value):
        """A standing order for a register of the profile; None withdraws it."""
        self._orders[name] = value

    # what a profile's `wants` may ask

    @property
    def in_island(self):
        return self._image[self._state] in _ISLAND

    @property
    def may_run(self):
        return self._image[self._state] == states.PARALLEL

    def age_ms(self, name):
        """Time since the register was last written; None = never since the start or the last loss of the link."""
        told = self._written.get(name)
        return None if told is None else self._clock.ticks_diff(self.now_ms, told[1])

    def standing(self, name):
        """What the register holds as far as is known: as read back, else as written, else None."""
        value = self.values.get(name)
        told = self._written.get(name)
        return value if value is not None else told[0] if told else None

    def due(self, name, value):
        """Must it be written? Not while it stands, nor an equal one within a minute, nor where it is refused."""
        told = self._written.get(name)
        if name in self.absent or self.standing(name) == value or self.unread(name):
            return False
        if told is None or told[0] != value:
            return True
        if self.age_ms(name) < _AGAIN_MS:
            return False
        self.note(NOT_SHOWN)
        return True

    def again(self, name, value, after_ms):
        """Must a command be given (again)? Not the same one within `after_ms`."""
        told = self._written.get(name)
        return told is None or told[0] != value or self.age_ms(name) >= after_ms

    def told(self, name):
        """What was last written to it, None after a start or a loss of the link."""
        told = self._written.get(name)
        return told[0] if told else None

    def rested(self, name, ms):
        """Was it last written at least `ms` ago?"""
        age = self.age_ms(name)
        return age is None or not 0 <= age < ms

    def has(self, name):
        """Does this device have the register?"""
        return name not in self.absent and any(row[0] == name for row in self.rows)

    def note(self, number, on=True):
        """Set or clear one of NOTES."""
        if on and number not in self.notes:
            from firmware.charger import notes

            self.notes.append(number)
            if number != REFUSED:  # that one has an event of its own
                self.changes.append(("warns", notes.NOTES[number]))
            del notes
            forget("firmware.charger.notes")
        elif not on and number in self.notes:
            self.notes.remove(number)

    # the round

    async def poll(self):
        """Read the next block, then write at most one thing; the answers are in `asks` and `values`."""
        self.now_ms = self._clock.ticks_ms()
        if self._put_ms is not None and self._clock.ticks_diff(self.now_ms, self._put_ms) < self.profile.AFTER_WRITE_MS:
            await self._clock.sleep_ms(100)  # it is busy with what was written
            return
        self._put_ms = None
        try:
            if await self.read_next(self._image[self._state] == states.HANDBACK):
                self.version = self.profile.version(self)
                self._tell(True)
            await self._command()
            self._link(True, "")
        except ModbusError as why:
            self._link(why.kind == EXCEPTION, str(why))
        self._tell(False)

    def _link(self, up, why):
        if up is not self.link_up:
            if self.link_up is not None:
                self._lost_ms = self._clock.ticks_ms()
            self.link_up = up
            self.since_s = self._image[self._uptime]
            self.changes.append(("up" if up else "lost", why))
            self._lost_for_good = False
            if not up:  # it may have been another device, or restarted: nothing that was written is taken for standing
                self._written = {}
                self._ready = False
                self._asks[self._sent_var] = 0

    def _tell(self, replied):
        asks, slots = self._asks, self._slots
        self._forget()
        facts = self.profile.facts(self) if self.fresh() else None
        if facts is None:
            asks[slots[1]] = bits.GONE if self._gone() else 0
            for slot in slots[3:]:
                asks[slot] = -1
            return
        for slot, value in zip(slots[1:], facts):
            asks[slot] = max(-_MOST, min(_MOST, value))
        if self.there:
            self.gave_w = max(self.gave_w, facts[1])
        else:
            self.gave_w = 0
            self.memory = {}
        if replied:
            asks[slots[0]] = self._image[self._tick]

    def _gone(self):
        """Lost for long, and nothing but the contactor will stop it? Never of a charger that never answered."""
        if self.link_up is not False or self._lost_ms is None or self.profile.OWN_TIMEOUT_S:
            return False
        if not self._lost_for_good:
            self._lost_for_good = self._clock.ticks_diff(self._clock.ticks_ms(), self._lost_ms) >= _GONE_MS
        return self._lost_for_good

    async def _command(self):
        """At most one write a round, and only what has changed."""
        wanted = self.profile.wants(self)
        if wanted is None:
            for name, value in self._orders.items():
                if value is not None and self.has(name) and self.due(name, value):
                    wanted = (name, value)
                    break
        if wanted is None:
            return
        name = wanted[0]
        if name in self._written and self.told(name) is None and not self.rested(name, _REFUSED_MS):
            return  # it was refused a moment ago
        await self.put(name, wanted[1])

    async def put(self, name, value):
        """Write one register, or the group of points that a profile makes of a setpoint."""
        row = [row for row in self.rows if row[0] == name][0]
        unit, address, kind, profile = row[1] or self._unit, row[3], row[4], self.profile
        try:
            words = profile.words(self, name, value) if hasattr(profile, "words") else None
            if words is None:
                words = registers.encode(name, kind, registers.unscaled(value, row[5], self.values))
        except ValueError as why:
            self.changes.append(("refused", str(why)))
            self._written[name] = (None, self._clock.ticks_ms())
            return
        if name == profile.W_ROW:
            self.sent_tick, self.sent_w = self._image[self._tick], value
        elif name == profile.VAR_ROW:
            self.sent_tick, self.sent_var = self._image[self._tick], value
            self._asks[self._sent_var] = value
        try:
            if len(words) == 1:
                await self._master.write(unit, address, words[0])
            else:
                await self._master.write_many(unit, address, words)
        except ModbusError as why:
            if why.kind != EXCEPTION:
                raise
            self.note(REFUSED)
            if why.code == 2 and row[6][0] != "R":
                self.absent.append(name)
            self.changes.append(("refused", "%s = %s: %s" % (name, value, why)))
            value = None
        else:
            self.note(REFUSED, False)
        self._put_ms = self._clock.ticks_ms()
        self._written[name] = (value, self._put_ms)
        if "X" not in row[6]:
            self._keep(name, None)  # the old reading no longer speaks of it
