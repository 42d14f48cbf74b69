"""What nginx-rtmp and MediaMTX ask before they let a publisher in, as each of them says it."""

import base64

import pytest

from server.ceremony.sources import ConfigureSource, RotateSourceKey, SourceKind, SourceName
from server.engine.ids import new_id
from server.media.messages import Publishing, PublishRefused
from tests.support.doors import RTMP_SECRET

HOOK = "/api/v1/media/publish"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PEER, OTHER = "203.0.113.5", "203.0.113.9"


def nginx(name, call="publish", client=2, more="", peer=PEER):
    """Word for word what nginx-rtmp 1.2 of Debian 12 posts for an ffmpeg publisher."""
    kind = "&type=live" if call == "publish" else ""
    return (
        "app=live&flashver=FMLE/3.0%20(compatible%3B%20Lavf59.27&swfurl=&tcurl=rtmp://cau.test:1935/live&pageurl="
        f"&addr={peer}&clientid={client}&call={call}&name={name}{kind}{more}"
    )


def mediamtx(name, action="publish", ip=PEER, protocol="rtmp", session="7f6d2c9e-0d8e-4c0b-9a37-5f3b2f1f0f11"):
    """What MediaMTX posts, by its documentation (`authMethod: http`) and its source (`id` may be null)."""
    return {
        "ip": ip,
        "user": "",
        "password": "",
        "token": "",
        "action": action,
        "path": f"live/{name}",
        "protocol": protocol,
        "id": session,
        "query": "",
    }


class Asking:
    """The hook, with what the media worker is told by it."""

    def __init__(self, door):
        self.door = door
        self.told = []
        door.services.media.rtmp._send = self.told.append
        door.engine.give(ConfigureSource(id=new_id(), source=SourceName.BACKUP, source_kind=SourceKind.RTMP))

    @property
    def key(self):
        return self.door.services.media.key(SourceName.BACKUP)

    async def form(self, text, **headers):
        async with self.door.client.post(HOOK, data=text, headers=FORM | headers) as answer:
            return answer.status

    async def json(self, body, **headers):
        async with self.door.client.post(HOOK, json=body, headers=headers) as answer:
            return answer.status


@pytest.fixture
def ask(door):
    return Asking(door)


async def test_the_key_of_a_source_that_takes_rtmp_opens_to_either_server_and_the_worker_hears_it(ask):
    assert await ask.form(nginx(ask.key)) == 200
    assert await ask.form(nginx(ask.key, "publish_done")) == 200
    assert await ask.json(mediamtx(ask.key)) == 200
    assert ask.told == [Publishing("backup", PEER)] * 2


async def test_a_wrong_key_is_refused_and_told_on_the_source_that_takes_rtmp(ask):
    assert await ask.form(nginx("falsch")) == 403
    assert ask.told == [PublishRefused("backup", PEER, "key")]


async def test_a_second_publisher_of_a_key_is_refused_and_named_until_the_first_has_gone(ask):
    assert await ask.form(nginx(ask.key, client=2)) == 200
    assert await ask.form(nginx(ask.key, client=5, peer=OTHER)) == 403
    assert ask.told[-1] == PublishRefused("backup", OTHER, "busy", PEER)
    assert await ask.form(nginx(ask.key, "publish_done", client=5)) == 200  # as nginx says of one that it turned away itself
    assert await ask.form(nginx(ask.key, client=6)) == 403
    assert await ask.form(nginx(ask.key, "publish_done", client=2)) == 200
    assert await ask.form(nginx(ask.key, client=7, peer=OTHER)) == 200


async def test_nothing_else_opens(ask):
    srt = ask.door.services.media.key(SourceName.PRIMARY)
    for body in (
        nginx(srt),
        nginx(""),
        "",
        "call=publish",
        nginx(ask.key, "update"),
        nginx(ask.key).replace("app=live", "app=x"),
    ):
        assert await ask.form(body) == 403, body
    for body in (mediamtx(ask.key, "api"), mediamtx(ask.key, protocol="rtsp"), mediamtx("x"), {}):
        assert await ask.json(body) == 403, body
    assert await ask.form("{") == 400
    old = ask.key
    ask.door.engine.give(RotateSourceKey(id=new_id(), source=SourceName.BACKUP))
    assert await ask.form(nginx(old)) == 403


async def test_arguments_of_a_publisher_cannot_pretend_to_be_another(ask):
    assert await ask.form(nginx(ask.key, more="&addr=127.0.0.1")) == 403
    assert await ask.form(nginx("falsch", more=f"&name={ask.key}")) == 403
    assert ask.told == []


async def test_only_the_worker_beside_the_server_may_take_a_stream_back(ask):
    assert await ask.json(mediamtx(ask.key, "read", "127.0.0.1")) == 200
    assert await ask.json(mediamtx(ask.key, "read")) == 403
    assert await ask.json(mediamtx("falsch", "read", "127.0.0.1")) == 403


async def test_what_a_proxy_passes_on_is_not_from_beside_the_server_unless_it_shows_the_secret(ask):
    through = {"X-Forwarded-For": "198.51.100.7"}
    basic = base64.b64encode(f"rtmp:{RTMP_SECRET}".encode()).decode()
    assert await ask.json(mediamtx(ask.key), **through) == 403
    assert await ask.json(mediamtx(ask.key), **through, Authorization="Bearer falsch-falsch-falsch") == 403
    assert await ask.json(mediamtx(ask.key), **through, Authorization="Basic %%%") == 403
    assert await ask.json(mediamtx(ask.key), **through, Authorization=f"Basic {basic}") == 200
    assert await ask.json(mediamtx(ask.key), **through, Authorization=f"Bearer {RTMP_SECRET}") == 200
    ask.door.services.rtmp_secret = ""
    assert await ask.json(mediamtx(ask.key), **through, Authorization="Basic cnRtcDo=") == 403


async def test_without_an_rtmp_server_the_hook_is_closed(ask):
    ask.door.services.media.rtmp._app = ""
    assert await ask.form(nginx(ask.key)) == 403
    assert ask.told == []


async def test_guessing_ends_and_the_right_key_still_opens(ask):
    statuses = [await ask.form(nginx(f"falsch-{number}")) for number in range(25)]
    assert statuses[-1] == 429
    assert await ask.form(nginx(ask.key)) == 200
    assert len([told for told in ask.told if isinstance(told, PublishRefused)]) < 25
