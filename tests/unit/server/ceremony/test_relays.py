"""Relays: set up with a sealed key, started and stopped by hand, with the programme, at an instant."""

import pytest
from msgspec import structs

from server.ceremony import ceremony
from server.ceremony.programme import EndItem, ImportProgramme, Item, ItemKind, StartItem, UndoStep
from server.ceremony.relay_plan import ADDRESSES, MAX_KEY, Moment, Platform, RelayAccess, shown_url
from server.ceremony.relays import MAX_RELAYS, AddRelay, ChangeRelay, RelayDue, RemoveRelay, StartRelay, StopRelay
from server.ceremony.rules import Refused, Role
from server.engine.ids import new_id
from site_agent.units import MINUTE, Duration, Instant
from tests.support.houses import HouseClock, person, small_engine

KEY = "abcd-efgh-ijkl-mnop"
CUSTOM = RelayAccess("rtmp://phat.test/live", KEY)


@pytest.fixture
def clock():
    return HouseClock()


@pytest.fixture
def engine(clock):
    made = small_engine(clock, 1)
    items = [
        Item(id=f"item-{n}", start=Duration(n * MINUTE), end=Duration((n + 1) * MINUTE), title=f"Mục {n}", owner="", kind=ItemKind.SPEECH)
        for n in range(1, 4)
    ]  # fmt: skip
    made.give(ImportProgramme(id=new_id(), items=tuple(items)))
    return made


def add(engine, name="YouTube", platform=Platform.CUSTOM, access=CUSTOM, **more):
    engine.give(AddRelay(id=new_id(), name=name, platform=platform, access=access, **more))
    return list(engine.state.relays.relays)[-1]


def refusal(engine, command, by=None):
    with pytest.raises(Refused) as caught:
        engine.give(command, by=by)
    return caught.value.code


def wanted(engine, relay):
    return engine.state.relays.relays[relay].wanted


def due(engine):
    return [deadline for deadline in ceremony.deadlines(engine.state) if isinstance(deadline.command, RelayDue)]


def test_a_platform_brings_its_own_address_and_needs_a_key(engine):
    relay = add(engine, platform=Platform.YOUTUBE, access=RelayAccess(key=f" {KEY} "))
    assert engine.state.relays.relays[relay].sealed == RelayAccess(ADDRESSES[Platform.YOUTUBE], KEY)
    keyless = AddRelay(id=new_id(), name="Trang", platform=Platform.FACEBOOK, access=RelayAccess())
    assert refusal(engine, keyless) == "relay_key_missing"
    nowhere = AddRelay(id=new_id(), name="Zalo", platform=Platform.ZALO, access=RelayAccess(key=KEY))
    assert refusal(engine, nowhere) == "relay_address"


@pytest.mark.parametrize("url", ["http://phat.test/live", "rtmp://", "rtmp://a b/live", "rtmp://phat.test:0/live", "rtmp://[::1", "rtmp://phat.test:99999/x"])  # fmt: skip
def test_an_address_that_cannot_be_sent_to_is_refused(engine, url):
    assert (
        refusal(engine, AddRelay(id=new_id(), name="A", platform=Platform.CUSTOM, access=RelayAccess(url, KEY)))
        == "relay_address"
    )


@pytest.mark.parametrize("key", ["hai tu", "dong\nhai", "x" * (MAX_KEY + 1)])
def test_a_key_that_is_none_is_refused(engine, key):
    assert (
        refusal(engine, AddRelay(id=new_id(), name="A", platform=Platform.CUSTOM, access=RelayAccess(CUSTOM.url, key)))
        == "relay_key"
    )


def test_address_and_key_are_sealed_and_reach_no_log(engine):
    command = AddRelay(id=new_id(), name="A", platform=Platform.CUSTOM, access=CUSTOM)
    [event] = engine.give(command)
    assert event.access.personal == CUSTOM
    assert KEY not in repr(event) + repr(command) + repr(engine.state.relays)


def test_of_an_address_pages_are_shown_neither_password_nor_what_may_be_a_key():
    assert shown_url(RelayAccess("rtmps://user:pass@phat.test:443/live/bi-mat?token=1", KEY)) == "rtmps://phat.test:443/live"
    assert shown_url(None) == ""


def test_names_tell_relays_apart_and_there_are_not_more_than_an_uplink_carries(engine):
    add(engine, "YouTube  chính")
    again = AddRelay(id=new_id(), name="YouTube chính", platform=Platform.CUSTOM, access=CUSTOM)
    assert refusal(engine, again) == "relay_name_taken"
    assert refusal(engine, structs.replace(again, name=" ")) == "relay_name"
    for number in range(MAX_RELAYS - 1):
        add(engine, f"Trang {number}")
    assert refusal(engine, structs.replace(again, name="Một nơi nữa")) == "too_many_relays"


