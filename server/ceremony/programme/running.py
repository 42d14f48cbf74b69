"""Running the programme: on air, end, hold, time given, skip, a step back, and words to the speaker."""

from typing import TYPE_CHECKING

from msgspec import structs

from server.ceremony.programme.commands import (
    AddTime,
    EndItem,
    HoldItem,
    ReleaseItem,
    SkipItem,
    StartItem,
    TellSpeaker,
    UndoStep,
)
from server.ceremony.programme.events import (
    ItemEnded,
    ItemHeld,
    ItemReleased,
    ItemSkipped,
    ItemStarted,
    SpeakerTold,
    StepUndone,
    TimeAdded,
)
from server.ceremony.programme.items import MAX_LENGTH
from server.ceremony.programme.keeping import kept_text, restored_text
from server.ceremony.programme.state import KEPT, Going, ProgrammeState, Step, Told
from server.ceremony.programme.timing import Run
from server.ceremony.rules import Context, Event, Refused
from site_agent.units import MINUTE, Duration, Instant

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony

MAX_TOLD = 80


def decide_start(state: "Ceremony", command: StartItem, context: Context) -> list[Event]:
    """Any item may start, also one that ran before (the caller goes back); not the one on air."""
    _refuse_unknown(state.programme, command.item)
    if command.item == state.programme.current:
        raise Refused("item_on_air", "Nội dung này đang lên sóng.")
    return [ItemStarted(item=command.item, at=context.now)]


def decide_end(state: "Ceremony", command: EndItem, context: Context) -> list[Event]:
    _on_air(state.programme, command.item)
    return [ItemEnded(item=command.item, at=context.now)]


def decide_hold(state: "Ceremony", command: HoldItem, context: Context) -> list[Event]:
    run = _on_air(state.programme, command.item)
    return [] if run.held_since is not None else [ItemHeld(item=command.item, at=context.now)]


def decide_release(state: "Ceremony", command: ReleaseItem, context: Context) -> list[Event]:
    run = _on_air(state.programme, command.item)
    return [] if run.held_since is None else [ItemReleased(item=command.item, at=context.now)]


def decide_add_time(state: "Ceremony", command: AddTime, context: Context) -> list[Event]:
    """Its length stays between nothing and a day."""
    run = _on_air(state.programme, command.item)
    length = state.programme.items[command.item].length + run.added + command.by
    if not 0 <= length <= MAX_LENGTH:
        raise Refused("time_out_of_range", "Không thể bớt quá thời lượng của nội dung này, hay thêm quá 24 giờ.")
    return [TimeAdded(item=command.item, by=command.by, at=context.now)] if command.by else []


def decide_skip(state: "Ceremony", command: SkipItem, context: Context) -> list[Event]:
    """Only what has not run can be left out."""
    programme = state.programme
    _refuse_unknown(programme, command.item)
    if command.item in programme.going.runs:
        raise Refused("item_ran", "Nội dung này đã lên sóng, không bỏ qua được nữa.")
    if (command.item in programme.going.skipped) == command.skip:
        return []
    return [ItemSkipped(item=command.item, skip=command.skip, at=context.now)]


def decide_undo_step(state: "Ceremony", command: UndoStep, context: Context) -> list[Event]:
    steps = state.programme.last_steps
    if not steps:
        raise Refused("nothing_to_undo", "Không còn bước nào để quay lại.")
    if steps[-1].number != command.step:
        raise Refused("undo_stale", f"Sau đó vừa có bước mới: {steps[-1].words}. Xem lại rồi quay lại.")
    return [StepUndone(step=command.step, at=context.now)]


def decide_tell(state: "Ceremony", command: TellSpeaker, context: Context) -> list[Event]:
    text = " ".join(command.text.split())
    if len(text) > MAX_TOLD:
        raise Refused("text_too_long", f"Lời nhắn dài tối đa {MAX_TOLD} ký tự: người nói phải đọc được trong một cái liếc.")
    told = state.programme.told
    if text == (told.text if told is not None else ""):
        return []
    return [SpeakerTold(text=kept_text("message to the speaker", text), at=context.now)]


