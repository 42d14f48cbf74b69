import json
import re

from server.ceremony.rules import Role
from server.feeds.media_port import WorkerNow

PAGE = "0123456789abcdef01234567"


async def test_a_page_without_any_link_is_counted_told_when_to_come_and_gone_when_it_closes(door):
    body = {"page": PAGE, "playing": True, "latency": 4_800_000, "stalls": 1, "sound": True, "played": 28, "stood": 2}
    async with door.client.post("/api/v1/beacons", json=body) as answer:
        assert (answer.status, await answer.json()) == (200, {"again_after": 30})
    audience = door.services.feeds.audience
    audience.settle(door.services.clock.now())
    row = door.services.feeds.read("watch")["audience"]
    assert (row.playing, row.with_sound, row.waiting, row.stalled) == (1, 1, 0, 1)
    async with door.client.post("/api/v1/beacons", json=body | {"left": True}) as answer:
        assert answer.status == 200
    audience.settle(door.services.clock.now())
    assert "audience" not in door.services.feeds.read("watch")


async def test_a_page_that_names_itself_otherwise_or_too_often_is_refused(door):
    async with door.client.post("/api/v1/beacons", json={"page": "Họ và tên", "playing": True}) as answer:
        assert (answer.status, (await answer.json())["code"]) == (400, "bad_page")
    statuses = set()
    for _ in range(1_205):
        async with door.client.post("/api/v1/beacons", json={"page": PAGE, "playing": True}) as answer:
            statuses.add(answer.status)
    assert statuses == {200, 429}


async def test_the_page_of_the_audience_brings_the_keys_and_the_words_of_the_launch_along(door):
    async with door.client.get("/watch", headers=door.headers(Role.VIEWER)) as answer:
        text = await answer.text()
    content = re.search(r'name="public-ceremony" content="([^"]+)"', text)
    assert content is not None
    told = json.loads(content[1].replace("&#34;", '"').replace("&amp;", "&"))
    details = door.services.engine.state.details.required
    assert (told["live_key"], told["rehearsal_key"]) == (details.live_key, details.rehearsal_key)
    assert told["title"] == details.title


async def test_the_page_of_the_audience_asks_for_a_programme_only_where_there_is_one(door, monkeypatch):
    async def says_there_is_none():
        async with door.client.get("/watch", headers=door.headers(Role.VIEWER)) as answer:
            return '<meta name="no-programme"' in await answer.text()

    assert await says_there_is_none()
    monkeypatch.setattr(door.services.media, "worker", lambda: WorkerNow("starting"))
    assert not await says_there_is_none()
