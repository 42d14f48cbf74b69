"""How a ceremony begins: its keys are made and its first commands are journalled, all of them or none."""

import asyncio
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from server.app import open_storage
from server.ceremony import ceremony
from server.ceremony.conference import ConferenceAccess, SetConference
from server.ceremony.cue import Plan, PlanCue, PrepareCue
from server.ceremony.details import InitCeremony
from server.ceremony.guests import ListGuests
from server.ceremony.programme import ImportProgramme, Item, ItemKind, Sheet
from server.ceremony.readiness import ChecklistItem, SetChecklist
from server.ceremony.roster import ImportRoster, Level, RosterSite, fold
from server.ceremony.rules import SYSTEM, Command, Context, PersonalFields, Refused, Role
from server.clock import wall
from server.engine.clock_anchor import journal_anchor, open_engine
from server.engine.ids import new_id
from server.reports.words import local
from server.signer import LocalSigner
from site_agent.launch.objects import LatePolicy, Trigger
from site_agent.units import MINUTE, SECOND, CeremonyId, CueId, Duration, Instant, PublicKey, SeatName

CUE = CueId("phat-dong")
MC_SEAT = SeatName("mc-1")
LEAD = Duration(5 * SECOND)
WINDOW = Duration(30 * MINUTE)
LATE = LatePolicy(fire_within=Duration(5 * SECOND))
NOT_AFTER = Duration(15 * MINUTE)


class AlreadyBegun(Exception):
    """The data directory holds a ceremony."""


@dataclass(frozen=True, slots=True)
class Launch:
    """How the button is to be pressed; becomes the plan of the cue."""

    title: str
    subtitle: str = ""
    portal: str = ""
    trigger: Trigger = Trigger.SEATS
    seats: tuple[SeatName, ...] = (SeatName("Ghế 1"), SeatName("Ghế 2"), SeatName("Ghế 3"))
    """The leaders' seats: they fix T0 under `seats`, and only light up under `countdown`."""
    k: int = 1


@dataclass(frozen=True, slots=True)
class Beginning:
    """What `diemcau init` is told."""

    title: str
    authority: str
    starts_at: Instant
    levels: tuple[Level, ...]
    sites: tuple[RosterSite, ...]
    items: tuple[Item, ...] = ()
    sheet: Sheet | None = None
    """How the programme's file was laid out."""
    guests: tuple[PersonalFields, ...] = ()
    """Delegates to introduce."""
    launch: Launch | None = None
    support_phone: str = ""
    conference: ConferenceAccess | None = None
    checklist: tuple[ChecklistItem, ...] = ()
    """Empty: the usual one."""


async def begin(data: Path, beginning: Beginning) -> CeremonyId:
    """Make the ceremony in a data directory.

    Raises:
        AlreadyBegun: there is one.
        Refused: the rules do not accept the roster, the programme or the plan; nothing was kept.
        JournalError: the directory cannot be used.
        SignerRefused: keys of another ceremony lie there.

    """
    ceremony_id = _name(beginning)
    _try_out(_commands(ceremony_id, beginning, PublicKey(""), PublicKey("")))
    journal, people = await open_storage(data)
    try:
        engine, clock = await open_engine(journal, people)
        if engine.state.details.initiated is not None:
            raise AlreadyBegun(f"Thư mục {data} đã có một buổi lễ.")
        await asyncio.to_thread(_set_aside, data / "signer")
        signer = await asyncio.to_thread(LocalSigner, data / "signer", ceremony_id, wall)
        working = asyncio.create_task(engine.run())
        try:
            for answer in await engine.submit_many(_commands(ceremony_id, beginning, *signer.public_keys()), SYSTEM):
                if answer.problem is not None:
                    raise Refused(answer.problem.code, answer.problem.detail, answer.problem.fields)
            await journal_anchor(engine, clock)
        finally:
            working.cancel()
            await asyncio.wait({working})
    finally:
        await people.close()
        await journal.close()
    return ceremony_id


def _set_aside(folder: Path) -> None:
    """Keys without a ceremony are left from a beginning that was cut off: they signed nothing, and are still not deleted."""
    if folder.exists():
        folder.rename(folder.with_name(f"{folder.name}.before-{secrets.token_hex(4)}"))


def launch_of(items: tuple[Item, ...]) -> Launch | None:
    """The launch as the programme words it: “Bấm nút Phát động … và Khai trương …” gives title and subtitle."""
    item = next((item for item in items if item.kind is ItemKind.LAUNCH), None)
    if item is None:
        return None
    words = re.sub(r"^(bấm|nhấn) nút\s+", "", item.title, flags=re.IGNORECASE)
    title, _, subtitle = words.partition(" và ")
    return Launch(_sentence(title), _sentence(subtitle))


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _commands(ceremony_id: CeremonyId, beginning: Beginning, live: PublicKey, rehearsal: PublicKey) -> list[Command]:
    commands: list[Command] = [
        InitCeremony(
            id=new_id(),
            ceremony_id=ceremony_id,
            title=beginning.title,
            authority=beginning.authority,
            starts_at=beginning.starts_at,
            support_phone=beginning.support_phone,
            live_key=live,
            rehearsal_key=rehearsal,
        ),
        ImportRoster(id=new_id(), levels=beginning.levels, sites=beginning.sites),
    ]
    if beginning.items:
        commands.append(ImportProgramme(id=new_id(), items=beginning.items, sheet=beginning.sheet))
    if beginning.conference is not None:
        commands.append(SetConference(id=new_id(), access=beginning.conference))
    if beginning.checklist:
        commands.append(SetChecklist(id=new_id(), items=beginning.checklist))
    if beginning.guests:
        commands.append(ListGuests(id=new_id(), guests=beginning.guests))
    if beginning.launch is not None:
        commands.append(PlanCue(id=new_id(), plan=_plan(ceremony_id, beginning.launch)))
        commands.append(PrepareCue(id=new_id(), cue=CUE))
    return commands


def _plan(ceremony_id: CeremonyId, launch: Launch) -> Plan:
    by_seats = launch.trigger is Trigger.SEATS
    return Plan(
        ceremony_id=ceremony_id,
        cue=CUE,
        title=launch.title,
        subtitle=launch.subtitle,
        portal=launch.portal,
        trigger=launch.trigger,
        trigger_seats=launch.seats if by_seats else (MC_SEAT,),
        k=launch.k if by_seats else 1,
        hold=Duration(0),
        pad_seats=() if by_seats else launch.seats,
        substitutes=(Role.MC, Role.CALLER),
        lead=LEAD,
        window=WINDOW,
        late_policy=LATE,
        not_after=NOT_AFTER,
    )


def _try_out(commands: list[Command]) -> None:
    """Decide all on a state of its own first: a ceremony that is half there could not be mended.

    Raises:
        Refused

    """
    state = ceremony.Ceremony()
    for command in commands:
        for event in ceremony.decide(state, command, Context(now=wall(), principal=SYSTEM)):
            ceremony.evolve(state, event)


def _name(beginning: Beginning) -> CeremonyId:
    """A name people recognise in a log and no two ceremonies share."""
    words = re.sub(r"[^a-z0-9]+", "-", fold(beginning.authority)).strip("-")[:24].strip("-")
    return CeremonyId(f"{words or 'le'}-{local(beginning.starts_at):%Y%m%d}-{secrets.token_hex(3)}")