def _refuse_unknown(programme: ProgrammeState, item: str) -> None:
    if item not in programme.items:
        raise Refused("item_unknown", "Không có nội dung này trong chương trình.")


def _on_air(programme: ProgrammeState, item: str) -> Run:
    _refuse_unknown(programme, item)
    if item != programme.current:
        raise Refused("item_not_on_air", "Nội dung này không còn lên sóng; có thể người khác vừa chuyển.")
    return programme.going.runs[item]


# ---- folding


def evolve_started(state: "Ceremony", event: ItemStarted) -> None:
    programme = state.programme
    going = _ended(programme.going, event.at)
    runs = {**going.runs, event.item: Run(event.at)}
    words = f"cho lên sóng {_named(programme, event.item)}"
    _step(programme, words, event.at, Going(runs, going.skipped - {event.item}, event.item))
    programme.told = None


def evolve_ended(state: "Ceremony", event: ItemEnded) -> None:
    programme = state.programme
    words = f"kết thúc {_named(programme, event.item)}"
    _step(programme, words, event.at, structs.replace(_ended(programme.going, event.at), current=None))


def evolve_held(state: "Ceremony", event: ItemHeld) -> None:
    programme = state.programme
    run = structs.replace(programme.going.runs[event.item], held_since=event.at)
    _step(programme, f"tạm dừng đồng hồ {_named(programme, event.item)}", event.at, _with_run(programme.going, event.item, run))


def evolve_released(state: "Ceremony", event: ItemReleased) -> None:
    programme = state.programme
    run = _released(programme.going.runs[event.item], event.at)
    _step(programme, f"chạy tiếp đồng hồ {_named(programme, event.item)}", event.at, _with_run(programme.going, event.item, run))


def evolve_time_added(state: "Ceremony", event: TimeAdded) -> None:
    programme = state.programme
    run = programme.going.runs[event.item]
    run = structs.replace(run, added=Duration(run.added + event.by))
    verb = "thêm" if event.by > 0 else "bớt"
    words = f"{verb} {_amount(abs(event.by))} cho {_named(programme, event.item)}"
    _step(programme, words, event.at, _with_run(programme.going, event.item, run))


def evolve_skipped(state: "Ceremony", event: ItemSkipped) -> None:
    programme = state.programme
    going = programme.going
    skipped = going.skipped | {event.item} if event.skip else going.skipped - {event.item}
    verb = "bỏ qua" if event.skip else "lấy lại"
    _step(programme, f"{verb} {_named(programme, event.item)}", event.at, structs.replace(going, skipped=skipped))


def evolve_step_undone(state: "Ceremony", event: StepUndone) -> None:
    programme = state.programme
    before = programme.last_steps.pop().before
    programme.steps += 1
    programme.going = structs.replace(before, skipped=before.skipped & programme.items.keys())


def evolve_told(state: "Ceremony", event: SpeakerTold) -> None:
    text = restored_text(event.text)
    state.programme.told = Told(text, event.at) if text else None


def _ended(going: Going, at: Instant) -> Going:
    """Whatever is on air, ended at `at`; its hold too."""
    if going.current is None:
        return going
    run = _released(going.runs[going.current], at)
    return _with_run(going, going.current, structs.replace(run, ended=at))


def _released(run: Run, at: Instant) -> Run:
    return structs.replace(run, held=run.held_until(at), held_since=None)


def _with_run(going: Going, item: str, run: Run) -> Going:
    return structs.replace(going, runs={**going.runs, item: run})


def _step(programme: ProgrammeState, words: str, at: Instant, after: Going) -> None:
    programme.steps += 1
    step = Step(programme.steps, words, at, programme.going)
    programme.last_steps = [*programme.last_steps, step][-KEPT:]
    programme.going = after


def _named(programme: ProgrammeState, item: str) -> str:
    return f"mục {programme.number(item)}" if item in programme.items else "một nội dung"


def _amount(duration: int) -> str:
    minutes, rest = divmod(duration, MINUTE)
    return f"{minutes} phút" if not rest else f"{duration // 1_000_000} giây"
