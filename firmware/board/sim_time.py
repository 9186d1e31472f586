"""Simulated time for the unix interpreter: what stands in for the modules `time` and `_asyncio`.

Time is the number of ticks the simulated board has run, nothing else, so a run repeats to the byte whatever the machine
is doing. The clock wraps at 2**30 as the chip's does (the interpreter's own wraps at 2**62 and would hide the bug).

The interpreter's `_asyncio` orders its tasks by the machine's clock; the two classes here do the same work by the
simulated one, and tasks that are due at the same moment run in the order in which they were scheduled.
"""

PERIOD = 1 << 30
_HALF = PERIOD >> 1


def ticks_add(ticks, delta):
    return (ticks + delta) & (PERIOD - 1)


def ticks_diff(end, start):
    return ((end - start + _HALF) & (PERIOD - 1)) - _HALF


class SimTime:
    """The module `time`, on a board's clock. `sleep_ms` lets the simulated world go on, as a blocked CPU would."""

    ticks_add = staticmethod(ticks_add)
    ticks_diff = staticmethod(ticks_diff)

    def __init__(self, board):
        self._board = board
        self.ticks_ms = board.ticks_ms
        self.ticks_us = board.ticks_us
        self.ticks_cpu = board.ticks_us
        self.sleep_ms = board.block_ms

    def sleep(self, seconds):
        self._board.block_ms(int(seconds * 1000))

    def sleep_us(self, us):
        self._board.block_ms((us + 999) // 1000)

    def time(self):
        return self._board.seconds()


class TaskQueue:
    """Tasks by the time they are due; first scheduled, first run among equals."""

    def __init__(self):
        self._tasks = []

    def peek(self):
        return self._tasks[0] if self._tasks else None

    def push(self, task, key=None):
        task.data = None
        task.ph_key = _core().ticks() if key is None else key
        at = len(self._tasks)
        while at and ticks_diff(self._tasks[at - 1].ph_key, task.ph_key) > 0:
            at -= 1
        self._tasks.insert(at, task)

    def pop(self):
        if not self._tasks:
            raise IndexError("empty heap")
        return self._tasks.pop(0)

    def remove(self, task):
        self._tasks.remove(task)


class Task:
    """A coroutine with its state: True running, a TaskQueue of those who wait for it, None or False when done."""

    def __init__(self, coro, context=None):
        self.coro = coro
        self.data = None
        self.state = True
        self.ph_key = 0

    def __iter__(self):
        if not self.state:
            self.state = False
        elif self.state is True:
            self.state = TaskQueue()
        elif not isinstance(self.state, TaskQueue):
            raise RuntimeError("can't wait")
        return self

    def __next__(self):
        if not self.state:
            raise self.data
        waiting = _core().cur_task
        self.state.push(waiting)
        waiting.data = self

    def done(self):
        return not self.state

    def cancel(self):
        core = _core()
        if not self.state:
            return False
        if self is core.cur_task:
            raise RuntimeError("can't cancel self")
        task = self
        while isinstance(task.data, Task):
            task = task.data
        if hasattr(task.data, "remove"):
            task.data.remove(task)
            core._task_queue.push(task)
        elif ticks_diff(task.ph_key, core.ticks()) > 0:
            core._task_queue.remove(task)
            core._task_queue.push(task)
        task.data = core.CancelledError
        return True


def _core():
    import asyncio.core

    return asyncio.core


def install(board):
    """Put simulated time in place of the machine's. Before anything imports asyncio."""
    import sys

    if "asyncio" in sys.modules:
        raise RuntimeError("simulated time must be installed before asyncio is imported")
    sys.modules["time"] = SimTime(board)
    sys.modules["_asyncio"] = sys.modules[__name__]
    import asyncio.core

    class Idle(asyncio.core.IOQueue):
        """Waiting for the next task is what lets simulated time pass."""

        def wait_io_event(self, dt):
            board.idle_ms(dt)

    asyncio.core.IOQueue = Idle
    asyncio.new_event_loop()
