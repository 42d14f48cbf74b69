"""Editing the plan, by several people at once: an edit names the version it saw, so that nobody overwrites unseen.

After an edit the linked items behind it move in time with what is before them; fixed ones keep their clock times.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from msgspec import UNSET, structs

from server.ceremony.programme.commands import AddItem, ChangeItem, ImportProgramme, MoveItem, RemoveItem, UndoEdit
from server.ceremony.programme.events import EditUndone, ProgrammeEdited, ProgrammeImported
from server.ceremony.programme.items import MAX_COLUMNS, MAX_ITEMS, Item, Sheet, fault_of, faults
from server.ceremony.programme.keeping import kept, kept_sheet, restored, restored_sheet
from server.ceremony.programme.state import KEPT, Edit, ProgrammeState, Undoable
from server.ceremony.rules import Context, Event, Refused, Role
from site_agent.units import Duration, Instant

if TYPE_CHECKING:
    from server.ceremony.ceremony import Ceremony

ROLE_NAMES = {
    Role.ADMIN: "quản trị",
    Role.TECH: "kỹ thuật",
    Role.DESK: "bàn trực",
    Role.CALLER: "tổng đạo diễn",
    Role.MC: "MC",
    Role.SYSTEM: "hệ thống",
}
FIELD_NAMES = {
    "title": "tên",
    "owner": "người thực hiện",
    "item_kind": "loại",
    "length": "thời lượng",
    "starts": "giờ bắt đầu",
    "site": "điểm cầu",
    "words": "lời dẫn",
    "notes": "ghi chú",
    "more": "cột riêng",
}


def who(role: Role | None, seat: str) -> str:
    """Somebody as others know them: “tổng đạo diễn (caller-1)”."""
    name = ROLE_NAMES.get(role, "") if role is not None else ""
    return f"{name} ({seat})" if name and seat else name or seat or "người khác"


# ---- whole programmes


def decide_import(state: "Ceremony", command: ImportProgramme, context: Context) -> list[Event]:
    """Accept a programme that can be run: something in it, ids once, times forward, sites that exist."""
    if not command.items:
        raise Refused("programme_empty", "Chương trình chưa có nội dung nào.")
    _refuse_too_many(command.items)
    if command.sheet is not None and len(command.sheet.columns) > MAX_COLUMNS:
        raise Refused("too_many_columns", f"Bảng có hơn {MAX_COLUMNS} cột.")
    found = faults(state, command.items, command.sheet)
    if found:
        raise Refused("programme_wrong", "Chương trình có chỗ chưa đúng; chưa thay đổi gì.", found)
    programme = state.programme
    missing = programme.started.keys() - {item.id for item in command.items}
    if missing:
        titles = ", ".join(f"“{programme.items[item].title}”" for item in sorted(missing))
        raise Refused("programme_started", f"Không thể bỏ nội dung đã lên sóng: {titles}.")
    if command.items == tuple(programme.items.values()) and command.sheet == programme.sheet:
        return []
    by = context.principal
    return [
        ProgrammeImported(
            items=tuple(map(kept, command.items)), sheet=kept_sheet(command.sheet), by=by.role, seat=by.seat, at=context.now
        )
    ]


# ---- single edits


def decide_add(state: "Ceremony", command: AddItem, context: Context) -> list[Event]:
    """Put a new item in."""
    programme = state.programme
    before = list(programme.items.values())
    _refuse_too_many([*before, None])
    place = _place(programme, command.after)
    item = Item(
        id=f"item-{command.id[-12:]}",
        start=Duration(command.starts or 0),
        end=Duration((command.starts or 0) + command.length),
        title=command.title.strip(),
        owner=command.owner.strip(),
        kind=command.item_kind,
        site=command.site,
        fixed=command.starts is not None,
        words=command.words,
        notes=command.notes,
        more=command.more,
    )
    if item.id in programme.items:
        raise Refused("item_twice", "Không thêm được nội dung này. Thử lại.")
    if not item.fixed and place == 0 and before:
        item = structs.replace(item, start=before[0].start, end=Duration(before[0].start + command.length))
    after = _retimed(before, [*before[:place], item, *before[place:]], {item.id})
    words = f"thêm mục {place + 1} “{_short(item.title)}”"
    return [_edited(state, context, item.id, words, before, after)]


def decide_change(state: "Ceremony", command: ChangeItem, context: Context) -> list[Event]:
    """Change the fields that are given."""
    item = _seen(state, command.item, command.seen, command)
    programme = state.programme
    given = {name: value for name in FIELD_NAMES if (value := getattr(command, name)) is not UNSET}
    changed = _with(item, given)
    before = list(programme.items.values())
    after = _retimed(before, [changed if each.id == item.id else each for each in before], {item.id})
    fields = [name for name in given if _of(item, name) != _of(_by_id(after, item.id), name)]
    if not fields:
        return []
    words = f"đổi {', '.join(FIELD_NAMES[name] for name in fields)} mục {programme.number(item.id)}"
    return [_edited(state, context, item.id, words, before, after)]


def decide_move(state: "Ceremony", command: MoveItem, context: Context) -> list[Event]:
    """Move an item that did not run to another place, behind what ran."""
    item = _seen(state, command.item, command.seen, command)
    programme = state.programme
    _refuse_ran(programme, item, "chuyển")
    before = list(programme.items.values())
    rest = [each for each in before if each.id != item.id]
    if command.after == item.id:
        return []
    place = 0 if command.after is None else 1 + [each.id for each in rest].index(_known(programme, command.after).id)
    if any(each.id in programme.going.runs for each in rest[place:]):
        raise Refused("item_ran", "Không thể chuyển nội dung lên trước nội dung đã lên sóng.")
    order = [*rest[:place], structs.replace(item, fixed=False), *rest[place:]]
    if [each.id for each in order] == [each.id for each in before]:
        return []
    words = f"chuyển mục {programme.number(item.id)} “{_short(item.title)}” tới vị trí {place + 1}"
    return [_edited(state, context, item.id, words, before, _retimed(before, order, {item.id}))]


def decide_remove(state: "Ceremony", command: RemoveItem, context: Context) -> list[Event]:
    """Take an item out."""
    item = _seen(state, command.item, command.seen, command)
    programme = state.programme
    _refuse_ran(programme, item, "bỏ")
    before = list(programme.items.values())
    if len(before) == 1:
        raise Refused("programme_empty", "Chương trình phải còn ít nhất một nội dung.")
    after = _retimed(before, [each for each in before if each.id != item.id], set())
    words = f"bỏ mục {programme.number(item.id)} “{_short(item.title)}”"
    return [_edited(state, context, item.id, words, before, after)]


def decide_undo(state: "Ceremony", command: UndoEdit, context: Context) -> list[Event]:
    """Take the last edit back. Whoever asks for another one sees an older list."""
    programme = state.programme
    if not programme.last_edits:
        raise Refused("nothing_to_undo", "Không còn thay đổi nào để hoàn tác.")
    last = programme.last_edits[-1]
    edit = last.edit
    if edit.number != command.edit:
        detail = f"Sau đó {who(edit.by, edit.seat)} vừa {edit.words}. Xem lại rồi hoàn tác."
        raise Refused("undo_stale", detail)
    gone = [programme.items[name].title for name in programme.going.runs if name not in last.order_before]
    if gone:
        raise Refused("item_ran", f"Không hoàn tác được: “{_short(gone[0])}” đã lên sóng.")
    return [EditUndone(edit=edit.number, by=context.principal.role, seat=context.principal.seat, at=context.now)]


# ---- parts of a decision


def _seen(state: "Ceremony", name: str, seen: int, command: object) -> Item:
    """The item, if it is as the editor saw it.

    Raises:
        Refused: `item_unknown`, or `item_changed` with what was changed, by whom, and what stands there now.

    """
    programme = state.programme
    item = _known(programme, name)
    edit = programme.versions.get(name)
    if programme.version(name) == seen:
        return item
    wanted = [field for field in FIELD_NAMES if getattr(command, field, UNSET) is not UNSET]
    now = {field: _shown(item, field) for field in wanted}
    done = f"{who(edit.by, edit.seat)} vừa {edit.words}" if edit is not None else "nội dung này vừa được sửa"
    raise Refused("item_changed", f"Chưa lưu: {done}. Xem bản mới rồi lưu lại; phần bạn gõ vẫn còn.", now)


def _known(programme: ProgrammeState, name: str) -> Item:
    item = programme.items.get(name)
    if item is None:
        raise Refused("item_unknown", "Không có nội dung này trong chương trình; có thể vừa bị bỏ.")
    return item


def _place(programme: ProgrammeState, after: str | None) -> int:
    place = 0 if after is None else programme.number(_known(programme, after).id)
    if any(name in programme.going.runs for name in list(programme.items)[place:]):
        raise Refused("item_ran", "Không thể thêm nội dung trước nội dung đã lên sóng.")
    return place


def _refuse_ran(programme: ProgrammeState, item: Item, verb: str) -> None:
    if item.id in programme.going.runs:
        raise Refused("item_ran", f"Không thể {verb} nội dung đã lên sóng: “{_short(item.title)}”.")


def _refuse_too_many(items: Sequence[object]) -> None:
    if len(items) > MAX_ITEMS:
        raise Refused("too_many_items", f"Chương trình có tối đa {MAX_ITEMS} nội dung.")


def _with(item: Item, given: Mapping[str, Any]) -> Item:
    """The item with the given fields; times as far as the item alone can tell."""
    starts = given.get("starts", UNSET)
    start = item.start if starts is UNSET or starts is None else starts
    length = given.get("length", item.length)
    plain = {name: given[name] for name in ("site", "words", "notes", "more") if name in given}
    return structs.replace(
        item,
        title=given.get("title", item.title).strip(),
        owner=given.get("owner", item.owner).strip(),
        kind=given.get("item_kind", item.kind),
        fixed=item.fixed if starts is UNSET else starts is not None,
        start=Duration(start),
        end=Duration(start + length),
        **plain,
    )


def _retimed(before: Sequence[Item], after: Sequence[Item], meant: set[str]) -> list[Item]:
    """The items after an edit in their planned times: a linked item keeps its gap to the one before it, the meant one has
    none; the first and the fixed ones stand at their clock times.
    """
    gaps = {
        item.id: max(0, item.start - previous.end)
        for previous, item in pairwise(before)
        if not item.fixed and item.id not in meant
    }
    timed: list[Item] = []
    for item in after:
        start: int = item.start
        if not timed and before and item.id != before[0].id and not item.fixed:
            start = before[0].start if item.id in meant else item.start
        elif timed and not item.fixed:
            start = timed[-1].end + gaps.get(item.id, 0)
        timed.append(structs.replace(item, start=Duration(start), end=Duration(start + item.length)))
    return timed


def _edited(
    state: "Ceremony", context: Context, item: str, words: str, before: Sequence[Item], after: Sequence[Item]
) -> ProgrammeEdited:
    old = {each.id: each for each in before}
    meant = next((each for each in after if each.id == item), None)
    if meant is not None and (fault := fault_of(state, meant, state.programme.sheet)) is not None:
        raise Refused("item_wrong", f"Chưa lưu: {fault}.")
    order = tuple(each.id for each in after)
    staying = tuple(name for name in old if name in order)
    return ProgrammeEdited(
        words=words,
        item=item,
        changed=tuple(kept(each) for each in after if old.get(each.id) != each),
        removed=tuple(name for name in old if name not in order),
        order=order if order != staying else (),
        by=context.principal.role,
        seat=context.principal.seat,
        at=context.now,
    )


def _by_id(items: Iterable[Item], name: str) -> Item:
    return next(item for item in items if item.id == name)


def _of(item: Item, field: str) -> Any:
    """The value of a field as a command names it."""
    match field:
        case "item_kind":
            return item.kind
        case "starts":
            return item.start if item.fixed else None
        case _:
            return getattr(item, field)


def _shown(item: Item, field: str) -> str:
    value = _of(item, field)
    if field == "length":
        return f"{value // 60_000_000} phút"
    return "; ".join(value.values()) if isinstance(value, dict) else "" if value is None else str(value)


def _short(title: str) -> str:
    return title if len(title) <= 60 else f"{title[:57].rstrip()}…"


# ---- folding


def evolve_imported(state: "Ceremony", event: ProgrammeImported) -> None:
    programme = state.programme
    old, sheet = programme.items, programme.sheet
    programme.items = {item.id: restored(item) for item in event.items}
    programme.sheet = restored_sheet(event.sheet)
    edit = _edit(programme, "nhập chương trình từ tệp", event.by, event.seat, event.at)
    if old:
        _remember(programme, edit, old, sheet)
        _touch(programme, edit, (name for name, item in programme.items.items() if old.get(name) != item))


def evolve_edited(state: "Ceremony", event: ProgrammeEdited) -> None:
    programme = state.programme
    old = programme.items
    items = {**old, **{item.id: restored(item) for item in event.changed}}
    for name in event.removed:
        del items[name]
    programme.items = {name: items[name] for name in event.order} if event.order else items
    edit = _edit(programme, event.words, event.by, event.seat, event.at)
    _remember(programme, edit, old, programme.sheet)
    _touch(programme, edit, [event.item])
    _drop_gone(programme)


def evolve_undone(state: "Ceremony", event: EditUndone) -> None:
    programme = state.programme
    last = programme.last_edits.pop()
    old = programme.items
    programme.items, programme.sheet = last.plan_before(old), last.sheet_before
    edit = _edit(programme, f"hoàn tác: {last.edit.words}", event.by, event.seat, event.at)
    _touch(programme, edit, (name for name, item in programme.items.items() if old.get(name) != item))
    _drop_gone(programme)


def _edit(programme: ProgrammeState, words: str, by: Role | None, seat: str, at: Instant | None) -> Edit:
    programme.edits += 1
    return Edit(programme.edits, words, by, seat, at)


def _remember(programme: ProgrammeState, edit: Edit, old: Mapping[str, Item], sheet: Sheet | None) -> None:
    """Keep what it takes to take the edit back."""
    differed = {name: item for name, item in old.items() if programme.items.get(name) != item}
    programme.last_edits = [*programme.last_edits, Undoable(edit, tuple(old), differed, sheet)][-KEPT:]


def _touch(programme: ProgrammeState, edit: Edit, names: Iterable[str]) -> None:
    for name in names:
        programme.versions[name] = edit


def _drop_gone(programme: ProgrammeState) -> None:
    """An item that is gone is not skipped any more, should it come back under another edit."""
    gone = programme.going.skipped - programme.items.keys()
    if gone:
        programme.going = structs.replace(programme.going, skipped=programme.going.skipped - gone)
