import pytest

from server.ceremony.ceremony import Ceremony, decide, evolve
from server.ceremony.guests import AddGuest, GuestStatus, ListGuests, MarkGuest, MoveGuest, RemoveGuest
from server.ceremony.rules import Context, PersonalFields, Principal, Refused, Role, shown_name
from server.engine.ids import new_id
from site_agent.units import Instant

NOON = Instant(1_749_618_000_000_000)
DESK = Principal(role=Role.DESK, seat="desk-1")
MC = Principal(role=Role.MC, seat="mc-1")


def tell(state, command, principal=DESK, now=NOON):
    events = decide(state, command, Context(now=now, principal=principal))
    for event in events:
        evolve(state, event)
    return events


def refusal(state, command, principal=DESK) -> Refused:
    with pytest.raises(Refused) as refused:
        decide(state, command, Context(now=NOON, principal=principal))
    return refused.value


def named(letter: str) -> PersonalFields:
    return PersonalFields(name=f"Họ và tên {letter}", title="Chức vụ")


def listing(letters: str) -> ListGuests:
    return ListGuests(id=new_id(), guests=tuple(map(named, letters)))


def order(state) -> str:
    return "".join(shown_name(guest.person)[-1] for guest in state.guests.guests.values())


def ids(state) -> dict[str, str]:
    return {shown_name(guest.person)[-1]: guest.id for guest in state.guests.guests.values()}


def mark(state, letter, status, substitute=None, principal=DESK):
    command = MarkGuest(id=new_id(), guest=ids(state)[letter], status=status, substitute=substitute)
    return tell(state, command, principal)


@pytest.fixture
def state():
    state = Ceremony()
    tell(state, listing("ABC"))
    return state


def test_guests_stand_in_the_order_of_introduction(state):
    assert order(state) == "ABC"
    tell(state, MoveGuest(id=new_id(), guest=ids(state)["C"], after=ids(state)["A"]))
    assert order(state) == "ACB"
    tell(state, MoveGuest(id=new_id(), guest=ids(state)["B"], after=None))
    assert order(state) == "BAC"


def test_an_arrival_says_who_told_it_and_when(state):
    mark(state, "B", GuestStatus.ARRIVED, principal=MC)
    said = state.guests.marks[ids(state)["B"]]
    assert (said.status, said.by, said.seat, said.at) == (GuestStatus.ARRIVED, Role.MC, "mc-1", NOON)
    assert mark(state, "B", GuestStatus.ARRIVED) == []


def test_a_substitute_has_a_name(state):
    command = MarkGuest(id=new_id(), guest=ids(state)["A"], status=GuestStatus.REPLACED)
    assert refusal(state, command).detail == "Người dự thay: thiếu họ tên."
    mark(state, "A", GuestStatus.REPLACED, named("X"))
    assert shown_name(state.guests.marks[ids(state)["A"]].substitute) == "Họ và tên X"
    mark(state, "A", GuestStatus.EXPECTED)
    assert state.guests.marks[ids(state)["A"]].substitute is None


def test_a_new_list_keeps_what_was_said_of_those_who_stand_in_both(state):
    mark(state, "B", GuestStatus.ARRIVED)
    mark(state, "C", GuestStatus.ABSENT)
    before = ids(state)["B"]
    tell(state, listing("DBA"))
    assert order(state) == "DBA"
    assert ids(state)["B"] == before
    assert [mark.status for mark in state.guests.marks.values()] == [GuestStatus.ARRIVED]


def test_somebody_nobody_listed_is_there_at_once(state):
    tell(state, AddGuest(id=new_id(), guest=named("X"), after=ids(state)["A"]), MC)
    assert order(state) == "AXBC"
    assert state.guests.marks[ids(state)["X"]].status is GuestStatus.ARRIVED
    assert refusal(state, AddGuest(id=new_id(), guest=named("X"), after=None)).code == "guest_twice"


def test_whoever_is_taken_off_is_gone_with_what_was_said(state):
    mark(state, "B", GuestStatus.ARRIVED)
    gone = ids(state)["B"]
    tell(state, RemoveGuest(id=new_id(), guest=gone))
    assert (order(state), state.guests.marks) == ("AC", {})
    assert refusal(state, RemoveGuest(id=new_id(), guest=gone)).code == "guest_unknown"


def test_a_bad_list_changes_nothing_and_names_each_place(state):
    bad = ListGuests(id=new_id(), guests=(named("A"), PersonalFields(), named("A")))
    assert refusal(state, bad).fields == {"2": "thiếu họ tên", "3": "đã có trong danh sách"}
    assert refusal(state, listing("")).code == "guests_empty"
    assert order(state) == "ABC"


def test_the_mc_says_who_is_there_and_does_not_rewrite_the_list(state):
    assert refusal(state, listing("A"), MC).code == "forbidden"
    assert refusal(state, RemoveGuest(id=new_id(), guest=ids(state)["A"]), MC).code == "forbidden"
