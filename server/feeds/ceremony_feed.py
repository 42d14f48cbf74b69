"""Read models of the feed `ceremony` (info, totals, programme, cues) and of the programme and launch in `public`."""

import msgspec

from server.ceremony.access import DeviceEnrolled, LinkRevoked
from server.ceremony.attendance import FiguresClosed
from server.ceremony.ceremony import Ceremony
from server.ceremony.cue import CueMoved, CuePlanned, ReceiptRecorded
from server.ceremony.details import CeremonyInitiated
from server.ceremony.link_health import SelfSuspected
from server.ceremony.programme import PROGRAMME_EVENTS, Item
from server.ceremony.programme.state import Going
from server.ceremony.roster import RosterImported, RosterSite
from server.ceremony.rules import Event
from server.feeds.cue_rows import abort_until, cue_row
from server.feeds.rollups import RollupsModel
from server.feeds.rows import CueRow, InfoRow, ItemRow, Row, TimerRow
from server.feeds.sites import FIRED
from server.feeds.store import FeedStore
from server.feeds.telemetry_port import ReadyCount, TelemetryPort
from site_agent.units import Attempt, CueId, Duration, Instant, SiteCode


class CeremonyModel:
    """Keeps the rows of the feed `ceremony`. `fired` and `last_cue` are read by the public model."""

    def __init__(self, store: FeedStore, rollups: RollupsModel, telemetry: TelemetryPort) -> None:
        self._store = store
        self._rollups = rollups
        self._telemetry = telemetry
        self._required: list[RosterSite] = []
        self._info = self._programme = self._roster = True
        self._seats = False
        self._journal_problem = ""
        self.touched_cues: set[CueId] = set()
        self._fired: dict[CueId, tuple[Attempt, set[SiteCode]]] = {}
        self.last_cue: CueId | None = None
        """The cue that moved last: the one the public is shown."""

    def note(self, event: Event) -> None:
        """Mark the rows that an event touches."""
        match event:
            case CeremonyInitiated() | FiguresClosed() | SelfSuspected():
                self._info = self._programme = True
            case RosterImported():
                self._roster = self._info = True
            case DeviceEnrolled(site=None) | LinkRevoked():
                self._seats = True
            case _ if isinstance(event, PROGRAMME_EVENTS):
                self._programme = True
            case _:
                self._note_cue(event)

    def _note_cue(self, event: Event) -> None:
        cue = getattr(event, "cue", None)
        if isinstance(event, CuePlanned):
            cue = event.plan.cue
        if cue is None:
            return
        self.touched_cues.add(cue)
        self.last_cue = self.last_cue or cue
        if isinstance(event, CueMoved):
            self.last_cue = cue
            self._fired_in(cue, event.attempt)
        elif isinstance(event, ReceiptRecorded) and event.outcome in FIRED:
            self._fired_in(cue, event.attempt).add(event.site)

    def _fired_in(self, cue: CueId, attempt: Attempt) -> set[SiteCode]:
        """The sites that fired in an attempt; a new attempt begins dark, a word on an older one lights nothing."""
        current, sites = self._fired.get(cue, (Attempt(0), set()))
        if attempt > current:
            sites = set()
            self._fired[cue] = (attempt, sites)
        return sites if attempt >= current else set()

    def fired(self, cue: CueId) -> int:
        """How many sites fired in the current attempt."""
        return len(self._fired[cue][1]) if cue in self._fired else 0

    def mark_all(self, state: Ceremony) -> None:
        """Make every row anew at the next `settle`, from the state alone."""
        self._info = self._programme = self._roster = True
        for cue, record in state.cues.cues.items():
            self.touched_cues.add(cue)
            self.last_cue = self.last_cue or cue
            if record.current is not None:
                self.last_cue = cue
                receipts = record.current.receipts.values()
                self._fired[cue] = (record.current.attempt, {r.site for r in receipts if r.outcome in FIRED})

    def settle(self, state: Ceremony) -> None:
        """Make the touched rows anew. Before the rollups settle, after the sites did."""
        if self._roster:
            self._required = [site for site in state.roster.sites.values() if site.required]
            self._roster, self._seats = False, True
        if self._seats:
            self.touched_cues.update(state.cues.cues)
            self._seats = False
        if self._info and state.details.initiated is not None:
            self._store.put("info", info_row(state, self._journal_problem))
            self._info = False
        if self._rollups.touched:
            self._store.put("totals", self._rollups.totals())
        if self._programme:
            self._put_programme(state)
        for cue in self.touched_cues:
            self._put_cue(state, cue)
        self.touched_cues.clear()

    def journal_problem(self, words: str) -> None:
        """The engine says (or no longer says) that the journal cannot be written. No event can tell that."""
        self._journal_problem = words
        row = self._store.rows.get("info")
        if isinstance(row, InfoRow):
            self._store.put("info", msgspec.structs.replace(row, journal_problem=words))

    def readiness_changed(self, cue: CueId) -> None:
        """Counts of the live side changed: no event, and the state is not asked."""
        key = f"cue:{cue}"
        row = self._store.rows.get(key)
        if isinstance(row, CueRow):
            ready = self._telemetry.readiness(cue, row.attempt)
            changed = msgspec.structs.replace(
                row,
                ready_count=ready.ready,
                ready_of=ready.of,
                loaded=ready.loaded,
                abort_until=abort_until(row.state, row.t0, ready),
            )
            self._store.put(key, changed)

    def _put_programme(self, state: Ceremony) -> None:
        self._store.replace(programme_rows(state), [key for key in self._store.rows if key.startswith("programme:")])
        told = state.programme.told
        self._store.put("timer", TimerRow(told.text, told.at) if told is not None else TimerRow("", None))
        self._programme = False

    def _put_cue(self, state: Ceremony, cue: CueId) -> None:
        record = state.cues.cues.get(cue)
        if record is None:
            return
        attempt = record.current
        ready = self._telemetry.readiness(cue, attempt.attempt) if attempt is not None else ReadyCount()
        row = cue_row(state, record, self._required, ready, self.fired(cue))
        self._store.put(f"cue:{cue}", row)


