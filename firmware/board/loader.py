"""The slot loader. On the device this file is main.py, as plain text, so that it runs whatever MicroPython is there.

It runs the firmware of the slot named in the file `slot`, and that of the other slot after three starts that did not
become healthy. After six it stays at the console. It must leave the coils as boot.py left them (off), keep the console
alive whatever happens, and never write to flash.
"""

import sys

SLOTS = ("a", "b")
TRIES = 3  # starts of one slot before the other is tried
ENTRY = "app"  # module of a slot
CORE_HZ = 200000000  # what the RP2040 is specified for since 2025, with its core at 1.15 V (docs/decisions/0042)
VREG = 0x40064000
VREG_1V15 = 0xC0


class Memory:
    """A few words that outlive a restart but not a power failure."""

    SCRATCH = 0x4005800C  # RP2040 watchdog scratch 0: maintenance, 1: starts
    MAINTENANCE = 0x4D41494E
    STARTS = 0x53540000

    def __init__(self):
        try:
            from machine import mem32
        except ImportError:
            mem32 = {self.SCRATCH: 0, self.SCRATCH + 4: 0}
        self._mem = mem32 if sys.platform == "rp2" else {self.SCRATCH: 0, self.SCRATCH + 4: 0}

    def take_maintenance(self):
        """Asked to stay at the console? The question is answered once."""
        asked = self._mem[self.SCRATCH] == self.MAINTENANCE
        self._mem[self.SCRATCH] = 0
        return asked

    def starts(self):
        word = self._mem[self.SCRATCH + 4]
        return word & 0xFF if word & 0xFFFFFF00 == self.STARTS else 0

    def count(self, starts):
        self._mem[self.SCRATCH + 4] = self.STARTS | starts

    # The firmware's board sets the starts to 0 once it has run for a while.


def named_slot():
    """The slot named last by a deployment, or None."""
    try:
        with open("slot") as file:
            name = file.read().strip()
    except OSError:
        return None
    return name if name in SLOTS else None


def there(name):
    try:
        with open(name):
            return True
    except OSError:
        return False


def whole(slot):
    """Its mark is written last, after every hash was right: of a slot in flash, or of a folder."""
    return there(slot + ".image") or there(slot + "/image")


def choose(named, starts, other_whole):
    """Which slot to run after so many starts that did not become healthy, or None to stay at the console."""
    if named is None or starts >= (2 * TRIES if other_whole else TRIES):
        return None
    return named if starts < TRIES else SLOTS[1 - SLOTS.index(named)]


def off():
    """Once more what boot.py did: a firmware that failed half way may have driven a pin."""
    exec(open("boot.py").read(), {})


def say(text):
    print("loader: " + text)


def mount(slot):
    """A slot in flash, its code run from where it lies. A MicroPython without this can only take a folder."""
    import vfs

    if not hasattr(vfs, "VfsRom"):
        raise OSError("this MicroPython can not run a slot from flash: put Islander's own on (docs/deploy.md)")
    rom = memoryview(vfs.rom_ioctl(2, 0))
    half = len(rom) // 2
    begin = half * SLOTS.index(slot)
    vfs.mount(vfs.VfsRom(rom[begin : begin + half]), "/" + slot)
    for name in ("/rom", "/rom/lib"):  # MicroPython itself offers the first half, whichever slot is chosen
        if name in sys.path:
            sys.path.remove(name)


def quicken():
    """The core to its full rate, its supply first. At the rate it started with the firmware runs as well."""
    if sys.platform != "rp2":
        return
    import time

    import machine

    machine.mem32[VREG] = (machine.mem32[VREG] & ~0xF0) | VREG_1V15
    time.sleep_ms(1)  # until the supply has settled
    machine.freq(CORE_HZ)


def load(slot):
    """Run the firmware of a slot; returns only if it could not."""
    quicken()
    if there(slot + ".image"):
        mount(slot)
    sys.path[:0] = ["/" + slot, "/%s/lib" % slot]
    app = __import__(ENTRY)  # its wiring starts it; a module with run(slot) waits for the call
    run = getattr(app, "run", None)
    if run:
        run(slot)


def main():
    memory = Memory()
    if memory.take_maintenance():
        return say("maintenance: the firmware was not started; machine.reset() starts it")
    named, starts = named_slot(), memory.starts()
    slot = choose(named, starts, named is not None and whole(SLOTS[1 - SLOTS.index(named)]))
    if slot is None:
        why = "no slot holds a firmware" if named is None else "%d starts failed" % starts
        return say("%s; staying here, every coil off" % why)
    if slot != named:
        say("slot %s failed %d times; falling back on slot %s" % (named, starts, slot))
    memory.count(starts + 1)
    try:
        load(slot)
        why = "the firmware ended"
    except KeyboardInterrupt:
        off()
        memory.count(starts)
        return say("interrupted; every coil off")
    except BaseException as error:
        off()
        sys.print_exception(error)
        why = "%s: %s" % (type(error).__name__, error)
    off()
    say("slot %s: %s" % (slot, why))
    restart()


def restart():
    """Once more, after a while in which a person can read the reason."""
    import time

    import machine

    time.sleep_ms(1000)
    machine.reset()


if __name__ == "__main__":
    main()
