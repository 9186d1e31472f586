"""Puts build/image on a controller over mpremote: two slots, every hash checked on the device, one rename to switch.

A slot is half of a partition in flash that its code runs from, where the image has one (slot.rom), else a folder.

    python3 -m tools.deploy --port auto            refuses while the controller is in service
    python3 -m tools.deploy --port PORT --force    all the same: every coil falls

Exit code: 0 done, or nothing to do; 1 failed, the version that ran before still runs; 2 wrong usage; 3 refused.
It must never touch the slot that is named on the device until the other one is whole and verified.
"""

import argparse
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
IMAGE = ROOT / "build" / "image"
ROOT_FILES = ("boot.py", "main.py")  # the loader; replaced only when it differs
SLOTS = ("a", "b")
ROM_FILE = "slot.rom"  # build.ROM
DONE, FAILED, REFUSED = 0, 1, 3
BACK_S = 20.0  # longest wait for a restarted controller to be back on its port
SPARE_BYTES = 65536  # left free on the file system
MAINTENANCE = "import machine\nmachine.mem32[0x4005800C] = 0x4D41494E\nmachine.reset()"
WATCHED = "import sys, machine\nprint('WDT', sys.platform == 'rp2' and machine.mem32[0x40058000] >> 30 & 1)"

# Run on the device. The names come as JSON so that nothing in them is taken for code.
HASHES = """
import hashlib, json, os
from binascii import hexlify
def h(p):
    s = hashlib.sha256(); b = bytearray(1024); m = memoryview(b)
    try:
        with open(p, 'rb') as f:
            n = f.readinto(b)
            while n:
                s.update(m[:n]); n = f.readinto(b)
    except OSError:
        return None
    return hexlify(s.digest()).decode()
def text(p):
    try:
        with open(p) as f: return f.read().strip()
    except OSError: return ''
"""
STATE = (
    HASHES
    + """
marks = {n: text(n + '.image') or text(n + '/image') for n in ('a', 'b')}
print('STATE', json.dumps({'slot': text('slot'), 'a': marks['a'], 'b': marks['b']}))
"""
)
VERIFY = (
    HASHES
    + """
want = json.loads(%r)
bad = [p for p in want if h(p) != want[p]]
then = json.loads(%r)
if not bad and then[0] == 'mark':
    with open(then[1], 'w') as f: f.write(then[2])
elif not bad and then[0] == 'move':
    for p in want: os.rename(p, p[:-4])
print('BAD', json.dumps(bad))
"""
)
# Half a partition: what is mapped there. Empty on a MicroPython that can't run code from it.
ROM = (
    HASHES
    + """
import vfs
def half(slot):
    if not hasattr(vfs, 'VfsRom'): return None
    part = vfs.rom_ioctl(2, 0)
    n = len(memoryview(part)) // 2
    return part, n * ('a', 'b').index(slot), n
def mapped(slot, size):
    part, at, n = half(slot)
    return hexlify(hashlib.sha256(memoryview(part)[at:at + size]).digest()).decode()
"""
)
ROOM = ROM + "print('ROOM', half('a')[2] if half('a') else 0)"
MAPPED = ROM + "print('MAPPED', mapped(%r, %d) if half('a') else '')"
INSTALL = (
    ROM
    + """
slot, name, size, want, mark = json.loads(%r)
def install():
    if h(name) != want: return 'the file did not arrive whole'
    part, at, n = half(slot)
    try: os.remove(slot + '.image')
    except OSError: pass
    block = bytearray(4096)
    with open(name, 'rb') as f:
        for i in range(0, size, 4096):
            got = f.readinto(block)
            for k in range(got, 4096): block[k] = 0xff
            part.writeblocks((at + i) // 4096, block)
    if mapped(slot, size) != want: return 'the flash does not read back as written'
    with open(slot + '.image', 'w') as f: f.write(mark)
    return ''
said = install()
try: os.remove(name)
except OSError: pass
print('INSTALLED', said or 'whole')
"""
)
WIPE = """
import os
def wipe(p):
    try: kind = os.stat(p)[0]
    except OSError: return
    if kind & 0x4000:
        for n in os.listdir(p): wipe(p + '/' + n)
        os.rmdir(p)
    else: os.remove(p)
wipe(%r)
os.mkdir(%r)
v = os.statvfs('/')
print('WIPED', v[0] * v[3])
"""
FREE = """
import os
for n in ('new.rom',):
    try: os.remove(n)
    except OSError: pass
v = os.statvfs('/')
print('FREE', v[0] * v[3])
"""
SWITCH = """
import os
with open('slot.new', 'w') as f: f.write(%r)
os.rename('slot.new', 'slot')
print('SLOT', open('slot').read())
"""


