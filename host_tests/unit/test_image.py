"""The process image: one name a slot, snapshots whole or refused."""

from array import array

from firmware import image as layout


def test_names_are_unique_in_both_directions():
    assert len(set(layout.ROWS)) == len(layout.ROWS)
    assert len(set(layout.ASK_ROWS)) == len(layout.ASK_ROWS)


def test_every_slot_names_its_writer_and_unit():
    text = open(layout.__file__, encoding="utf-8").read()
    for name in layout.ROWS + layout.ASK_ROWS:
        line = next(x for x in text.splitlines() if x.startswith('    "%s",' % name))
        writer, rest = line.split("# ", 1)[1].split(" [", 1)
        assert writer.isidentifier() and "] " in rest, line


def test_unknown_is_not_zero():
    asks = layout.new_asks()
    for name in ("CHARGER_TICK", "CAR_SOC_E1", "BATTERY_SOC_E1", "HOUSE_W"):
        assert asks[layout.ask(name)] == -1


def test_snapshot_copies_a_whole_image():
    image = layout.new_image()
    snapshot = layout.Snapshot(image)
    image[layout.slot("G1_MV")] = 120000
    assert snapshot.get("G1_MV") == 0
    assert snapshot.take()
    assert snapshot.get("G1_MV") == 120000 == snapshot[layout.slot("G1_MV")]


def test_snapshot_refuses_an_image_that_is_being_written_and_keeps_the_old_one():
    image = layout.new_image()
    snapshot = layout.Snapshot(image)
    image[layout.slot("SEQ")] = 1
    image[layout.slot("G1_MV")] = 5
    assert not snapshot.take()
    assert snapshot.get("G1_MV") == 0
    assert snapshot.torn == 1


class Torn(array):
    """An image whose sequence reads as moving on while it is copied, as when the tick interrupts."""

    times = reads = 0

    def __getitem__(self, i):
        self.reads += 1
        if self.times and self.reads % 2 == 0:  # the reading after the copy
            self.times -= 1
            return super().__getitem__(i) + 2
        return super().__getitem__(i)


def test_snapshot_tries_again_when_the_tick_interrupts_it():
    image = layout.new_image()
    torn = Torn("i", image)
    snapshot = layout.Snapshot(torn)
    torn.times = 3
    assert snapshot.take()
    torn.times = 4
    assert not snapshot.take()
