"""The read-out format of record/waves.py, decoded from its description alone."""

import base64
import json
import zlib


def checked(line):
    """The line without its checksum; AssertionError when it does not fit."""
    text, _, said = line.rpartition(" ")
    assert len(said) == 8 and zlib.crc32(text.encode()) == int(said, 16), line
    return text


def decode(lines):
    """(head, frames as lists of four counts, digital words one a tick), from `wave get`."""
    head, frames, bits, ended = None, [], [], None
    for line in lines:
        first, _, rest = checked(line).partition(" ")
        if first == "wave":
            head = json.loads(rest)
        elif first == "end":
            ended = int(rest)
        else:
            channels, words = block(base64.b64decode(rest), min(head["block_frames"], head["frames"] - int(first)))
            frames += [list(frame) for frame in zip(*channels, strict=True)]
            bits += words
    assert ended == head["frames"]
    return head, frames, bits


def block(data, n):
    at, channels = 0, []
    for _ in range(4):
        order, width = divmod(data[at], 16)
        pair = int.from_bytes(data[at + 1 : at + 4], "little")
        size = ((n - 2) * width + 7) // 8
        packed = int.from_bytes(data[at + 4 : at + 4 + size], "little")
        x = [pair & 0xFFF, pair >> 12]
        for i in range(n - 2):
            u = packed >> (i * width) & ((1 << width) - 1)
            r = (u >> 1) ^ -(u & 1)
            x.append((x[0], x[-1], 2 * x[-1] - x[-2])[order] + r)
        channels.append(x)
        at += 4 + size
    runs = data[at]
    assert len(data) == at + 1 + 5 * runs
    words, place = [None] * (n // 4), at + 1
    for _ in range(runs):
        for tick in range(data[place], n // 4):
            words[tick] = int.from_bytes(data[place + 1 : place + 5], "little")
        place += 5
    return channels, words


def stored(frames, bits):
    """The bytes the head's CRC is of."""
    out = b""
    for tick, word in enumerate(bits):
        for frame in frames[4 * tick : 4 * tick + 4]:
            out += b"".join(count.to_bytes(2, "little") for count in frame)
        out += word.to_bytes(4, "little")
    return out
