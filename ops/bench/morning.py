"""A made-up morning of any length, as commands: grades that change, check-ins, head-counts."""

from collections.abc import Iterator
from itertools import count
from random import Random

from server.ceremony.attendance import CheckIn, ReportHeadCount
from server.ceremony.details import InitCeremony
from server.ceremony.link_health import Grade, GradeChange, RecordGrades
from server.ceremony.roster import ImportRoster, Level, RosterSite
from server.ceremony.rules import SYSTEM, Command, Person, PersonalFields, Principal, Role
from server.engine.ids import new_id
from site_agent.units import CeremonyId, Instant, PersonId, PublicKey, SiteCode

SITES = 5_000
DESK = Principal(role=Role.DESK, seat="desk-1")
STARTS_AT = Instant(1_749_603_600_000_000)

Asked = tuple[Command, Principal]


def code(number: int) -> SiteCode:
    return SiteCode(f"s-{number:04}")


def opening(sites: int = SITES) -> list[Asked]:
    """The ceremony and its roster, every site with a contact."""
    rows = [RosterSite(code=code(0), name="Điểm cầu chính", level="province", parent=None, group="Tỉnh", required=True)]
    for number in range(1, sites):
        contact = Person(PersonId(""), PersonalFields(name=f"Đầu mối {number}", phone=f"09{number:08}"))
        row = RosterSite(
            code=code(number),
            name=f"Xã số {number}",
            level="commune",
            parent=code(0),
            group=f"Cụm {number % 25}",
            expected=30,
            contact=contact,
        )
        rows.append(row)
    levels = (Level("province", "Cấp tỉnh"), Level("commune", "Cấp xã"))
    init = InitCeremony(
        id=new_id(),
        ceremony_id=CeremonyId("bench"),
        title="Lễ phát động",
        authority="UBND tỉnh",
        starts_at=STARTS_AT,
        live_key=PublicKey("live"),
        rehearsal_key=PublicKey("rehearsal"),
    )
    return [(init, SYSTEM), (ImportRoster(id=new_id(), levels=levels, sites=tuple(rows)), SYSTEM)]


def head_counts(sites: int = SITES, seed: int = 1) -> Iterator[Asked]:
    """Head-counts of one site after another, for ever."""
    random = Random(seed)
    while True:
        for number in range(sites):
            counts = {"leaders": random.randrange(5), "officials": random.randrange(20)}
            yield ReportHeadCount(id=new_id(), site=code(number), counts=counts, reason="đếm lại"), DESK


def morning(sites: int = SITES, seed: int = 1) -> Iterator[Asked]:
    """Nine changes of grade for each head-count, as bad lines make them; one check-in a site by somebody new."""
    random = Random(seed)
    counts = head_counts(sites, seed)
    grades = (Grade.UP, Grade.STALE, Grade.DOWN, Grade.DEGRADED)
    for turn in count():
        for _ in range(9):
            site = random.randrange(sites)
            change = GradeChange(code(site), grades[(turn + site) % 4], f"mất gói {random.randrange(9)}%")
            yield RecordGrades(id=new_id(), changes=(change,)), SYSTEM
        yield next(counts)
        if turn < sites:
            contact = PersonalFields(name=f"Người trực {turn}", phone=f"03{turn:08}")
            yield CheckIn(id=new_id(), site=code(turn), contact=contact), DESK
