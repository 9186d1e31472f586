"""The background's log over micropython-lib's logging, and a stand-in of the way it is called."""

import sys
import types

import pytest


class Handler:
    def __init__(self):
        self.formatter = None

    def setFormatter(self, formatter):  # noqa: N802 - the library's name
        self.formatter = formatter


class Formatter:
    def __init__(self, fmt):
        self.fmt = fmt

    def format(self, record):
        record.message = record.msg % record.args
        return self.fmt % record.__dict__


class Logger:
    """As 0.5.2: no handlers is None; records have what the formatter asks for."""

    def __init__(self, name, handlers):
        self.name, self.handlers, self.level = name, handlers, 0

    def addHandler(self, handler):  # noqa: N802
        self.handlers = (self.handlers or []) + [handler]

    def setLevel(self, level):  # noqa: N802
        self.level = level

    def info(self, msg, *args):
        for handler in self.handlers:
            handler.emit(types.SimpleNamespace(name=self.name, levelname="INFO", msg=msg, args=args))


@pytest.fixture(params=[None, []], ids=["0.5.2", "0.6"])
def log(request, monkeypatch):
    """firmware.log over a library whose loggers begin with these handlers."""
    made = {}

    def get_logger(name):
        return made.setdefault(name, Logger(name, request.param and list(request.param)))

    library = types.SimpleNamespace(Handler=Handler, Formatter=Formatter, getLogger=get_logger, INFO=20)
    monkeypatch.setitem(sys.modules, "logging", library)
    monkeypatch.delitem(sys.modules, "firmware.log", raising=False)
    import firmware
    from firmware import log as fresh

    yield fresh
    sys.modules.pop("firmware.log", None)
    if hasattr(firmware, "log"):
        del firmware.log


def test_every_named_logger_writes_to_the_ring_once(log):
    log.get("main").info("link %s", "up")
    log.get("main").info("again")
    log.get("charger").info("here")
    assert log.RING.lines() == ["INFO main: link up", "INFO main: again", "INFO charger: here"]


def test_the_oldest_make_room_and_lines_have_an_end(log):
    for i in range(log.KEPT + 3):
        log.get("main").info("%d", i)
    assert len(log.RING.lines()) == log.KEPT and log.RING.lines()[0] == "INFO main: 3" and log.RING.dropped == 3
    log.get("main").info("x" * 1000)
    assert len(log.RING.lines()[-1]) == log.LONGEST


def test_a_record_that_does_not_fit_its_words_does_not_raise(log):
    log.get("main").info("%d %d", "one")
    assert "could not be formatted" in log.RING.lines()[0]


def test_time_stands_before_the_line_where_there_is_a_clock(log):
    log.RING.seconds = lambda: 12
    log.get("main").info("x")
    assert log.RING.lines() == ["12 s INFO main: x"]
