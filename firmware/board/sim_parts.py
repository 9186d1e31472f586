"""Parts of the simulated board: UARTs in simulated time, the console's bytes, a file for the permanent memory."""

from firmware.board.fram import SIZE


class SimUart:
    """A UART in simulated time: bytes arrive when the plant says, leave at the baud rate."""

    def __init__(self, board, baud=9600):
        self._board = board
        self.tx = []
        self._rx = bytearray()
        self._due = []
        self._tx_end_us = 0
        self.init(baud)

    def init(self, baud):
        """Set the rate; 10 bits a character (8N1)."""
        self.baud = baud
        self.char_us = 10 * 1000000 // baud

    def any(self):
        now, n = self._board.now_us, 0
        for due in self._due:
            if due > now:
                break
            n += 1
        return n

    def readinto(self, buf):
        n = min(self.any(), len(buf))
        for i in range(n):
            buf[i] = self._rx[i]
        self._rx = self._rx[n:]
        self._due = self._due[n:]
        return n

    def write(self, buf):
        board = self._board
        offset_us = board.now_us - board.block_us
        for byte in buf:
            self.tx.append(offset_us << 8 | byte)
        start = max(board.now_us, self._tx_end_us)
        self._tx_end_us = start + len(buf) * self.char_us
        return len(buf)

    def txdone(self):
        return self._board.now_us >= self._tx_end_us

    def deliver(self, offset_us, byte):
        """From the plant: this byte has wholly arrived at `offset_us` into the block."""
        self._due.append(self._board.block_us + offset_us)
        self._rx.append(byte)


class SimConsole:
    """The console's bytes, to and from the plant."""

    def __init__(self):
        self.rx = bytearray()
        self.tx = bytearray()

    def any(self):
        return len(self.rx)

    def read(self, n):
        part = bytes(self.rx[:n])
        self.rx = self.rx[n:]
        return part

    def write(self, data):
        self.tx.extend(data)
        return len(data)


class FileMemory:
    """Permanent memory in a file: what is written is there, whatever becomes of this process."""

    permanent = True
    size = SIZE

    def __init__(self, path):
        try:
            self._file = open(path, "r+b")
        except OSError:
            with open(path, "wb") as file:
                for _ in range(SIZE // 4096):
                    file.write(b"\xff" * 4096)
            self._file = open(path, "r+b")

    def read(self, at, buf):
        self._file.seek(at)
        self._file.readinto(buf)

    def write(self, at, buf):
        self._file.seek(at)
        self._file.write(buf)
        self._file.flush()
