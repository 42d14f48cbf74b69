import io

import pytest
from PIL import Image

from server.ceremony.rooms import AllowRoomPictures, ChooseRoom, ShareRoom
from server.ceremony.rules import Role
from server.engine.ids import new_id
from server.feeds.room_pictures import FORGET_AFTER, LEAST_PAUSE
from tests.support.doors import open_door
from tests.support.houses import code, host, person

PICTURE = f"/api/v1/rooms/{code(1)}/picture"


def jpeg(size=(320, 180), colour=(20, 60, 90), kind="JPEG", **more):
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind, **more)
    return out.getvalue()


@pytest.fixture
async def door(tmp_path):
    async with open_door(tmp_path) as door:
        door.engine.give(AllowRoomPictures(id=new_id(), allowed=True))
        door.engine.give(ShareRoom(id=new_id(), site=code(1), on=True, notice_posted=True), by=host(code(1)))
        yield door


async def send(door, body, path=PICTURE):
    async with door.client.put(path, data=body, headers=door.headers(Role.HOST)) as answer:
        return answer.status, await answer.json(), dict(answer.headers)


async def look(door, path=PICTURE, role=Role.TECH):
    async with door.client.get(path, headers=door.headers(role)) as answer:
        return answer.status, await answer.read()


async def test_the_technical_team_sees_the_last_picture_of_a_room(door):
    status, told, _ = await send(door, jpeg())
    assert status == 200
    assert await look(door) == (200, jpeg())
    assert door.services.feeds.read("rooms")[code(1)].sha256 == told["sha256"]
    door.clock.move(LEAST_PAUSE)
    await send(door, jpeg(colour=(0, 0, 0)))
    assert await look(door) == (200, jpeg(colour=(0, 0, 0)))


async def test_a_room_that_is_off_or_anothers_is_refused(door):
    door.engine.give(ShareRoom(id=new_id(), site=code(1), on=False), by=host(code(1)))
    assert (await send(door, jpeg()))[1]["code"] == "room_pictures_off"
    assert (await send(door, jpeg(), f"/api/v1/rooms/{code(2)}/picture"))[1]["code"] == "forbidden_site"


@pytest.mark.parametrize(
    ("body", "status", "problem"),
    [
        (b"", 400, "not_a_jpeg"),
        (b"GIF89a" + bytes(200), 400, "not_a_jpeg"),
        (b"\xff\xd8\xff\xe0" + bytes(100), 400, "not_a_jpeg"),
        (jpeg(kind="PNG"), 400, "not_a_jpeg"),
        (jpeg(size=(1921, 20)), 400, "picture_too_large"),
        (jpeg(exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x01\0\0\0\0\0\0"), 400, "picture_has_exif"),
        (bytes(40 * 1024 * 1024), 413, "too_large"),
    ],
)
async def test_what_is_no_small_jpeg_without_exif_is_refused_by_name(door, body, status, problem):
    got, told, _ = await send(door, body)
    assert (got, told["code"]) == (status, problem)
    assert (await look(door))[0] == 404


async def test_a_room_that_sends_too_often_is_told_how_long_to_wait(door):
    await send(door, jpeg())
    status, told, headers = await send(door, jpeg())
    assert (status, told["code"], headers["Retry-After"]) == (429, "too_soon", "11")


async def test_a_picture_is_gone_when_its_room_is_switched_off(door):
    await send(door, jpeg())
    door.engine.give(ShareRoom(id=new_id(), site=code(1), on=False), by=person(Role.TECH))
    assert (await look(door))[0] == 404
    assert code(1) not in door.services.feeds.read("rooms")


async def test_a_picture_is_gone_after_ten_minutes(door):
    await send(door, jpeg())
    door.services.feeds.rooms.expire(door.engine.state, door.clock.move(FORGET_AFTER - 1))
    assert (await look(door))[0] == 200
    door.services.feeds.rooms.expire(door.engine.state, door.clock.move(1))
    assert (await look(door))[0] == 404
    assert door.services.feeds.read("rooms")[code(1)].taken_at is None


async def test_the_public_sees_no_room_but_the_one_that_the_caller_chose(door):
    await send(door, jpeg())
    assert (await look(door, "/api/v1/room.jpg", Role.VIEWER))[0] == 404
    assert "room" not in door.services.feeds.read("public")
    door.engine.give(ChooseRoom(id=new_id(), site=code(1)), by=person(Role.CALLER))
    assert await look(door, "/api/v1/room.jpg", Role.VIEWER) == (200, jpeg())
    assert door.services.feeds.read("public")["room"].taken_at == door.clock.now()
    assert (await look(door, PICTURE, Role.VIEWER))[0] == 403


async def keep(door, sha256, reason="Ảnh cho báo cáo"):
    path, body = f"/api/v1/rooms/{code(1)}/kept", {"sha256": sha256, "reason": reason}
    async with door.client.post(path, json=body, headers=door.headers(Role.TECH)) as answer:
        return await answer.json()


async def test_a_kept_picture_is_a_file_until_it_is_dropped(door, tmp_path):
    _, told, _ = await send(door, jpeg())
    assert (await keep(door, told["sha256"]))["outcome"] == "accepted"
    kept = f"/api/v1/rooms/kept/{told['sha256']}"
    assert await look(door, kept) == (200, jpeg())
    assert [row.reason for key, row in door.services.feeds.read("rooms").items() if key.startswith("kept:")] == [
        "Ảnh cho báo cáo"
    ]
    async with door.client.delete(kept, headers=door.headers(Role.TECH)) as answer:
        assert (await answer.json())["outcome"] == "accepted"
    assert (await look(door, kept))[0] == 404
    assert list((tmp_path / "rooms").iterdir()) == []


async def test_what_the_rules_refuse_to_keep_leaves_no_file(door, tmp_path):
    _, told, _ = await send(door, jpeg())
    assert (await keep(door, told["sha256"], reason=""))["problem"]["code"] == "reason_needed"
    assert list((tmp_path / "rooms").iterdir()) == []


async def test_nobody_keeps_a_picture_that_was_not_looked_at(door):
    await send(door, jpeg())
    assert (await keep(door, "0" * 64))["code"] == "picture_gone"
