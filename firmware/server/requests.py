"""What the site's energy manager may ask for: power with an end to it, a limit, a hold. It never operates anything.

For the energy room (nothing else here is promised):

- `power_w()`: the power into the house that is asked for, W, negative charges the car; None when nothing is asked.
- `limit_w()`: the most the car may give, W; None when nothing is asked. `hold`: True while nothing may run at all.
- `left_s()`: seconds until the request ends by itself.

Every request ends: after its reversion time (704 WSetRvrtTms, or 300 s when that is 0), and, once the manager has begun
to write its heartbeat (715), when that stands still for 60 s. What is left then is what the site does by itself. A
value out of range refuses the whole write. Nothing here closes a contactor, starts an island or lifts a lockout.
"""

from micropython import const

_DEFAULT_S = const(300)
_LONGEST_S = const(86400)
_BEAT_S = const(60)
_BURST = const(10)  # writes at once; then two a second
_PER_S = const(2)
_STOP, _START, _TO_STANDBY, _FROM_STANDBY = range(4)
# (model, offset): (registers, signed, lowest, highest); the ratings come on top
_POINTS = {
    (703, 2): (1, 0, 0, 1),
    (704, 14): (1, 0, 0, 1),
    (704, 15): (1, 0, 0, 1000),
    (704, 16): (1, 0, 0, 1000),
    (704, 17): (1, 0, 0, 1),
    (704, 18): (2, 0, 0, _LONGEST_S),
    (704, 22): (1, 0, 0, 1),
    (704, 23): (1, 0, 0, 1),
    (704, 24): (2, 1, None, None),
    (704, 26): (2, 1, 0, 0),  # what stands after the timer is nothing
    (704, 28): (1, 1, -1000, 1000),
    (704, 29): (1, 1, 0, 0),
    (704, 30): (1, 0, 0, 1),
    (704, 31): (2, 0, 0, _LONGEST_S),
    (715, 5): (2, 0, 0, (1 << 32) - 1),
    (715, 7): (1, 0, 0, 0),  # an alarm is reset on site
    (715, 8): (1, 0, 0, 3),
}


