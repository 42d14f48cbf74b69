"""Whatever happens in whatever order, the running totals of every book equal a recount, and a replay gives the same."""

from collections import Counter

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from server.ceremony.attendance import CheckIn, ChooseHeadCount, CloseFigures, DeclareChair, ReportHeadCount
from server.ceremony.attendance.phases import books
from server.ceremony.ceremony import Ceremony
from server.ceremony.chairs import SeatChair, chair_at
from server.ceremony.figures import ALL, Rollup, group_key, level_key, parent_key, snapshot
from server.ceremony.rehearsal import BeginRehearsal, EndRehearsal, UndoPhase
from server.ceremony.retiring import RestoreSite, RetireSite
from server.ceremony.roster import LEVELS_BEFORE_JULY_2025, ImportRoster, ancestors
from server.ceremony.rules import PersonalFields, Principal, Refused, Role
from server.ceremony.seen import CountSeen, SwitchSeen
from site_agent.units import DeviceId
from tests.support.mornings import SMALL, Morning, at, site

CODES = st.sampled_from([each.code for each in SMALL])
PHASE = st.one_of(st.none(), st.integers(0, 6))
DEVICES = st.sampled_from(["a", "b", "c", None])
DEPUTY = PersonalFields(title="Phó Chủ tịch UBND xã")

ACTIONS = st.one_of(
    st.tuples(st.just("count"), CODES, st.integers(0, 9), st.sampled_from(["none", "seen", "told"]), DEVICES, PHASE),
    st.tuples(st.just("choose"), CODES, st.integers(0, 3), PHASE),
    st.tuples(st.just("say"), CODES, st.booleans(), PHASE),
    st.tuples(st.just("chair"), CODES, st.one_of(st.none(), CODES)),
    st.tuples(st.just("retire"), CODES, st.booleans()),
    st.tuples(st.just("phase"), st.sampled_from(["begin", "end", "undo"])),
    st.tuples(st.just("seen"), CODES, st.sampled_from("xyz"), st.booleans()),
    st.tuples(st.just("roster"), st.integers(1, len(SMALL)), st.booleans()),
    st.tuples(st.just("close")),
)


def act(morning: Morning, action: tuple, minute: int) -> None:
    """Give the commands of one action; refusals are part of the game."""
    state, now = morning.state, at(6, 0, minute)
    match action:
        case ("count", code, count, how, device, phase):
            listed = state.attendance.sites.get(code)
            shown = tuple(figure for figure, _ in listed.figures_in_play()) if listed and how == "seen" else ()
            supersedes = None if how == "none" else shown
            by = Principal(role=Role.HOST, site=code, device=device and DeviceId(device))
            fields = {"counts": {"officials": count}, "reason": "Đếm lại", "confirmed_unusual": True, "phase": phase}
            morning.give(ReportHeadCount, now=now, by=by, site=code, supersedes=supersedes, **fields)
        case ("choose", code, which, phase):
            listed = state.attendance.sites.get(code)
            figures = [figure for figure, _ in listed.figures_in_play()] if listed else ["none"]
            figure = figures[which % len(figures)] if figures else "none"
            morning.give(ChooseHeadCount, now=now, site=code, figure=figure, over=tuple(figures[:2]), phase=phase)
        case ("say", code, planned, phase):
            morning.give(CheckIn, now=now, site=code, phase=phase)
            morning.give(
                DeclareChair, now=now, site=code, as_planned=planned, substitute=None if planned else DEPUTY, phase=phase
            )
        case ("chair", code, other):
            morning.give(SeatChair, now=now, site=code, elsewhere=other)
        case ("retire", code, True):
            morning.give(RetireSite, now=now, site=code, reason="Sáp nhập")
        case ("retire", code, False):
            morning.give(RestoreSite, now=now, site=code)
        case ("phase", "begin"):
            morning.give(BeginRehearsal, now=now, take_over=True)
        case ("phase", "end"):
            morning.give(EndRehearsal, now=now, rehearsal=state.phases.number)
        case ("phase", "undo"):
            morning.give(UndoPhase, now=now, number=state.phases.number)
        case ("seen", code, browser, move):
            morning.give(SwitchSeen, now=now, on=True)
            morning.give(CountSeen, Role.SYSTEM, now, site=code, browser=browser, move=move)
        case ("roster", kept, confirmed):
            sites = tuple(site(s.code, s.parent, level=s.level, expected=kept) for s in SMALL[:kept])
            fields = {"levels": LEVELS_BEFORE_JULY_2025, "sites": sites, "retire_missing": confirmed}
            morning.give(ImportRoster, Role.ADMIN, now, **fields)
        case ("close",):
            morning.give(CloseFigures, now=now, closed_by="Trưởng phòng")


def recount(state, book):
    """The sums as anybody would count them, one site after the other."""
    sums, categories = {}, Counter()
    for code, listed in state.roster.sites.items():
        said, away = book.sites.get(code), chair_at(state, code) is not None
        keys = [ALL, group_key(listed.group), level_key(listed.level), *map(parent_key, ancestors(state.roster, code))]
        planned = said is not None and said.chair_as_planned is True and not away
        substitute = said is not None and said.chair_as_planned is False
        standing = [said.reports[place] for place in said.in_play] if said else []
        counting = max(standing, key=lambda each: (each.occurred_at, said.reports.index(each))) if standing else None
        for key in keys:
            line = sums.setdefault(key, Rollup())
            line.sites += 1
            line.expected += listed.expected
            line.checked_in += said is not None and said.checked_in_at is not None
            line.chairs_planned += planned
            line.chairs_substitute += substitute
            line.chairs_elsewhere += away and not substitute
            line.reported += counting is not None
            line.present += counting.total if counting else 0
        if counting is not None:
            categories.update(counting.counts)
    return sums, +categories


@settings(max_examples=250, deadline=None)
@given(st.lists(ACTIONS, max_size=30))
def test_the_totals_of_every_book_equal_a_recount_after_any_sequence(actions):
    morning = Morning()
    for minute, action in enumerate(actions):
        try:
            act(morning, action, minute)
        except Refused:
            pass
        for book in books(morning.state):
            sums, categories = recount(morning.state, book)
            assert book.rollups == sums
            assert +Counter(book.by_category) == categories
            assert Counter(book.seen.values()) == Counter(book.seen_at)
            frozen = snapshot(morning.state, 0, None, at(7, 0), book)
            assert sum(each.present or 0 for each in frozen.sites) == (sums[ALL].present if sums else 0)
    assert morning.replayed() == morning.state
    kept = msgspec.msgpack.decode(msgspec.msgpack.encode(morning.state), type=Ceremony)
    assert kept == morning.state


@settings(max_examples=100, deadline=None)
@given(st.lists(ACTIONS, max_size=30))
def test_nothing_that_was_reported_is_ever_lost(actions):
    morning = Morning()
    accepted = 0
    for minute, action in enumerate(actions):
        before = len(morning.events)
        try:
            act(morning, action, minute)
        except Refused:
            pass
        accepted += sum(event.__struct_config__.tag == "head_count_reported" for event in morning.events[before:])
    kept = sum(len(said.reports) for book in books(morning.state) for said in book.sites.values())
    assert kept == accepted
