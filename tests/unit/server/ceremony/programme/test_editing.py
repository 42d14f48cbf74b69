from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.ceremony.ceremony import AnyEvent, Ceremony, decide, evolve
from server.ceremony.programme import (
    AddItem,
    ChangeItem,
    Column,
    ImportProgramme,
    Item,
    ItemKind,
    MoveItem,
    RemoveItem,
    Sheet,
    StartItem,
    UndoEdit,
)
from server.ceremony.rules import Context, Principal, Refused, Role
from server.engine.ids import new_id
from site_agent.units import MINUTE, Instant
from tests.support.programmes import ADMIN, CALLER, import_programme, start

NOON = Instant(1_749_618_000_000_000)
TECH = Principal(role=Role.TECH, seat="tech-1")


def told(state, command, principal=CALLER):
    events = decide(state, command, Context(now=NOON, principal=principal))
    for event in events:
        evolve(state, event)
    return events


def refusal(state, command, principal=CALLER) -> Refused:
    with pytest.raises(Refused) as refused:
        decide(state, command, Context(now=NOON, principal=principal))
    return refused.value


def change(number, seen=0, **fields):
    return ChangeItem(id=new_id(), item=f"item-{number}", seen=seen, **fields)


def move(number, after, seen=0):
    return MoveItem(id=new_id(), item=f"item-{number}", seen=seen, after=None if after is None else f"item-{after}")


def remove(number, seen=0):
    return RemoveItem(id=new_id(), item=f"item-{number}", seen=seen)


def undo(state):
    return UndoEdit(id=new_id(), edit=state.programme.last_edits[-1].edit.number)


def plan(state):
    return [(item.start // MINUTE, item.end // MINUTE) for item in state.programme.items.values()]


def order(state):
    return [name.removeprefix("item-") for name in state.programme.items]


@pytest.fixture
def state():
    state = Ceremony()
    told(state, import_programme(4), ADMIN)
    return state


def test_a_longer_item_pushes_the_linked_ones_behind_it(state):
    told(state, change(2, length=15 * MINUTE))
    assert plan(state) == [(0, 10), (10, 25), (25, 35), (35, 45)]


def test_a_fixed_item_keeps_its_clock_time_and_carries_those_linked_to_it(state):
    told(state, change(3, starts=30 * MINUTE))
    assert plan(state) == [(0, 10), (10, 20), (30, 40), (40, 50)]
    told(state, change(1, length=5 * MINUTE))
    assert plan(state) == [(0, 5), (5, 15), (30, 40), (40, 50)]
    told(state, change(3, seen=state.programme.version("item-3"), starts=None))
    assert plan(state) == [(0, 5), (5, 15), (15, 25), (25, 35)]


def test_a_new_item_stands_behind_the_one_that_was_named(state):
    told(state, AddItem(id=new_id(), after="item-1", title=" Tặng hoa ", length=5 * MINUTE))
    items = list(state.programme.items.values())
    assert [item.title for item in items] == ["Nội dung 1", "Tặng hoa", "Nội dung 2", "Nội dung 3", "Nội dung 4"]
    assert plan(state) == [(0, 10), (10, 15), (15, 25), (25, 35), (35, 45)]


def test_a_new_first_item_begins_when_the_day_began(state):
    told(state, AddItem(id=new_id(), after=None, title="Đón khách", length=5 * MINUTE))
    assert plan(state)[:2] == [(0, 5), (5, 15)]


def test_an_item_moves_in_order_and_in_time(state):
    told(state, move(4, 1))
    assert order(state) == ["1", "4", "2", "3"]
    assert plan(state) == [(0, 10), (10, 20), (20, 30), (30, 40)]


def test_an_item_moved_to_the_top_begins_when_the_day_began(state):
    told(state, move(3, None))
    assert (order(state), plan(state)[0]) == (["3", "1", "2", "4"], (0, 10))


def test_an_item_taken_out_closes_the_gap(state):
    told(state, remove(2))
    assert (order(state), plan(state)) == (["1", "3", "4"], [(0, 10), (10, 20), (20, 30)])


def test_whoever_saw_an_older_version_is_told_what_was_changed_and_by_whom(state):
    told(state, change(2, length=15 * MINUTE), TECH)
    refused = refusal(state, change(2, title="Khác", length=5 * MINUTE))
    assert refused.code == "item_changed"
    assert "kỹ thuật (tech-1) vừa đổi thời lượng mục 2" in refused.detail
    assert refused.fields == {"title": "Nội dung 2", "length": "15 phút"}
    assert told(state, change(2, seen=state.programme.version("item-2"), title="Khác"))


def test_an_item_that_only_moved_in_time_may_still_be_edited_by_who_saw_it_before(state):
    told(state, change(1, length=15 * MINUTE), TECH)
    assert told(state, change(2, owner="Sở KH&CN"))
    assert state.programme.items["item-2"].start == 15 * MINUTE


def test_what_changes_nothing_is_no_edit(state):
    assert told(state, change(2, title="Nội dung 2", length=10 * MINUTE)) == []
    assert told(state, move(2, 1)) == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"title": " "}, "thiếu tên nội dung"),
        ({"length": -1}, "kết thúc sớm hơn"),
        ({"length": 25 * 60 * MINUTE}, "quá 24 giờ"),
        ({"words": "Có {đại biểu} và {số lạ}"}, "{số lạ}"),
        ({"words": "Có {đại biểu"}, "thiếu dấu }"),
        ({"words": "x" * 9000}, "dài quá"),
        ({"more": {"col-9": "x"}}, "bảng đã nhập"),
    ],
)
def test_a_bad_field_is_refused_by_name_and_changes_nothing(state, fields, words):
    if "more" in fields:
        told(state, ImportProgramme(id=new_id(), items=import_programme(4).items, sheet=Sheet((Column("title", "Nội dung"),))))
    before = state.programme.items
    refused = refusal(state, change(2, **fields))
    assert refused.code == "item_wrong"
    assert words in refused.detail
    assert state.programme.items is before