class Requests:
    """`write(address, words, now_s)` -> 0 or an exception code; `pass_time(now_s)`."""

    def __init__(self, chain, curves, rated_w):
        self._chain, self._curves, self._rated_w = chain, curves, rated_w
        self.hold, self._stopped = False, False
        self._until_s = self._limit_until_s = self._beat_s = None
        self._tokens, self._token_s, self._now_s = _BURST, 0, 0
        self.events = []  # (what, detail), drained by the server's task
        for offset, value, size in ((14, 0, 1), (15, 1000, 1), (16, 1000, 1), (17, 0, 1), (18, 0, 2), (22, 0, 1),
                                    (23, 1, 1), (24, 0, 2), (26, 0, 2), (28, 0, 1), (29, 0, 1), (30, 0, 1),
                                    (31, _DEFAULT_S, 2), (54, -1, 1), (55, 0, 1), (56, -1, 1), (20, 0, 2),
                                    (33, 0, 2)):  # fmt: skip
            chain.put(704, offset, value, size)
        chain.put(715, 5, 0, 2)
        chain.put(715, 7, 0)
        chain.put(715, 8, _START)

    # for the energy room

    def power_w(self):
        if self.hold:
            return 0
        get = self._chain.get
        if self._until_s is None:
            return None
        return get(704, 24, 2, True) if get(704, 23) else get(704, 28, 1, True) * self._rated_w // 1000

    def limit_w(self):
        if self.hold:
            return 0
        return None if self._limit_until_s is None else self._chain.get(704, 15) * self._rated_w // 1000

    def left_s(self):
        ends = [end for end in (self._until_s, self._limit_until_s) if end is not None]
        return max(0, min(ends) - self._now_s) if ends else 0

    # for the server

    def write(self, address, words, now_s):
        """All points of one write, or none: 2 = not writable, 3 = not allowed or half a point, 6 = too many writes."""
        points, at = [], 0
        while at < len(words):
            model, offset = self._chain.where(address + at)
            size, code = self._judge(model, offset, words, at)
            if code:
                return code
            points.append((model, offset, words[at : at + size]))
            at += size
        if not self._allowed(now_s):
            return 6
        for model, offset, value in points:
            for i, word in enumerate(value):
                self._chain.put(model, offset + i, word)
        self._obey(points, now_s)
        return 0

    def _judge(self, model, offset, words, at):
        """(registers of the point, exception code)."""
        row = _POINTS.get((model, offset))
        size = row[0] if row else self._curves.writable(model, offset)
        if not size:
            half = (model, offset - 1) in _POINTS and _POINTS[model, offset - 1][0] == 2
            return 0, 3 if half else 2
        if at + size > len(words):
            return 0, 3
        value = words[at] if size == 1 else words[at] << 16 | words[at + 1]
        if not row:
            return size, 3 if self._curves.problem(model, offset, value) else 0
        top = 1 << (16 * size - 1)
        if row[1]:
            value = (value ^ top) - top
        low, high = (-self._rated_w, self._rated_w) if row[2] is None else (row[2], row[3])
        return size, 0 if low <= value <= high else 3

    def _allowed(self, now_s):
        """A bucket of writes, filled at a fixed rate."""
        if not 0 <= now_s - self._token_s < 3600:
            self._token_s = now_s
        self._tokens = min(_BURST, self._tokens + (now_s - self._token_s) * _PER_S)
        self._token_s = now_s
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def _obey(self, points, now_s):
        get, self._now_s = self._chain.get, now_s
        names = [(model, offset) for model, offset, _ in points]
        power, limit = self._until_s, self._limit_until_s
        if any(model == 704 and offset >= 22 for model, offset in names):
            self._until_s = now_s + (get(704, 31, 2) or _DEFAULT_S) if get(704, 22) else None
            if (power is None) is not (self._until_s is None):
                self.events.append(("site power", "%d W" % self.power_w() if get(704, 22) else "off"))
        if any(model == 704 and offset < 22 for model, offset in names):
            self._limit_until_s = now_s + (get(704, 18, 2) or _DEFAULT_S) if get(704, 14) else None
            if (limit is None) is not (self._limit_until_s is None):
                self.events.append(("site limit", "%d W" % self.limit_w() if get(704, 14) else "off"))
        if (715, 5) in names:
            self._beat_s = now_s
        if (715, 8) in names:
            self._stopped = get(715, 8) in (_STOP, _TO_STANDBY)
            self.events.append(("site operation", "stop" if self._stopped else "start"))
        self.hold = self._stopped or not get(703, 2)
        if (703, 2) in names:
            self.events.append(("site enter service", "permitted" if get(703, 2) else "withheld"))
        for model, offset in names:
            if offset == 3 and 707 <= model <= 710:
                why = self._curves.adopt(model)
                self._chain.put(model, 3, 0)
                self.events.append(("site curve %d" % model, why or "in the draft, to be committed on site"))

    def pass_time(self, now_s):
        """Let what has run out end, and show the time that is left."""
        self._now_s = now_s
        put = self._chain.put
        if self._beat_s is not None and now_s - self._beat_s > _BEAT_S:
            self._beat_s = None
            self._end("the manager's heartbeat stands still", True, True)
        power, limit = self._until_s, self._limit_until_s
        if (power is not None and now_s >= power) or (limit is not None and now_s >= limit):
            self._end("the time is over", power is not None and now_s >= power, limit is not None and now_s >= limit)
        put(704, 33, max(0, self._until_s - now_s) if self._until_s is not None else 0, 2)
        put(704, 20, max(0, self._limit_until_s - now_s) if self._limit_until_s is not None else 0, 2)

    def _end(self, why, power, limit):
        put = self._chain.put
        if power and self._until_s is not None:
            self._until_s = None
            put(704, 22, 0)
            put(704, 24, 0, 2)
            put(704, 28, 0)
            self.events.append(("site power ended", why))
        if limit and self._limit_until_s is not None:
            self._limit_until_s = None
            put(704, 14, 0)
            put(704, 15, 1000)
            self.events.append(("site limit ended", why))
