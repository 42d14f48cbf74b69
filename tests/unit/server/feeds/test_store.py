import json

from hypothesis import given
from hypothesis import strategies as st

from server.feeds import store as store_module
from server.feeds.rows import PublicGroupRow
from server.feeds.store import FeedStore
from server.sockets import Socket
from site_agent.units import FeedId, Instant
from tests.support.houses import Wire, payload

NOW = Instant(1_750_000_000_000_000)


def row(lit):
    return PublicGroupRow(name="Cụm", lit=lit)


def viewer(store):
    wire = Wire()
    sink = Socket(wire, "feed", 1_000_000)
    store.sinks[sink] = None
    return wire


def test_a_change_goes_to_all_viewers_as_the_very_same_bytes():
    store = FeedStore("public")
    first, second = viewer(store), viewer(store)
    store.put("group:1", row(1))
    store.flush(NOW)
    assert first.frames[0] is second.frames[0]
    assert first.messages() == [
        {"feed": "public", "feed_id": store.feed_id, "offset": 1, "now": NOW, "changes": [["group:1", {"name": "Cụm", "lit": 1}]]}
    ]


def test_many_changes_of_a_row_within_a_tick_are_one_whole_row():
    store = FeedStore("public")
    wire = viewer(store)
    for lit in range(5):
        store.put("group:1", row(lit))
    store.flush(NOW)
    [message] = wire.messages()
    assert message["changes"] == [["group:1", {"name": "Cụm", "lit": 4}]]


def test_a_row_that_says_the_same_is_no_change():
    store = FeedStore("public", {"group:1": row(1)})
    wire = viewer(store)
    store.put("group:1", row(1))
    store.remove("group:2")
    store.flush(NOW)
    assert wire.frames == []
    assert store.offset == 0


def test_a_removed_row_is_told_as_null():
    store = FeedStore("public", {"group:1": row(1)})
    wire = viewer(store)
    store.remove("group:1")
    store.flush(NOW)
    [message] = wire.messages()
    assert message["changes"] == [["group:1", None]]


def test_a_client_that_comes_back_gets_exactly_what_it_missed():
    store = FeedStore("public")
    for lit in range(1, 6):
        store.put("group:1", row(lit))
        store.flush(NOW)
    missed = store.since(store.feed_id, 3)
    assert [json.loads(payload(frame))["offset"] for frame in missed] == [4, 5]
    assert store.since(store.feed_id, 5) == []


def test_only_a_snapshot_helps_a_client_of_another_run_of_the_future_or_from_too_long_ago(monkeypatch):
    monkeypatch.setattr(store_module, "RING_MESSAGES", 2)
    store = FeedStore("public")
    for lit in range(1, 6):
        store.put("group:1", row(lit))
        store.flush(NOW)
    assert store.since(FeedId("another"), 5) is None
    assert store.since(store.feed_id, 6) is None
    assert store.since(store.feed_id, 2) is None
    assert len(store.since(store.feed_id, 3)) == 2
    assert store.since(None, None) is None


def test_the_ring_is_bounded_by_bytes_too(monkeypatch):
    monkeypatch.setattr(store_module, "RING_BYTES", 300)
    store = FeedStore("public")
    for lit in range(50):
        store.put("group:1", row(lit))
        store.flush(NOW)
    assert store.since(store.feed_id, 48) is not None
    assert store.since(store.feed_id, 40) is None


def test_a_snapshot_is_encoded_once_until_the_next_message(monkeypatch):
    encoded = []
    store = FeedStore("public", {"group:1": row(1)})

    class Counting:
        def encode(self, value):
            encoded.append(value)
            return json.dumps([]).encode()

    monkeypatch.setattr(store_module, "_ENCODER", Counting())
    for _ in range(10):
        store.snapshot(NOW)
    assert len(encoded) == 1


keys = st.sampled_from(["a", "b", "c"])
steps = st.lists(st.tuples(keys, st.one_of(st.none(), st.integers(0, 3)), st.booleans()), max_size=40)


@given(steps, st.integers(0, 40))
def test_a_snapshot_and_the_changes_after_it_give_a_fresh_snapshot(history, joins_at):
    store = FeedStore("public")
    wire, seen, offset = None, {}, 0
    for number, (key, lit, flush) in enumerate(history):
        if number == joins_at:
            store.flush(NOW)
            snapshot = json.loads(payload(store.snapshot(NOW)))
            seen, offset = dict(snapshot["snapshot"]), snapshot["offset"]
            wire = viewer(store)
        if lit is None:
            store.remove(key)
        else:
            store.put(key, row(lit))
        if flush:
            store.flush(NOW)
    store.flush(NOW)
    for message in wire.messages() if wire else []:
        offset += 1
        assert message["offset"] == offset
        for key, value in message["changes"]:
            if value is None:
                seen.pop(key, None)
            else:
                seen[key] = value
    if wire:
        assert seen == dict(json.loads(payload(store.snapshot(NOW)))["snapshot"])
