import pytest

from server.ceremony.messages import (
    MAX_FROM_SITE,
    AskForHelp,
    FinishTicket,
    ReadMessages,
    SendMessage,
    TakeTicket,
    TicketState,
    Topic,
    WithdrawHelp,
    shown_text,
)
from server.ceremony.rules import Refused, Role
from server.engine.ids import new_id
from tests.support.houses import HouseClock, code, host, person, small_engine


@pytest.fixture
def engine():
    return small_engine(HouseClock(), 3)


def ask(engine, topic=Topic.SOUND, text="", site=1):
    command = AskForHelp(id=new_id(), site=code(site), topic=topic, text=text)
    engine.give(command, by=host(code(site)))
    return command.id


def refusal(engine, command, by):
    with pytest.raises(Refused) as caught:
        engine.give(command, by=by)
    return caught.value.code


def test_the_same_call_for_help_while_it_waits_adds_nothing_but_words_do(engine):
    ask(engine)
    ask(engine)
    ask(engine, Topic.PICTURE)
    assert len(engine.state.messages.tickets) == 2
    ask(engine, text="Loa rè")
    assert len(engine.state.messages.waiting(code(1))) == 3


def test_a_ticket_is_taken_handed_over_given_back_and_finished(engine):
    ticket = ask(engine)
    engine.give(TakeTicket(id=new_id(), ticket=ticket), by=person(Role.TECH, "kỹ thuật 1"))
    engine.give(TakeTicket(id=new_id(), ticket=ticket), by=person(Role.DESK, "bàn 2"))
    assert (engine.state.messages.tickets[ticket].state, engine.state.messages.tickets[ticket].owner) == (
        TicketState.TAKEN,
        "bàn 2",
    )
    engine.give(TakeTicket(id=new_id(), ticket=ticket, give_back=True), by=person(Role.DESK, "bàn 2"))
    assert engine.state.messages.tickets[ticket].owner == ""
    engine.give(FinishTicket(id=new_id(), ticket=ticket), by=person(Role.TECH, "kỹ thuật 1"))
    assert engine.state.messages.waiting(code(1)) == []
    assert refusal(engine, TakeTicket(id=new_id(), ticket=ticket), person(Role.TECH)) == "ticket_done"
    engine.give(FinishTicket(id=new_id(), ticket=ticket, reopen=True), by=person(Role.TECH))
    assert engine.state.messages.tickets[ticket].state is TicketState.OPEN


def test_a_site_withdraws_its_own_call_and_no_other(engine):
    ticket = ask(engine)
    assert refusal(engine, WithdrawHelp(id=new_id(), site=code(2), ticket=ticket), host(code(2))) == "forbidden_site"
    engine.give(WithdrawHelp(id=new_id(), site=code(1), ticket=ticket), by=host(code(1)))
    assert engine.state.messages.waiting(code(1)) == []


def test_messages_go_both_ways_and_whoever_writes_has_read_what_stands_above(engine):
    engine.give(SendMessage(id=new_id(), site=code(1), text=" Mất tiếng từ 7 giờ "), by=host(code(1)))
    engine.give(SendMessage(id=new_id(), site=code(1), text="Đang kiểm tra"), by=person(Role.TECH))
    thread = engine.state.messages.threads[code(1)]
    assert [shown_text(message.words) for message in thread.messages] == ["Mất tiếng từ 7 giờ", "Đang kiểm tra"]
    assert (thread.read_by_centre, thread.read_by_site) == (2, 1)
    engine.give(ReadMessages(id=new_id(), site=code(1), upto=2), by=host(code(1)))
    assert thread.read_by_site == 2


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        (SendMessage(id=new_id(), site=code(1), text="  \n "), "text_missing"),
        (SendMessage(id=new_id(), site=code(1), text="a" * 501), "text_too_long"),
        (ReadMessages(id=new_id(), site=code(1), upto=1), "not_written"),
        (SendMessage(id=new_id(), site=code(2), text="a"), "forbidden_site"),
        (WithdrawHelp(id=new_id(), site=code(1), ticket=new_id()), "ticket_unknown"),
    ],
)
def test_what_a_host_may_not_say_is_refused_by_name(engine, command, problem):
    assert refusal(engine, command, host(code(1))) == problem


def test_a_link_in_wrong_hands_cannot_fill_the_disk_while_staff_may_go_on(engine):
    for _ in range(MAX_FROM_SITE):
        engine.give(SendMessage(id=new_id(), site=code(1), text="a"), by=host(code(1)))
    assert refusal(engine, SendMessage(id=new_id(), site=code(1), text="a"), host(code(1))) == "too_many_messages"
    assert refusal(engine, AskForHelp(id=new_id(), site=code(1), topic=Topic.SOUND), host(code(1))) == "too_many_messages"
    engine.give(SendMessage(id=new_id(), site=code(1), text="Gọi số hỗ trợ"), by=person(Role.TECH))
