"""Where the cycles of a stage go: every instruction of eight ticks, by the kernel it belongs to.

    python -m tools.emulator.profile protect

A kernel's own cycles, and those the interpreter spends on its behalf (calls, conversions, array accesses outside
viper), until another kernel runs. Slow and exact: the emulator is stepped instruction by instruction.
"""

import argparse
import sys
from collections import Counter
from typing import Any

from tools.emulator import cost, guests, image
from tools.emulator.chip import SYSTICK_CVR, Chip

RAM, RAM_END = 0x20000000, 0x20042000
TICKS = 8

# Finds every function the stage can reach and says where it is; then runs eight ticks.
PROBE = """
said = set()


def tell(name, thing):
    kind = type(thing).__name__
    if kind in ("function", "closure", "bound_method") and id(thing) not in said:
        said.add(id(thing))
        print("FUNC", name, id(thing), kind)


def walk(name, thing, depth):
    tell(name, thing)
    if depth == 0 or type(thing).__name__ == "module":
        return
    if isinstance(thing, (tuple, list)):
        for i, item in enumerate(thing):
            walk("%s[%d]" % (name, i), item, depth - 1)
    elif hasattr(thing, "__dict__"):
        for key, value in thing.__dict__.items():
            walk(name + "." + key, value, depth - 1)


for name, module in list(sys.modules.items()):
    if name.startswith("firmware"):
        for key, value in module.__dict__.items():
            walk(name[9:] + "." + key, value, 2 if isinstance(value, type) else 0)
for name, step, args, out in stages:
    walk(name, step, 4)
print("PROFILE")
time.sleep_ms(60)
for i in range(8):
    newest = waves.four()
    n = (START + 8000 + i) & 0x1FFFFFFF
    for name, step, args, out in stages:
        meter.cycles(step, *[{"newest": newest, "n": n, "bits": BITS}[arg] for arg in args])
print("PROFILED")
time.sleep_ms(100)
"""


class Profile:
    """Counts cycles by (kernel, inside or on behalf) while a measured call runs."""

    def __init__(self, chip: Chip) -> None:
        self.chip = chip
        self.starts: list[tuple[int, str]] = []
        self.own: Counter[str] = Counter()
        self.behalf: Counter[str] = Counter()
        self.entries: Counter[str] = Counter()
        self.inside = False

    def word(self, address: int) -> int:
        return int(self.chip.mcu.read_uint32(address))

    def learn(self, lines: list[str]) -> None:
        """FUNC lines give objects; the code pointer is the fourth word of a function, a closure points to one."""
        found: dict[int, str] = {}
        for line in lines:
            words = line.split()
            if words[0] != "FUNC":
                continue
            at, kind = int(words[2]), words[3]
            if kind in ("closure", "bound_method"):
                at = self.word(at + 4)
            code = self.word(at + 12)
            if RAM <= code < RAM_END:
                found.setdefault(code, words[1])
        self.starts = sorted(found.items())

    def whose(self, pc: int) -> str | None:
        if not RAM <= pc < RAM_END:
            return None
        name = None
        for start, candidate in self.starts:
            if start > pc:
                break
            name = candidate if pc - start < 4096 else None
        return name or "?"

    def run(self, limit: int = 40_000_000) -> None:
        """Step until the guest has said PROFILED."""
        core, clock, last = self.chip.mcu.core, self.chip.clock, "(entry)"
        ppb = self.chip.mcu.ppb
        read = ppb.read_uint32

        def marked(offset: int) -> int:
            if offset == SYSTICK_CVR:
                self.inside = not self.inside
            return int(read(offset))

        ppb.read_uint32 = marked
        for _ in range(limit):
            if core.waiting:
                clock.tick(clock.nanos_to_next_alarm)
                continue
            pc = core.pc
            cycles = core.execute_instruction()
            clock.tick(cycles * 8.0)
            if not self.inside:
                if b"PROFILED" in self.chip.console[-600:]:
                    break
                continue
            name = self.whose(pc)
            if name is None:
                self.behalf[last] += cycles
            else:
                self.own[name] += cycles
                self.entries[name] += name != last
                last = name
        ppb.read_uint32 = read

    def table(self) -> list[str]:
        lines = ["%-44s %8s %8s %8s   (cycles a tick, mean of %d)" % ("kernel", "own", "behalf", "entries", TICKS)]
        both = Counter(self.own)
        both.update(self.behalf)
        for name, _ in both.most_common():
            row = (name, self.own[name] / TICKS, self.behalf[name] / TICKS, self.entries[name] / TICKS)
            lines.append("%-44s %8.0f %8.0f %8.1f" % row)
        lines.append("%-44s %8.0f %8.0f" % ("sum", sum(self.own.values()) / TICKS, sum(self.behalf.values()) / TICKS))
        return lines


def measure(only: list[str]) -> list[str]:
    rigs: list[Any] = [rig for rig in cost.RIGS if not only or rig[0] in only]
    head = "CHANGES, VALUES, RIGS, PARTS = %r, %r, %r, []\n" % (cost.CHANGES, cost.VALUES, rigs)
    head += "TICKS, WARM, START, BITS = 8, %d, 0, %d\n" % (cost.WARM, cost.BITS)
    guest = head + guests.STAGES.replace('print("DONE"', 'print("STAGED"') + PROBE
    files, failed = cost.slot_files({"meter": guests.METER, "waves": guests.WAVES, "stages": guest})
    files["main.py"] = b"import stages\n"
    chip = Chip(files)
    if not chip.wait_for("PROFILE\r\n", 60):
        return [*failed, chip.console.decode(errors="replace")[-1500:]]
    profile = Profile(chip)
    profile.learn([line for line in chip.console.decode(errors="replace").splitlines() if line.startswith("FUNC")])
    profile.run()
    return [*("NOT COMPILED: " + text for text in failed), *profile.table()]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("stage", nargs="*")
    args = parser.parse_args()
    why = image.missing()
    if why:
        print("profile: %s" % why, file=sys.stderr)
        return 1
    print("\n".join(measure(args.stage)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
