"""What the ceremony is: title, instant of the start, words, lists that are data, keys, and the clock's anchor."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from server.ceremony.attendance import DEFAULT_CATEGORIES, Category
from server.ceremony.rules import Capability, Command, Context, Event, Refused, Role
from site_agent.units import MINUTE, CeremonyId, ClockId, Duration, Instant, PublicKey

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony


class InitCeremony(Command, frozen=True, kw_only=True, tag="init_ceremony"):
    """The first command of every journal; refused a second time."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    ceremony_id: CeremonyId
    title: str
    authority: str
    """Who holds the ceremony, as officials write it: "UBND tỉnh Nghệ An"."""
    starts_at: Instant
    support_phone: str = ""
    close_before: Duration = Duration(45 * MINUTE)
    """The figures close this long before the start (07:15 for 08:00)."""
    report_before: Duration = Duration(30 * MINUTE)
    """The report is due this long before the start (07:30 for 08:00)."""
    categories: tuple[Category, ...] = DEFAULT_CATEGORIES
    live_key: PublicKey
    rehearsal_key: PublicKey


class AnchorClock(Command, frozen=True, kw_only=True, tag="anchor_clock"):
    """The ceremony clock of this boot: UTC at a reading of the machine's monotonic clock."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.SYSTEM})

    clock_id: ClockId
    utc: Instant
    monotonic: int


class CeremonyInitiated(Event, frozen=True, kw_only=True, tag="ceremony_initiated"):
    ceremony_id: CeremonyId
    title: str
    authority: str
    starts_at: Instant
    support_phone: str
    close_before: Duration
    report_before: Duration
    categories: tuple[Category, ...]
    live_key: PublicKey
    rehearsal_key: PublicKey


class ClockAnchored(Event, frozen=True, kw_only=True, tag="clock_anchored"):
    clock_id: ClockId
    utc: Instant
    monotonic: int


@dataclass(slots=True)
class DetailsState:
    """Owned by this file; others read."""

    initiated: CeremonyInitiated | None = None
    anchor: ClockAnchored | None = None
    categories: dict[str, Category] = field(default_factory=dict)

    @property
    def required(self) -> CeremonyInitiated:
        """The details; every journal starts with them.

        Raises:
            Refused: the journal holds no ceremony yet.

        """
        if self.initiated is None:
            raise Refused("no_ceremony", "Chưa khởi tạo buổi lễ. Chạy “diemcau init” trước.")
        return self.initiated

    @property
    def close_at(self) -> Instant:
        """When the figures should be closed."""
        return Instant(self.required.starts_at - self.required.close_before)

    @property
    def report_at(self) -> Instant:
        """When the report is due."""
        return Instant(self.required.starts_at - self.required.report_before)


def decide_init(state: "Ceremony", command: InitCeremony, context: Context) -> list[Event]:
    """Accept the first only."""
    if state.details.initiated is not None:
        raise Refused("already_initiated", "Buổi lễ đã được khởi tạo trong thư mục dữ liệu này.")
    return [
        CeremonyInitiated(
            ceremony_id=command.ceremony_id,
            title=command.title,
            authority=command.authority,
            starts_at=command.starts_at,
            support_phone=command.support_phone,
            close_before=command.close_before,
            report_before=command.report_before,
            categories=command.categories,
            live_key=command.live_key,
            rehearsal_key=command.rehearsal_key,
        )
    ]


def decide_anchor(state: "Ceremony", command: AnchorClock, context: Context) -> list[Event]:
    """Journal the anchor of this boot."""
    return [ClockAnchored(clock_id=command.clock_id, utc=command.utc, monotonic=command.monotonic)]


def evolve_initiated(state: "Ceremony", event: CeremonyInitiated) -> None:
    state.details.initiated = event
    state.details.categories = {category.id: category for category in event.categories}


def evolve_anchored(state: "Ceremony", event: ClockAnchored) -> None:
    state.details.anchor = event


CAPABILITY = Capability(
    name="details",
    decide={InitCeremony: decide_init, AnchorClock: decide_anchor},
    evolve={CeremonyInitiated: evolve_initiated, ClockAnchored: evolve_anchored},
)
