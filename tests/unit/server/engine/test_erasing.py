"""`Forgetting`: whose keys go, that it is recorded without a personal word, and that a crash in between is ended."""

import pytest

from server.ceremony.attendance import CheckIn, DeclareChair, ReportHeadCount
from server.ceremony.chasing import NoteChase
from server.ceremony.forgetting import RecordForgetting, Scope, SetRetention, due_at
from server.ceremony.messages import SendMessage, shown_text
from server.ceremony.rules import FORGOTTEN, SYSTEM, PersonalFields, Principal, Role
from server.engine.engine import Engine
from server.engine.forgetting import Forgetting, Found, NotErased
from server.engine.ids import new_id
from server.engine.port import JournalUnwritable
from server.journal.memory import MemoryJournal, MemoryKeys
from server.journal.verify import verify
from server.reports.morning import build_draft
from site_agent.units import SECOND, PersonId, SiteCode
from tests.support.engines import START, initiated, running_engine
from tests.support.programmes import ADMIN
from tests.support.rosters import roster_with_contact

SITE = SiteCode("1")
HOST = Principal(role=Role.HOST, site=SITE)
NAME, CHAIR, TEXT = "Họ và tên đầu mối", "Họ và tên chủ trì", "Nhờ gọi lại cho tôi"


async def spoken(engine: Engine) -> None:
    """A site that has named its contact and substitute, reported, and written; and the desk's note of a call."""
    await initiated(engine)
    site = {"site": SITE}
    said = (
        (roster_with_contact("Họ và tên trong danh sách"), ADMIN),
        (CheckIn(id=new_id(), contact=PersonalFields(name=NAME, phone="0900 000 000"), **site), HOST),
        (DeclareChair(id=new_id(), as_planned=False, substitute=PersonalFields(name=CHAIR, title="Phó Chủ tịch"), **site), HOST),
        (ReportHeadCount(id=new_id(), counts={"officials": 12}, **site), HOST),
        (SendMessage(id=new_id(), text=TEXT, **site), HOST),
        (NoteChase(id=new_id(), text="Không nghe máy", **site), ADMIN),
    )
    for command, principal in said:
        answer = await engine.submit(command, principal)
        assert answer.outcome == "accepted", answer


async def journal_bytes(journal) -> bytes:
    return b"".join([stored.body async for block in journal.read() for stored in block])


async def test_a_sites_people_and_words_go_and_its_figures_stay():
    journal, keys = MemoryJournal(), MemoryKeys()
    async with running_engine(journal, keys) as engine:
        await spoken(engine)
        forgetting = Forgetting(engine, journal, keys)
        found = await forgetting.find(site=SITE)
        assert found.kinds == {
            "đầu mối trong danh sách điểm cầu": 1,
            "đầu mối đã điểm danh": 1,
            "người chủ trì thay": 1,
            "tin nhắn, yêu cầu hỗ trợ, ghi chú gọi điện": 1,
        }
        await forgetting.forget(found, Scope.SITE, SITE, 0, ADMIN)
        assert engine.state.attendance.sites[SITE].present == 12
        line = next(line for line in build_draft(engine.state, START).sites if line.code == SITE)
        assert (line.contact, line.phone, line.substitute, line.present) == (FORGOTTEN, "", FORGOTTEN, 12)
        assert shown_text(engine.state.messages.threads[SITE].messages[0].words) == FORGOTTEN
        assert (await forgetting.find(site=SITE)).people == ()
    verdict = await verify(journal, keys)
    assert verdict.broken_at is None
    assert verdict.forgotten == len(found.people) == 4


async def test_the_record_says_who_did_it_and_holds_no_personal_word():
    journal, keys = MemoryJournal(), MemoryKeys()
    async with running_engine(journal, keys) as engine:
        await spoken(engine)
        forgetting = Forgetting(engine, journal, keys)
        await forgetting.forget(await forgetting.find(site=SITE), Scope.SITE, SITE, 2, ADMIN)
        record = engine.state.forgetting.records[0]
        assert (record.scope, record.site, record.by, record.seat, record.pictures) == (
            Scope.SITE,
            SITE,
            ADMIN.role,
            ADMIN.seat,
            2,
        )
    stored = (await journal_bytes(journal)).decode()
    assert "personal_forgotten" in stored
    assert not any(word in stored for word in (NAME, CHAIR, TEXT, "0900 000 000"))


