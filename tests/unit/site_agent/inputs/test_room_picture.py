import sys

import pytest

from site_agent.api import Rejected
from site_agent.inputs.room_picture import MAX_BYTES, RoomPictureInput, Switch
from site_agent.units import SiteCode


class Centre:
    """A switch and a drawer of pictures."""

    def __init__(self, *, allowed=True, since=1):
        self.switch = Switch(allowed=allowed, since=since)
        self.pictures = []
        self.refuses = False

    async def get(self, path, answer):
        assert (path, answer) == ("/api/v1/rooms/17329", Switch)
        return self.switch

    async def put_bytes(self, path, body, kind):
        if self.refuses:
            raise Rejected(400, "not_a_jpeg", "Tệp gửi lên không phải ảnh JPEG đọc được.")
        self.pictures.append((path, body, kind))
        return b"{}"


def camera(centre, tmp_path, script):
    """A program that first leaves a mark that it was started."""
    mark = tmp_path / "started"
    argv = [sys.executable, "-c", f"import sys; open({str(mark)!r}, 'w').close(); {script}"]
    return RoomPictureInput(SiteCode("17329"), centre, argv), mark


async def test_what_the_program_prints_is_sent_while_the_switch_is_on(tmp_path):
    centre = Centre()
    room, _ = camera(centre, tmp_path, "sys.stdout.buffer.write(b'\\xff\\xd8 picture')")
    assert await room.turn()
    assert centre.pictures == [("/api/v1/rooms/17329/picture", b"\xff\xd8 picture", "image/jpeg")]


@pytest.mark.parametrize(("allowed", "since"), [(False, 1), (True, None)])
async def test_the_camera_stays_dark_while_the_switch_is_off(tmp_path, allowed, since):
    centre = Centre(allowed=allowed, since=since)
    room, mark = camera(centre, tmp_path, "print('x')")
    assert not await room.turn()
    assert not mark.exists()


@pytest.mark.parametrize(
    "script", ["pass", "print('x'); sys.exit(3)", f"sys.stdout.buffer.write(bytes({MAX_BYTES + 1})); sys.stdout.flush()"]
)
async def test_a_program_that_fails_or_prints_too_much_sends_nothing_and_the_next_turn_tries_again(tmp_path, script):
    centre = Centre()
    room, mark = camera(centre, tmp_path, script)
    assert not await room.turn()
    assert mark.exists()
    mark.unlink()
    assert not await room.turn()
    assert mark.exists()
    assert centre.pictures == []


async def test_a_program_that_is_not_there_and_a_server_that_refuses_end_nothing(tmp_path):
    centre = Centre()
    assert not await RoomPictureInput(SiteCode("17329"), centre, ["/khong/co"]).turn()
    centre.refuses = True
    room, _ = camera(centre, tmp_path, "print('x')")
    assert not await room.turn()
