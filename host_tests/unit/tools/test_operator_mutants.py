"""The tool that tries operator mutants: it kills what tests notice, keeps what they don't, counts without mercy."""

import importlib
import json
import os
import signal

import pytest

from tools.mutants import __main__ as mutants
from tools.mutants import mutant as making


@pytest.fixture
def results(tmp_path, monkeypatch):
    """Writes {mutant: result} where the tool looks for them."""
    out = tmp_path / "results.jsonl"
    monkeypatch.setattr(mutants, "OUT", out)
    monkeypatch.setattr(mutants, "EQUIVALENT", tmp_path / "equivalent.json")

    def write(rows, equivalent=()):
        out.write_text("".join(json.dumps([one.key, result]) + "\n" for one, result in rows.items()))
        (tmp_path / "equivalent.json").write_text(json.dumps({mutants.name(one): "why" for one in equivalent}))

    return write


def of(module, operator, text):
    """The mutant of this operator whose changed line has `text` in it."""
    for one in making.all_of(module):
        if one.operator.endswith(operator) and text in making.difference(one).partition("  +")[2]:
            return one
    raise AssertionError((module, operator, text))


def test_a_mutant_that_tests_notice_is_killed():
    assert making.attempt(of("firmware.protect.mean", "NumberReplacer", "_SPANS = const( 201)")) == making.KILLED


def test_a_process_that_has_module_and_tests_already_finds_the_same(monkeypatch):
    """As in a worker that ran them before: what is imported already must not be what is tried."""
    for module in ("firmware.protect.mean", "host_tests.unit.protect.test_mean"):
        importlib.import_module(module)
    test_a_mutant_that_tests_notice_is_killed()
    rounds = making.tests_of("firmware.protect.mean")
    monkeypatch.setattr(making, "tests_of", lambda module: rounds[:1])  # the room's other tests take seconds
    larger = of("firmware.protect.mean", "NumberReplacer", "SIZE = const( 4)")  # a slot that nothing reads
    assert making.attempt(larger) == making.SURVIVED


def test_a_loop_without_an_end_is_stopped_by_the_time_it_computes(monkeypatch):
    monkeypatch.setattr(making, "LIMIT_S", 1)
    codes = [making._exit_code(work, None) for work in (lambda _: max(iter(int, 1)), lambda _: 0, lambda _: 3)]
    assert codes[0] < 0 and codes[1:] == [0, 3]


def test_the_sample_keeps_what_was_tried_and_is_filled_up_the_same_way_each_time(results):
    found = making.all_of("firmware.protect.mean")
    results({})
    first = mutants.sample(found, 5, 1)
    assert len(first) == 5 and mutants.sample(found, 5, 1) == first and mutants.sample(found, 5, 2) != first
    other = next(one for one in found if one not in first)
    results({other: making.KILLED})
    again = mutants.sample(found, 5, 1)
    assert other in again and len(set(again) & set(first)) == 4
    assert mutants.sample(found, 10**6, 1) == sorted(found)


def test_a_survivor_counts_unless_its_reason_is_written_down(results):
    some = mutants.making.all_of("firmware.protect.mean")[:10]
    rows = dict.fromkeys(some[:7], making.KILLED) | {some[7]: making.SAME, some[8]: making.SURVIVED}
    results(rows | {some[9]: making.SURVIVED}, equivalent=[some[9]])
    lines, score = mutants.tell(some, 1000)
    assert score == pytest.approx(7 / 8)
    assert "10 of 1000 mutants tried: 1 are the same program, 7 killed, 2 survived, 1 of these named" in lines[0]
    assert lines[-1] == "survived    " + mutants.name(some[8])


def test_a_count_of_none_is_refused(capsys):
    assert mutants.main(["--count", "0"]) == 2
    assert "--count must be at least 1" in capsys.readouterr().err


def test_a_child_that_somebody_ends_is_no_killed_mutant():
    one = of("firmware.protect.mean", "NumberReplacer", "_SPANS = const( 201)")
    with pytest.raises(KeyboardInterrupt):
        making._exit_code(lambda _: os.kill(os.getpid(), signal.SIGTERM), one)
