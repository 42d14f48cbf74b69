"""Content of the report after the ceremony: who was there, how the lines held, what went wrong, the launch, the programme.

Pure: a function of the journalled state, but for `views`, which only the running server knows.
"""

from collections import Counter
from statistics import median

import msgspec

from server.ceremony import watching
from server.ceremony.ceremony import Ceremony
from server.ceremony.cue import CueState
from server.ceremony.incidents import Incident
from server.ceremony.messages import TicketState, Topic
from server.ceremony.rules import Role
from server.reports.ceremony_links import LinksReport, build_links
from server.reports.ceremony_media import MediaReport, build_media
from server.reports.launch import LaunchReport, build_launch
from server.reports.lines import SumLine
from server.reports.morning import ReportUnavailable, build_draft, build_morning
from server.reports.rehearsal import build_rehearsal, rehearsal_numbers
from site_agent.units import Attempt, CueId, Duration, Instant


class Attendance(msgspec.Struct, frozen=True):
    """The figures of the last closing; of now where nothing was closed."""

    version: int
    """0: never closed."""
    closed_by: str
    closed_at: Instant
    total: SumLine
    levels: tuple[SumLine, ...]
    groups: tuple[SumLine, ...]
    chairs_planned: int
    chairs_substitute: int
    chairs_elsewhere: int
    retired: int


class RehearsalLine(msgspec.Struct, frozen=True):
    """A rehearsal."""

    number: int
    begun_at: Instant
    ended_at: Instant | None
    sites: int
    connected: int
    checked_in: int
    reported: int
    present: int


class IncidentNoteLine(msgspec.Struct, frozen=True):
    """A line of an incident's timeline; `what` opened, grown, recovered, absorbed, closed, acknowledged, withdrawn."""

    at: Instant
    what: str
    count: int
    by: str = ""
    reason: str = ""


class IncidentStory(msgspec.Struct, frozen=True):
    """An incident from its first loss to its end."""

    number: int
    kind: str
    name: str
    since: Instant
    closed_at: Instant | None
    sites: int
    lost: int
    """Not back yet."""
    power_likely: bool
    into: int | None
    """The incident it turned out to be part of."""
    notes: tuple[IncidentNoteLine, ...]


class AttemptLine(msgspec.Struct, frozen=True):
    """An attempt of a cue, also one without a T0."""

    cue: CueId
    name: str
    attempt: Attempt
    live: bool
    state: CueState
    t0: Instant | None
    report: LaunchReport | None
    """None without a T0."""
    late: int = 0
    """Sites that were late or of which nothing is known."""
    abort_reason: str = ""
    vouched_by: tuple[str, ...] = ()
    """Role and seat of the two on whose word it rests that there was one T0."""


class ProgrammeLine(msgspec.Struct, frozen=True):
    """An item as planned and as it ran."""

    number: int
    title: str
    owner: str
    planned_start: Instant
    planned_length: Duration
    started: Instant | None
    ended: Instant | None
    length: Duration | None
    """From start to end, holds included; None while it has not ended."""
    over: Duration | None
    """Longer (or, below zero, shorter) than planned."""
    skipped: bool


class HelpLine(msgspec.Struct, frozen=True):
    """Calls for help on one topic."""

    topic: Topic
    calls: int
    done: int
    took: Duration | None
    """Median time from the call until it was done."""


class NoticesLine(msgspec.Struct, frozen=True):
    """What went out to many, and how far it came: sites told, and those that read or opened."""

    notices: int
    told: int
    read: int
    papers: int
    given: int
    opened: int
    messages_in: int
    messages_out: int


class PledgeLine(msgspec.Struct, frozen=True):
    """One opening of the pledge."""

    number: int
    opened_at: Instant
    closed_at: Instant | None
    sites: int
    people: int


class Views(msgspec.Struct, frozen=True):
    """What this server knows of the audience; nothing is known of social networks and television."""

    most: int
    """/watch pages open at the same time, at most."""
    since: Instant
    """Counted from the server's last start."""


