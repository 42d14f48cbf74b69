"""A ceremony driven by commands through the pure rules, without engine or journal."""

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from server.ceremony.attendance import CheckIn, CloseFigures, DeclareChair, ReportHeadCount
from server.ceremony.ceremony import Ceremony, decide, evolve
from server.ceremony.details import InitCeremony
from server.ceremony.link_health import Grade, GradeChange, GradesChanged
from server.ceremony.roster import LEVELS_BEFORE_JULY_2025, ImportRoster, Level, RosterSite
from server.ceremony.rules import Command, Context, Event, PersonalFields, Principal, Refused, Role
from server.files.roster_file import RosterFile, read_roster
from site_agent.units import CeremonyId, CommandId, Instant, PublicKey, SiteCode

VIETNAM = timezone(timedelta(hours=7))
DEMO = Path(__file__).parents[2] / "server" / "demo_data"
NGHE_AN = DEMO / "nghe-an-2025-06-11.roster.csv"
THANH_HOA = DEMO / "thanh-hoa-2025-05-08.roster.csv"


def at(hour: float, minute: float, second: float = 0) -> Instant:
    """An instant of 11 June 2025 in Vietnam; hours over 24 are of later days."""
    midnight = datetime(2025, 6, 11, tzinfo=VIETNAM).timestamp()
    return Instant(round((midnight + hour * 3_600 + minute * 60) * 1_000_000) + round(second * 1_000_000))


def roster_of(path: Path) -> RosterFile:
    read = read_roster(path.read_bytes())
    assert isinstance(read, RosterFile), read[:5]
    return read


def site(code: str, parent: str | None = "HALL", **fields: Any) -> RosterSite:
    """A commune under the hall, unless told otherwise; without a parent the hall itself."""
    defaults: dict[str, Any] = {"name": f"Xã {code}", "level": "commune" if parent else "province", "group": "", "expected": 30}
    return RosterSite(code=SiteCode(code), parent=SiteCode(parent) if parent else None, **(defaults | fields))


SMALL = (
    site("HALL", None, name="Hội trường", expected=300),
    site("D1", "HALL", name="Huyện Nam Đàn", level="district", expected=60),
    site("C1", "D1", name="Xã Kim Liên"),
    site("C2", "D1", name="Xã Nam Giang"),
    site("D2", "HALL", name="Thành phố Vinh", level="district", expected=60),
    site("C3", "D2", name="Phường Đông Vĩnh", expected=0),
)


class Morning:
    """The state and the events that made it. Commands are given with keyword arguments; ids are made up."""

    def __init__(self, sites: tuple[RosterSite, ...] = SMALL, levels: tuple[Level, ...] = LEVELS_BEFORE_JULY_2025) -> None:
        self.state = Ceremony()
        self.events: list[Event] = []
        self._given = 0
        self.last_id = CommandId("")
        self.give(
            InitCeremony,
            Role.SYSTEM,
            ceremony_id=CeremonyId("nghe-an"),
            title="Lễ phát động phong trào “Bình dân học vụ số”",
            authority="UBND tỉnh Nghệ An",
            starts_at=at(8, 0),
            live_key=PublicKey("live"),
            rehearsal_key=PublicKey("rehearsal"),
        )
        if sites:
            self.give(ImportRoster, Role.ADMIN, levels=levels, sites=sites)

    def give(
        self, kind: type[Command], role: Role = Role.DESK, now: Instant | None = None, by: Principal | None = None, **fields: Any
    ) -> list[Event]:
        """Decide and evolve one command. Raises Refused."""
        self._given += 1
        self.last_id = command_id = CommandId(f"00000000-0000-7000-8000-{self._given:012}")
        command = kind(id=command_id, **fields)
        principal = by or Principal(role=role, seat="desk-1", site=fields.get("site") if role is Role.HOST else None)
        events = decide(self.state, command, Context(now=at(6, 30) if now is None else now, principal=principal))
        self.apply(*events)
        return events

    def refused(self, kind: type[Command], role: Role = Role.DESK, **fields: Any) -> Refused:
        """The refusal of a command that must be refused."""
        try:
            events = self.give(kind, role, **fields)
        except Refused as refused:
            return refused
        raise AssertionError(f"accepted: {events}")

    def apply(self, *events: Event) -> None:
        for event in events:
            evolve(self.state, event)
            self.events.append(event)

    def count(self, code: str, role: Role = Role.HOST, now: Instant | None = None, **said: Any) -> list[Event]:
        """A head-count; `officials` unless `counts` says otherwise."""
        counts = said.pop("counts", None) or {"officials": said.pop("officials")}
        return self.give(ReportHeadCount, role, now, site=SiteCode(code), counts=counts, **said)

    def check_in(self, code: str, **fields: Any) -> list[Event]:
        return self.give(CheckIn, Role.HOST, site=SiteCode(code), **fields)

    def chair(self, code: str, substitute: PersonalFields | None = None) -> list[Event]:
        return self.give(DeclareChair, Role.HOST, site=SiteCode(code), as_planned=substitute is None, substitute=substitute)

    def close(self, now: Instant | None = None) -> list[Event]:
        return self.give(CloseFigures, Role.DESK, at(7, 15) if now is None else now, closed_by="Trưởng phòng")

    def connect(self, *codes: str) -> None:
        self.apply(GradesChanged(changes=tuple(GradeChange(SiteCode(code), Grade.UP) for code in codes), at=at(6, 40)))

    def replayed(self) -> Ceremony:
        """The state that the same events make again."""
        state = Ceremony()
        for event in self.events:
            evolve(state, event)
        return state
