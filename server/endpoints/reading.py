"""Reading: answers are made of the same rows that the feeds show, so nothing is told that is not durable."""

import msgspec

from server.ceremony.ceremony import Ceremony
from server.ceremony.cue import CueState
from server.ceremony.link_health import Grade
from server.ceremony.rules import Role
from server.endpoints.problems import HttpProblem
from server.endpoints.route import Call
from server.feeds.names import NamesRow
from server.feeds.rows import CueRow, InfoRow, ItemRow, RollupRow, TotalsRow
from site_agent.launch.objects import FireOutcome
from site_agent.units import Attempt, CueId, DeviceId, Duration, Instant, PublicKey, SeatName, SiteCode


class CeremonyCounts(msgspec.Struct, frozen=True):
    """Sums over the roster."""

    sites: int
    connected: int
    checked_in: int
    reported: int
    expected: int
    present: int
    by_grade: dict[Grade, int]
    by_level: dict[str, RollupRow]


class CeremonyAnswer(msgspec.Struct, frozen=True):
    """GET /api/v1/ceremony. `cue` is the one that is running, or the first."""

    title: str
    starts_at: Instant
    now: Instant
    counts: CeremonyCounts
    cue: CueRow | None
    cues: list[CueRow]
    info: InfoRow


class AttendanceAnswer(msgspec.Struct, frozen=True):
    """GET /api/v1/attendance: the whole, then groups and levels; `closed_version` 0 while the figures are open."""

    all: RollupRow
    groups: list[RollupRow]
    levels: list[RollupRow]
    closed_version: int
    closed_at: Instant | None
    closed_by: str


class ProgrammeAnswer(msgspec.Struct, frozen=True):
    """GET /api/v1/programme, in order."""

    items: list[ItemRow]


class PressAnswer(msgspec.Struct, frozen=True):
    """One seat's press in an attempt."""

    seat: SeatName
    pressed_at: Instant | None
    counted: bool
    substituted_by: SeatName | None


class ReceiptAnswer(msgspec.Struct, frozen=True):
    """What one device did; `late` is actual minus target in µs."""

    site: SiteCode
    device: DeviceId
    outcome: FireOutcome
    target: Instant
    actual: Instant | None
    late: Duration | None
    clock_bound: Duration


class LaunchAnswer(msgspec.Struct, frozen=True):
    """GET /api/v1/launches/{cue}/{attempt}."""

    cue: CueId
    attempt: Attempt
    live: bool
    state: CueState
    term: int | None
    t0: Instant | None
    presses: list[PressAnswer]
    receipts: list[ReceiptAnswer]


class DeviceAnswer(msgspec.Struct, frozen=True):
    """A person's enrolled device; `id` is the fingerprint that `diemcau signer trust` asks for."""

    id: DeviceId
    public_key: PublicKey
    role: Role
    seat: SeatName
    name: str
    current: bool
    """Whether it is the seat's current device: the one enrolled last."""


class DevicesAnswer(msgspec.Struct, frozen=True):
    """GET /api/v1/devices."""

    items: list[DeviceAnswer]


async def read_ceremony(call: Call) -> CeremonyAnswer:
    """Title, start, counts by level and grade, cue."""
    feeds = call.services.feeds
    rows = feeds.read("ceremony")
    info, totals = rows["info"], rows["totals"]
    assert isinstance(info, InfoRow)
    assert isinstance(totals, TotalsRow)
    cues = [row for row in rows.values() if isinstance(row, CueRow)]
    levels = {key.removeprefix("level:"): row for key, row in _rollups(call).items() if key.startswith("level:")}
    running = [cue for cue in cues if cue.state not in {CueState.DRAFT, CueState.PREPARED}]
    return CeremonyAnswer(
        title=info.title,
        starts_at=info.starts_at,
        now=call.services.clock.now(),
        counts=CeremonyCounts(
            sites=totals.sites,
            connected=totals.connected,
            checked_in=totals.checked_in,
            reported=totals.reported,
            expected=totals.expected,
            present=totals.present,
            by_grade=totals.by_grade,
            by_level=levels,
        ),
        cue=next(iter([*running, *cues]), None),
        cues=cues,
        info=info,
    )


async def read_attendance(call: Call) -> AttendanceAnswer:
    """Roll-ups: expected, present, reported, for the whole, each group and each level."""
    rows = _rollups(call)
    info = call.services.feeds.read("ceremony")["info"]
    assert isinstance(info, InfoRow)
    feeds = call.services.feeds
    names = feeds.read("names").get("names") if feeds.may_read(call.principal, "names") else None
    return AttendanceAnswer(
        all=rows["all"],
        groups=[row for key, row in rows.items() if key.startswith("group:")],
        levels=[row for key, row in rows.items() if key.startswith("level:")],
        closed_version=info.closed_version,
        closed_at=info.closed_at,
        closed_by=names.closed_by if isinstance(names, NamesRow) else "",
    )


async def read_programme(call: Call) -> ProgrammeAnswer:
    """The items of the run of show with planned and real times. A viewer reads them from the public feed."""
    feed = "public" if call.principal.role is Role.VIEWER else "ceremony"
    items = [row for row in call.services.feeds.read(feed).values() if isinstance(row, ItemRow)]
    return ProgrammeAnswer(sorted(items, key=lambda item: item.index))


async def read_devices(call: Call) -> DevicesAnswer:
    """Devices of people: what the signer may be told to trust."""
    access = call.services.engine.state.access
    return DevicesAnswer(
        [
            DeviceAnswer(each.id, each.public_key, each.role, each.seat, each.name, access.by_seat.get(each.seat) == each.id)
            for each in access.devices.values()
            if each.seat is not None
        ]
    )


async def read_launch(call: Call) -> LaunchAnswer:
    """One attempt in full: presses, T0, receipts.

    Raises:
        HttpProblem: 404 `no_attempt`.

    """
    path = call.request.match_info
    number = int(path["attempt"]) if path["attempt"].isdecimal() else 0
    return launch_answer(call.services.engine.state, CueId(path["cue"]), Attempt(number))


def launch_answer(state: Ceremony, cue: CueId, number: Attempt) -> LaunchAnswer:
    """One attempt of a cue.

    Raises:
        HttpProblem: 404 `no_attempt`.

    """
    record = state.cues.cues.get(cue)
    attempt = next((each for each in record.attempts if each.attempt == number), None) if record else None
    if attempt is None:
        raise HttpProblem(404, "no_attempt", "Không có lần phát động này.")
    return LaunchAnswer(
        cue=cue,
        attempt=attempt.attempt,
        live=attempt.live,
        state=attempt.state,
        term=attempt.term,
        t0=attempt.t0,
        presses=[
            PressAnswer(seat, press.pressed_at, press.counted, press.substituted_by) for seat, press in attempt.presses.items()
        ],
        receipts=[
            ReceiptAnswer(
                site=receipt.site,
                device=receipt.device,
                outcome=FireOutcome(receipt.outcome),
                target=receipt.target,
                actual=receipt.actual,
                late=Duration(receipt.actual - receipt.target) if receipt.actual is not None else None,
                clock_bound=receipt.clock_bound,
            )
            for receipt in attempt.receipts.values()
        ],
    )


def _rollups(call: Call) -> dict[str, RollupRow]:
    return {key: row for key, row in call.services.feeds.read("rollups").items() if isinstance(row, RollupRow)}
