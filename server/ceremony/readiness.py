"""The checklist of a site before the day: whether its room can see, hear, speak and stay powered. The items are data.

Not to be taken for `server.sites.readiness`, which is whether a screen could take the launch now (go/no-go). What both need
to know is measured once: the grade of the link is read from `link_health` and never reported here.

What was found in a rehearsal is put aside at its end: the day asks every room anew.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

import msgspec

from server.ceremony.attendance.phases import PhaseUndone, RehearsalEnded, filed_under
from server.ceremony.link_health import Grade
from server.ceremony.roster import Picture, RosterSite
from server.ceremony.rules import Capability, Command, Context, Event, Refused, Role
from site_agent.units import HOUR, Duration, Instant, SiteCode

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony

MAX_ITEMS = 20
"""Also the number of bits of `good_bits`."""
MAX_TEXT = 160
MAX_ACCEPTED = 400
"""News of one site's readiness that its own link may bring: a rehearsal and a morning have some forty."""
OLDEST_NEWS = Duration(24 * HOUR)


class Measure(StrEnum):
    """How an item is answered."""

    LINK = "link"
    """By the centre itself: the grade of the site's link."""
    SOUND = "sound"
    """The page speaks a code, the host types what was heard."""
    SCREEN = "screen"
    """The page sees that it is visible and that the browser keeps the screen on."""
    BATTERY = "battery"
    """The browser tells, else the host."""
    GENERATOR = "generator"
    """Said by hand; a fact to know of, not a thing to be ready."""
    TICK = "tick"
    """Said by hand."""


class ChecklistItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing to look at before the ceremony."""

    id: str
    name: str
    """In the list, and to the technical team: "Nghe được âm thanh"."""
    measure: Measure = Measure.TICK
    question: str = ""
    """What the host is asked; the name where it is empty."""
    help: str = ""
    """What to do about it, one sentence."""
    pictures: tuple[Picture, ...] = ()
    """Only for sites that take their picture so; all where empty."""


DEFAULT_CHECKLIST = (
    ChecklistItem(
        "link", "Đường truyền tốt", Measure.LINK, "Đường truyền có tốt không?",
        "Cắm dây mạng thay Wi-Fi nếu có; chuẩn bị sẵn 4G dự phòng.",
    ),
    ChecklistItem(
        "sound", "Nghe được âm thanh", Measure.SOUND, "Cả phòng có nghe rõ không?",
        "Nối loa hội trường với máy này, mở to tiếng, rồi bấm Phát mã.",
    ),
    ChecklistItem(
        "screen", "Màn hình sáng, không tự tắt", Measure.SCREEN, "Màn hình có tự tắt giữa chừng không?",
        "Tắt chế độ nghỉ và trình bảo vệ màn hình của máy chiếu cho hội trường.",
    ),
    ChecklistItem(
        "power", "Đủ điện cho cả buổi", Measure.BATTERY, "Máy đã cắm điện chưa?",
        "Cắm sạc máy này và thiết bị mạng; đừng chạy bằng pin.",
    ),
    ChecklistItem(
        "generator", "Đang dùng máy phát điện", Measure.GENERATOR, "Điểm cầu đang dùng điện gì?",
        "Để đội kỹ thuật biết trước khi mất điện làm mất đường truyền.",
    ),
    ChecklistItem(
        "room", "Đã vào phòng họp trực tuyến", Measure.TICK, "Đã vào phòng họp trực tuyến chưa?",
        "Vào bằng máy nối màn hình hội trường, đặt tên là tên điểm cầu.", (Picture.CONFERENCE,),
    ),
    ChecklistItem(
        "muted", "Đã tắt micro", Measure.TICK, "Đã tắt micro chưa?",
        "Một điểm cầu quên tắt micro là cả tỉnh nghe tiếng vọng.", (Picture.CONFERENCE,),
    ),
)  # fmt: skip


class ItemAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was found of one item. `good` of a generator means that it is running."""

    good: bool
    percent: int | None = None
    """Of a battery, where the browser tells."""
    measured: bool = False
    """By the page, not by hand."""


