"""The devices. Registers typed from the public maps; the power follows the setpoint at once.

Power here is positive into the house, whatever the device's own sign.
"""

import struct

from tools.plant import registers
from tools.plant.charger import START, ChargerModel

ILLEGAL_ADDRESS, ILLEGAL_VALUE, BUSY = 2, 3, 6


def f32(value):
    return list(struct.unpack(">HH", struct.pack(">f", value)))


def s32(value):
    return [value >> 16 & 0xFFFF, value & 0xFFFF]


def number(words):
    """Signed, high word first."""
    whole = 0
    for word in words:
        whole = whole << 16 | word
    top = 1 << (16 * len(words) - 1)
    return (whole ^ top) - top


class Device:
    """`words()` gives {(function, address): word} of everything documented; a block with one hole is refused."""

    UNITS: tuple[int, ...] = (1,)

    def __init__(self):
        self.unit = 1  # that is asked now
        self.idle_s = 0.0
        self.w = 0
        self.log: list[list[int]] = []  # what was written: [address, number]

    def words(self):
        raise NotImplementedError

    def take(self, address, words):
        """Carry out a write; a code refuses it."""
        raise NotImplementedError

    def step(self, seconds):
        self.idle_s += seconds

    def read(self, function, address, count):
        self.idle_s = 0.0
        found = self.words()
        asked = [(function, a) for a in range(address, address + count)]
        return [found[a] & 0xFFFF for a in asked] if all(a in found for a in asked) else ILLEGAL_ADDRESS

    def write(self, function, address, words):
        self.idle_s = 0.0
        refused = self.take(address, words)
        if not refused:
            self.log.append([address, number(words)])
        return refused

    def state(self):
        """What a test looks at."""
        return {name: value for name, value in vars(self).items() if isinstance(value, int | float | list)}


def fill(found, function, address, words):
    for i, word in enumerate(words):
        found[function, address + i] = word


class Sigen(Device):
    """The simulated plant's own registers without its physics: the app's plan decides the direction, caps and START
    the rest. Two units on the bus; V2.8 lacks what came with V2.9; a write to 41002 below 500 W latches a fault."""

    UNITS = (registers.INVERTER, registers.PLANT)

    def __init__(self):
        super().__init__()
        self.model = ChargerModel(start_stop=registers.STOP, running_state=6, car_soc_e1=700)
        self.old, self.plan_w, self.v2x, self.latched = 0, -5000, 1, 0
        self._maps = {0: registers.Map(self.model), 1: registers.Map(self.model, "V2.8")}

    def words(self):
        """Of the unit that is asked now."""
        image = self._maps[self.old].image(self.unit)
        return {(3 if address >= 40000 else 4, address): word for address, word in image.items()}

    def write(self, function, address, words):
        self.idle_s = 0.0
        done = self._maps[self.old].write(self.unit, function, address, words)
        if not done:
            return ILLEGAL_ADDRESS
        self.log.append([address, number(words)])
        self.latched = int(self._maps[self.old].latched)
        self._follow()
        return None

    def step(self, seconds):
        super().step(seconds)
        self._follow()

    def _follow(self):
        model, into = self.model, min(max(self.plan_w, 0), self.model.charge_limit_w)
        out = min(max(-self.plan_w, 0), self.model.discharge_limit_w) if self.v2x else 0
        on = model.start_stop == START and not self.latched
        self.w = (out - into) if on else 0
        model.power_w = -self.w
        model.running_state = 6 if not on else 3 if self.w < 0 else 8 if self.w > 0 else 5


