"""What a cue is and what is planned for it: the plan that people confirm by its hash."""

import hashlib
from enum import StrEnum

import msgspec

from server.ceremony.rules import Role
from site_agent.launch.objects import Asset, LatePolicy, Trigger
from site_agent.units import HOUR, MINUTE, SECOND, CeremonyId, CueId, Duration, SeatName, Sha256, milliseconds

MIN_LEAD = milliseconds(3_500)
"""DESIGN §5: the order must reach the slow half of the province, and an abort still overtake it."""
MAX_LEAD = Duration(60 * SECOND)
MIN_WINDOW = Duration(1 * MINUTE)
MAX_WINDOW = Duration(2 * HOUR)
MAX_LATE = Duration(60 * SECOND)
MAX_NOT_AFTER = Duration(1 * HOUR)
MAX_SEATS = 30
MAX_TEXT = 300
SUBSTITUTES = frozenset({Role.MC, Role.CALLER})
"""Who may press in a seat's place ("Bấm thay")."""


class CueState(StrEnum):
    DRAFT = "draft"
    PREPARED = "prepared"
    POLLING = "polling"
    HOLD = "hold"
    ARMED = "armed"
    EXPIRED = "expired"
    COMMITTED = "committed"
    FIRED = "fired"
    ABORTING = "aborting"
    ABORTED = "aborted"
    VERIFIED = "verified"


class Plan(msgspec.Struct, frozen=True):
    """What will be armed. Its hash (SHA-256 of canonical JSON) is what people confirm."""

    ceremony_id: CeremonyId
    cue: CueId
    title: str
    subtitle: str
    portal: str
    trigger: Trigger
    trigger_seats: tuple[SeatName, ...]
    """`countdown`: ("mc",). `seats`: the leaders' seats."""
    k: int
    hold: Duration
    """How long a seat must hold; 0 is a tap."""
    pad_seats: tuple[SeatName, ...]
    substitutes: tuple[Role, ...]
    lead: Duration
    window: Duration
    late_policy: LatePolicy
    not_after: Duration
    assets: tuple[Asset, ...] = ()


def canonical(plan: Plan) -> bytes:
    """The plan as canonical JSON: keys sorted, no spaces, UTF-8. The signer reads exactly these bytes."""
    return msgspec.json.encode(msgspec.to_builtins(plan), order="sorted")


def plan_hash(plan: Plan) -> Sha256:
    """What people confirm: SHA-256 of the canonical JSON."""
    return Sha256(hashlib.sha256(canonical(plan)).hexdigest())


def incomplete(plan: Plan) -> dict[str, str]:
    """Field → what is missing or wrong, in Vietnamese; empty when the plan may be prepared."""
    seats = (*plan.trigger_seats, *plan.pad_seats)
    one = plan.trigger is Trigger.COUNTDOWN
    rules = (
        ("title", 0 < len(plan.title.strip()) <= MAX_TEXT, "cần có tên hiển thị (tối đa 300 ký tự)"),
        ("subtitle", len(plan.subtitle) <= MAX_TEXT, "tối đa 300 ký tự"),
        ("portal", len(plan.portal) <= MAX_TEXT, "tối đa 300 ký tự"),
        ("trigger_seats", 0 < len(plan.trigger_seats) <= MAX_SEATS, "cần ít nhất một vị trí bấm nút"),
        ("trigger_seats", not one or len(plan.trigger_seats) == 1, "đếm ngược chỉ có một vị trí bấm nút (người dẫn)"),
        ("trigger_seats", all(seat.strip() for seat in seats), "có vị trí chưa đặt tên"),
        ("pad_seats", len(set(seats)) == len(seats) <= 2 * MAX_SEATS, "một vị trí được nêu hai lần"),
        ("k", 1 <= plan.k <= len(plan.trigger_seats), "số người bấm phải từ 1 đến số vị trí bấm nút"),
        ("hold", 0 <= plan.hold <= 10 * SECOND, "thời gian giữ nút từ 0 đến 10 giây"),
        ("substitutes", set(plan.substitutes) <= SUBSTITUTES, "chỉ người dẫn hoặc tổng đạo diễn được bấm thay"),
        ("substitutes", len(set(plan.substitutes)) == len(plan.substitutes), "một vai trò được nêu hai lần"),
        ("lead", MIN_LEAD <= plan.lead <= MAX_LEAD, "thời gian chờ từ lúc bấm phải từ 3,5 đến 60 giây"),
        ("window", MIN_WINDOW <= plan.window <= MAX_WINDOW, "thời gian kích hoạt phải từ 1 phút đến 2 giờ"),
        ("late_policy", 0 <= plan.late_policy.fire_within <= MAX_LATE, "giới hạn trễ phải từ 0 đến 60 giây"),
        (
            "not_after",
            plan.late_policy.fire_within <= plan.not_after <= MAX_NOT_AFTER,
            "hạn cuối phải sau giới hạn trễ, tối đa 1 giờ",
        ),
        (
            "assets",
            all(_is_hash(asset.sha256) and asset.bytes > 0 and asset.name for asset in plan.assets),
            "tệp phải có mã SHA-256",
        ),
    )
    wrong: dict[str, str] = {}
    for field, holds, words in rules:
        if not holds:
            wrong.setdefault(field, words)
    return wrong


def _is_hash(text: str) -> bool:
    return len(text) == 64 and set(text) <= set("0123456789abcdef")
