"""Decisions before arming: the plan, the go/no-go and its waivers."""

import re
from typing import TYPE_CHECKING

from server.ceremony.cue.commands import HoldCue, OpenPolling, PlanCue, PrepareCue, RecordReadiness, WaiveSite
from server.ceremony.cue.events import AbortAsked, CuePlanned, ReadinessChanged, SiteWaived
from server.ceremony.cue.finding import current, moved, record_of
from server.ceremony.cue.plan import MAX_TEXT, CueState, incomplete, plan_hash
from server.ceremony.cue.state import AttemptState, CueRecord
from server.ceremony.cue.transitions import require
from server.ceremony.rules import Context, Event, PersonalFields, Refused, person_said
from site_agent.units import Attempt, SiteCode

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony

MAX_CUES = 20
_CUE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
"""It goes into addresses, HTTP headers and environments at every site, where other characters would stop the output."""


def decide_plan(state: "Ceremony", command: PlanCue, context: Context) -> list[Event]:
    """Keep the plan; a changed one has to be prepared again."""
    plan = command.plan
    if plan.ceremony_id != state.details.required.ceremony_id:
        raise Refused("bad_plan", "Kế hoạch này không thuộc buổi lễ này.")
    if not _CUE_ID.fullmatch(plan.cue):
        raise Refused("bad_plan", "Mã nút phát động chỉ gồm chữ không dấu, chữ số và . _ -, tối đa 60 ký tự.")
    planned = CuePlanned(plan=plan, plan_hash=plan_hash(plan))
    record = state.cues.cues.get(plan.cue)
    if record is None:
        if len(state.cues.cues) >= MAX_CUES:
            raise Refused("too_many_cues", f"Mỗi buổi lễ có tối đa {MAX_CUES} nút phát động.")
        return [planned]
    require(record.state, PlanCue)
    _refuse_after_the_real_one(record)
    if record.plan == plan:
        return []
    if record.state is CueState.DRAFT:
        return [planned]
    return [planned, moved(record, command, CueState.DRAFT, context)]


def decide_prepare(state: "Ceremony", command: PrepareCue, context: Context) -> list[Event]:
    """Only a complete plan may be confirmed later."""
    record = record_of(state, command.cue)
    require(record.state, PrepareCue)
    wrong = incomplete(record.plan)
    if wrong:
        raise Refused("plan_incomplete", "Kế hoạch chưa đủ. Sửa các mục được nêu rồi chuẩn bị lại.", wrong)
    return [moved(record, command, CueState.PREPARED, context)]


def decide_open_polling(state: "Ceremony", command: OpenPolling, context: Context) -> list[Event]:
    """Open the go/no-go of a new attempt, or go on with the one on hold.

    An attempt that was confirmed or armed is spent (ops/decisions: one warrant an attempt): the next number follows, so
    that no signature of before can serve again.
    """
    record = record_of(state, command.cue)
    require(record.state, OpenPolling)
    _refuse_after_the_real_one(record)
    last = record.current
    if record.state is CueState.HOLD and last is not None and last.live == command.live and not _spent(last):
        return [moved(record, command, CueState.POLLING, context)]
    following = AttemptState(Attempt(last.attempt + 1 if last else 1), command.live, CueState.POLLING)
    return [moved(record, command, CueState.POLLING, context, following)]


def decide_hold(state: "Ceremony", command: HoldCue, context: Context) -> list[Event]:
    """Hold at once, or ask the holder for the warrant that is out."""
    record, attempt = current(state, command.cue, command.attempt, HoldCue)
    reason = command.reason[:MAX_TEXT]
    if attempt.warrant is None:
        return [moved(record, command, CueState.HOLD, context, reason=reason)]
    if attempt.abort_asked:
        raise Refused("abort_asked", "Đã yêu cầu dừng, đang đợi nơi giữ quyền kích hoạt trả lời.")
    return [AbortAsked(cue=command.cue, attempt=command.attempt, reason=reason, at=context.now)]


def decide_waive(state: "Ceremony", command: WaiveSite, context: Context) -> list[Event]:
    """A named person takes it upon themselves."""
    record, attempt = current(state, command.cue, command.attempt, WaiveSite)
    named, reason = command.named.strip(), command.reason.strip()
    if not named or not reason or max(len(named), len(reason)) > MAX_TEXT:
        raise Refused("waiver_unnamed", "Ghi rõ ai đồng ý tiếp tục và vì sao (tối đa 300 ký tự).")
    if command.site is not None and command.site not in required_sites(state):
        raise Refused("not_required", "Điểm cầu này không thuộc diện bắt buộc sẵn sàng.")
    if command.site in attempt.waived:
        return []
    before = (waiver.named for each in record.attempts for waiver in each.waived.values())
    person = person_said(command.id, "named", PersonalFields(name=named), before)
    by = context.principal
    return [
        SiteWaived(
            cue=command.cue,
            attempt=command.attempt,
            site=command.site,
            named=person,
            reason=reason,
            at=context.now,
            role=by.role,
            seat=by.seat,
        )
    ]


def decide_readiness(state: "Ceremony", command: RecordReadiness, context: Context) -> list[Event]:
    """Keep what changed, of required sites only."""
    _, attempt = current(state, command.cue, command.attempt, RecordReadiness)
    required = required_sites(state)
    changed = {
        site: ready
        for site, ready in command.ready.items()
        if site in required and (attempt.ready.get(site), attempt.reasons.get(site, "")) != (ready, command.reasons.get(site, ""))
    }
    if not changed:
        return []
    reasons = {site: command.reasons.get(site, "") for site in changed}
    return [ReadinessChanged(cue=command.cue, attempt=command.attempt, ready=changed, reasons=reasons)]


def required_sites(state: "Ceremony") -> list[SiteCode]:
    """Sites the go/no-go gates on, in roster order."""
    return [code for code, site in state.roster.sites.items() if site.required]


def no_go(state: "Ceremony", attempt: AttemptState) -> dict[str, str]:
    """What stands in the way of arming: site code (or "suspect") → words. Empty means go."""
    problems = {
        str(code): attempt.reasons.get(code) or "chưa sẵn sàng"
        for code in required_sites(state)
        if not attempt.ready.get(code, False) and code not in attempt.waived
    }
    if state.links.suspect and None not in attempt.waived:
        problems["suspect"] = "trung tâm đang nghi ngờ đường truyền của chính mình"
    return problems


def _spent(attempt: AttemptState) -> bool:
    return attempt.warrant is not None or attempt.ever_confirmed


def _refuse_after_the_real_one(record: CueRecord) -> None:
    if record.state is CueState.VERIFIED and record.current is not None and record.current.live:
        raise Refused("already_launched", "Lễ phát động đã diễn ra. Nút này không dùng lại được.")
