"""The checklist: items are data, answers replace each other, the link is never asked for."""

import pytest

from server.ceremony.link_health import Grade, GradeChange, GradesChanged
from server.ceremony.readiness import (
    DEFAULT_CHECKLIST,
    MAX_ACCEPTED,
    ChecklistItem,
    ItemAnswer,
    Measure,
    ReportReadiness,
    SetChecklist,
    good_bits,
    items_for,
    standing,
    wanted_bits,
)
from server.ceremony.roster import Picture
from server.ceremony.rules import Principal, Refused, Role
from server.engine.ids import new_id
from tests.support.houses import HouseClock, code, small_engine

SITE = code(1)
HOST = Principal(role=Role.HOST, site=SITE)
GOOD, BAD = ItemAnswer(good=True), ItemAnswer(good=False)


@pytest.fixture
def clock():
    return HouseClock()


@pytest.fixture
def engine(clock):
    return small_engine(clock, 3)


def report(engine, by=HOST, site=SITE, **answers):
    return engine.give(ReportReadiness(id=new_id(), site=site, answers=answers), by=by)


def site_of(engine, site=SITE):
    return engine.state.roster.sites[site]


def bit(engine, name):
    return 1 << [item.id for item in engine.state.readiness.items].index(name)


def test_an_answer_makes_its_item_good_and_a_later_one_takes_it_back(engine):
    report(engine, sound=GOOD)
    assert good_bits(engine.state, site_of(engine)) == bit(engine, "sound")
    report(engine, sound=BAD)
    assert good_bits(engine.state, site_of(engine)) == 0


def test_the_same_answer_again_adds_nothing(engine):
    assert report(engine, sound=GOOD)
    assert report(engine, sound=GOOD) == []


def test_a_battery_that_fell_by_a_little_is_no_news_and_by_much_is(engine):
    assert report(engine, power=ItemAnswer(good=True, percent=90, measured=True))
    assert report(engine, power=ItemAnswer(good=True, percent=84, measured=True)) == []
    assert report(engine, power=ItemAnswer(good=True, percent=80, measured=True))


def test_the_link_is_read_from_the_grades_and_taken_from_nobody(engine, clock):
    link = engine.state.readiness.items[0]
    assert standing(engine.state, site_of(engine), link) is None
    engine.publish(GradesChanged(changes=(GradeChange(site=SITE, grade=Grade.UP, reason=""),), at=clock.now()))
    assert good_bits(engine.state, site_of(engine)) == bit(engine, "link")
    with pytest.raises(Refused, match="item_unknown"):
        report(engine, link=GOOD)


def test_a_running_generator_is_told_and_keeps_nobody_from_being_ready(engine):
    wanted = wanted_bits(engine.state.readiness.items, Picture.CONFERENCE)
    assert wanted & bit(engine, "generator") == 0
    report(engine, generator=GOOD)
    assert good_bits(engine.state, site_of(engine)) & bit(engine, "generator")


def test_a_site_without_a_conference_is_not_asked_about_its_room(engine):
    assert {"room", "muted"} <= {item.id for item in items_for(engine.state, site_of(engine))}
    wanted = wanted_bits(engine.state.readiness.items, Picture.TV)
    assert wanted & (bit(engine, "room") | bit(engine, "muted")) == 0


def test_another_list_keeps_the_answers_to_what_stays(engine):
    report(engine, sound=GOOD, muted=GOOD)
    engine.give(SetChecklist(id=new_id(), items=(ChecklistItem("muted", "Đã tắt micro"), ChecklistItem("flag", "Đã treo cờ"))))
    assert [item.id for item in engine.state.readiness.items] == ["muted", "flag"]
    assert good_bits(engine.state, site_of(engine)) == 0b01
    with pytest.raises(Refused, match="item_unknown"):
        report(engine, sound=GOOD)


@pytest.mark.parametrize(
    "items",
    [
        (ChecklistItem("a", "Một"), ChecklistItem("a", "Hai")),
        (ChecklistItem("", "Một"),),
        (ChecklistItem("a", "x" * 500),),
        (ChecklistItem("a", "Một", Measure.SOUND), ChecklistItem("b", "Hai", Measure.SOUND)),
    ],
)
def test_a_list_that_contradicts_itself_is_refused_and_the_old_one_stays(engine, items):
    with pytest.raises(Refused, match="bad_checklist") as refused:
        engine.give(SetChecklist(id=new_id(), items=items))
    assert refused.value.fields
    assert engine.state.readiness.items == DEFAULT_CHECKLIST


def test_a_link_in_wrong_hands_cannot_fill_the_disk_and_the_desk_goes_on(engine):
    engine.state.readiness.accepted[SITE] = MAX_ACCEPTED
    with pytest.raises(Refused, match="too_many_reports"):
        report(engine, sound=GOOD)
    assert report(engine, by=Principal(role=Role.DESK, seat="desk-1"), sound=GOOD)


def test_a_host_answers_for_no_other_site(engine):
    with pytest.raises(Refused, match="forbidden_site"):
        report(engine, site=code(2), sound=GOOD)


def test_nonsense_is_refused_in_words(engine):
    with pytest.raises(Refused, match="readiness_empty"):
        report(engine)
    with pytest.raises(Refused, match="bad_percent"):
        report(engine, power=ItemAnswer(good=True, percent=400))