class Evtec(Device):
    """Refuses a setpoint outside the offered window; idles when nothing was asked for `timeout_s`."""

    def __init__(self):
        super().__init__()
        self.connector, self.session, self.soc_e1, self.timeout_s = 5, 5, 612, 600
        self.lowest_w, self.highest_w, self.floor_w, self.errors = -10000.0, 10000.0, 0.0, 0

    def words(self):
        found: dict[tuple[int, int], int] = {}
        for first, last in ((0, 37), (40, 43), (100, 115), (118, 123), (130, 131), (138, 139), (146, 147), (154, 159)):
            fill(found, 3, first, [0] * (last - first + 1))
        for address, words in (
            (42, s32(self.timeout_s)),
            (100, s32(self.connector)),
            (104, s32(self.session)),
            (106, f32(402.5)),
            (110, f32(-float(self.w))),
            (112, s32(self.soc_e1)),
            (122, f32(self.lowest_w)),
            (130, f32(self.highest_w)),
            (138, f32(self.floor_w)),
            (146, f32(-float(self.w))),
            (154, [0, 0, *s32(self.errors)]),
            (158, f32(77000.0)),
        ):
            fill(found, 3, address, words)
        return found

    def take(self, address, words):
        value = number(words)
        if address == 42 and len(words) == 2:
            if not 0 < value <= 600:
                return ILLEGAL_VALUE
            self.timeout_s = value
            return None
        if address == 188 and len(words) == 2:  # the suspend register does nothing
            return None
        if address != 186 or len(words) != 2:
            return ILLEGAL_ADDRESS
        outside = not min(self.lowest_w, 0) <= value <= self.highest_w
        if value and (outside or (value < 0 and self.session not in (3, 5))):
            return ILLEGAL_VALUE
        self.w = -value
        self.connector = 10 if not value else 7 if value > 0 else 8
        return None

    def step(self, seconds):
        super().step(seconds)
        if self.idle_s >= self.timeout_s:
            self.w = 0


class Quasar(Device):
    """Needs remote control first, is busy for 2.5 s after a write, shows no charge at 0 W."""

    def __init__(self):
        super().__init__()
        self.control, self.autostart, self.kind, self.timeout_s, self.locked = 0, 1, 0, 0, 0
        self.charger, self.soc, self.set_w, self.busy_s, self.error_1 = 2, 58, 0, 0.0, 0

    def words(self):
        found: dict[tuple[int, int], int] = {(3, a): 7 for a in (1, 2, 3)}
        fill(found, 3, 81, [self.control, self.autostart, self.kind])
        fill(found, 3, 88, [self.timeout_s])
        fill(found, 3, 256, [self.locked])
        fill(found, 3, 258, [0])
        fill(found, 3, 260, [self.set_w & 0xFFFF])
        fill(found, 3, 514, [7400])
        fill(found, 3, 526, [-self.w & 0xFFFF])
        fill(found, 3, 537, [self.charger, self.soc if self.w else 0, 0, self.error_1, 0, 0])
        return found

    def take(self, address, words):
        if self.busy_s > 0:
            return BUSY
        self.busy_s = 2.5
        value = number(words)
        if address == 81:
            self.control = value
            self.autostart = self.autostart if value else 1
            return None
        if not self.control:
            return ILLEGAL_VALUE
        if address in (82, 83, 88):
            setattr(self, {82: "autostart", 83: "kind", 88: "timeout_s"}[address], value)
        elif address == 260:
            if abs(value) > 7400:
                return ILLEGAL_VALUE
            self.set_w = value
        elif address == 257:
            self.charger = 4 if value != 1 or not self.set_w else 1 if self.set_w > 0 else 11
        else:
            return ILLEGAL_ADDRESS
        self._follow()
        return None

    def _follow(self):
        self.w = -self.set_w if self.charger in (1, 11) and self.kind == 1 else 0

    def step(self, seconds):
        super().step(seconds)
        self.busy_s = max(0.0, self.busy_s - seconds)
        if self.timeout_s and self.idle_s >= self.timeout_s:
            self.charger, self.w = 4, 0

    def read(self, function, address, count):
        return BUSY if self.busy_s > 0 else super().read(function, address, count)


class Ambibox(Device):
    """Sleeps, wakes on request; discharges only by ISO 15118-20; forgets a setpoint not written for 30 s."""

    def __init__(self):
        super().__init__()
        self.asleep, self.protocol, self.control, self.session, self.connected, self.soc = 1, 5, 1, 5, 1, 44.4
        self.since_set_s, self.wakes = 0.0, 0

    def words(self):
        found: dict[tuple[int, int], int] = {(4, a): 0 for a in range(4000, 4104)}
        battery = 1 if not self.w else 3 if self.w > 0 else 2
        for offset, words in (
            (0, s32(self.asleep)),
            (10, f32(230.4)),
            (18, s32(abs(self.w))),
            (42, s32(7 if not self.w else 3)),
            (48, f32(60000.0)),
            (54, f32(self.soc)),
            (64, s32(11000)),
            (68, s32(9000)),
            (70, s32(battery)),
            (76, s32(self.control)),
            (78, s32(-self.w)),
            (80, s32(self.protocol)),
            (82, s32(self.session)),
            (84, s32(self.connected)),
        ):
            fill(found, 4, 4000 + offset, words)
        fill(found, 3, 3000, s32(self.w))
        return found

    def take(self, address, words):
        if len(words) != 2:
            return ILLEGAL_ADDRESS
        if address == 3002:
            self.asleep, self.wakes = 0, self.wakes + 1
            return None
        if address != 3000:
            return ILLEGAL_ADDRESS
        value = number(words)
        self.since_set_s = 0.0
        may_give = self.protocol == 5 and self.control != 0
        self.w = 0 if self.asleep or (value > 0 and not may_give) else value
        return None

    def step(self, seconds):
        super().step(seconds)
        self.since_set_s += seconds
        if self.since_set_s > 30.0:
            self.w = 0