class DeployError(RuntimeError):
    """The deployment failed; the message says where, and that the old version still runs."""


class Refused(RuntimeError):
    """The controller is in service, or can't say that it is not."""


class Device:
    """A controller behind mpremote. `resume` keeps what runs there; nothing is left behind on a failure."""

    def __init__(self, port: str) -> None:
        self.port = port

    def mpremote(self, *args: str, timeout: float = 300) -> str:
        command = [sys.executable, "-m", "mpremote", "connect", self.port, "resume", *args]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
        except subprocess.TimeoutExpired:
            raise DeployError("mpremote %s: no answer for %d s" % (args[0], timeout)) from None
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()[-3:]
            raise DeployError("mpremote %s failed: %s" % (args[0], " | ".join(said)))
        return done.stdout

    def answer(self, code: str, word: str) -> str:
        """Run code on the device and take what it prints after `word`."""
        for line in self.mpremote("exec", code).splitlines():
            if line.startswith(word):
                return line[len(word) :].strip()
        raise DeployError("the device did not answer %s" % word)

    def bad_files(self, want: dict[str, str], *then: str) -> list[str]:
        """Files that are not what they should be. If all are: `mark`, file, text; or `move`: away with the .new."""
        found = json.loads(self.answer(VERIFY % (json.dumps(want), json.dumps(then or [""])), "BAD"))
        return [str(name) for name in found]


def talk(port: str, line: str, until: bytes, wait_s: float = 1.5) -> str:
    """Type a line on the console as a person would, and take what comes back; '' if the port can't be opened."""
    import serial

    try:
        with serial.serial_for_url(port, 115200, timeout=0.1) as console:
            console.write(b"\r\n" + line.encode() + b"\r\n")
            said, end = b"", time.monotonic() + wait_s
            while time.monotonic() < end and until not in said:
                said += console.read(4096)
            return said.decode(errors="replace")
    except (serial.SerialException, OSError):
        return ""


def quiet(device: Device, force: bool) -> None:
    """A controller that runs no firmware and no watchdog, at its MicroPython prompt; Refused if it is in service."""
    said = talk(device.port, "", b">>>") if device.port != "auto" else ">>>"
    if ">>>" not in said:
        reply = talk(device.port, "maintenance force" if force else "maintenance", b"maintenance: ")
        if "maintenance: refused" in reply and not force:
            raise Refused("the controller is in service; --force deploys all the same and every coil falls")
        if "maintenance:" not in reply and not force:
            raise Refused("something runs there that does not say whether it is in service; --force stops it")
        time.sleep(1)
    if wait_for_prompt(device) == "1":
        try:
            device.mpremote("exec", "--no-follow", MAINTENANCE)
        except DeployError:
            pass  # it restarts before it can answer
        time.sleep(1)
        if wait_for_prompt(device) == "1":
            raise DeployError("the controller does not stay at its console; the old version still runs")


def wait_for_prompt(device: Device) -> str:
    """'1' if a watchdog runs there, '0' if not; DeployError when nothing answers."""
    end = time.monotonic() + BACK_S
    while True:
        try:
            return device.answer(WATCHED, "WDT").replace("True", "1").replace("False", "0")
        except DeployError as why:
            if time.monotonic() > end:
                raise DeployError("no MicroPython prompt on %s: %s" % (device.port, why)) from None
            time.sleep(0.5)


def load(image: Path) -> dict:
    """The manifest of a built image, its files checked."""
    try:
        manifest = json.loads((image / "manifest.json").read_text())
    except (OSError, ValueError) as why:
        raise DeployError("%s holds no image (%s): make build" % (image, why)) from None
    missing = [name for name in manifest["files"] if not (image / name).is_file()]
    if missing:
        raise DeployError("%s lacks %s: make build" % (image, missing[0]))
    return dict(manifest)


