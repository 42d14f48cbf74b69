"""Papers (tài liệu): PDF and pictures to all sites or some, and which sites have opened them."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from server.ceremony.notices import Selection, chosen, refuse_unknown
from server.ceremony.rules import Capability, Command, Context, Event, Refused, Role
from site_agent.units import CommandId, Instant, Sha256, SiteCode

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony

SENDERS = frozenset({Role.ADMIN, Role.TECH, Role.DESK, Role.CALLER})
MAX_TITLE = 250
MAX_PAPERS = 200
MAX_BYTES = 20 * 1024 * 1024
"""A village reads it over 4G."""
TYPES = {"application/pdf": "PDF", "image/jpeg": "JPEG", "image/png": "PNG"}


class PublishPaper(Command, frozen=True, kw_only=True, tag="publish_paper"):
    """Give a file that was put under its hash to sites. Given through its own door, which has looked at the file."""

    ROLES: ClassVar[frozenset[Role]] = SENDERS

    title: str
    sha256: Sha256
    media_type: str
    bytes: int
    to: Selection


class OpenPaper(Command, frozen=True, kw_only=True, tag="open_paper"):
    """A site has opened it."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.HOST})
    SITE_SCOPED: ClassVar[bool] = True

    site: SiteCode
    paper: CommandId
    occurred_at: Instant | None = None


class WithdrawPaper(Command, frozen=True, kw_only=True, tag="withdraw_paper"):
    """No site may open it any more; `restore` takes that back."""

    ROLES: ClassVar[frozenset[Role]] = SENDERS

    paper: CommandId
    restore: bool = False


class PaperPublished(Event, frozen=True, kw_only=True, tag="paper_published"):
    paper: CommandId
    title: str
    sha256: Sha256
    media_type: str
    bytes: int
    sites: tuple[SiteCode, ...]
    by: Role
    at: Instant


class PaperOpened(Event, frozen=True, kw_only=True, tag="paper_opened"):
    site: SiteCode
    paper: CommandId
    at: Instant


class PaperWithdrawn(Event, frozen=True, kw_only=True, tag="paper_withdrawn"):
    paper: CommandId
    withdrawn: bool
    by: Role
    at: Instant


@dataclass(slots=True)
class Paper:
    """A paper as it stands."""

    published: PaperPublished
    opened: dict[SiteCode, Instant] = field(default_factory=dict)
    withdrawn: bool = False


@dataclass(slots=True)
class PapersState:
    """Owned by this file; others read."""

    papers: dict[CommandId, Paper] = field(default_factory=dict)
    """Oldest first."""
    by_site: dict[SiteCode, list[CommandId]] = field(default_factory=dict)

    def may_open(self, site: SiteCode, paper: CommandId) -> bool:
        """Whether the paper was given to the site and not withdrawn."""
        found = self.papers.get(paper)
        return found is not None and not found.withdrawn and paper in self.by_site.get(site, ())


def decide_publish(state: "Ceremony", command: PublishPaper, context: Context) -> list[Event]:
    """The sites are fixed now: who comes to the roster later was not given it."""
    title = " ".join(command.title.split())
    if not title:
        raise Refused("title_missing", "Chưa ghi tên tài liệu.", {"title": "Chưa ghi."})
    if len(title) > MAX_TITLE:
        raise Refused("text_too_long", f"Tên tài liệu dài quá {MAX_TITLE} ký tự.", {"title": f"{len(title)} ký tự."})
    if command.media_type not in TYPES:
        raise Refused("paper_type", "Chỉ nhận tệp PDF, JPEG hoặc PNG.", {"file": "Không đúng loại."})
    if not 0 < command.bytes <= MAX_BYTES:
        raise Refused("paper_size", f"Tệp phải từ 1 byte đến {MAX_BYTES // 1024 // 1024} MB.", {"file": "Quá lớn hoặc trống."})
    if len(state.papers.papers) >= MAX_PAPERS:
        raise Refused("too_many_papers", f"Đã gửi {MAX_PAPERS} tài liệu.")
    refuse_unknown(state.roster, command.to)
    sites = tuple(chosen(state.roster, command.to))
    if not sites:
        raise Refused("selection_empty", "Chưa chọn điểm cầu nào để gửi.", {"to": "Chưa chọn."})
    return [
        PaperPublished(
            paper=command.id,
            title=title,
            sha256=command.sha256,
            media_type=command.media_type,
            bytes=command.bytes,
            sites=sites,
            by=context.principal.role,
            at=context.now,
        )
    ]


def decide_opened(state: "Ceremony", command: OpenPaper, context: Context) -> list[Event]:
    """The first opening of a site counts, also of a paper withdrawn meanwhile."""
    paper = _paper(state, command.paper)
    if command.paper not in state.papers.by_site.get(command.site, ()):
        raise Refused("forbidden_site", "Tài liệu này không gửi cho điểm cầu của bạn.")
    if command.site in paper.opened:
        return []
    return [PaperOpened(site=command.site, paper=command.paper, at=context.now)]


def decide_withdraw(state: "Ceremony", command: WithdrawPaper, context: Context) -> list[Event]:
    """Only a change is an event."""
    if _paper(state, command.paper).withdrawn != command.restore:
        return []
    return [PaperWithdrawn(paper=command.paper, withdrawn=not command.restore, by=context.principal.role, at=context.now)]


def _paper(state: "Ceremony", paper: CommandId) -> Paper:
    found = state.papers.papers.get(paper)
    if found is None:
        raise Refused("paper_unknown", "Không có tài liệu này.")
    return found


def evolve_published(state: "Ceremony", event: PaperPublished) -> None:
    state.papers.papers[event.paper] = Paper(event)
    for site in event.sites:
        state.papers.by_site.setdefault(site, []).append(event.paper)


def evolve_opened(state: "Ceremony", event: PaperOpened) -> None:
    state.papers.papers[event.paper].opened[event.site] = event.at


def evolve_withdrawn(state: "Ceremony", event: PaperWithdrawn) -> None:
    state.papers.papers[event.paper].withdrawn = event.withdrawn


CAPABILITY = Capability(
    name="papers",
    decide={PublishPaper: decide_publish, OpenPaper: decide_opened, WithdrawPaper: decide_withdraw},
    evolve={PaperPublished: evolve_published, PaperOpened: evolve_opened, PaperWithdrawn: evolve_withdrawn},
)
