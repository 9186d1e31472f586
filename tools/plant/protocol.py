"""The bytes of the lock step: one block to the board, one answer back. firmware/board/sim.py is the other end.

Little-endian. To the board: header, samples (u16, channel by channel in a frame), inputs (u32 a tick), UART A and B
(u32: microseconds into the block << 8 | byte), console bytes. From the board: header, outputs (u32 a tick), the process
image (i32), UART A and B, console bytes.
"""

import struct
from dataclasses import dataclass, field

import numpy as np

TO_BOARD, FROM_BOARD = 0x4B4C4231, 0x4B4C4232
HEAD = struct.Struct("<IIHHHHHHI")
STOP = EXIT = 1
MOST_CONSOLE = 4096  # bytes a block; the rest waits


class ProtocolError(RuntimeError):
    """The board's answer is not one; the message says what was wrong."""


@dataclass
class Answer:
    """What the board said to one block."""

    block: int
    outputs: np.ndarray
    image: np.ndarray
    uart_a: list = field(default_factory=list)  # (microseconds into the block, byte)
    uart_b: list = field(default_factory=list)
    console: bytes = b""
    exit_code: int | None = None


def pack(block, samples, inputs, uart_a=(), uart_b=(), console=b"", stop=False):
    """One block for the board."""
    head = HEAD.pack(
        TO_BOARD, block, len(inputs), len(samples) // 4, len(console), len(uart_a), len(uart_b), STOP if stop else 0, 0
    )
    body = np.asarray(samples, "<u2").tobytes() + np.asarray(inputs, "<u4").tobytes()
    return head + body + _words(uart_a) + _words(uart_b) + console


def body_bytes(head):
    """How many bytes follow this answer's header."""
    magic, block, ticks, image, console, a, b, _, _ = HEAD.unpack(head)
    if magic != FROM_BOARD:
        raise ProtocolError("answer after block %d begins with %08x instead of %08x" % (block, magic, FROM_BOARD))
    return 4 * (ticks + image + a + b) + console


def unpack(head, body):
    """The Answer in these bytes."""
    _, block, ticks, n_image, n_console, n_a, n_b, flags, code = HEAD.unpack(head)
    words = np.frombuffer(body, "<u4", ticks + n_image + n_a + n_b)
    at = ticks + n_image
    text = 4 * len(words)
    return Answer(
        block,
        words[:ticks],
        words[ticks:at].view("<i4"),
        _bytes(words[at : at + n_a]) if n_a else [],
        _bytes(words[at + n_a :]) if n_b else [],
        bytes(body[text : text + n_console]),
        code if flags & EXIT else None,
    )


def pack_answer(answer):
    """The other direction, for stand-ins of the board."""
    flags = EXIT if answer.exit_code is not None else 0
    sizes = len(answer.outputs), len(answer.image), len(answer.console), len(answer.uart_a), len(answer.uart_b)
    parts = [HEAD.pack(FROM_BOARD, answer.block, *sizes, flags, answer.exit_code or 0)]
    parts += [np.asarray(answer.outputs, "<u4").tobytes(), np.asarray(answer.image, "<i4").tobytes()]
    return b"".join([*parts, _words(answer.uart_a), _words(answer.uart_b), answer.console])


def _words(sent):
    return np.array([offset << 8 | byte for offset, byte in sent], "<u4").tobytes() if sent else b""


def _bytes(words):
    return [(word >> 8, word & 0xFF) for word in words.tolist()]
