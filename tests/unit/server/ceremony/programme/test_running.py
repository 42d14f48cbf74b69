import pytest

from server.ceremony.ceremony import Ceremony, decide, evolve
from server.ceremony.programme import ImportProgramme, Item, ItemKind, ItemStarted
from server.ceremony.roster import RosterSite
from server.ceremony.rules import Context, Refused
from server.engine.ids import new_id
from site_agent.units import Instant
from tests.support.programmes import ADMIN, CALLER, import_programme, item, start

NOON = Instant(1_749_618_000_000_000)


def told(state, command, principal=ADMIN, now=NOON):
    events = decide(state, command, Context(now=now, principal=principal))
    for event in events:
        evolve(state, event)
    return events


def refusal(state, command, principal=ADMIN) -> Refused:
    with pytest.raises(Refused) as refused:
        decide(state, command, Context(now=NOON, principal=principal))
    return refused.value


@pytest.fixture
def state():
    state = Ceremony()
    told(state, import_programme(3))
    return state


def test_items_stand_in_file_order(state):
    assert list(state.programme.items) == ["item-1", "item-2", "item-3"]


def test_the_item_that_starts_is_the_current_one_and_keeps_its_instant(state):
    assert told(state, start(2), CALLER) == [ItemStarted(item="item-2", at=NOON)]
    assert (state.programme.current, state.programme.started) == ("item-2", {"item-2": NOON})


def test_the_caller_may_go_back(state):
    told(state, start(2), CALLER)
    told(state, start(1), CALLER, Instant(NOON + 1))
    assert state.programme.current == "item-1"


def test_the_item_on_air_is_not_started_again(state):
    told(state, start(2), CALLER)
    assert refusal(state, start(2), CALLER).code == "item_on_air"


def test_an_item_nobody_planned_is_refused(state):
    assert refusal(state, start(9), CALLER).code == "item_unknown"


def test_the_same_programme_again_changes_nothing(state):
    assert told(state, import_programme(3)) == []


def test_a_new_programme_keeps_what_has_started(state):
    told(state, start(1), CALLER)
    told(state, import_programme(2, title="Mới"))
    assert (state.programme.current, state.programme.started) == ("item-1", {"item-1": NOON})
    assert state.programme.items["item-2"].title == "Mới 2"


def test_a_started_item_may_not_vanish(state):
    told(state, start(3), CALLER)
    refused = refusal(state, import_programme(2))
    assert refused.code == "programme_started"
    assert "Nội dung 3" in refused.detail


def test_an_empty_programme_is_refused(state):
    assert refusal(state, ImportProgramme(id=new_id(), items=())).code == "programme_empty"


def test_every_wrong_item_is_named(state):
    state.roster.sites["1"] = RosterSite(code="1", name="Tỉnh", level="province", parent=None, group="Tỉnh")
    items = (
        item(1),
        Item(id="item-2", start=10, end=5, title="x", owner="", kind=ItemKind.VIDEO),
        Item(id="item-3", start=1, end=5, title=" ", owner="", kind=ItemKind.VIDEO),
        Item(id="item-4", start=1, end=5, title="x", owner="", kind=ItemKind.REMOTE_SPEECH, site="407"),
        item(1),
    )
    refused = refusal(state, ImportProgramme(id=new_id(), items=items))
    assert refused.code == "programme_wrong"
    assert set(refused.fields) == {"item-1", "item-2", "item-3", "item-4"}


def test_a_programme_may_come_before_the_roster():
    remote = Item(id="item-1", start=0, end=5, title="x", owner="", kind=ItemKind.REMOTE_SPEECH, site="407")
    assert told(Ceremony(), ImportProgramme(id=new_id(), items=(remote,)))
