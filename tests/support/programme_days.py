"""Days of a programme at several instants, and what the server's rules say of them: vectors for web/static/js/models/programme.js.

`python -m tests.support.programme_days` writes tests/vectors/programme_timing.json anew.
"""

import json
from pathlib import Path
from typing import Any

import msgspec

from server.ceremony.ceremony import Ceremony, decide, evolve
from server.ceremony.details import CeremonyInitiated
from server.ceremony.programme import AddTime, ChangeItem, EndItem, HoldItem, ReleaseItem, SkipItem, StartItem, UndoStep
from server.ceremony.rules import Context
from server.engine.ids import new_id
from server.feeds.ceremony_feed import programme_rows
from site_agent.units import MINUTE, SECOND, Duration, Instant
from tests.support.programmes import CALLER, import_programme

ZERO = Instant(1_749_603_600_000_000)
FILE = Path(__file__).parents[1] / "vectors" / "programme_timing.json"

Step = tuple[float, str, str, int]
"""(minute, what, item, seconds)."""
DAYS: list[dict[str, Any]] = [
    {"name": "nothing started", "steps": [], "looks": [-5, 0, 7.5]},
    {"name": "late start", "steps": [(4, "start", "item-1", 0)], "looks": [4, 9, 15.25]},
    {"name": "early next", "steps": [(0, "start", "item-1", 0), (6, "start", "item-2", 0)], "looks": [6, 8, 40]},
    {
        "name": "hold, release, time given and taken",
        "steps": [
            (0, "start", "item-1", 0), (2, "hold", "item-1", 0), (5, "release", "item-1", 0),
            (6, "add", "item-1", 300), (6.5, "add", "item-1", -60), (7, "hold", "item-1", 0),
        ],
        "looks": [1, 3, 6, 8, 30],
    },
    {"name": "skip and jump", "steps": [(0, "start", "item-1", 0), (1, "skip", "item-2", 0), (3, "start", "item-4", 0)], "looks": [0.5, 2, 4, 20]},
    {"name": "ended, nothing on air", "steps": [(0, "start", "item-1", 0), (8, "end", "item-1", 0)], "looks": [8, 11]},
    {"name": "fixed start", "steps": [(-1, "fix", "item-3", 1500), (0, "start", "item-1", 0), (5, "start", "item-2", 0)], "looks": [1, 6, 26]},
    {"name": "back to an item that ran", "steps": [(0, "start", "item-1", 0), (5, "start", "item-2", 0), (7, "start", "item-1", 0)], "looks": [7, 9]},
    {"name": "wrong start taken back", "steps": [(0, "start", "item-1", 0), (3, "start", "item-4", 0), (4, "back", "", 0)], "looks": [5]},
    {
        "name": "all over",
        "steps": [(0, "start", "item-1", 0), (10, "start", "item-5", 0), (12, "end", "item-5", 0)],
        "looks": [13],
    },
]  # fmt: skip


def day_state(day: dict[str, Any], until: float = 1e9) -> Ceremony:
    """The ceremony after the steps up to a minute."""
    state = Ceremony()
    _tell(state, -60, import_programme(5))
    for minute, what, item, amount in day["steps"]:
        if minute <= until:
            _tell(state, minute, _command(state, what, item, amount))
    return state


def told_day(_whole: Ceremony, day: dict[str, Any]) -> dict[str, Any]:
    """What a page is told at each look, and what it must work out."""
    return {"name": day["name"], "looks": [_look(day_state(day, minute), _at(minute)) for minute in day["looks"]]}


def _look(state: Ceremony, now: Instant) -> dict[str, Any]:
    state.details.initiated = _started_at(ZERO)
    items = [msgspec.to_builtins(row) for row in programme_rows(state).values()]
    day = state.programme.project(ZERO, now)
    slots = {name: [slot.start, slot.end] for name, slot in day.slots.items()}
    return {
        "now": now, "items": items, "slots": slots, "next": day.next, "over": day.over, "end": day.end, "end_over": day.end_over,
    }  # fmt: skip


def _started_at(instant: Instant) -> CeremonyInitiated:
    return CeremonyInitiated(
        ceremony_id="test", title="", authority="", starts_at=instant, support_phone="", close_before=Duration(0),
        report_before=Duration(0), categories=(), live_key="", rehearsal_key="",
    )  # fmt: skip


def _command(state: Ceremony, what: str, item: str, amount: int) -> Any:
    match what:
        case "fix":
            return ChangeItem(id=new_id(), item=item, seen=0, starts=Duration(amount * SECOND))
        case "add":
            return AddTime(id=new_id(), item=item, by=Duration(amount * SECOND))
        case "back":
            return UndoStep(id=new_id(), step=state.programme.last_steps[-1].number)
    kind = {"start": StartItem, "end": EndItem, "hold": HoldItem, "release": ReleaseItem, "skip": SkipItem}[what]
    return kind(id=new_id(), item=item)


def _tell(state: Ceremony, minute: float, command: Any) -> None:
    for event in decide(state, command, Context(now=_at(minute), principal=CALLER)):
        evolve(state, event)


def _at(minute: float) -> Instant:
    return Instant(ZERO + round(minute * MINUTE))


if __name__ == "__main__":
    FILE.write_text(json.dumps([told_day(day_state(day), day) for day in DAYS], indent=1) + "\n")
