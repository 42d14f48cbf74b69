import pytest

from server.ceremony.pledges import ClosePledge, CountPledge, OpenPledge, SignPledge
from server.ceremony.rules import Refused, Role
from server.engine.ids import new_id
from tests.support.houses import HouseClock, code, host, person, small_engine


@pytest.fixture
def engine():
    return small_engine(HouseClock(), 3)


def opened(engine, text="Chúng tôi cam kết học, học nữa."):
    engine.give(OpenPledge(id=new_id(), text=text), by=person(Role.CALLER))


def sign(engine, site=1):
    return engine.give(SignPledge(id=new_id(), site=code(site)), by=host(code(site)))


def count(engine, browser="a"):
    return engine.give(CountPledge(id=new_id(), browser=browser))


def test_sites_and_browsers_sign_once_each(engine):
    opened(engine)
    sign(engine)
    sign(engine, 2)
    assert sign(engine) == []
    count(engine)
    count(engine, "b")
    assert count(engine) == []
    current = engine.state.pledges.current
    assert (len(current.sites), len(current.people)) == (2, 2)


def test_nothing_is_signed_before_the_opening_and_after_the_close(engine):
    with pytest.raises(Refused, match="pledge_closed"):
        sign(engine)
    opened(engine)
    engine.give(ClosePledge(id=new_id()), by=person(Role.CALLER))
    with pytest.raises(Refused, match="pledge_closed"):
        count(engine)
    engine.give(ClosePledge(id=new_id(), reopen=True), by=person(Role.CALLER))
    assert sign(engine)


def test_the_pledge_of_the_rehearsal_counts_nothing_on_the_day(engine):
    opened(engine)
    sign(engine)
    engine.give(ClosePledge(id=new_id()), by=person(Role.CALLER))
    opened(engine)
    assert engine.state.pledges.current.sites == {}
    assert len(engine.state.pledges.pledges[0].sites) == 1


def test_one_pledge_is_open_at_a_time_and_has_words(engine):
    with pytest.raises(Refused, match="text_missing"):
        opened(engine, " ")
    opened(engine)
    with pytest.raises(Refused, match="pledge_open"):
        opened(engine)
    with pytest.raises(Refused, match="forbidden_site"):
        engine.give(SignPledge(id=new_id(), site=code(2)), by=host(code(1)))
