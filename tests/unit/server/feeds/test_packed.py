import asyncio
import gzip
import json

import msgspec

from server.ceremony.link_health import Grade
from server.feeds import packed as packed_module
from server.feeds.packed import FRESH_SECONDS, PackedSites
from server.feeds.rows import SiteRow
from server.feeds.store import FeedStore
from site_agent.units import Instant, SiteCode

NOW = Instant(1_750_000_000_000_000)


def row(number, **more):
    head = {"code": SiteCode(f"s-{number}"), "name": f"Xã số {number}", "level": "commune", "parent": None, "group": "Cụm"}
    return SiteRow(**{**head, "grade": Grade.UP, **more})


def feed(sites=3):
    store = FeedStore("sites", {f"s-{number}": row(number) for number in range(sites)})
    store.put("s-1", row(1, grade=Grade.DOWN, reason="mất gói 6%", present=27, reported_at=Instant(NOW + 999_999), screen="Abc"))
    store.flush(NOW)
    return store


class Watch:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def unpacked(data):
    told = json.loads(gzip.decompress(data))
    rows = zip(*told["columns"].values(), strict=True)
    return told, [dict(zip(told["columns"], values, strict=True)) for values in rows]


async def test_columns_hold_every_row_in_order_but_for_screens_and_parts_of_seconds():
    store = feed()
    told, rows = unpacked(await PackedSites(store).read())
    assert (told["feed"], told["feed_id"], told["offset"]) == ("sites", store.feed_id, 1)
    whole = [json.loads(msgspec.json.encode(each)) for each in store.rows.values()]
    assert [each["code"] for each in rows] == [each["code"] for each in whole]
    down = rows[1]
    assert down["reported_at"] == NOW // 1_000_000
    assert "reported_at" in told["seconds"]
    assert "screen" not in down
    for each, full in zip(rows, whole, strict=True):
        told_of = {name: value for name, value in full.items() if name not in {"screen", "reported_at"}}
        assert told_of.items() <= each.items()


async def test_all_who_ask_while_it_is_packed_get_the_bytes_of_one_packing(monkeypatch):
    packings = []
    real = packed_module.pack
    monkeypatch.setattr(packed_module, "pack", lambda *what: packings.append(what) or real(*what))
    packed = PackedSites(feed())
    answers = await asyncio.gather(*(packed.read() for _ in range(20)))
    assert len(packings) == 1
    assert all(answer is answers[0] for answer in answers)
    assert await packed.read() is answers[0]


async def test_while_fresh_it_serves_although_the_feed_went_on_and_afterwards_it_is_made_anew():
    store, watch = feed(), Watch()
    packed = PackedSites(store, watch)
    first = await packed.read()
    store.put("s-2", row(2, present=5))
    store.flush(NOW)
    watch.now = FRESH_SECONDS - 0.1
    assert await packed.read() is first
    assert store.since(store.feed_id, 1) != []
    watch.now = FRESH_SECONDS
    told, _rows = unpacked(await packed.read())
    assert told["offset"] == 2


async def test_it_is_made_anew_where_the_feed_no_longer_has_what_came_since(monkeypatch):
    monkeypatch.setattr("server.feeds.store.RING_BYTES", 10)
    store = feed()
    packed = PackedSites(store)
    await packed.read()
    store.put("s-2", row(2, present=5))
    store.flush(NOW)
    told, _rows = unpacked(await packed.read())
    assert told["offset"] == 2


async def test_rows_of_the_moment_of_asking_are_packed_with_their_own_offset():
    store = feed()
    reading = asyncio.ensure_future(PackedSites(store).read())
    await asyncio.sleep(0)
    store.put("s-2", row(2, present=5))
    store.flush(NOW)
    told, rows = unpacked(await reading)
    assert told["offset"] == 1
    assert rows[2]["present"] is None