class SunSpec(Device):
    """1, 701, 702, 704, 713, 715 at a base of its own, powers in tens of watts, setpoints in watts."""

    LENGTHS = ((1, 66), (701, 153), (702, 50), (120, 26), (704, 65), (713, 7), (715, 7))

    def __init__(self):
        super().__init__()
        self.base, self.inverter, self.mode, self.soc, self.local, self.forming = 40000, 3, 1, 655, 0, 0
        self.set_w = self.set_var = self.left_s = self.timer_s = self.beat = 0
        self.beat_age_s, self.operate = 0.0, 1

    def at(self, model):
        """Address of a model's ID."""
        where = self.base + 2
        for one, length in self.LENGTHS:
            if one == model:
                return where
            where += 2 + length
        raise KeyError(model)

    def words(self):
        found: dict[tuple[int, int], int] = {}
        fill(found, 3, self.base, [0x5375, 0x6E53])
        for model, length in self.LENGTHS:
            fill(found, 3, self.at(model), [model, length, *[0x8000 if model == 701 else 0xFFFF] * length])
        fill(found, 3, self.base + 2 + sum(n + 2 for _, n in self.LENGTHS), [0xFFFF, 0])
        at = self.at(701)
        mode = 2 if self.forming else 1
        fill(found, 3, at + 3, [1, self.inverter, 0 if self.forming else 1, 0, 0, *s32(mode)])
        fill(found, 3, at + 10, [self.w // 10 & 0xFFFF, 0x8000, self.set_var // 10 & 0xFFFF])
        fill(found, 3, at + 15, [2400, 1201, *s32(60013)])
        fill(found, 3, at + 113, [0x8000, -1 & 0xFFFF, -3 & 0xFFFF, 1, 0x8000, 0x8000, 1])
        at = self.at(702)
        fill(found, 3, at + 2, [115])
        fill(found, 3, at + 10, [110, 100])
        fill(found, 3, at + 45, [2])
        at = self.at(704)
        fill(found, 3, at + 22, [1, 1, *s32(self.set_w), 0, 0, 0, 0, 1, *s32(self.timer_s), *s32(int(self.left_s))])
        fill(found, 3, at + 35, [1, 4, 0, *s32(self.set_var)])
        fill(found, 3, at + 55, [0, 0, 0])
        fill(found, 3, self.at(713) + 2, [60000, 0xFFFF, self.soc, 0xFFFF, 0, 0, -1 & 0xFFFF])
        fill(found, 3, self.at(715) + 2, [self.local, 0, 7, *s32(self.beat), 0, self.operate])
        return found

    def take(self, address, words):
        offset = address - self.at(704)
        if offset == 22 and len(words) == 11:
            if words[0] != 1 or words[1] != 1 or words[8] != 1:
                return ILLEGAL_VALUE
            self.set_w, self.timer_s = number(words[2:4]), number(words[9:11])
            self.left_s = self.timer_s
        elif offset == 35 and len(words) == 12:
            self.set_var = number(words[3:5])
        elif address == self.at(715) + 5 and len(words) == 2:
            self.beat_age_s, self.beat = (0.0 if number(words) != self.beat else self.beat_age_s), number(words)
        elif address == self.at(715) + 8 and len(words) == 1:
            self.operate = words[0]
            self.inverter = 3 if words[0] == 1 else 7
        else:
            return ILLEGAL_ADDRESS
        self._follow()
        return None

    def _follow(self):
        self.w = self.set_w if self.operate == 1 and not self.local else 0

    def step(self, seconds):
        super().step(seconds)
        self.left_s = max(0, self.left_s - seconds)
        self.beat_age_s += seconds
        if not self.left_s or self.beat_age_s > 15.0:
            self.set_w = 0
        self._follow()


KINDS = {"sigen": Sigen, "evtec": Evtec, "quasar": Quasar, "ambibox": Ambibox, "sunspec_der": SunSpec}