def put_slot(device: Device, image: Path, manifest: dict, slot: str) -> None:
    """Fill one slot and verify it; its `image` file, written last, says that it is whole."""
    files = {name[5:]: entry for name, entry in manifest["files"].items() if name.startswith("slot/")}
    free = int(device.answer(WIPE % (slot, slot), "WIPED"))
    need = sum(-(-entry["bytes"] // 4096) * 4096 for entry in files.values())
    if need + SPARE_BYTES > free:
        raise DeployError("the file system has %d B free, the image needs %d" % (free, need + SPARE_BYTES))
    device.mpremote("fs", "cp", "-r", "%s/." % (image / "slot"), ":%s/" % slot)
    want = {"%s/%s" % (slot, name): entry["sha256"] for name, entry in files.items()}
    bad = device.bad_files(want, "mark", slot + "/image", manifest["image"])
    if bad:
        raise DeployError("%d files did not arrive whole, the first: %s" % (len(bad), bad[0]))


def put_rom(device: Device, image: Path, manifest: dict, slot: str) -> None:
    """Fill one half of the partition and verify it as it is mapped; the slot's mark, written last, says it is whole."""
    entry, name = manifest["files"][ROM_FILE], "new.rom"
    room = int(device.answer(ROOM, "ROOM"))
    if not room:
        what = "this MicroPython can not run a slot from flash"
        raise DeployError("%s: put Islander's own on the board first (docs/deploy.md)" % what)
    if entry["bytes"] > room:
        raise DeployError("a slot has %d B, the image needs %d" % (room, entry["bytes"]))
    free = int(device.answer(FREE, "FREE"))
    if entry["bytes"] + SPARE_BYTES > free:
        raise DeployError("the file system has %d B free, the image needs %d" % (free, entry["bytes"] + SPARE_BYTES))
    device.mpremote("fs", "cp", str(image / ROM_FILE), ":" + name)
    told = json.dumps([slot, name, entry["bytes"], entry["sha256"], manifest["image"]])
    said = device.answer(INSTALL % told, "INSTALLED")
    if said != "whole":
        raise DeployError("slot %s: %s" % (slot, said))


def holds(device: Device, manifest: dict, slot: str) -> bool:
    """True if the slot has every byte of the image."""
    entry = manifest["files"].get(ROM_FILE)
    if entry:
        return device.answer(MAPPED % (slot, entry["bytes"]), "MAPPED") == entry["sha256"]
    files = {name[5:]: e["sha256"] for name, e in manifest["files"].items() if name.startswith("slot/")}
    return not device.bad_files({"%s/%s" % (slot, name): digest for name, digest in files.items()})


def put_loader(device: Device, image: Path, manifest: dict) -> bool:
    """boot.py and main.py, each by a rename; True if one of them differed."""
    want = {name: manifest["files"][name]["sha256"] for name in ROOT_FILES}
    changed = device.bad_files(want)
    if changed:
        commands = [["fs", "cp", str(image / name), ":%s.new" % name] for name in changed]
        device.mpremote(*[word for command in commands for word in ["+", *command]][1:])
        bad = device.bad_files({name + ".new": want[name] for name in changed}, "move")
        if bad:
            raise DeployError("%s did not arrive whole" % bad[0])
    return bool(changed)


def deploy(device: Device, image: Path, force: bool, start: bool) -> str:
    """Everything; returns what was done."""
    manifest = load(image)
    quiet(device, force)
    state = json.loads(device.answer(STATE, "STATE"))
    current = state["slot"] if state["slot"] in SLOTS else ""
    same = current and state[current] == manifest["image"]
    if same and holds(device, manifest, current):
        loader = put_loader(device, image, manifest)
        done = "image %s runs in slot %s already" % (manifest["image"], current)
        done += "; the loader was renewed" if loader else "; nothing to do"
    else:
        new = SLOTS[1 - SLOTS.index(current)] if current else SLOTS[0]
        (put_rom if ROM_FILE in manifest["files"] else put_slot)(device, image, manifest, new)
        put_loader(device, image, manifest)
        if device.answer(SWITCH % new, "SLOT") != new:
            raise DeployError("the switch to slot %s failed" % new)
        kept = "; slot %s keeps the version before" % current if current else ""
        done = "image %s verified in slot %s%s" % (manifest["image"], new, kept)
    if start:
        device.mpremote("reset")
    return done


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--port", default="auto", help="serial port, or `auto` for the first MicroPython board")
    parser.add_argument("--image", type=Path, default=IMAGE)
    parser.add_argument("--force", action="store_true", help="even while the controller is in service")
    parser.add_argument("--no-start", action="store_true", help="leave the controller at its prompt")
    args = parser.parse_args()
    if not shutil.which("mpremote") and not (Path(sys.executable).parent / "mpremote").exists():
        print("deploy: mpremote is not installed: make setup-dev", file=sys.stderr)
        return FAILED
    try:
        print("deploy: " + deploy(Device(args.port), args.image, args.force, not args.no_start))
    except Refused as why:
        print("deploy: refused: %s" % why, file=sys.stderr)
        return REFUSED
    except DeployError as why:
        print("deploy: %s. The version before is untouched." % why, file=sys.stderr)
        return FAILED
    return DONE


if __name__ == "__main__":
    sys.exit(main())
