"""Which slot the loader runs, after how many starts that did not become healthy."""

import importlib.util

import pytest

from tools import build


@pytest.fixture
def loader():
    spec = importlib.util.spec_from_file_location("loader", build.ROOT / "firmware" / "board" / "loader.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("named", "starts", "other_whole", "slot"),
    [
        (None, 0, True, None),  # nothing was ever deployed
        ("a", 0, True, "a"),
        ("a", 2, True, "a"),  # the third try
        ("a", 3, True, "b"),
        ("b", 3, True, "a"),
        ("a", 5, True, "b"),
        ("a", 6, True, None),  # both failed three times
        ("a", 2, False, "a"),
        ("a", 3, False, None),  # there is no other
        ("a", 255, True, None),
    ],
)
def test_choice(loader, named, starts, other_whole, slot):
    assert loader.choose(named, starts, other_whole) == slot


def test_only_a_known_slot_is_named(loader, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert loader.named_slot() is None
    for text, slot in (("a\n", "a"), ("b", "b"), ("c", None), ("", None), ("../a", None)):
        (tmp_path / "slot").write_text(text)
        assert loader.named_slot() == slot


def test_a_slot_is_whole_with_its_image_file(loader, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").mkdir()
    assert not loader.whole("a")
    (tmp_path / "a" / "image").write_text("x")
    assert loader.whole("a")


def test_starts_are_counted_beside_a_mark_and_maintenance_is_asked_once(loader):
    memory = loader.Memory()
    memory._mem = {memory.SCRATCH: memory.MAINTENANCE, memory.SCRATCH + 4: 0x12345678}
    assert memory.starts() == 0  # what another program left there
    memory.count(5)
    assert memory.starts() == 5
    assert memory.take_maintenance()
    assert not memory.take_maintenance()