async def test_after_its_thread_was_erased_a_site_can_still_write():
    journal, keys = MemoryJournal(), MemoryKeys()
    async with running_engine(journal, keys) as engine:
        await spoken(engine)
        forgetting = Forgetting(engine, journal, keys)
        await forgetting.forget(await forgetting.find(site=SITE), Scope.SITE, SITE, 0, ADMIN)
        assert (await engine.submit(SendMessage(id=new_id(), site=SITE, text="Đã nghe rõ"), HOST)).outcome == "accepted"
        words = [shown_text(message.words) for message in engine.state.messages.threads[SITE].messages]
        assert words == [FORGOTTEN, "Đã nghe rõ"]
    async with running_engine(journal, keys) as again:
        assert [shown_text(message.words) for message in again.state.messages.threads[SITE].messages] == words


async def test_one_person_goes_alone():
    journal, keys = MemoryJournal(), MemoryKeys()
    async with running_engine(journal, keys) as engine:
        await spoken(engine)
        forgetting = Forgetting(engine, journal, keys)
        person = engine.state.attendance.sites[SITE].contact.person
        await forgetting.forget(await forgetting.find(person=person), Scope.PERSON, None, 0, ADMIN)
        assert engine.state.attendance.sites[SITE].contact.personal is None
        assert engine.state.attendance.sites[SITE].chair_substitute.personal.name == CHAIR


async def test_everybody_goes_at_once():
    journal, keys = MemoryJournal(), MemoryKeys()
    async with running_engine(journal, keys) as engine:
        await spoken(engine)
        forgetting = Forgetting(engine, journal, keys)
        await forgetting.forget(await forgetting.find(), Scope.ALL, None, 0, ADMIN)
        assert (await forgetting.find()).people == ()
        assert engine.state.roster.sites[SITE].contact.personal is None
    assert (await verify(journal, keys)).broken_at is None


async def test_what_a_crash_left_is_ended_at_the_next_start():
    journal, keys = MemoryJournal(), MemoryKeys()
    async with running_engine(journal, keys) as engine:
        await spoken(engine)
        found = await Forgetting(engine, journal, keys).find(site=SITE)
        record = RecordForgetting(
            id=new_id(), scope=Scope.SITE, site=SITE, people=found.people, pictures=0, by=Role.ADMIN, seat="admin-1"
        )
        assert (await engine.submit(record, SYSTEM)).outcome == "accepted"
    async with running_engine(journal, keys) as again:
        assert again.state.attendance.sites[SITE].contact.personal.name == NAME
        await Forgetting(again, journal, keys).finish()
        assert again.state.attendance.sites[SITE].contact.personal is None


async def test_where_it_cannot_be_recorded_nothing_is_erased():
    class Full(MemoryJournal):
        async def append(self, expected, entries):
            raise JournalUnwritable("disk full")

    class Stuck:
        def __init__(self, state):
            self.state = state
            self.forgot = []

        async def submit(self, command, principal):
            async with running_engine(Full(), MemoryKeys()) as engine:
                return await engine.submit(command, principal)

        async def forget(self, *people):
            self.forgot += people

    stuck = Stuck(None)
    with pytest.raises(NotErased):
        await Forgetting(stuck, MemoryJournal(), MemoryKeys()).forget(Found((PersonId("a"),), {}), Scope.ALL, None, 0, ADMIN)
    assert stuck.forgot == []


async def test_the_time_of_keeping_is_one_value_of_the_ceremony():
    async with running_engine() as engine:
        await initiated(engine)
        day = 86_400 * SECOND
        assert due_at(engine.state) == engine.state.details.required.starts_at + 90 * day
        assert (await engine.submit(SetRetention(id=new_id(), days=30), ADMIN)).outcome == "accepted"
        assert due_at(engine.state) == engine.state.details.required.starts_at + 30 * day
        refused = await engine.submit(SetRetention(id=new_id(), days=0), ADMIN)
        assert refused.problem.code == "retention_out_of_range"