def info_row(state: Ceremony, journal_problem: str) -> InfoRow:
    """What the ceremony is, and how the centre is."""
    details, closings = state.details.required, state.attendance.closings
    suspected = state.links.suspected
    return InfoRow(
        ceremony_id=details.ceremony_id,
        title=details.title,
        authority=details.authority,
        starts_at=details.starts_at,
        close_at=state.details.close_at,
        report_at=state.details.report_at,
        support_phone=details.support_phone,
        categories=details.categories,
        levels=state.roster.levels,
        live_key=details.live_key,
        rehearsal_key=details.rehearsal_key,
        closed_version=closings[-1].version if closings else 0,
        closed_at=closings[-1].at if closings else None,
        suspect=state.links.suspect,
        suspect_detail=_suspect_detail(suspected) if suspected is not None and state.links.suspect else "",
        journal_problem=journal_problem,
    )


def _suspect_detail(suspected: SelfSuspected) -> str:
    return (
        f"{suspected.stale} trên {suspected.connected_before} điểm cầu cùng lúc không phản hồi: có thể do chính trung tâm. "
        "Kiểm tra đường truyền và máy chủ trước khi gọi các điểm cầu."
    )


def programme_rows(state: Ceremony) -> dict[str, Row]:
    """The items by key, in order."""
    programme = state.programme
    start = state.details.initiated.starts_at if state.details.initiated is not None else Instant(0)
    return {
        f"programme:{item.id}": _item_row(item, index, start, programme.going)
        for index, item in enumerate(programme.items.values())
    }


def _item_row(item: Item, index: int, start: Instant, going: Going) -> ItemRow:
    run = going.runs.get(item.id)
    return ItemRow(
        id=item.id,
        index=index,
        starts_at=Instant(start + item.start),
        ends_at=Instant(start + item.end),
        title=item.title,
        owner=item.owner,
        kind=item.kind,
        site=item.site,
        started_at=run.started if run is not None else None,
        current=going.current == item.id,
        fixed=item.fixed,
        skipped=item.id in going.skipped,
        ended_at=run.ended if run is not None else None,
        held=run.held if run is not None else Duration(0),
        held_since=run.held_since if run is not None else None,
        added=run.added if run is not None else Duration(0),
    )