def test_started_and_stopped_by_hand(engine):
    relay = add(engine)
    assert not wanted(engine, relay)
    engine.give(StartRelay(id=new_id(), relay=relay), by=person(Role.CALLER))
    assert wanted(engine, relay)
    assert engine.give(StartRelay(id=new_id(), relay=relay)) == []
    assert refusal(engine, RemoveRelay(id=new_id(), relay=relay)) == "relay_wanted"
    engine.give(StopRelay(id=new_id(), relay=relay), RemoveRelay(id=new_id(), relay=relay))
    assert engine.state.relays.relays == {}
    assert engine.state.relays.name(relay) == "YouTube"
    assert refusal(engine, StartRelay(id=new_id(), relay=relay)) == "relay_unknown"
    assert refusal(engine, StartRelay(id=new_id(), relay=relay), person(Role.DESK)) == "forbidden"


def test_the_key_is_replaced_and_never_has_to_be_typed_again_for_another_change(engine):
    relay = add(engine)
    engine.give(ChangeRelay(id=new_id(), relay=relay, name="Kênh tỉnh"))
    assert engine.state.relays.relays[relay].sealed == CUSTOM
    engine.give(ChangeRelay(id=new_id(), relay=relay, access=RelayAccess(key="khoa-moi")))
    assert engine.state.relays.relays[relay].sealed == RelayAccess(CUSTOM.url, "khoa-moi")
    engine.give(ChangeRelay(id=new_id(), relay=relay, platform=Platform.YOUTUBE))
    assert engine.state.relays.relays[relay].sealed == RelayAccess(ADDRESSES[Platform.YOUTUBE], "khoa-moi")
    assert engine.give(ChangeRelay(id=new_id(), relay=relay)) == []


def test_a_relay_follows_the_items_of_the_programme(engine):
    relay = add(engine, start=Moment(item="item-1"), stop=Moment(item="item-2"))
    engine.give(StartItem(id=new_id(), item="item-1"))
    assert wanted(engine, relay)
    engine.give(StartItem(id=new_id(), item="item-2"))
    assert wanted(engine, relay)
    engine.give(StartItem(id=new_id(), item="item-3"))
    assert not wanted(engine, relay)
    engine.give(StartItem(id=new_id(), item="item-2"), StartRelay(id=new_id(), relay=relay), EndItem(id=new_id(), item="item-2"))
    assert not wanted(engine, relay)


def test_a_wrong_start_taken_back_does_not_cut_a_broadcast(engine):
    relay = add(engine, start=Moment(item="item-1"))
    engine.give(StartItem(id=new_id(), item="item-1"))
    engine.give(UndoStep(id=new_id(), step=engine.state.programme.last_steps[-1].number))
    assert wanted(engine, relay)


def test_a_relay_starts_and_stops_at_an_instant_by_the_engines_deadlines(engine, clock):
    begins, ends = Instant(clock.now() + MINUTE), Instant(clock.now() + 2 * MINUTE)
    relay = add(engine, start=Moment(at=begins), stop=Moment(at=ends))
    start, stop = due(engine)
    assert (start.at, stop.at) == (begins, ends)
    assert refusal(engine, start.command) == "not_due"
    clock.move(MINUTE)
    engine.give(start.command)
    assert wanted(engine, relay)
    clock.move(MINUTE)
    engine.give(stop.command)
    assert not wanted(engine, relay)
    assert [deadline.command.id for deadline in due(engine)] == [start.command.id, stop.command.id]


def test_an_instant_that_was_changed_is_not_due_any_more(engine, clock):
    relay = add(engine, start=Moment(at=Instant(clock.now() + MINUTE)))
    [old] = due(engine)
    engine.give(ChangeRelay(id=new_id(), relay=relay, start=Moment(at=Instant(clock.now() + 2 * MINUTE))))
    clock.move(MINUTE)
    assert refusal(engine, old.command) == "not_due"
    clock.move(5 * MINUTE)
    engine.give(ChangeRelay(id=new_id(), relay=relay, name="Đổi tên sau giờ đó"))


@pytest.mark.parametrize(
    ("start", "stop", "code"),
    [
        (Moment(item="none"), Moment(), "item_unknown"),
        (Moment(item="item-1", at=Instant(0)), Moment(), "moment_twice"),
        (Moment(at=Instant(1)), Moment(), "moment_past"),
        (Moment(at=Instant(2**52)), Moment(at=Instant(2**52)), "moment_order"),
    ],
)
def test_moments_that_make_no_sense_are_refused(engine, start, stop, code):
    command = AddRelay(id=new_id(), name="A", platform=Platform.CUSTOM, access=CUSTOM, start=start, stop=stop)
    assert refusal(engine, command) == code


def test_a_relay_whose_key_was_erased_starts_neither_by_hand_nor_by_itself(engine, clock):
    relay = add(engine, start=Moment(item="item-1"))
    state = engine.state.relays.relays[relay]
    state.access = structs.replace(state.access, personal=None)
    assert refusal(engine, StartRelay(id=new_id(), relay=relay)) == "relay_key_erased"
    engine.give(StartItem(id=new_id(), item="item-1"))
    assert not wanted(engine, relay)
    engine.give(ChangeRelay(id=new_id(), relay=relay, access=CUSTOM), StartRelay(id=new_id(), relay=relay))
    assert wanted(engine, relay)
