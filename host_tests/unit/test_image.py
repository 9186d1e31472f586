"""The process image: one name a slot, snapshots whole or refused."""

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


class Torn:
    """An image whose sequence moves on while it is copied, as when the tick interrupts."""

    def __init__(self, image, times):
        self.image, self.times = image, times

    def __len__(self):
        return len(self.image)

    def __getitem__(self, i):
        if i == len(self.image) - 1 and self.times:
            self.times -= 1
            self.image[layout.slot("SEQ")] += 2
        return self.image[i]


def test_snapshot_tries_again_when_the_tick_interrupts_it():
    image = layout.new_image()
    torn = Torn(image, 0)
    snapshot = layout.Snapshot(torn)
    torn.times = 3
    assert snapshot.take()
    torn.times = 4
    assert not snapshot.take()
