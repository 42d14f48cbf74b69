"""The programme (run of show): the plan and its edits, how it runs, its clock, and the words to read.

| file | what |
| --- | --- |
| `items` | an item, the office's columns, what is wrong with an item |
| `editing` | add, change, move, remove, import, undo; versions |
| `running` | on air, end, hold, time given, skip, a step back, the speaker's message |
| `timing` | elapsed, remaining, over and under, the projected rest of the day |
| `words` | placeholders in the MC's words |
"""

from server.ceremony.programme import editing, running
from server.ceremony.programme.commands import (
    AddItem,
    AddTime,
    ChangeItem,
    EndItem,
    HoldItem,
    ImportProgramme,
    MoveItem,
    ReleaseItem,
    RemoveItem,
    SkipItem,
    StartItem,
    TellSpeaker,
    UndoEdit,
    UndoStep,
)
from server.ceremony.programme.events import (
    EditUndone,
    ItemEnded,
    ItemHeld,
    ItemReleased,
    ItemSkipped,
    ItemStarted,
    ProgrammeEdited,
    ProgrammeImported,
    SpeakerTold,
    StepUndone,
    TimeAdded,
)
from server.ceremony.programme.items import Column, Item, ItemKind, Sheet
from server.ceremony.programme.state import ProgrammeState
from server.ceremony.programme.timing import Run
from server.ceremony.rules import Capability

CAPABILITY = Capability(
    name="programme",
    decide={
        ImportProgramme: editing.decide_import,
        AddItem: editing.decide_add,
        ChangeItem: editing.decide_change,
        MoveItem: editing.decide_move,
        RemoveItem: editing.decide_remove,
        UndoEdit: editing.decide_undo,
        StartItem: running.decide_start,
        EndItem: running.decide_end,
        HoldItem: running.decide_hold,
        ReleaseItem: running.decide_release,
        AddTime: running.decide_add_time,
        SkipItem: running.decide_skip,
        UndoStep: running.decide_undo_step,
        TellSpeaker: running.decide_tell,
    },
    evolve={
        ProgrammeImported: editing.evolve_imported,
        ProgrammeEdited: editing.evolve_edited,
        EditUndone: editing.evolve_undone,
        ItemStarted: running.evolve_started,
        ItemEnded: running.evolve_ended,
        ItemHeld: running.evolve_held,
        ItemReleased: running.evolve_released,
        TimeAdded: running.evolve_time_added,
        ItemSkipped: running.evolve_skipped,
        StepUndone: running.evolve_step_undone,
        SpeakerTold: running.evolve_told,
    },
)
PROGRAMME_EVENTS = tuple(CAPABILITY.evolve)
"""Every event that changes what is shown of the programme."""

__all__ = [
    "CAPABILITY",
    "PROGRAMME_EVENTS",
    "AddItem",
    "AddTime",
    "ChangeItem",
    "Column",
    "EditUndone",
    "EndItem",
    "HoldItem",
    "ImportProgramme",
    "Item",
    "ItemEnded",
    "ItemHeld",
    "ItemKind",
    "ItemReleased",
    "ItemSkipped",
    "ItemStarted",
    "MoveItem",
    "ProgrammeEdited",
    "ProgrammeImported",
    "ProgrammeState",
    "ReleaseItem",
    "RemoveItem",
    "Run",
    "Sheet",
    "SkipItem",
    "SpeakerTold",
    "StartItem",
    "StepUndone",
    "TellSpeaker",
    "TimeAdded",
    "UndoEdit",
    "UndoStep",
]
