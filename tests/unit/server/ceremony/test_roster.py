import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.ceremony.roster import (
    LEVELS_BEFORE_JULY_2025,
    MAX_EXPECTED,
    ImportRoster,
    ancestors,
    descendants,
    fold,
    inconsistencies,
    search,
)
from server.ceremony.rules import Person, PersonalFields, Role
from site_agent.units import PersonId, SiteCode
from tests.support.mornings import NGHE_AN, SMALL, THANH_HOA, Morning, roster_of, site

LEVELS = LEVELS_BEFORE_JULY_2025


def wrong(*sites):
    return {(problem.index, problem.field) for problem in inconsistencies(LEVELS, sites)}


@pytest.mark.parametrize(("path", "sites", "groups"), [(NGHE_AN, 433, 21), (THANH_HOA, 594, 27)])
def test_the_two_real_rosters_are_consistent_trees(path, sites, groups):
    roster = Morning(roster_of(path).sites).state.roster
    assert len(roster.sites) == sites
    assert len(roster.groups) == groups
    assert sum(map(len, roster.groups.values())) == sites
    assert len(list(descendants(roster, roster.root))) == sites - 1


def test_an_empty_group_becomes_the_name_of_the_parent_and_the_root_its_own():
    roster = Morning().state.roster
    assert {code: roster.sites[SiteCode(code)].group for code in ("HALL", "D1", "C1")} == {
        "HALL": "Hội trường",
        "D1": "Hội trường",
        "C1": "Huyện Nam Đàn",
    }
    assert list(roster.groups) == ["Hội trường", "Huyện Nam Đàn", "Thành phố Vinh"]


def test_ancestors_and_descendants_follow_the_tree_in_roster_order():
    roster = Morning().state.roster
    assert list(ancestors(roster, SiteCode("C1"))) == ["D1", "HALL"]
    assert list(descendants(roster, SiteCode("HALL"))) == ["D1", "C1", "C2", "D2", "C3"]
    assert [roster.rank[code] for code in roster.sites] == list(range(6))


def test_every_kind_of_bad_row_is_named_with_its_field():
    hall = SMALL[0]
    assert wrong(hall, site("A"), site("A")) == {(2, "code")}
    assert wrong(hall, site("")) == {(1, "code")}
    assert wrong(hall, site("A/B")) == {(1, "code")}
    assert wrong(hall, site("A", name=" ")) == {(1, "name")}
    assert wrong(hall, site("A", level="ward")) == {(1, "level")}
    assert wrong(hall, site("A", parent="NOWHERE")) == {(1, "parent")}
    assert wrong(hall, site("A", expected=-1), site("B", expected=MAX_EXPECTED + 1)) == {(1, "expected"), (2, "expected")}
    assert wrong(hall, site("HALL-2", None)) == {(1, "parent")}
    assert wrong(hall, site("A", chair="x" * 300)) == {(1, "chair")}


def test_a_circle_is_told_for_those_who_stand_on_it_and_not_for_those_who_hang_on_it():
    assert wrong(SMALL[0], site("A", "B"), site("B", "C"), site("C", "A"), site("D", "A")) == {
        (1, "parent"),
        (2, "parent"),
        (3, "parent"),
    }
    assert wrong(SMALL[0], site("A", "A")) == {(1, "parent")}


def test_all_bad_rows_are_told_at_once_and_nothing_changes():
    morning = Morning()
    before = morning.state.roster
    bad = (SMALL[0], site("A", name=""), site("A", parent="NOWHERE"), site("B", level="?"))
    refused = morning.refused(ImportRoster, Role.ADMIN, levels=LEVELS, sites=bad)
    assert refused.code == "roster_inconsistent"
    assert set(refused.fields) == {"2.name", "3.code", "3.parent", "4.level"}
    assert morning.state.roster is before


def test_an_empty_roster_and_doubled_levels_are_refused():
    morning = Morning()
    assert morning.refused(ImportRoster, Role.ADMIN, levels=LEVELS, sites=()).code == "roster_size"
    assert morning.refused(ImportRoster, Role.ADMIN, levels=LEVELS[:1] * 2, sites=SMALL[:1]).code == "roster_levels"


def test_a_host_may_not_replace_the_roster():
    assert Morning().refused(ImportRoster, Role.HOST, levels=LEVELS, sites=SMALL).code == "forbidden"


def test_a_new_roster_may_drop_silent_sites_but_none_that_reported():
    morning = Morning()
    morning.count("C1", officials=20)
    refused = morning.refused(ImportRoster, Role.ADMIN, levels=LEVELS, sites=SMALL[:2])
    assert refused.code == "roster_drops_reported"
    assert set(refused.fields) == {"C1"}
    assert "Xã Kim Liên (C1)" in refused.detail
    morning.give(ImportRoster, Role.ADMIN, levels=LEVELS, sites=SMALL[:3])
    assert list(morning.state.roster.sites) == ["HALL", "D1", "C1"]


def test_a_contact_keeps_the_same_key_while_it_is_the_same_person():
    def with_contact(name):
        return (site("HALL", None, contact=Person(PersonId("anything"), PersonalFields(name=name))),)

    morning = Morning(with_contact("Họ và tên"))
    first = morning.state.roster.sites[SiteCode("HALL")].contact
    assert first.person not in ("", "anything")
    morning.give(ImportRoster, Role.ADMIN, levels=LEVELS, sites=with_contact("Họ và tên"))
    assert morning.state.roster.sites[SiteCode("HALL")].contact == first
    morning.give(ImportRoster, Role.ADMIN, levels=LEVELS, sites=with_contact("Họ và tên khác"))
    assert morning.state.roster.sites[SiteCode("HALL")].contact.person != first.person


@pytest.mark.parametrize(
    ("query", "first"),
    [("kim lien", "C1"), ("DONG VINH", "C3"), ("đông", "C3"), ("c2", "C2"), ("xa nam", "C2"), ("Kim Liên", "C1")],
)
def test_search_ignores_case_and_diacritics(query, first):
    assert search(Morning().state.roster, query)[0] == first


def test_search_finds_by_group_and_puts_the_exact_code_first():
    roster = Morning((*SMALL, site("10", "D1", name="Xã C1 mới"))).state.roster
    assert search(roster, "c1") == ["C1", "10"]
    assert search(roster, "nam dan") == ["D1", "C1", "C2", "10"]
    assert search(roster, "không có nơi này") == []


@given(st.text())
def test_folding_twice_is_folding_once(text):
    assert fold(fold(text)) == fold(text)


def test_folding_makes_composed_and_decomposed_accents_equal():
    assert fold("Xã Đô Lương") == fold("Xa\u0303 Đo\u0302 Lu\u031bo\u031bng") == "xa do luong"
