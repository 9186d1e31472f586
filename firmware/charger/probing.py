"""Which reads fetch the registers, and what to do when one is refused. Loaded when it is needed and dropped again.

A row is described in registers.py; a block is (unit, function, first, count, every).
"""

from micropython import const

from firmware.charger.registers import inside, size

_NAME = const(0)
_UNIT = const(1)
_FUNCTION = const(2)
_ADDRESS = const(3)
_KIND = const(4)
_GAIN = const(5)
_ACCESS = const(6)
_EVERY = const(7)
_LONGEST = const(124)  # registers in one read


def plan(rows, spans, absent=(), longest=_LONGEST):
    """The fewest reads that fetch every readable row: a list of (unit, function, first, count, every).

    No read leaves the span of documented addresses it begins in, and none touches a row named in `absent`. What is
    read in each round comes first; a slow row inside such a block costs nothing more.
    """
    wanted = [row for row in rows if row[_ACCESS][0] == "R" and row[_NAME] not in absent]
    holes = [row for row in rows if row[_NAME] in absent]
    quick = _blocks([row for row in wanted if row[_EVERY] == 1], spans, holes, longest)
    return quick + _blocks([row for row in wanted if not any(inside(row, b) for b in quick)], spans, holes, longest)


def _blocks(rows, spans, holes, longest):
    found = []
    for row in sorted(rows, key=lambda r: (r[_UNIT], r[_FUNCTION], r[_ADDRESS])):
        end = row[_ADDRESS] + size(row[_KIND])
        if found:
            last = found[-1]
            wider = (last[0], last[1], last[2], max(end, last[2] + last[3]) - last[2], min(last[4], row[_EVERY]))
            if (row[_UNIT], row[_FUNCTION]) == last[:2] and wider[3] <= longest and _clear(wider, spans, holes):
                found[-1] = wider
                continue
        found.append((row[_UNIT], row[_FUNCTION], row[_ADDRESS], end - row[_ADDRESS], row[_EVERY]))
    return found


def _clear(block, spans, holes):
    unit, function, first, count, _ = block
    for hole in holes:
        start = hole[_ADDRESS]
        if hole[_UNIT] == unit and hole[_FUNCTION] == function and start < first + count:
            if start + size(hole[_KIND]) > first:
                return False
    for of, by, low, high in spans:
        if of == unit and by == function and low <= first and first + count - 1 <= high:
            return True
    return False


def split(reader, number):
    """The block is refused as a whole: halve it until the register that is not there stands alone."""
    block = reader.blocks[number]
    rows = [row for row in reader.rows if inside(row, block) and row[6][0] == "R"]
    others = [other for other in reader.blocks if other[3] < block[3]]
    rows = [row for row in rows if row[0] not in reader.absent and not any(inside(row, b) for b in others)]
    rows.sort(key=lambda row: row[3])
    for row in rows:
        reader.values.pop(row[0], None)
    if len(rows) == 1:
        _absent(reader, rows[0])
        return
    half = len(rows) // 2
    for row in rows:
        if row[0] == reader.profile.STATE_ROW:  # this one first: without it the whole span is gone
            rows, half = [row] + [other for other in rows if other is not row], 1
    pieces = []
    for part in (rows[:half], rows[half:]):
        last = part[-1]
        count = last[3] + size(last[4]) - part[0][3]
        pieces.append((block[0], block[1], part[0][3], count, block[4]))
    reader.blocks[number : number + 1] = pieces
    reader.read_ms[number : number + 1] = [None, None]
    reader.in_pieces = True


def _absent(reader, row):
    """This register is not there; with the state's register its whole span has gone (no car, or an old device)."""
    reader.probed_ms, reader.in_pieces = reader.now_ms, True
    gone = [row]
    if row[0] == reader.profile.STATE_ROW:
        for unit, function, first, last in reader.spans:
            if inside(row, (unit, function, first, last - first + 1)):
                whole = (unit, function, first, last - first + 1)
                gone = [other for other in reader.rows if inside(other, whole)]
    for other in gone:
        if other[0] not in reader.absent:
            reader.absent.append(other[0])
    kept = [(block, at) for block, at in zip(reader.blocks, reader.read_ms) if _needed(reader, block)]
    reader.blocks, reader.read_ms = [block for block, _ in kept], [at for _, at in kept]


def _needed(reader, block):
    return any(row[0] not in reader.absent and inside(row, block) for row in reader.rows)


def merge(reader):
    """All was read: put the pieces that a refused register left together again."""
    reader.in_pieces = False
    plan_anew(reader, reader.now_ms)


def plan_anew(reader, read_ms):
    """The fewest blocks; each counts as read at `read_ms`, None = not yet."""
    reader.blocks = plan(reader.rows, reader.spans, reader.absent, reader.profile.LONGEST)
    reader.read_ms = [read_ms] * len(reader.blocks)
