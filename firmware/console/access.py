"""`unlock`, `lock`, `passcode`: who may operate. The service key turned, or the code, for ten minutes at a time.

The code is kept as a salted hash. Wrong codes cost time, more each time; the count is lost only with the power, which
takes someone at the controller. It must never open anything to a wire that the key would not.
"""

import hashlib
import os
import struct
from binascii import crc32

from micropython import const

from firmware.board import port
from firmware.console.commands import Ask, Refused, only
from firmware.transfer import states

_MAGIC = const(0x59454B49)
_FORM = "<IH16s32sI"  # magic, rounds, salt, hash, CRC32
_BYTES = const(58)
_ROUNDS = const(1000)
_SALT = const(16)
_FREE_TRIES = const(3)
_BAR_S = const(60)  # after the third wrong code; doubled with each further one
_BAR_MOST_S = const(3600)
UNLOCKED_S = const(600)
_SHORTEST = const(6)
_LONGEST = const(32)
_AT_REST = (states.OUT_OF_SERVICE, states.LOCKOUT_86, states.SERVICE)


def key_turned(context):
    """The service key, as read in the last tick."""
    return bool(context.snapshot.get("INPUTS") & port.IN_SERVICE_KEY)


def who(context):
    """For the event: by what right."""
    return "key turned" if key_turned(context) else "by code"


def needed(context, name):
    """Refused unless this person may operate; says how to be allowed."""
    context.snapshot.take()
    now = context.snapshot.get("UPTIME_S")
    if key_turned(context):
        return
    if now >= context.unlocked_s:
        raise Refused("%s: locked. Turn the service key, or `unlock` with the code" % name)
    context.unlocked_s = now + UNLOCKED_S


def do_unlock(context, rest):
    only("unlock", rest)
    now = context.snapshot.get("UPTIME_S")
    if now < context.barred_s:
        raise Refused("unlock: too many wrong codes; wait %d s, or turn the service key" % (context.barred_s - now))
    stored = _read(context)
    if stored is None:
        raise Refused("unlock: no code is set. Turn the service key, then `passcode` sets one")
    code = yield Ask("code: ", True)
    if code is None:
        raise Refused("unlock: nothing was done")
    rounds, salt, told = stored
    if not _same(_hash(code, salt, rounds), told):
        context.wrong_codes += 1
        if context.wrong_codes >= _FREE_TRIES:
            context.barred_s = now + min(_BAR_MOST_S, _BAR_S << (context.wrong_codes - _FREE_TRIES))
        context.events.add("person", "", "wrong code", "%d in a row" % context.wrong_codes)
        raise Refused("unlock: wrong code, %d in a row" % context.wrong_codes)
    context.wrong_codes, context.unlocked_s = 0, now + UNLOCKED_S
    context.events.add("person", "", "unlocked", "by code")
    yield "unlocked for %d minutes after the last operating command; `lock` ends it" % (UNLOCKED_S // 60)


def do_lock(context, rest):
    only("lock", rest)
    context.unlocked_s = 0
    yield "locked"


def do_passcode(context, rest):
    """A new code, on site: the key must be turned."""
    only("passcode", rest)
    if not key_turned(context):
        raise Refused("passcode: turn the service key first")
    if context.snapshot.get("STATE") not in _AT_REST:
        raise Refused("passcode: only with every coil off: `service out` first")
    if context.secret is None:
        raise Refused("passcode: this board keeps no code; use the service key")
    code = yield Ask("new code: ", True)
    if code is None or not _SHORTEST <= len(code) <= _LONGEST:
        raise Refused("passcode: %d to %d characters; nothing was changed" % (_SHORTEST, _LONGEST))
    again = yield Ask("once more: ", True)
    if again != code:
        raise Refused("passcode: the two differ; nothing was changed")
    salt = os.urandom(_SALT)
    data = struct.pack(_FORM, _MAGIC, _ROUNDS, salt, _hash(code, salt, _ROUNDS), 0)[:-4]
    device, at = context.secret
    device.write(at, data + struct.pack("<I", crc32(data) & 0xFFFFFFFF))
    if _read(context) is None:
        raise Refused("passcode: it did not read back as written; use the service key, and have the memory looked at")
    context.wrong_codes = context.barred_s = 0
    context.events.add("person", "", "new code", "key turned")
    yield "the new code is set"


def _read(context):
    """(rounds, salt, hash), or None where no code is set or it is damaged."""
    if context.secret is None:
        return None
    device, at = context.secret
    data = bytearray(_BYTES)
    device.read(at, data)
    magic, rounds, salt, told, check = struct.unpack(_FORM, data)
    if magic != _MAGIC or crc32(memoryview(data)[:-4]) & 0xFFFFFFFF != check:
        return None
    return rounds, salt, told


def _hash(code, salt, rounds):
    digest = salt + code.encode()
    for _ in range(rounds):
        digest = hashlib.sha256(digest + salt).digest()
    return digest


def _same(a, b):
    """In a time that does not tell where they differ."""
    wrong = len(a) ^ len(b)
    for x, y in zip(a, b):
        wrong |= x ^ y
    return wrong == 0