class CeremonyReport(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the paper, the workbook and the JSON say."""

    title: str
    authority: str
    starts_at: Instant
    made_at: Instant
    attendance: Attendance
    rehearsals: tuple[RehearsalLine, ...]
    links: LinksReport
    incidents: tuple[IncidentStory, ...]
    attempts: tuple[AttemptLine, ...]
    """Of every cue, oldest first."""
    programme: tuple[ProgrammeLine, ...]
    help: tuple[HelpLine, ...]
    """Topics that somebody called about."""
    notices: NoticesLine
    pledges: tuple[PledgeLine, ...]
    views: Views | None
    """None where nothing was counted."""
    media: MediaReport | None = None
    """None where there was no programme."""

    @property
    def launch(self) -> LaunchReport | None:
        """The launch of the day: the last live attempt that had a T0."""
        live = (each.report for each in reversed(self.attempts) if each.live and each.report is not None)
        return next(live, None)


def build_ceremony(state: Ceremony, now: Instant, views: Views | None = None) -> CeremonyReport:
    """The report as of now."""
    details = state.details.required
    return CeremonyReport(
        title=details.title,
        authority=details.authority,
        starts_at=details.starts_at,
        made_at=now,
        attendance=_attendance(state, now),
        rehearsals=tuple(_rehearsal(state, number) for number in rehearsal_numbers(state)),
        links=build_links(state, now),
        incidents=tuple(_incident(state, each) for each in state.incidents.all.values()),
        attempts=_attempts(state),
        programme=_programme(state),
        help=_help(state),
        notices=_notices(state),
        pledges=tuple(
            PledgeLine(each.number, each.opened_at, each.closed_at, len(each.sites), len(each.people))
            for each in state.pledges.pledges
        ),
        views=views,
        media=build_media(state, now),
    )


def _attendance(state: Ceremony, now: Instant) -> Attendance:
    try:
        report = build_morning(state)
    except ReportUnavailable:
        report = build_draft(state, now)
    return Attendance(
        version=report.version,
        closed_by=report.closed_by,
        closed_at=report.closed_at,
        total=report.total,
        levels=report.levels,
        groups=report.groups,
        chairs_planned=report.chairs_planned,
        chairs_substitute=report.chairs_substitute,
        chairs_elsewhere=report.chairs_elsewhere,
        retired=len(report.gone),
    )


def _rehearsal(state: Ceremony, number: int) -> RehearsalLine:
    report = build_rehearsal(state, number)
    return RehearsalLine(
        number=(number + 1) // 2,
        begun_at=report.begun_at,
        ended_at=report.ended_at,
        sites=report.sites,
        connected=report.connected,
        checked_in=report.checked_in,
        reported=report.reported,
        present=report.present,
    )


def _incident(state: Ceremony, incident: Incident) -> IncidentStory:
    notes = [IncidentNoteLine(note.at, note.what, note.count) for note in incident.notes]
    notes += [
        IncidentNoteLine(note.at, "acknowledged" if note.given else "withdrawn", 0, note.by, note.reason)
        for note in state.watching.notes.get(watching.incident_subject(incident.number), ())
    ]
    return IncidentStory(
        number=incident.number,
        kind=incident.cause.kind.value,
        name=incident.name,
        since=incident.since,
        closed_at=incident.closed_at,
        sites=len(incident.sites),
        lost=len(incident.lost) if incident.closed_at is None else 0,
        power_likely=incident.power_likely,
        into=incident.into,
        notes=tuple(sorted(notes, key=lambda note: note.at)),
    )


def _attempts(state: Ceremony) -> tuple[AttemptLine, ...]:
    lines = []
    for record in state.cues.cues.values():
        for tried in record.attempts:
            report = build_launch(state, record.plan.cue, tried.attempt) if tried.t0 is not None else None
            vouched = [line for line in report.vouched if line.attempt == tried.attempt] if report else []
            people = tuple(f"{said.role.value} ({said.seat})" for said in tried.vouching.values()) if tried.vouch else ()
            lines.append(
                AttemptLine(
                    cue=record.plan.cue,
                    name=record.plan.title,
                    attempt=tried.attempt,
                    live=tried.live,
                    state=tried.state,
                    t0=tried.t0,
                    report=report,
                    late=len(report.not_in_time) if report else 0,
                    abort_reason=tried.abort_reason,
                    vouched_by=vouched[0].people if vouched else people,
                )
            )
    return tuple(lines)


def _programme(state: Ceremony) -> tuple[ProgrammeLine, ...]:
    zero, going = state.details.required.starts_at, state.programme.going
    lines = []
    for number, item in enumerate(state.programme.items.values(), start=1):
        run = going.runs.get(item.id)
        length = Duration(run.ended - run.started) if run is not None and run.ended is not None else None
        lines.append(
            ProgrammeLine(
                number=number,
                title=item.title,
                owner=item.owner,
                planned_start=Instant(zero + item.start),
                planned_length=item.length,
                started=run.started if run else None,
                ended=run.ended if run else None,
                length=length,
                over=None if length is None else Duration(length - item.length),
                skipped=item.id in going.skipped,
            )
        )
    return tuple(lines)


def _help(state: Ceremony) -> tuple[HelpLine, ...]:
    tickets = list(state.messages.tickets.values())
    lines = []
    for topic, calls in Counter(ticket.topic for ticket in tickets).most_common():
        done = [each.moved_at - each.at for each in tickets if each.topic is topic and each.state is TicketState.DONE]
        lines.append(HelpLine(topic, calls, len(done), Duration(round(median(done))) if done else None))
    return tuple(lines)


def _notices(state: Ceremony) -> NoticesLine:
    notices = list(state.notices.notices.values())
    papers = list(state.papers.papers.values())
    said = [message for thread in state.messages.threads.values() for message in thread.messages]
    from_sites = sum(message.by is Role.HOST for message in said)
    return NoticesLine(
        notices=len(notices),
        told=sum(len(each.sent.sites) for each in notices),
        read=sum(len(each.read) for each in notices),
        papers=len(papers),
        given=sum(len(each.published.sites) for each in papers),
        opened=sum(len(each.opened) for each in papers),
        messages_in=from_sites,
        messages_out=len(said) - from_sites,
    )
