"""The emulated chip in the place of the simulated board: the plant's blocks in, the pins' and wires' answers out."""

import pytest

from tools import build

TICKS, FRAMES = 4, 16


@pytest.fixture(scope="module")
def board(board_files, tmp_path_factory):
    from tools.emulator.firmware import EmulatedFirmware

    folder = tmp_path_factory.mktemp("echo")
    guest = build.ROOT / "host_tests" / "emulator" / "guests" / "echo.py"
    build.compile_one(guest, "app.py", "armv6m", folder / "app.mpy")
    for name, body in {**board_files, "app.mpy": (folder / "app.mpy").read_bytes()}.items():
        path = folder / "image" / "slot" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    for name, source in (("boot.py", "boot.py"), ("main.py", "firmware/board/loader.py")):
        (folder / "image" / name).write_bytes((build.ROOT / source).read_bytes())
    return EmulatedFirmware(folder, folder / "none.json", folder / "image")


class Talk:
    """Blocks with a sample value of choice."""

    def __init__(self, board):
        self.board, self.block = board, 0

    def say(self, level=2048, inputs=0, uart_a=(), console=b""):
        from tools.plant import protocol

        data = protocol.pack(self.block, [level] * (4 * FRAMES), [inputs] * TICKS, uart_a, (), console)
        answer = self.board.exchange(data, self.block)
        assert answer.block == self.block
        self.block += 1
        return answer


@pytest.fixture(scope="module")
def talk(board):
    return Talk(board)


def test_the_first_tick_comes_within_a_second_of_power_up(talk, board):
    talk.say()
    assert 0 < board.boot_s < 1.0


def test_samples_arrive_in_the_tick_they_belong_to(talk, board):
    talk.say(level=1000)
    answer = talk.say(level=3000)
    assert answer.image[2] == 3000
    before = answer.image[:2].copy()
    answer = talk.say(level=3000)
    assert answer.image[0] - before[0] == TICKS
    assert answer.image[1] - before[1] == FRAMES
    assert board.starved == 0


def test_a_contact_moves_a_coil_within_two_ticks(talk):
    assert talk.say(inputs=0).outputs[-1] == 0x200
    outputs = talk.say(inputs=1 << 7).outputs.tolist()
    assert outputs[-1] == 0x201
    assert outputs.index(0x201) <= 1
    assert talk.say(inputs=1 << 8).outputs[-1] == 0x208


def test_bytes_come_back_at_the_baud_rate(talk):
    talk.say(uart_a=[(500, 0x11)])
    back = [pair for _ in range(8) for pair in talk.say().uart_a]
    assert [byte for _, byte in back] == [0x11]


def test_the_console_answers(talk):
    text = b"".join(talk.say(console=b"x" if i == 0 else b"").console for i in range(20))
    assert b"<x>" in text


def test_a_firmware_that_never_ticks_is_told_with_its_own_words(tmp_path):
    from tools.emulator import firmware
    from tools.plant.firmware import FirmwareDied

    slot = tmp_path / "image" / "slot"
    slot.mkdir(parents=True)
    (slot / "app.py").write_text("raise MemoryError('too big')\n")
    for name, source in (("boot.py", "boot.py"), ("main.py", "firmware/board/loader.py")):
        (tmp_path / "image" / name).write_bytes((build.ROOT / source).read_bytes())
    board = firmware.EmulatedFirmware(tmp_path, tmp_path / "none.json", tmp_path / "image")
    with pytest.raises(FirmwareDied, match="too big"):
        Talk(board).say()


def test_a_folder_without_an_image_is_told(tmp_path):
    from tools.emulator import deployed

    with pytest.raises(deployed.NoImage, match="make build"):
        deployed.chip(tmp_path, b"{}")
