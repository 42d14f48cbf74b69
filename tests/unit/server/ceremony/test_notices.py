import pytest

from server.ceremony.notices import ReadNotice, Selection, SendNotice, WithdrawNotice
from server.ceremony.rules import Refused, Role
from server.engine.ids import new_id
from tests.support.houses import ROOT, HouseClock, code, host, person, roster_command, small_engine


@pytest.fixture
def engine():
    return small_engine(HouseClock(), 4)


def send(engine, to, text="Đề nghị điểm cầu kiểm tra lại micro."):
    command = SendNotice(id=new_id(), text=text, to=to)
    engine.give(command, by=person(Role.DESK))
    return command.id


@pytest.mark.parametrize(
    ("to", "sites"),
    [
        (Selection(all=True), [ROOT, code(1), code(2), code(3), code(4)]),
        (Selection(groups=("Cụm 2",)), [code(1), code(3)]),
        (Selection(levels=("province",), sites=(code(4),)), [ROOT, code(4)]),
    ],
)
def test_a_notice_goes_to_a_selection(engine, to, sites):
    notice = send(engine, to)
    assert list(engine.state.notices.notices[notice].sent.sites) == sites


def test_each_site_reads_it_once_and_those_who_have_not_are_known(engine):
    notice = send(engine, Selection(groups=("Cụm 2",)))
    read = ReadNotice(id=new_id(), site=code(1), notice=notice)
    engine.give(read, by=host(code(1)))
    assert engine.give(ReadNotice(id=new_id(), site=code(1), notice=notice), by=host(code(1))) == []
    assert engine.state.notices.unread(engine.state.notices.notices[notice]) == [code(3)]
    with pytest.raises(Refused, match="forbidden_site"):
        engine.give(ReadNotice(id=new_id(), site=code(2), notice=notice), by=host(code(2)))


def test_who_comes_to_the_roster_later_was_not_told(engine):
    notice = send(engine, Selection(all=True))
    engine.give(roster_command(6))
    assert code(6) not in engine.state.notices.notices[notice].sent.sites


def test_a_withdrawn_notice_stays_on_record(engine):
    notice = send(engine, Selection(all=True))
    engine.give(WithdrawNotice(id=new_id(), notice=notice), by=person(Role.CALLER))
    assert engine.state.notices.notices[notice].withdrawn


@pytest.mark.parametrize(
    ("to", "text", "problem"),
    [
        (Selection(), "a", "selection_empty"),
        (Selection(groups=("Cụm 9",)), "a", "selection_unknown"),
        (Selection(sites=(code(99),)), "a", "selection_unknown"),
        (Selection(all=True), "  ", "text_missing"),
        (Selection(all=True), "a" * 501, "text_too_long"),
    ],
)
def test_a_notice_to_nobody_or_without_words_is_refused_by_name(engine, to, text, problem):
    with pytest.raises(Refused, match=problem):
        send(engine, to, text)
