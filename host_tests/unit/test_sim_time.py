"""Simulated time: the wrap of the chip's clock, order of tasks, waiting and cancelling as the interpreter's own do."""

import sys
import types

import pytest

from firmware.board import sim_time


@pytest.fixture
def core(monkeypatch):
    """A stand-in for asyncio.core of MicroPython: a clock, the running task, the run queue."""
    fake = types.SimpleNamespace(now=0, cur_task=None, CancelledError=KeyboardInterrupt)
    fake.ticks = lambda: fake.now
    fake._task_queue = sim_time.TaskQueue()
    monkeypatch.setattr(sim_time, "_core", lambda: fake)
    return fake


def test_the_clock_wraps_at_2_to_the_30():
    near = (1 << 30) - 5
    assert sim_time.ticks_add(near, 10) == 5
    assert sim_time.ticks_diff(5, near) == 10
    assert sim_time.ticks_diff(near, 5) == -10


def test_tasks_run_by_time_and_equals_in_order_of_scheduling(core):
    queue = sim_time.TaskQueue()
    tasks = [sim_time.Task(None) for _ in range(5)]
    for task, key in zip(tasks, (30, 10, 20, 10, 10), strict=True):
        queue.push(task, key)
    assert [tasks.index(queue.pop()) for _ in range(5)] == [1, 3, 4, 2, 0]
    with pytest.raises(IndexError):
        queue.pop()


def test_order_holds_across_the_wrap(core):
    queue = sim_time.TaskQueue()
    late, early = sim_time.Task(None), sim_time.Task(None)
    queue.push(late, 3)
    queue.push(early, (1 << 30) - 3)
    assert queue.pop() is early


def test_a_waiting_task_is_cancelled_through_the_one_it_waits_for(core):
    waited, waiter = sim_time.Task(None), sim_time.Task(None)
    core._task_queue.push(waited, 100)
    core.cur_task = waiter
    iter(waited).__next__()
    assert waiter.data is waited and waited.state.peek() is waiter
    core.cur_task = None
    assert waiter.cancel()
    assert waited.data is core.CancelledError
    assert core._task_queue.peek() is waited and waited.ph_key == 0


def test_a_finished_task_gives_its_result_and_is_not_cancelled(core):
    task = sim_time.Task(None)
    task.state, task.data = None, StopIteration(5)
    assert task.done() and not task.cancel()
    with pytest.raises(StopIteration):
        next(iter(task))


def test_the_module_refuses_to_come_after_asyncio():
    assert "asyncio" in sys.modules or __import__("asyncio")
    with pytest.raises(RuntimeError, match="before asyncio"):
        sim_time.install(types.SimpleNamespace(ticks_ms=None, ticks_us=None, block_ms=None))