def test_the_kind_and_site_of_an_item_change(state):
    told(state, change(2, item_kind=ItemKind.REMOTE_SPEECH, site="407"))
    item = state.programme.items["item-2"]
    assert (item.kind, item.site) == (ItemKind.REMOTE_SPEECH, "407")
    told(state, change(2, seen=state.programme.version("item-2"), site=None))
    assert state.programme.items["item-2"].site is None


def test_what_ran_is_not_moved_or_taken_out_and_nothing_comes_before_it(state):
    told(state, start(2))
    for command in (remove(2), move(2, 3), move(4, 1), AddItem(id=new_id(), after="item-1", title="x", length=0)):
        assert refusal(state, command).code == "item_ran"
    assert told(state, change(2, title="Tên mới"))


def test_the_last_item_stays(state):
    for number in (1, 2, 3):
        told(state, remove(number))
    assert refusal(state, remove(4)).code == "programme_empty"


def test_an_undo_says_what_it_takes_back_and_a_stale_one_is_refused(state):
    told(state, change(2, length=20 * MINUTE), TECH)
    old = undo(state)
    assert state.programme.last_edits[-1].edit.words == "đổi thời lượng mục 2"
    told(state, change(3, title="Khác"))
    refused = refusal(state, old)
    assert refused.code == "undo_stale"
    assert "tổng đạo diễn (caller-1) vừa đổi tên mục 3" in refused.detail


def test_an_undone_item_is_new_to_who_edits_it(state):
    told(state, change(2, title="Khác"))
    seen = state.programme.version("item-2")
    told(state, undo(state))
    refused = refusal(state, change(2, seen=seen, title="Nữa"))
    assert "hoàn tác: đổi tên mục 2" in refused.detail