class SetChecklist(Command, frozen=True, kw_only=True, tag="set_checklist"):
    """Replace the items. Answers to items that stay are kept."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.ADMIN, Role.TECH, Role.SYSTEM})

    items: tuple[ChecklistItem, ...]


class ReportReadiness(Command, frozen=True, kw_only=True, tag="report_readiness"):
    """What a site found, by item id. A new answer replaces the one before."""

    ROLES: ClassVar[frozenset[Role]] = frozenset({Role.HOST, Role.DESK, Role.TECH, Role.ADMIN})
    SITE_SCOPED: ClassVar[bool] = True

    site: SiteCode
    answers: dict[str, ItemAnswer]
    occurred_at: Instant | None = None
    """When it was found, on the ceremony clock as the device knew it; None means now."""


class ChecklistSet(Event, frozen=True, kw_only=True, tag="checklist_set"):
    items: tuple[ChecklistItem, ...]
    at: Instant


class ReadinessReported(Event, frozen=True, kw_only=True, tag="readiness_reported"):
    site: SiteCode
    answers: dict[str, ItemAnswer]
    by: Role
    occurred_at: Instant
    at: Instant


class Found(msgspec.Struct, frozen=True):
    """An answer in force, with who gave it and when."""

    answer: ItemAnswer
    by: Role
    at: Instant


@dataclass(slots=True)
class ReadinessState:
    """Owned by this file; others read."""

    items: tuple[ChecklistItem, ...] = DEFAULT_CHECKLIST
    sites: dict[SiteCode, dict[str, Found]] = field(default_factory=dict)
    accepted: dict[SiteCode, int] = field(default_factory=dict)
    put_aside: dict[SiteCode, dict[str, Found]] = field(default_factory=dict)
    """What was found by the end of the last rehearsal, should that end be taken back."""


def items_for(state: "Ceremony", site: RosterSite) -> tuple[ChecklistItem, ...]:
    """The items that concern a site, in order."""
    return tuple(item for item in state.readiness.items if not item.pictures or site.picture in item.pictures)


def gates(item: ChecklistItem) -> bool:
    """Whether a site is only ready with this item; a generator is a fact and no fault."""
    return item.measure is not Measure.GENERATOR


def standing(state: "Ceremony", site: RosterSite, item: ChecklistItem) -> Found | None:
    """How an item of a site stands now; None where nobody has said or measured anything."""
    if item.measure is not Measure.LINK:
        return state.readiness.sites.get(site.code, {}).get(item.id)
    link = state.links.grades.get(site.code)
    if link is None or link.grade is Grade.NEVER_SEEN:
        return None
    since = state.links.since.get(site.code, Instant(0))
    return Found(ItemAnswer(good=link.grade is Grade.UP, measured=True), Role.SYSTEM, since)


def good_bits(state: "Ceremony", site: RosterSite) -> int:
    """Which items are good, as bits in the order of the checklist; small on the wire of 5,000 sites."""
    given = state.readiness.sites.get(site.code) or {}
    link = state.links.grades.get(site.code)
    up = link is not None and link.grade is Grade.UP
    if not given and not up:
        return 0
    bits = 0
    for index, item in enumerate(state.readiness.items):
        if item.pictures and site.picture not in item.pictures:
            continue
        found = given.get(item.id)
        if up if item.measure is Measure.LINK else found is not None and found.answer.good:
            bits |= 1 << index
    return bits


def wanted_bits(items: tuple[ChecklistItem, ...], picture: Picture) -> int:
    """The bits that must be set for a site of that picture to be ready."""
    bits = 0
    for index, item in enumerate(items):
        if gates(item) and (not item.pictures or picture in item.pictures):
            bits |= 1 << index
    return bits


def decide_set(state: "Ceremony", command: SetChecklist, context: Context) -> list[Event]:
    """A list of named items with ids of their own; one link, sound, … at most."""
    items = command.items
    if len(items) > MAX_ITEMS:
        raise Refused("checklist_long", f"Danh mục kiểm tra có tối đa {MAX_ITEMS} mục.")
    wrong: dict[str, str] = {}
    seen: set[str] = set()
    measures: set[Measure] = set()
    for index, item in enumerate(items, 1):
        if not item.id.strip() or not item.name.strip():
            wrong[f"{index}"] = "Thiếu mã hoặc tên."
        elif item.id in seen:
            wrong[f"{index}"] = f"Mã “{item.id[:40]}” đã dùng cho mục khác."
        elif item.measure is not Measure.TICK and item.measure in measures:
            wrong[f"{index}"] = "Mỗi cách đo chỉ dùng cho một mục."
        elif len(item.id) > 40 or max(map(len, (item.name, item.question, item.help))) > MAX_TEXT:
            wrong[f"{index}"] = f"Mã dài quá 40 hoặc chữ dài quá {MAX_TEXT} ký tự."
        seen.add(item.id)
        measures.add(item.measure)
    if wrong:
        raise Refused("bad_checklist", "Danh mục kiểm tra chưa đúng. Danh mục cũ giữ nguyên.", wrong)
    return [] if items == state.readiness.items else [ChecklistSet(items=items, at=context.now)]


def decide_report(state: "Ceremony", command: ReportReadiness, context: Context) -> list[Event]:
    """Answers to items that there are. What was already so adds nothing."""
    site = state.roster.sites.get(command.site)
    if site is None:
        raise Refused("site_unknown", f"Không có điểm cầu mang mã “{command.site}”. Kiểm tra lại mã.")
    if state.readiness.accepted.get(command.site, 0) >= MAX_ACCEPTED and context.principal.role is Role.HOST:
        raise Refused("too_many_reports", "Điểm cầu này đã báo quá nhiều lần. Gọi bàn trực để báo tiếp.")
    if not command.answers or len(command.answers) > MAX_ITEMS:
        raise Refused("readiness_empty", "Báo sẵn sàng phải nêu ít nhất một mục.")
    known = {item.id: item for item in items_for(state, site)}
    strange = {
        name[:40]: "Không có trong danh mục của điểm cầu này."
        for name in command.answers
        if name not in known or known[name].measure is Measure.LINK
    }
    if strange:
        raise Refused("item_unknown", "Danh mục kiểm tra đã đổi. Tải lại trang rồi kiểm tra tiếp.", strange)
    if any(answer.percent is not None and not 0 <= answer.percent <= 100 for answer in command.answers.values()):
        raise Refused("bad_percent", "Mức pin phải từ 0 đến 100.")
    if filed_under(state, None, command.occurred_at) != state.phases.rehearsal:
        return []  # typed offline in a rehearsal that has ended: it says nothing of the day
    before = state.readiness.sites.get(command.site, {})
    fresh = {name: answer for name, answer in command.answers.items() if _differs(before.get(name), answer)}
    if not fresh:
        return []
    said = command.occurred_at
    occurred = said if said is not None and context.now - OLDEST_NEWS <= said <= context.now else context.now
    return [
        ReadinessReported(
            site=command.site, answers=fresh, by=context.principal.role, occurred_at=Instant(occurred), at=context.now
        )
    ]


def _differs(before: Found | None, answer: ItemAnswer) -> bool:
    """A battery that fell by a percent is no news."""
    if before is None or (before.answer.good, before.answer.measured) != (answer.good, answer.measured):
        return True
    was, now = before.answer.percent, answer.percent
    return (was is None) != (now is None) or (was is not None and now is not None and abs(was - now) >= 10)


def evolve_set(state: "Ceremony", event: ChecklistSet) -> None:
    state.readiness.items = event.items
    kept = {item.id for item in event.items}
    for found in state.readiness.sites.values():
        for name in [name for name in found if name not in kept]:
            del found[name]


def evolve_reported(state: "Ceremony", event: ReadinessReported) -> None:
    found = state.readiness.sites.setdefault(event.site, {})
    found.update({name: Found(answer, event.by, event.occurred_at) for name, answer in event.answers.items()})
    state.readiness.accepted[event.site] = state.readiness.accepted.get(event.site, 0) + 1


def evolve_rehearsal_ended(state: "Ceremony", event: RehearsalEnded) -> None:
    state.readiness.put_aside, state.readiness.sites = state.readiness.sites, {}


def evolve_phase_undone(state: "Ceremony", event: PhaseUndone) -> None:
    """A rehearsal that is on again has its answers again; whatever was found since is newer."""
    if event.number % 2:
        for site, found in state.readiness.put_aside.items():
            state.readiness.sites[site] = {**found, **state.readiness.sites.get(site, {})}
        state.readiness.put_aside = {}


CAPABILITY = Capability(
    name="readiness",
    decide={SetChecklist: decide_set, ReportReadiness: decide_report},
    evolve={
        ChecklistSet: evolve_set,
        ReadinessReported: evolve_reported,
        RehearsalEnded: evolve_rehearsal_ended,
        PhaseUndone: evolve_phase_undone,
    },
)