def test_an_import_over_a_programme_can_be_taken_back(state):
    before = (state.programme.items, state.programme.sheet)
    told(state, import_programme(2, title="Mới"))
    told(state, undo(state))
    assert (state.programme.items, state.programme.sheet) == before


def test_the_first_import_is_not_an_edit_to_undo(state):
    assert refusal(state, UndoEdit(id=new_id(), edit=1)).code == "nothing_to_undo"


def test_an_undo_may_not_take_out_what_went_on_air(state):
    (event,) = told(state, AddItem(id=new_id(), after="item-4", title="Thêm", length=MINUTE))
    told(state, StartItem(id=new_id(), item=event.item))
    assert refusal(state, undo(state)).code == "item_ran"


def test_an_old_event_without_the_new_fields_still_folds():
    old = b"""{"kind":"programme_imported","items":[{"id":"item-1","start":0,"end":600000000,"title":"A","owner":"","kind":"speech"}]}"""
    state = Ceremony()
    evolve(state, msgspec.json.decode(old, type=AnyEvent))
    evolve(state, msgspec.json.decode(b'{"kind":"item_started","item":"item-1","at":5}', type=AnyEvent))
    assert state.programme.items["item-1"] == Item(
        id="item-1", start=0, end=600_000_000, title="A", owner="", kind=ItemKind.SPEECH
    )
    assert (state.programme.current, state.programme.started) == ("item-1", {"item-1": 5})


NUMBERS = st.integers(1, 6)
EDITS = st.one_of(
    st.tuples(st.just("length"), NUMBERS, st.integers(0, 60)),
    st.tuples(st.just("starts"), NUMBERS, st.one_of(st.none(), st.integers(0, 300))),
    st.tuples(st.just("title"), NUMBERS, st.text("abc", min_size=1, max_size=3)),
    st.tuples(st.just("move"), NUMBERS, st.one_of(st.none(), NUMBERS)),
    st.tuples(st.just("add"), st.one_of(st.none(), NUMBERS), st.integers(0, 30)),
    st.tuples(st.just("remove"), NUMBERS, st.none()),
    st.tuples(st.just("start"), NUMBERS, st.none()),
)


def edit_command(state, kind, number, value):
    seen = state.programme.version(f"item-{number}")
    match kind:
        case "length":
            return change(number, seen, length=value * MINUTE)
        case "starts":
            return change(number, seen, starts=None if value is None else value * MINUTE)
        case "title":
            return change(number, seen, title=value)
        case "move":
            return move(number, value, seen)
        case "add":
            after = None if number is None else f"item-{number}"
            return AddItem(id=new_id(), after=after, title="Thêm", length=value * MINUTE)
        case "remove":
            return remove(number, seen)
        case _:
            return start(number)


@given(st.lists(EDITS, max_size=12))
@settings(max_examples=150, deadline=None)
def test_undoing_every_edit_restores_the_plan_exactly(edits):
    state = Ceremony()
    told(state, import_programme(6), ADMIN)
    plans = []
    for kind, number, value in edits:
        before = list(state.programme.items.items())
        try:
            happened = told(state, edit_command(state, kind, number, value))
        except Refused:
            assert list(state.programme.items.items()) == before
            continue
        if happened and kind != "start":
            plans.append(before)
        linked = list(state.programme.items.values())
        assert all(item.end >= item.start for item in linked)
        assert all(after.fixed or after.start >= before.end for before, after in pairwise(linked)), (
            "a linked item never overlaps the one before it"
        )
    while plans:
        gone = set(state.programme.going.runs) - set(state.programme.last_edits[-1].order_before)
        if gone:
            assert refusal(state, undo(state)).code == "item_ran"
            return
        told(state, undo(state))
        assert list(state.programme.items.items()) == plans.pop()


def test_the_state_of_an_edited_and_running_programme_is_copied_whole(state):
    told(state, change(2, words="Kính mời {đại biểu}", length=20 * MINUTE))
    told(state, move(4, 1))
    told(state, start(1))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(state.programme), type=type(state.programme)) == state.programme
